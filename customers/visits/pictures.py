"""What a picture's bytes say of themselves: its kind, its size, and whether it tells a place."""

import struct

_EXIF_MARKS = (b"Exif\0\0", 6), (b"eXIf", 4), (b"EXIF", 8)  # JPEG, PNG, WebP: mark, bytes to TIFF
_GPS_DIRECTORY = 0x8825
# Written so in XMP, the other place where a camera can put it.
_XMP_PLACE = b"GPSLatitude"


def media_type_of(data: bytes) -> str | None:
    """JPEG, PNG or WebP by the first bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, by the header alone: nothing is decoded. None where none is told,
    as in what only begins like a picture."""
    reader = {"image/jpeg": _size_of_jpeg, "image/png": _size_of_png, "image/webp": _size_of_webp}
    kind = media_type_of(data)
    try:
        size = reader[kind](data) if kind else None
    except (struct.error, IndexError):
        return None
    return size if size and min(size) > 0 else None


def _size_of_png(data: bytes) -> tuple[int, int] | None:
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None


def _size_of_jpeg(data: bytes) -> tuple[int, int] | None:
    """From the frame header (ITU-T T.81, B.2.2), which comes before the first scan."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these stand alone
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        elif marker in (0xD9, 0xDA):
            return None
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _size_of_webp(data: bytes) -> tuple[int, int] | None:
    """Of the lossy, the lossless and the extended form (RFC 9649, 2.5 to 2.7)."""
    form = data[12:16]
    if form == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    return None


def has_location(data: bytes) -> bool:
    """Whether the picture's EXIF or XMP says where it was taken.

    Looks at every EXIF block wherever it stands, since files come with several of them.
    """
    if _XMP_PLACE in data:
        return True
    for mark, length in _EXIF_MARKS:
        start = data.find(mark)
        while start >= 0:
            if _tiff_has_gps(data, start + length) or (
                mark == b"EXIF" and _tiff_has_gps(data, start + length + 6)
            ):
                return True
            start = data.find(mark, start + 1)
    return False


def _tiff_has_gps(data: bytes, start: int) -> bool:
    """Whether the TIFF block at `start` has a GPS directory (TIFF 6.0, section 2; EXIF 2.32, 4.6).

    Only the first directory is read: EXIF puts the pointer there.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[start : start + 4])
    if order is None:
        return False
    try:
        (offset,) = struct.unpack_from(order + "I", data, start + 4)
        (count,) = struct.unpack_from(order + "H", data, start + offset)
        tags = (
            struct.unpack_from(order + "H", data, start + offset + 2 + 12 * number)[0]
            for number in range(count)
        )
        return _GPS_DIRECTORY in tags
    except struct.error:
        return False
