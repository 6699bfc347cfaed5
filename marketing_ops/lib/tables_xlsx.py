"""Rows out of the first sheet of an XLSX file, streamed, with limits against hostile archives.

XLSX is a zip of XML (ECMA-376). It is read here with the standard library: a sheet is parsed
piece by piece, a formula is seen as such, a cell with a date format becomes an ISO date, and
what could blow up (inflated size, entity definitions, far-away cells) has a stated limit.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import BinaryIO
from xml.parsers import expat

from django.utils.translation import gettext as _

from .tables_base import RawRows, TableError

MAX_ENTRIES = 2_000
MAX_INFLATED = 1 << 30
"""Bytes that all entries together may declare, and the sheet may really have, inflated."""
MAX_PART = 64 << 20
"""Bytes inflated of any other part (texts, styles, workbook)."""
MAX_COLUMNS = 256
MAX_ROWS = 1_048_576
MAX_CELL = 32_767
BLOCK_ROWS = 20_000
PIECE = 1 << 16


def read_xlsx(file: BinaryIO, notes: list[str]) -> Iterator[RawRows]:
    """Blocks of rows of the first sheet, every cell as text: whole numbers without ".0", dates
    as 2024-02-29, a formula as "=…". Raises ``TableError`` for a damaged or hostile archive."""
    try:
        with zipfile.ZipFile(file) as archive:
            _check(archive)
            sheets, date1904 = _workbook(archive)
            if len(sheets) > 1:
                notes.append(
                    _("The file has %(count)d sheets. Only the first, “%(name)s”, was read.")
                    % {"count": len(sheets), "name": sheets[0][0]}
                )
            texts = _shared_strings(archive)
            dates = _date_styles(archive)
            yield from _sheet(archive, sheets[0][1], texts, dates, date1904)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise TableError(
            _("The XLSX file is damaged or incomplete (%(why)s). Copy or save it again.")
            % {"why": error}
        ) from error
    except expat.ExpatError as error:
        raise TableError(
            _("The XLSX file is damaged inside (%(why)s). Open it in Excel and save it again.")
            % {"why": error}
        ) from error


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise TableError(_("The XLSX file has a password. Save it without one."))
    if "xl/workbook.xml" not in archive.namelist():
        raise TableError(_("This archive is not an XLSX file. Save the table as .xlsx or CSV."))
    declared = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or declared > MAX_INFLATED:
        raise TableError(
            _(
                "The XLSX file would unpack to %(size)d MiB in %(entries)d parts; %(limit)d MiB "
                "and %(most)d parts are accepted. Split it, or save it as CSV."
            )
            % {
                "size": declared >> 20,
                "entries": len(entries),
                "limit": MAX_INFLATED >> 20,
                "most": MAX_ENTRIES,
            }
        )


def _pieces(archive: zipfile.ZipFile, name: str, limit: int) -> Iterator[bytes]:
    """The inflated bytes of an entry, counted as they come: what it declares may be a lie."""
    total = 0
    with archive.open(name) as entry:
        while piece := entry.read(PIECE):
            total += len(piece)
            if total > limit:
                raise TableError(
                    _("The part “%(part)s” of the XLSX file unpacks to over %(limit)d MiB.")
                    % {"part": name, "limit": limit >> 20}
                    + " "
                    + _("Split the file, or save it as CSV.")
                )
            yield piece


def _parser() -> expat.XMLParserType:
    """An XML parser that refuses document types, and with them every entity bomb."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_args):
        raise TableError(
            _("The XLSX file defines XML entities, which no spreadsheet does. It is refused.")
        )

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parse_part(archive, name: str, start, end=None, text=None) -> None:
    if name not in archive.namelist():
        return
    parser = _parser()
    parser.StartElementHandler = lambda tag, attributes: start(_local(tag), attributes)
    if end:
        parser.EndElementHandler = lambda tag: end(_local(tag))
    if text:
        parser.CharacterDataHandler = text
    for piece in _pieces(archive, name, MAX_PART):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _workbook(archive) -> tuple[list[tuple[str, str]], bool]:
    """(name, entry) of each sheet in the workbook's order, and whether days count from 1904."""
    sheets: list[tuple[str, str]] = []
    targets: dict[str, str] = {}
    flags = {"date1904": False}

    def workbook(tag, attributes):
        if tag == "sheet":
            identity = next((v for k, v in attributes.items() if _local(k) == "id"), "")
            sheets.append((attributes.get("name", ""), identity))
        elif tag == "workbookPr":
            flags["date1904"] = attributes.get("date1904") in ("1", "true")

    def relation(tag, attributes):
        if tag == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse_part(archive, "xl/workbook.xml", workbook)
    _parse_part(archive, "xl/_rels/workbook.xml.rels", relation)
    names = set(archive.namelist())
    found = []
    for name, identity in sheets:
        target = targets.get(identity, "")
        entry = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if entry in names:
            found.append((name, entry))
    if not found:
        raise TableError(_("The XLSX file has no sheet of cells. Save the table again."))
    return found, flags["date1904"]


def _shared_strings(archive) -> list[str]:
    texts: list[str] = []
    parts: list[str] = []
    state = {"reading": False, "phonetic": False, "length": 0}

    def start(tag, _attributes):
        if tag == "si":
            parts.clear()
            state["length"] = 0
        elif tag == "rPh":
            state["phonetic"] = True
        elif tag == "t":
            state["reading"] = not state["phonetic"]

    def end(tag):
        if tag == "si":
            texts.append("".join(parts))
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "t":
            state["reading"] = False

    def text(data):
        if state["reading"]:
            state["length"] += len(data)
            if state["length"] > MAX_CELL:
                raise _cell_too_long()
            parts.append(data)

    _parse_part(archive, "xl/sharedStrings.xml", start, end, text)
    return texts


def _cell_too_long() -> TableError:
    return TableError(
        _("A cell of the XLSX file holds more than %(limit)d characters.") % {"limit": MAX_CELL}
    )


# Built-in number formats that show a day (ECMA-376 part 1, 18.8.30, with the Chinese ones).
_DATE_FORMATS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_NOT_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


def _date_styles(archive) -> set[int]:
    """The numbers of the cell styles that show a date."""
    custom: dict[int, str] = {}
    styles: list[int] = []
    state = {"in_cells": False}

    def start(tag, attributes):
        if tag == "numFmt":
            custom[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            state["in_cells"] = True
        elif tag == "xf" and state["in_cells"]:
            styles.append(_number(attributes.get("numFmtId")))

    def end(tag):
        if tag == "cellXfs":
            state["in_cells"] = False

    _parse_part(archive, "xl/styles.xml", start, end)

    def shows_date(number):
        code = _NOT_FORMAT.sub("", custom.get(number, "")).lower()
        return number in _DATE_FORMATS or "y" in code or "d" in code

    return {at for at, number in enumerate(styles) if shows_date(number)}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _sheet(archive, name, texts, dates, date1904) -> Iterator[RawRows]:
    reader = _SheetReader(texts, dates, date1904)
    for piece in _pieces(archive, name, MAX_INFLATED):
        reader.parser.Parse(piece, False)
        if len(reader.rows) >= BLOCK_ROWS:
            yield reader.take()
    reader.parser.Parse(b"", True)
    if reader.rows:
        yield reader.take()


class _SheetReader:
    """Collects the rows of a sheet while expat walks through its XML."""

    def __init__(self, texts: list[str], dates: set[int], date1904: bool):
        self.texts, self.dates = texts, dates
        self.first_day = date(1904, 1, 1) if date1904 else date(1899, 12, 30)
        self.lines: list[int] = []
        self.rows: list[list[str]] = []
        self.row: list[str] = []
        self.line = 0
        self.column = 0
        self.kind = self.style = self.formula = None
        self.parts: list[str] | None = None
        self.value = ""
        self.length = 0
        self.phonetic = False
        self.parser = _parser()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def take(self) -> RawRows:
        block = RawRows(self.lines, self.rows, may_be_short=True)
        self.lines, self.rows = [], []
        return block

    def start(self, tag, attributes):
        tag = _local(tag)
        if tag == "c":
            reference = attributes.get("r")
            self.column = _column(reference) if reference else self.column + 1
            self.kind, self.style = attributes.get("t"), _number(attributes.get("s"))
            self.value, self.formula, self.length = "", None, 0
        elif tag in ("v", "t", "f"):
            self.parts = None if self.phonetic else []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "row":
            number = attributes.get("r")
            line = _number(number) if number else self.line + 1
            if not self.line < line <= MAX_ROWS:
                raise TableError(
                    _("The rows of the XLSX file are out of order at row %(row)s. Save it again.")
                    % {"row": str(number)[:20]}
                )
            self.line, self.row, self.column = line, [], 0

    def text(self, data):
        if self.parts is not None:
            self.length += len(data)
            if self.length > MAX_CELL:
                raise _cell_too_long()
            self.parts.append(data)

    def end(self, tag):
        tag = _local(tag)
        if tag in ("v", "t"):
            if self.parts is not None:
                self.value += "".join(self.parts)
            self.parts = None
        elif tag == "f":
            self.formula, self.parts = "=" + "".join(self.parts or ()), None
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "c":
            if 1 <= self.column <= MAX_COLUMNS:
                self.row += [""] * (self.column - len(self.row))
                self.row[self.column - 1] = self.formula or self.shown()
        elif tag == "row":
            self.lines.append(self.line)
            self.rows.append(self.row)

    def shown(self) -> str:
        """The cell as text. What is not what it says it is, is shown as it stands."""
        value, kind = self.value, self.kind
        if kind == "s":
            at = _number(value)
            return self.texts[at] if at < len(self.texts) else value
        if kind in ("str", "inlineStr", "b", "e"):
            return value
        if kind == "d":
            return value.removesuffix("T00:00:00")
        try:
            number = float(value)
        except ValueError:
            return value
        if self.style in self.dates and 1 <= number < 2_958_466:
            return _day(self.first_day, number)
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        return repr(number) if abs(number) < 1e15 else f"{number:E}"


def _column(reference: str) -> int:
    """1 for A12, 27 for AA12; 0 if it is no reference."""
    column = 0
    for letter in reference[:4]:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column


def _day(first_day: date, number: float) -> str:
    whole = int(number)
    # Excel counts a 29 February 1900 that never was: days before it are off by one.
    day = first_day + timedelta(whole + (1 if first_day.year == 1899 and whole < 60 else 0))
    seconds = round((number - whole) * 86_400)
    clock = f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if seconds else ""
    return day.isoformat() + clock
