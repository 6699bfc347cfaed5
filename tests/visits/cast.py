"""What the tests of visits have in common: a body, a picture, and programs of the town's people."""

import hashlib
import struct
import zlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

from rest_framework.test import APIClient

from customers.visits.models import Visit
from marketing_ops.accounts.models import User

NOW = datetime(2024, 6, 28, 8, 0, tzinfo=UTC)  # Friday, four in the afternoon in Shanghai
VISITS = "/api/visits/"


def program(person: str | None) -> APIClient:
    client = APIClient(headers={"accept-language": "en"})
    if person:
        client.force_authenticate(User.objects.get(username=person))
    return client


def least(**other) -> dict:
    """The least body of the contract, of this morning at L1."""
    return {
        "id": str(uuid4()),
        "licence_no": "L1",
        "started_at": "2024-06-28T10:00:00+08:00",
        "ended_at": "2024-06-28T10:12:00+08:00",
        **other,
    }


def post(person, body, *, sent_at=None):
    headers = {"X-Sent-At": sent_at} if sent_at else {}
    return program(person).post(VISITS, body, format="json", headers=headers)


def send(person="am01", **other) -> Visit:
    """A visit that was taken."""
    body = least(**other)
    answer = post(person, body)
    assert answer.status_code == 201, answer.content
    return Visit.objects.get(pk=body["id"])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def picture(number: int = 0, *, exif: bytes = b"") -> bytes:
    """A PNG of one pixel; another one for each number."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0" + number.to_bytes(3, "big"))
    chunks = _chunk(b"IHDR", header) + (_chunk(b"eXIf", exif) if exif else b"")
    chunks += _chunk(b"IDAT", pixel) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff(*tags: int) -> bytes:
    """A TIFF block whose first directory has these tags, as EXIF has it."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 0) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def address(visit: UUID | str, data: bytes) -> str:
    return f"{VISITS}{visit}/photos/{sha(data)}/"


def put(person, visit, data, *, to=None, **headers):
    client = program(person)
    return client.put(to or address(visit, data), data, content_type="image/png", headers=headers)
