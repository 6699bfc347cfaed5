"""The checked rows of a ledger file, parted by shop and put aside until all of it is checked.

A file comes in any order (by day, by product), while a shop's day is written as a whole. Memory
stays bounded: each part keeps up to 1 MiB in memory and the rest in a temporary file; one part at
a time is read back.
"""

import tempfile
from collections.abc import Iterator

import numpy as np
from django.utils.translation import gettext as _

from marketing_ops.lib.tables_base import TableError

ROW = np.dtype(
    [
        (name, "<i4")
        for name in (
            "customer",
            "day",  # days since 1970
            "code",  # the barcode's number in this import
            "product",
            "opening",
            "received",
            "sold",
            "transferred",
            "source",
            "line",
        )
    ]
)
PARTS = 64
IN_MEMORY = 1 << 20
MAX_PART_ROWS = 4_000_000
"""Rows of one part that are sorted in memory (160 MB, about three times that while sorting)."""


class Spool:
    """Rows parted by ranges of customer ids. Use as a context manager: it holds open files."""

    def __init__(self, customers: np.ndarray):
        """`customers`: the ids that can occur."""
        ids = np.unique(customers)
        self.parts = min(PARTS, max(1, len(ids)))
        self._bounds = ids[(np.arange(1, self.parts) * len(ids)) // self.parts]
        # closed by __exit__: they live as long as the spool
        self._files = [tempfile.SpooledTemporaryFile(IN_MEMORY) for _ in range(self.parts)]  # noqa: SIM115
        self.lengths = [0] * self.parts

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_exception) -> None:
        for file in self._files:
            file.close()

    def add(self, rows: np.ndarray) -> None:
        """Put aside ROW[N]. Raises TableError when a part grows too large to be sorted."""
        part = np.searchsorted(self._bounds, rows["customer"], side="right")
        order = np.argsort(part, kind="stable")
        ends = np.searchsorted(part[order], np.arange(self.parts), side="right")
        start = 0
        for number, end in enumerate(ends.tolist()):
            if end > start:
                self._files[number].write(rows[order[start:end]].tobytes())
                self.lengths[number] += end - start
                if self.lengths[number] > MAX_PART_ROWS:
                    raise TableError(
                        _("The file has too many rows for some shops. Split it by month.")
                    )
            start = end

    def read(self) -> Iterator[tuple[int, np.ndarray]]:
        """(number, ROW[N]) of each part that has rows, by ascending customer ids."""
        for number, file in enumerate(self._files):
            if self.lengths[number]:
                file.seek(0)
                yield number, np.frombuffer(file.read(), ROW)

    def replace(self, number: int, rows: np.ndarray) -> None:
        """Put other rows in the place of a part."""
        file = self._files[number]
        file.seek(0)
        file.truncate()
        file.write(rows.tobytes())
        self.lengths[number] = len(rows)
