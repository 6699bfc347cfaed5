"""Tables as files: CSV in UTF-8 with BOM, and XLSX, with the figures of the screen.

No text of a file is run as a formula. Numbers are rounded as the screen rounds them (half to even),
so that a spreadsheet's own rounding changes nothing.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from inventory.indicators.rules import decimals
from marketing_ops.desk.downloads import BOM, safe
from marketing_ops.home import writing

_LINES_AT_ONCE = 200
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML has no way to write these
_WIDTHS = (8, 40)  # of a column of the sheet, in letters


class Kind(Enum):
    """How a value is written: the format of the sheet."""

    TEXT = "@"
    COUNT = "#,##0"
    SHARE = "0.0%"
    DECIMAL = "#,##0.0"
    YES = "General"


@dataclass(frozen=True, slots=True)
class Column:
    """`value`: of a line; None where it is undefined, which is an empty cell."""

    name: str
    label: str | Promise
    kind: Kind
    value: Callable[[Any], Any]


def in_csv(column: Column, line: Any) -> str:
    value = column.value(line)
    if column.kind is Kind.YES:
        return _("yes") if value else ""
    if value is None:
        return ""
    if column.kind is Kind.TEXT:
        return safe(str(value))
    if column.kind is Kind.COUNT:
        return str(value)
    return writing.share(value) if column.kind is Kind.SHARE else decimals(value, 1)


def in_sheet(column: Column, line: Any) -> str | int | float | None:
    value = column.value(line)
    if column.kind is Kind.YES:
        return _("yes") if value else None
    if value is None or value == "":
        return None
    if column.kind is Kind.TEXT:
        return _FORBIDDEN.sub(" ", str(value))
    if column.kind is Kind.COUNT:
        return int(value)
    parts = 1000 if column.kind is Kind.SHARE else 10
    return round(value * parts) / parts


def as_csv(
    name: str, about: Sequence[tuple[str, str]], columns: Sequence[Column], lines: Iterable
) -> StreamingHttpResponse:
    """A file that is sent while it is written: what it is about, an empty line, the table."""
    return StreamingHttpResponse(
        _csv(about, columns, lines, translation.get_language()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


class _Echo:
    """What csv.writer writes is handed back."""

    def write(self, text: str) -> str:
        return text


def _csv(about, columns, lines, language) -> Iterator[bytes]:
    write = csv.writer(_Echo()).writerow
    # It is written when the view is over, and its language with it.
    with translation.override(language):
        block = [BOM, *(write([safe(label), safe(words)]) for label, words in about), write([])]
        block.append(write([safe(str(column.label)) for column in columns]))
        for line in lines:
            block.append(write([in_csv(column, line) for column in columns]))
            if len(block) >= _LINES_AT_ONCE:
                yield "".join(block).encode()
                block.clear()
        yield "".join(block).encode()


def as_xlsx(
    name: str, about: Sequence[tuple[str, str]], columns: Sequence[Column], lines: Iterable
) -> HttpResponse:
    """A workbook of two sheets: the table, and what it is about."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Table"))
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        width = min(max(2 * len(str(column.label)), _WIDTHS[0]), _WIDTHS[1])
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([_heading(sheet, str(column.label)) for column in columns])
    # A row is written at once, so the cells of one serve for all.
    cells = [WriteOnlyCell(sheet) for _column in columns]
    for cell, column in zip(cells, columns, strict=True):
        cell.number_format = column.kind.value
    for line in lines:
        for cell, column in zip(cells, columns, strict=True):
            _put(cell, in_sheet(column, line))
        sheet.append(cells)
    second = book.create_sheet(_("About"))
    second.column_dimensions["A"].width, second.column_dimensions["B"].width = 24, 80
    for label, words in about:
        cell = WriteOnlyCell(second)
        _put(cell, _FORBIDDEN.sub(" ", words))
        second.append([_heading(second, label), cell])
    file = BytesIO()
    book.save(file)
    return HttpResponse(
        file.getvalue(),
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _put(cell: WriteOnlyCell, value: str | int | float | None) -> None:
    cell.value = value
    if isinstance(value, str):
        # The library takes what begins with = for a formula, and #N/A for an error.
        cell.data_type = "s"


def _heading(sheet, words: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    _put(cell, words)
    cell.font = Font(bold=True)
    return cell
