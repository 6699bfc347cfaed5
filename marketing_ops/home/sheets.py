"""A workbook of plain tables as XLSX, written row by row."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter

Value = str | int | float | None

_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)  # XML has no way to write these
# Rows go to the file as they come, in memory of a row each; and no text is anything but a text.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True)
class Sheet:
    """`widths`: of the columns in letters; `formats`: of the cells below the head, by column.

    `head`: the labels of the first row, which stays in view. `bold`: the first column is a heading.
    """

    name: str
    widths: Sequence[int]
    formats: Sequence[str]
    rows: Iterable[Sequence[Value]]
    head: Sequence[str] = ()
    bold: bool = False


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The file. No text in it is a formula, whatever it begins with."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        heading = book.add_format({"bold": True})
        for sheet in sheets:
            _write(book, sheet, heading)
    return file.getvalue()


def _write(book: xlsxwriter.Workbook, sheet: Sheet, heading) -> None:
    page = book.add_worksheet(sheet.name)
    for place, width in enumerate(sheet.widths):
        page.set_column(place, place, width)
    first = 0
    if sheet.head:
        page.freeze_panes(1, 0)
        for place, label in enumerate(sheet.head):
            page.write_string(0, place, label, heading)
        first = 1
    made = {code: book.add_format({"num_format": code}) for code in set(sheet.formats)}
    formats = [made[code] for code in sheet.formats]
    if sheet.bold:
        formats[0] = heading
    for number, values in enumerate(sheet.rows, start=first):
        for place, (value, style) in enumerate(zip(values, formats, strict=True)):
            if value is None:
                page.write_blank(number, place, None, style)
            elif isinstance(value, str):
                page.write_string(number, place, _FORBIDDEN.sub(" ", value), style)
            else:
                page.write_number(number, place, value, style)
