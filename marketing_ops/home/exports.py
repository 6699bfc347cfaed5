"""Tables as files: CSV in UTF-8 with BOM, and XLSX, with the figures of the screen.

No text of a file is run as a formula. Numbers are rounded as the screen rounds them (half to even),
so that a spreadsheet's own rounding changes nothing.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inventory.indicators.rules import decimals, scaled
from marketing_ops.desk.downloads import BOM, safe
from marketing_ops.home import writing
from marketing_ops.home.sheets import Sheet, workbook

_LINES_AT_ONCE = 200
_WIDTHS = (8, 40)  # of a column of the sheet, in letters
_DIGITS = 16  # fewer, of a download's number


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
        return str(value)
    if column.kind is Kind.COUNT:
        return int(value)
    places = 3 if column.kind is Kind.SHARE else 1
    return scaled(value, places) / 10**places


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
        yield "".join(block).encode()
        block.clear()
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
    labels = [str(column.label) for column in columns]
    table = Sheet(
        name=_("Table"),
        widths=[min(max(2 * len(label), _WIDTHS[0]), _WIDTHS[1]) for label in labels],
        formats=[column.kind.value for column in columns],
        head=labels,
        rows=([in_sheet(column, line) for column in columns] for line in lines),
    )
    text = Kind.TEXT.value
    second = Sheet(_("About"), widths=[24, 80], formats=[text, text], rows=about, bold=True)
    return HttpResponse(
        workbook([table, second]),
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def begun(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Tell the page that asked (frontend/src/downloads.ts) that its file is on the way.

    It wrote a number into the address, and waits for the cookie of that name.
    """
    number = request.GET.get("made", "")
    if number.isascii() and number.isdecimal() and len(number) < _DIGITS:
        response.set_cookie(
            f"made-{number}", "1", max_age=60, samesite="Strict", secure=request.is_secure()
        )
    return response
