"""A panel in a file of its own, mapped into memory, one per shard.

The file is a cache. It says of itself whether it is whole: before anything in it changes it is
marked as being written, and after all has reached the disk as whole again; one that was left half
written (killed worker, power cut), that belongs to another database or another version of this
module, or that is damaged, is thrown away and built again from the ledger.
"""

import fcntl
import json
import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from inventory.indicators.panel import Panel

MAGIC = b"PANEL 2\n"  # a change of layout or meaning gets another number
WHOLE, BEING_WRITTEN = b"W", b"B"
HEADER = 2 * mmap.PAGESIZE


class PanelFile:
    """The file of one shard. Use it inside `locked()`; `anchor` names the ledger it was made of."""

    def __init__(self, path: Path):
        self.path = path
        self._map: mmap.mmap | None = None

    @contextmanager
    def locked(self) -> Iterator["PanelFile"]:
        """Keep other processes of this machine off the file until done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield self
            finally:
                self._map = None

    def load(self, anchor_at) -> Panel | None:
        """The panel, mapped and writable, or None where there is no usable one.

        `anchor_at(known_at)` tells what identifies the ledger as it was known then; it must be
        what the panel was saved with, else the file is of another ledger.
        """
        try:
            with open(self.path, "r+b") as file:
                header = file.read(HEADER)
                content = _content(header)
                if content is None or os.fstat(file.fileno()).st_size != content["size"]:
                    return None
                mapped = mmap.mmap(file.fileno(), content["size"])
        except OSError:
            return None
        known_at = datetime.fromisoformat(content["known_at"])
        if anchor_at(known_at) != content["anchor"]:
            return None
        self._map = mapped
        return Panel(
            known_at=known_at,
            first_day=content["first_day"],
            days=content["days"],
            arrays={
                name: np.ndarray(shape, dtype, mapped, offset)
                for name, dtype, shape, offset in content["arrays"]
            },
        )

    def begin(self) -> None:
        """Say that the loaded panel is about to change."""
        if self._map is not None:
            self._map[len(MAGIC) : len(MAGIC) + 1] = BEING_WRITTEN
            self._map.flush(0, HEADER)

    def save(self, panel: Panel, before: Panel | None, anchor: str) -> None:
        """Write the panel that the loaded one (`before`) became, in place where it is the same."""
        header, size = _header(panel, anchor)
        if panel is before and self._map is not None:
            self._map.flush()
            self._map[:HEADER] = header
            self._map.flush(0, HEADER)
            return
        fresh = self.path.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(header)
            for (*_, offset), array in zip(_places(panel)[0], panel.arrays.values(), strict=True):
                file.seek(offset)
                np.ascontiguousarray(array).tofile(file)
            file.truncate(size)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)


def _places(panel: Panel) -> tuple[list, int]:
    """(name, dtype, shape, offset) of each array, and the size of the file."""
    places, offset = [], HEADER
    for name, array in panel.arrays.items():
        places.append((name, array.dtype.str, array.shape, offset))
        offset += -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    return places, offset


def _header(panel: Panel, anchor: str) -> tuple[bytes, int]:
    places, size = _places(panel)
    text = json.dumps({
        "known_at": panel.known_at.isoformat(),
        "first_day": str(panel.first_day),
        "days": panel.days,
        "anchor": anchor,
        "size": size,
        "arrays": places,
    }).encode()  # fmt: skip
    start = MAGIC + WHOLE + zlib.crc32(text).to_bytes(4, "big") + len(text).to_bytes(4, "big")
    return (start + text).ljust(HEADER, b"\0"), size


def _content(header: bytes) -> dict | None:
    start = len(MAGIC)
    if header[:start] != MAGIC or header[start : start + 1] != WHOLE:
        return None
    length = int.from_bytes(header[start + 5 : start + 9], "big")
    text = header[start + 9 : start + 9 + length]
    if zlib.crc32(text).to_bytes(4, "big") != header[start + 1 : start + 5]:
        return None
    return json.loads(text)
