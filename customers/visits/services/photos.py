"""Photos: received one by one, kept privately under VAR_DIR/photos, erased when their time is over.

A file is written and synced before its row says that it is there: a tick on the phone means that it
would survive a power cut.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from customers.visits.models import Photo, Visit
from customers.visits.pictures import has_location, media_type_of, size_of
from customers.visits.steps import visit_steps

MOST_BYTES = 1_000_000
# † What a browser unpacks from a small file takes four bytes a pixel of whoever looks at it.
MOST_PIXELS = 40_000_000
# So much of the disk stays free for the database, whatever is sent.
SPARE_BYTES = 500 * 10**6

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A photo that is not taken; `code` is for programs, the words are for people."""

    def __init__(self, code: str, words: str):
        super().__init__(words)
        self.code, self.words = code, words


class NotNow(Refused):
    """Nothing is wrong with the photo: it can be sent again when the server can write it."""


def path_of(photo: Photo) -> Path:
    key = str(photo.visit_id)
    return _root() / key[:2] / key / f"{photo.owner_id}-{photo.sha256}"


def _root() -> Path:
    return Path(settings.VAR_DIR) / "photos"


def put(
    *, visit_id: UUID, sha256: str, data: bytes, owner, step: str, now: datetime
) -> tuple[Photo, bool]:
    """Keep a photo; whether it is new. Raises Refused.

    Twice the same changes nothing. One whose time is over is not taken again.
    """
    media_type = _checked(sha256, data)
    named = step if step in {one.name for one in visit_steps()} else ""
    photo = Photo(
        visit_id=visit_id,
        sha256=sha256,
        owner=owner,
        step=named,
        confidential=named in secret_steps(),
    )
    Photo.objects.bulk_create([photo], ignore_conflicts=True)
    photo = Photo.objects.get(visit_id=visit_id, owner=owner, sha256=sha256)
    if photo.received_at is not None:
        return photo, False
    _keep(path_of(photo), data)
    received = {"media_type": media_type, "size": len(data), "received_at": now}
    if not Photo.objects.filter(pk=photo.pk, received_at=None).update(**received):
        photo.refresh_from_db()  # another request was quicker
        return photo, False
    for name, value in received.items():
        setattr(photo, name, value)
    return photo, True


def _checked(sha256: str, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Refused("too_large", _("The photo has more than 1000 kB: shrink it."))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("hash", _("The photo does not have the hash in its address: send it again."))
    media_type, size = media_type_of(data), size_of(data)
    if media_type is None or size is None:
        raise Refused("kind", _("This is no JPEG, WebP or PNG."))
    if size[0] * size[1] > MOST_PIXELS:
        words = _("The photo has more than %(millions)d million pixels: shrink it.")
        raise Refused("too_large", words % {"millions": MOST_PIXELS // 10**6})
    if has_location(data):
        words = _("The photo says where it was taken: take that out of the file, then send it.")
        raise Refused("location", words)
    return media_type


def _keep(path: Path, data: bytes) -> None:
    """Raises NotNow; the log then says why."""
    try:
        _write(path, data)
    except OSError:
        log.exception("photo not written", folder=str(path.parent))
        words = _("The server cannot write photos at present. Keep this one; it is sent later.")
        raise NotNow("not_written", words) from None


def _write(path: Path, data: bytes) -> None:
    root = _root()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < SPARE_BYTES:
        raise NotNow("disk", _("The server's disk is full. Keep the photo; it is sent later."))
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        for folder in (path.parent, path.parent.parent, root):
            _sync(folder)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """A file's name is safe only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def secret_steps() -> frozenset[str]:
    return frozenset(step.name for step in visit_steps() if step.confidential)


def expect(visit: Visit, data: dict) -> None:
    """Note which photos a visit names, and of which step; of two steps the confidential one."""
    steps = dict.fromkeys(data.get("photos", []), "")
    secret = secret_steps()
    answers = data.get("steps", {})
    for name in sorted(answers, key=lambda name: name in secret):
        answer = answers[name]
        for sha256 in answer.get("photos", []) if isinstance(answer, dict) else []:
            steps[sha256] = name
    rows = [
        Photo(
            visit_id=visit.pk,
            sha256=sha256,
            owner_id=visit.made_by_id,
            step=step,
            confidential=step in secret,
            expected=True,
        )
        for sha256, step in steps.items()
    ]
    # A photo that came before with its step keeps it where the visit names none.
    _expect([row for row in rows if row.step], ["step", "confidential", "expected"])
    _expect([row for row in rows if not row.step], ["expected"])


def _expect(rows: list[Photo], fields: list[str]) -> None:
    Photo.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["visit_id", "owner", "sha256"],
        update_fields=fields,
    )


def of_visit(visit: Visit):
    """The photos that are the visit's: named by it, and sent by who made it."""
    return Photo.objects.filter(visit_id=visit.pk, owner=visit.made_by_id, expected=True)


def standing(visit: Visit) -> dict:
    """How many photos a visit names, how many are here, and which are missing."""
    rows = list(of_visit(visit).order_by("pk").values_list("sha256", "received_at"))
    missing = [sha256 for sha256, received_at in rows if received_at is None]
    return {"expected": len(rows), "received": len(rows) - len(missing), "missing": missing}


def read(photo: Photo) -> bytes | None:
    """The file; None where it is not here (any more)."""
    if photo.received_at is None or photo.erased_at is not None:
        return None
    try:
        return path_of(photo).read_bytes()
    except FileNotFoundError:
        return None


def erase(photos: Iterable[Photo], *, now: datetime) -> int:
    """Delete the files for good; the rows stay and say so. How many."""
    erased = []
    for photo in photos:
        path_of(photo).unlink(missing_ok=True)
        erased.append(photo.pk)
    Photo.objects.filter(pk__in=erased).update(erased_at=now)
    return len(erased)


def kept_too_long(*, now: datetime):
    """Photos whose time is over, by the step that they belong to (settings.PHOTO_DAYS).

    A photo whose visit never came is of no step; its time is the shortest.
    """
    days = settings.PHOTO_DAYS
    usual = timedelta(days=days[""])
    over = Q(expected=False, received_at__lt=now - timedelta(days=days["unnamed"]))
    over |= Q(received_at__lt=now - usual) & ~Q(step__in=[name for name in days if name])
    for step, kept in days.items():
        if step and step != "unnamed":
            over |= Q(step=step, received_at__lt=now - timedelta(days=kept))
    return Photo.objects.filter(over, erased_at=None).order_by(F("pk"))
