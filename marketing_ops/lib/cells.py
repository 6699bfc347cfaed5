"""One chunk of a large table as arrays of numbers, checked column by column.

For the kinds with millions of rows: every distinct text of a chunk is parsed once, rows are only
touched by numpy, and Problems are made for bad rows alone.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from .importing import BadValue, Column, Problem, parse_distinct
from .tables import Chunk, Table

_EPOCH = date(1970, 1, 1).toordinal()
_NOT_A_DAY = np.iinfo(np.int64).min


class Cells:
    """The cells of `chunk`. `bad` bool[N] marks the rows with a problem, which are in
    `problems`; the values of a bad cell are 0 and mean nothing."""

    def __init__(self, chunk: Chunk, table: Table, columns: tuple[Column, ...]):
        self.chunk, self.headers = chunk, table.headers
        self.columns = {column.name: column for column in columns}
        self.bad = np.zeros(len(chunk), dtype=bool)
        self.problems: list[Problem] = []

    def __contains__(self, name: str) -> bool:
        return name in self.chunk.cells

    def numbers(self, name: str, number_of: Callable[[Any], int] = int) -> np.ndarray:
        """int64[N]: `number_of` the parsed values of a column; 0 where the file lacks it."""
        if name not in self.chunk.cells:
            return np.zeros(len(self.chunk), dtype=np.int64)
        texts = self.chunk.cells[name]
        reasons: dict[str, str] = {}
        numbers: dict[str, int] = {}
        for text, value in parse_distinct(self.columns[name], texts).items():
            if isinstance(value, BadValue):
                reasons[text], numbers[text] = str(value), 0
            else:
                numbers[text] = number_of(value)
        if reasons:
            for at, text in enumerate(texts):
                if text in reasons:
                    self.bad[at] = True
                    self._add(at, name, text, reasons[text])
        return np.fromiter(map(numbers.__getitem__, texts), np.int64, len(texts))

    def days(self, name: str) -> np.ndarray:
        """datetime64[D][N]; an empty cell is NaT."""

        def number_of(day: date | None) -> int:
            return _NOT_A_DAY if day is None else day.toordinal() - _EPOCH

        return self.numbers(name, number_of).astype("datetime64[D]")

    def reject(self, wrong: np.ndarray, name: str, reason: Callable[[int], str]) -> None:
        """Mark rows as bad, bool[N], for `reason(row)`; rows that are bad already stay as they
        are, since what stands in them is not known."""
        wrong = wrong & ~self.bad
        for at in np.flatnonzero(wrong).tolist():
            self._add(at, name, self.chunk.cells[name][at], reason(at))
        self.bad |= wrong

    def value(self, name: str, at: int) -> Any:
        """The parsed value of one cell that is not bad."""
        return self.columns[name].parse(self.chunk.cells[name][at])

    def _add(self, at: int, name: str, text: str, reason: str) -> None:
        self.problems.append(Problem(self.chunk.lines[at], self.headers[name], text[:100], reason))

    def lines(self) -> np.ndarray:
        """int64[N], the lines of the rows in the file."""
        return np.fromiter(self.chunk.lines, np.int64, len(self.chunk))
