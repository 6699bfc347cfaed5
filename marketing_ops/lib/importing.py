"""What every import has in common: the job, its report, and the parsing of rows.

A kind of file is a :class:`Kind`: its columns, and a function that takes a :class:`Job`, reads
the job's rows, writes what is good and counts everything in the job's report. It lives in the
``imports.py`` of the app whose nouns it fills; ``marketing_ops/imports.py`` lists them all.
"""

import csv
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, TextIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from .tables import NEVER, Chunk, Column, Table, open_table
from .tables_base import Problem, TableError
from .values import BadValue, check_cell

__all__ = ["BadValue", "Chunk", "Column", "Job", "Kind", "Problem", "Report", "TableError"]

MAX_KEPT = 5_000
"""Problems kept in memory; all are counted, and written to a file where one is given."""

MAX_ROWS_AT_ONCE = 200_000
"""Rows of the kinds that are held in memory as a whole (all but the ledger and the orders)."""


@dataclass
class Report:
    """What an import did. ``read`` = ``new`` + ``changed`` + ``unchanged`` + ``rejected`` rows,
    unless nothing was written because of ``all_or_nothing``."""

    kind: str
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        names = ("read", "new", "changed", "unchanged", "rejected")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Kind:
    """A kind of file: its name in `import_data`, its columns, and what imports it."""

    name: str
    label: Any
    columns: tuple[Column, ...]
    load: Callable[["Job"], None]

    def template(self, *, chinese: bool) -> str:
        """The header line of an empty file of this kind."""
        return ",".join(c.chinese[0] if chinese else c.name for c in self.columns) + "\r\n"


class Job:
    """One import: the file, what was asked for, and the report that grows.

    `today` is the day that counts as today; `effective` from when a change holds (None: the
    kind's default); `progress(step, done, total)` is called as it goes on; `problems_to` is a
    text file that receives every problem as CSV.
    """

    def __init__(
        self,
        kind: Kind,
        source,
        *,
        by: str,
        today: date,
        effective: date | None = None,
        all_or_nothing: bool = False,
        dry_run: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
        problems_to: TextIO | None = None,
        run: Any = None,
    ):
        self.kind, self.source, self.by, self.today = kind, source, by, today
        self.effective, self.all_or_nothing, self.dry_run = effective, all_or_nothing, dry_run
        self.progress = progress or (lambda step, done, total: None)
        self.run = run
        self.report = Report(kind.name)
        # What was made that the file only mentions (a person, say): said unless it is undone.
        self.made: list[str] = []
        self._sink = csv.writer(problems_to) if problems_to else None
        if self._sink:
            self._sink.writerow([_("line"), _("column"), _("value"), _("reason")])

    # rows

    def chunks(self) -> Iterator[tuple[Chunk, Table]]:
        """The chunks of the file. Rows that cannot be read are counted as rejected here."""
        broken: list[Problem] = []
        table = open_table(self.source, self.kind.columns, report_problem=broken.append)
        for chunk in table.chunks:
            self.report.read += len(chunk) + self.reject(broken)
            broken.clear()
            yield chunk, table
            self.progress("read", table.position, table.size)
        self.report.read += self.reject(broken)
        self.report.notes += table.notes

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, values by column name) of every row whose cells are all right. A column that the
        file does not have is not among the values."""
        columns = {column.name: column for column in self.kind.columns}
        for chunk, table in self.chunks():
            parsed = {
                name: parse_distinct(columns[name], texts) for name, texts in chunk.cells.items()
            }
            bad: list[Problem] = []
            names = list(chunk.cells)
            for line, *texts in zip(chunk.lines, *chunk.cells.values(), strict=True):
                row, good = {}, True
                for name, text in zip(names, texts, strict=True):
                    row[name] = value = parsed[name][text]
                    if isinstance(value, BadValue):
                        good = False
                        bad.append(Problem(line, table.headers[name], text[:100], str(value)))
                if good:
                    yield line, row
            self.reject(bad)

    def all_rows(self) -> list[tuple[int, dict[str, Any]]]:
        """All good rows at once, for the small kinds. Raises TableError beyond 200,000 rows."""
        rows = []
        for row in self.rows():
            rows.append(row)
            if len(rows) > MAX_ROWS_AT_ONCE:
                raise TableError(
                    _("The file has more than %(most)d rows. Split it.")
                    % {"most": MAX_ROWS_AT_ONCE}
                )
        return rows

    def without_doubles(self, rows, key: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
        """The rows whose key (column names) is theirs alone. Of equal rows the first stays and the
        others are rejected; of rows that contradict each other all are, for who knows which is
        right."""
        by_key: dict[tuple, list] = {}
        for line, row in rows:
            by_key.setdefault(tuple(row[name] for name in key), []).append((line, row))
        kept = []
        for found in by_key.values():
            first_line, first = found[0]
            equal = all(row == first for _line, row in found)
            if equal:
                kept.append(found[0])
            for line, row in found[1:] if equal else found if len(found) > 1 else ():
                self.reject_row(line, key[-1], row[key[-1]], doubled(first_line, equal=equal))
        return sorted(kept, key=lambda entry: entry[0])

    # problems

    def reject(self, problems: Sequence[Problem]) -> int:
        """Count and keep problems; returns (and counts as rejected) the number of their rows.
        All problems of one row must come in one call."""
        if not problems:
            return 0
        problems = sorted(problems, key=attrgetter("line"))
        rows = sum(1 for _line in groupby(problems, key=attrgetter("line")))
        report = self.report
        report.rejected += rows
        report.problem_count += len(problems)
        report.problems += problems[: max(0, MAX_KEPT - len(report.problems))]
        if self._sink:
            self._sink.writerows(map(_harmless, problems))
        return rows

    def reject_row(self, line: int, column: str, value: Any, reason: str) -> None:
        """Reject one row for one reason found after parsing; `column` is the English name."""
        self.reject([Problem(line, column, str(value)[:100], reason)])

    # writing

    @property
    def run_id(self) -> int | None:
        """The run's number, by which entries of the audit trail are found again."""
        return self.run.pk if self.run else None

    @property
    def may_write(self) -> bool:
        return not (self.all_or_nothing and self.report.rejected)

    @contextmanager
    def writing(self):
        """One transaction around all writes; two imports of one kind follow each other. Undone at
        its end if this is a dry run, or if a row was rejected and all or nothing was asked for."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                key = zlib.crc32(f"import {self.kind.name}".encode())
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
            yield
            if self.dry_run or not self.may_write:
                transaction.set_rollback(True)
        self.settle()

    def settle(self) -> None:
        """Bring the counts in line with what was kept."""
        report = self.report
        if not self.may_write:
            report.new = report.changed = report.unchanged = 0
            report.notes.append(
                _("Nothing was imported, because all or nothing was asked for and rows were bad.")
            )
        else:
            report.notes += self.made
            if self.dry_run:
                report.notes.append(_("This was a trial run: nothing was imported."))
        report.problems.sort(key=attrgetter("line"))

    def count(self, outcome: str, rows: int = 1) -> None:
        """Count rows as 'new', 'changed' or 'unchanged'."""
        setattr(self.report, outcome, getattr(self.report, outcome) + rows)


def doubled(first_line: int, *, equal: bool) -> str:
    """The reason for which a row is rejected whose key stands in the file more than once."""
    if equal:
        return _("This repeats line %(line)d. Remove one of the two.") % {"line": first_line}
    return _(
        "Several rows of the file are about the same and contradict each other (first on line "
        "%(line)d); none of them was taken. Keep the right one."
    ) % {"line": first_line}


def parse_distinct(column: Column, texts: Sequence[str]) -> dict[str, Any]:
    """For every distinct text of a column its value, or the BadValue that says why it has none.
    Columns repeat their values, so each text is parsed once and not once per row."""
    values: dict[str, Any] = {}
    for text in set(texts):
        try:
            if text == "":
                if column.empty is NEVER:
                    raise BadValue(_("The cell is empty. It must have a value."))
                values[text] = column.empty
            else:
                check_cell(text)
                values[text] = column.parse(text)
        except BadValue as error:
            values[text] = error
    return values


def _harmless(problem: Problem) -> tuple:
    """A spreadsheet that opens the list of problems must not run what stood in the file."""
    value = problem.value
    return problem._replace(value="'" + value if value[:1] in "=+-@\t\r" else value)
