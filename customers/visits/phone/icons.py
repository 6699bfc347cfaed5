"""The page's icon, drawn here: a shop's tick on the ground of the site's colour."""

import struct
import zlib
from functools import lru_cache
from itertools import pairwise

import numpy as np

SIZES = (180, 192, 512)
GROUND, INK = (11, 92, 173), (255, 255, 255)
# In units of the side: the middle line of the tick, its thickness, the roof above it. Everything
# lies within the middle 80 %, which is what a round mask leaves of a "maskable" icon.
_TICK = ((0.30, 0.56), (0.44, 0.70), (0.71, 0.42))
_ROOF = ((0.24, 0.36), (0.50, 0.20), (0.76, 0.36))
_THICK, _THIN = 0.055, 0.035
_OVER = 3  # samples per pixel and direction


@lru_cache(maxsize=4)
def png(size: int) -> bytes:
    """The icon as a PNG file of `size` × `size` pixels."""
    fine = size * _OVER
    centre = (np.arange(fine) + 0.5) / fine
    x, y = np.meshgrid(centre, centre)
    ink = _near(x, y, _TICK, _THICK) | _near(x, y, _ROOF, _THIN)
    share = ink.reshape(size, _OVER, size, _OVER).mean(axis=(1, 3))[..., None]
    pixels = np.asarray(GROUND) * (1 - share) + np.asarray(INK) * share
    rows = np.concatenate(
        [np.zeros((size, 1), np.uint8), pixels.round().astype(np.uint8).reshape(size, size * 3)],
        axis=1,
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _near(x, y, line, width):
    """Which points lie within `width` of the line through the given corners."""
    found = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in pairwise(line):
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
        along = np.clip(along, 0, 1)
        found |= np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) <= width
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
