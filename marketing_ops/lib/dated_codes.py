"""Which owner a code had on a day, for millions of rows at once; pure numpy.

Licence numbers and barcodes are dated: the same number can belong to one shop until May and to
another from June on.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from django.db.backends.postgresql.psycopg_any import Range

_FIRST, _LAST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


class DatedCodes:
    """Built from (code, owner id, start, end); a period is half open, None an open side."""

    def __init__(self, entries: Iterable[tuple[str, int, date | None, date | None]]):
        self.periods: dict[str, list[tuple[date | None, date | None, int]]] = {}
        for code, owner, start, end in entries:
            self.periods.setdefault(code, []).append((start, end, owner))
        self._number = {code: at for at, code in enumerate(self.periods)}
        most = max(map(len, self.periods.values()), default=0)
        shape = (most, len(self.periods))
        self._start = np.full(shape, _LAST, dtype="datetime64[D]")
        self._end = np.full(shape, _FIRST, dtype="datetime64[D]")
        self._owner = np.zeros(shape, dtype=np.int64)
        for at, periods in enumerate(self.periods.values()):
            for layer, (start, end, owner) in enumerate(periods):
                self._start[layer, at] = _FIRST if start is None else start
                self._end[layer, at] = _LAST if end is None else end
                self._owner[layer, at] = owner

    def number(self, code: str) -> int:
        """The code's number here, -1 if it is unknown."""
        return self._number.get(code, -1)

    def owners(self, numbers: np.ndarray, days: np.ndarray) -> np.ndarray:
        """int64[N]: who had the code of that number on that day, -1 if nobody (or unknown).

        `numbers` int[N] from :meth:`number`, `days` datetime64[D][N].
        """
        owners = np.full(len(numbers), -1, dtype=np.int64)
        at = np.where(numbers < 0, 0, numbers)
        for layer in range(len(self._start) if self.periods else 0):
            holds = (
                (numbers >= 0) & (self._start[layer][at] <= days) & (days < self._end[layer][at])
            )
            owners[holds] = self._owner[layer][at[holds]]
        return owners

    def all_owners(self) -> np.ndarray:
        """int64[M]: every owner once, ascending."""
        return np.unique(self._owner[self._start < self._end])

    def owner(self, code: str, day: date) -> int | None:
        """Who had the code on that day."""
        for start, end, owner in self.periods.get(code, ()):
            if (start is None or start <= day) and (end is None or day < end):
                return owner
        return None

    def spans(self, code: str) -> Sequence[tuple[date | None, date | None]]:
        """The periods in which the code belonged to someone, for a message."""
        return [(start, end) for start, end, _owner in self.periods.get(code, ())]


def codes_on(rows: Iterable[tuple[int, str, Range]], day: date) -> dict[int, str]:
    """The code that each owner goes by on a day: the last that had begun by then, else its first.

    `rows` are (owner id, code, period), of each owner in the order of time.
    """
    chosen: dict[int, str] = {}
    for owner, code, period in rows:
        if owner not in chosen or period.lower is None or period.lower <= day:
            chosen[owner] = code
    return chosen
