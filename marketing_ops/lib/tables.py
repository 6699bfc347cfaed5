"""A table out of a file: CSV (UTF-8, UTF-8 with BOM, GB18030), gzip of CSV, or XLSX.

The format is told by the first bytes, never by the name. Rows come in chunks of columns of
strings, each row with its true line number (XLSX: row number), in bounded memory: at most
one block of about 1 MiB of text is held at a time. What makes the file as a whole unreadable
raises :class:`TableError`; what makes one row unreadable is handed to ``report_problem`` and
the row is left out.
"""

import difflib
import gzip
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from .tables_base import Problem, RawRows, TableError
from .tables_csv import read_csv
from .tables_xlsx import read_xlsx

GZIP, ZIP, OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF16 = (b"\xff\xfe", b"\xfe\xff")

MAX_HEADER = 256

NEVER = object()


@dataclass(frozen=True)
class Column:
    """One column of a kind of file.

    ``name`` is the English header, ``chinese`` the Chinese ones (the first is the one of the
    template). ``parse`` turns the text of a cell into a value or raises ``BadValue``.
    ``empty`` is the value of an empty cell; left out, an empty cell is an error. A column
    that is not ``required`` may be missing from the file; its value is then ``empty``.
    """

    name: str
    chinese: tuple[str, ...]
    parse: Callable[[str], Any]
    required: bool = True
    empty: Any = NEVER


@dataclass(frozen=True)
class Chunk:
    """Some rows of the table: ``lines[i]`` is the line of row i, ``cells[name][i]`` its text
    in the column ``name``, stripped of the blanks around it. Only columns that the file has."""

    lines: Sequence[int]
    cells: dict[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.lines)


@dataclass
class Table:
    """An opened table. ``headers`` maps a column's name to its header as the file has it;
    ``notes`` are remarks about the file as a whole; ``position`` and ``size`` (bytes of the
    file) serve a progress bar."""

    headers: dict[str, str]
    notes: list[str]
    size: int
    chunks: Iterator[Chunk]
    _raw: BinaryIO = field(repr=False)

    @property
    def position(self) -> int:
        return self.size if self._raw.closed else min(self.size, self._raw.tell())


def open_table(
    source: str | os.PathLike | BinaryIO,
    columns: Sequence[Column],
    *,
    report_problem: Callable[[Problem], None],
) -> Table:
    """Open ``source`` (a path or a seekable binary file) and match its header.

    Raises :class:`TableError` here, or while the chunks are read, when the file as a whole
    cannot be read: an unknown format, a missing or doubled column, a damaged archive.
    """
    raw = _open(source)
    ours = raw is not source
    try:
        size = raw.seek(0, os.SEEK_END)
        raw.seek(0)
        notes: list[str] = []
        blocks = _blocks(raw, notes)
        first = _first_rows(blocks)
        names, headers = _match_header(first.rows[0], columns, notes)
    except BaseException:
        if ours:
            raw.close()
        raise
    chunks = _chunks(first, blocks, names, headers, report_problem)
    return Table(headers, notes, size, _closing(chunks, raw) if ours else chunks, raw)


def raw_rows(source: str | os.PathLike) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row of a file that holds any text, as they stand there; the first is
    the header. Rows that cannot be taken apart are left out. Raises TableError as open_table."""
    with _open(source) as raw:
        for block in _blocks(raw, []):
            block = block.in_rows()
            for line, row in zip(block.lines, block.rows, strict=True):
                if any(cell.strip() for cell in row):
                    yield line, row


def _closing(chunks: Iterator[Chunk], raw: BinaryIO) -> Iterator[Chunk]:
    with raw:
        yield from chunks


def _open(source) -> BinaryIO:
    if hasattr(source, "read"):
        return source
    try:
        mode = os.stat(source).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise TableError(
                _("%(file)s is a pipe or a device. Save the table to a file first.")
                % {"file": source}
            )
        return Path(source).open("rb")
    except OSError as error:
        raise TableError(
            _("%(file)s cannot be opened: %(why)s. Check the path and the rights.")
            % {"file": source, "why": error.strerror}
        ) from error


def _blocks(raw: BinaryIO, notes: list[str]) -> Iterator[RawRows]:
    start = raw.read(8)
    raw.seek(0)
    if start.startswith(ZIP):
        return read_xlsx(raw, notes)
    if start.startswith(OLD_EXCEL):
        raise TableError(
            _("This is an old Excel file (.xls) or one with a password. Save it as .xlsx or CSV.")
        )
    if start.startswith(GZIP):
        inflated = gzip.GzipFile(fileobj=raw)
        return read_csv(inflated, inside_gzip=True)
    if start.startswith(UTF16):
        raise TableError(_("This text is encoded in UTF-16. Save it as “CSV UTF-8”."))
    return read_csv(raw)


def _first_rows(blocks: Iterator[RawRows]) -> RawRows:
    """The first block that holds a row with any text: its first such row is the header."""
    for raw_block in blocks:
        block = raw_block.in_rows()
        if block.broken and (not block.rows or block.broken[0].line < block.lines[0]):
            problem = block.broken[0]
            raise TableError(
                _("Line %(line)d, where the column names should stand, cannot be read: %(why)s")
                % {"line": problem.line, "why": problem.reason}
            )
        for at, row in enumerate(block.rows):
            if any(cell.strip() for cell in row):
                return replace(block, lines=block.lines[at:], rows=block.rows[at:])
    raise TableError(_("The file is empty. It needs a line of column names and rows below it."))


def normal_header(text: str) -> str:
    """A header without what people add or change by accident: case, width, blanks, BOM."""
    text = unicodedata.normalize("NFKC", text).replace("\ufeff", "")
    return "".join(text.split()).replace("-", "_").casefold()


def _match_header(row, columns, notes) -> tuple[list[str | None], dict[str, str]]:
    """For each place of the header row the column's name or None; and the headers found."""
    if len(row) > MAX_HEADER:
        raise TableError(
            _("The header has %(found)d columns; at most %(most)d are possible.")
            % {"found": len(row), "most": MAX_HEADER}
        )
    known = {normal_header(h): c.name for c in columns for h in (c.name, *c.chinese)}
    names: list[str | None] = []
    headers: dict[str, str] = {}
    unknown: list[str] = []
    for cell in row:
        shown = cell.replace("\ufeff", "").replace("\0", "␀").strip()
        name = known.get(normal_header(cell))
        names.append(name)
        if name is None and shown:
            unknown.append(shown[:60])
        elif name in headers:
            raise TableError(
                _("The column “%(header)s” stands twice in the header. Remove one of the two.")
                % {"header": headers[name]}
            )
        elif name:
            headers[name] = shown
    missing = [c for c in columns if c.required and c.name not in headers]
    if missing:
        wanted = ", ".join(f"{c.name} ({c.chinese[0]})" for c in missing)
        hint = ""
        if len(row) == 1 and any(mark in row[0] for mark in ";\t|"):
            hint = " " + _("Columns must be separated by commas.")
        elif unknown:
            hint = " " + _("Found instead: %(found)s.") % {"found": ", ".join(unknown[:20])}
        raise TableError(
            _("The header lacks these columns: %(columns)s. The first line names the columns.")
            % {"columns": wanted}
            + hint
        )
    _judge_unknown(unknown, known, headers, notes)
    return names, headers


def _judge_unknown(unknown, known, headers, notes) -> None:
    """An unknown column is left out and said so; one that looks like a misspelt column of
    ours stops the import, because leaving it out would lose data silently."""
    for header in unknown:
        near = difflib.get_close_matches(normal_header(header), known, n=1, cutoff=0.8)
        if near and known[near[0]] not in headers:
            raise TableError(
                _("The column “%(header)s” is not known. Was “%(near)s” meant? Rename it.")
                % {"header": header, "near": near[0]}
            )
        notes.append(
            _("The column “%(header)s” is not known and was not read.") % {"header": header}
        )


def _chunks(first, blocks, names, headers, report_problem) -> Iterator[Chunk]:
    block: RawRows | None = replace(first, lines=first.lines[1:], rows=first.rows[1:])
    while block is not None:
        for problem in block.broken:
            report_problem(problem)
        if block.rows or block.columns:
            chunk = _columns(block, names, headers, report_problem)
            if len(chunk):
                yield chunk
        block = next(blocks, None)


def _columns(block: RawRows, names, headers, report_problem) -> Chunk:
    lines, turned, width = block.lines, block.columns, len(names)
    if turned is None or len(turned) != width:
        block = block.in_rows()
        rows = block.rows
        if set(map(len, rows)) != {width}:
            lines, rows = _straighten(block, width, report_problem)
        turned = list(zip(*rows, strict=True)) if rows else [()] * width
    cells: dict[str, Sequence[str]] = {}
    unreadable: dict[str, set[str]] = {}
    for at, name in enumerate(names):
        if not name:
            continue
        column = turned[at]
        distinct = set(column)
        if any(text != text.strip() for text in distinct):
            stripped = {text: text.strip() for text in distinct}
            column = tuple(stripped[text] for text in column)
        cells[name] = column
        if not block.clean:
            unreadable[name] = {text for text in map(str.strip, distinct) if _unreadable(text)}
    if any(unreadable.values()):
        lines, cells = _leave_out_unreadable(lines, cells, unreadable, headers, report_problem)
    if all("" in column for column in cells.values()):
        keep = [at for at in range(len(lines)) if any(column[at] for column in cells.values())]
        lines, cells = _keep(keep, lines, cells)
    return Chunk(lines, cells)


def _keep(keep: list[int], lines, cells):
    return (
        [lines[at] for at in keep],
        {name: tuple(column[at] for at in keep) for name, column in cells.items()},
    )


def _straighten(block: RawRows, width: int, report_problem):
    """Leave out blank rows, trim or pad empty ends, report rows of another length."""
    lines, rows = [], []
    for line, row in zip(block.lines, block.rows, strict=True):
        if not any(cell.strip() for cell in row):
            continue  # a blank line is no row, however many commas it has
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row = row[:width]
        elif len(row) < width and block.may_be_short:
            row = row + [""] * (width - len(row))
        if len(row) == width:
            lines.append(line)
            rows.append(row)
        else:
            reason = _(
                "The number of columns is %(found)d in the row and %(wanted)d in the header. Check "
                "for a missing or extra comma; a text with a comma needs quotation marks around it."
            ) % {"found": len(row), "wanted": width}
            report_problem(Problem(line, "", ",".join(row)[:100], reason))
    return lines, rows


def _unreadable(text: str) -> bool:
    return "\0" in text or "\ufffd" in text


def _leave_out_unreadable(lines, cells, unreadable, headers, report_problem):
    """Report and leave out rows with a NUL or with bytes that are no text in this encoding."""
    bad = set()
    for at, line in enumerate(lines):
        for name, column in cells.items():
            text = column[at]
            if text not in unreadable[name]:
                continue
            bad.add(at)
            if "\0" in text:
                reason = _(
                    "The cell contains a NUL byte. The file is damaged here; export it again."
                )
            else:
                reason = _(
                    "The cell contains bytes that are no text. Correct the cell and save the file "
                    "as “CSV UTF-8”."
                )
            report_problem(Problem(line, headers[name], text.replace("\0", "␀")[:100], reason))
    return _keep([at for at in range(len(lines)) if at not in bad], lines, cells)
