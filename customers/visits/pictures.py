"""What a picture's bytes say of themselves: of which kind it is, and whether it tells a place."""

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
