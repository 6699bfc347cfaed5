"""What the readers of tables share: a refused file, a bad row, a block of raw rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class TableError(Exception):
    """The file as a whole is refused; the message says where it failed and what to do."""


class Problem(NamedTuple):
    """One thing wrong in one row: the line in the file (1 = first), the header of the column
    as the file has it ("" = the whole row), the text found, and the reason with its cure."""

    line: int
    column: str
    value: str
    reason: str


@dataclass
class RawRows:
    """A block of rows as read: ``lines[i]`` is the line number of ``rows[i]``.

    Where all rows are equally long it may hold ``columns`` instead of ``rows``: a million small
    lists cost several times what they hold.
    ``broken`` are rows that could not be read at all; ``clean`` says that no cell holds a NUL
    or an unreadable byte; ``may_be_short`` that a row leaves out empty cells at its end.
    """

    lines: Sequence[int]
    rows: list[list[str]]
    broken: list[Problem] = field(default_factory=list)
    clean: bool = False
    may_be_short: bool = False
    columns: list[list[str]] | None = None

    def in_rows(self) -> "RawRows":
        """The same block with its rows spelled out."""
        if self.columns is None:
            return self
        rows = [list(row) for row in zip(*self.columns, strict=True)]
        return replace(self, rows=rows, columns=None)
