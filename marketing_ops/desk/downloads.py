"""What can be taken away of an import, as CSV in UTF-8 with BOM that no spreadsheet executes."""

import csv
import gzip
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from marketing_ops.lib.tables import raw_rows
from marketing_ops.lib.tables_base import TableError
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Upload

BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_LINES_AT_ONCE = 500


def safe(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it; plain numbers stay numbers."""
    if cell[:1] in "=+-@\t\r" and cell and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def problems(upload: Upload) -> Iterator[bytes]:
    """All problems: line, column, value, reason. Written so while the file was imported."""
    with gzip.open(uploads.problems_path(upload)) as file:
        while block := file.read(1 << 16):
            yield block


def rejected_rows(upload: Upload) -> Iterator[str]:
    """The header and the rejected rows as the file has them, each with its reasons at its end: to
    be corrected and handed in again. The further column is left out by the next import."""
    lines = _Lines()
    with gzip.open(uploads.problems_path(upload), "rt", encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        for row in rows:
            lines.add(int(row[0]))
    reasons: dict[int, list[str]] = {}
    for problem in upload.problems.all():
        words = f"{problem.column}: {problem.reason}" if problem.column else problem.reason
        reasons.setdefault(problem.line, []).append(words)
    write = csv.writer(_Echo()).writerow
    block = [BOM]
    try:
        for number, (line, cells) in enumerate(raw_rows(uploads.path_of(upload))):
            if number == 0:
                block.append(write([*map(safe, cells), _("reason for rejection")]))
            elif line in lines:
                block.append(write([*map(safe, cells), " ".join(reasons.get(line, ()))]))
            if len(block) >= _LINES_AT_ONCE:
                yield "".join(block)
                block.clear()
    except TableError as error:
        # It broke off here for the import too.
        block.append(write([str(error)]))
    yield "".join(block)


class _Echo:
    """What csv.writer writes is handed back."""

    def write(self, text: str) -> str:
        return text


class _Lines:
    """A set of line numbers, a bit each: a file may have fifty million."""

    def __init__(self):
        self._bits = bytearray()

    def add(self, line: int) -> None:
        at = line >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(at + 1 + (at >> 2) - len(self._bits)))
        self._bits[at] |= 1 << (line & 7)

    def __contains__(self, line: int) -> bool:
        at = line >> 3
        return at < len(self._bits) and bool(self._bits[at] >> (line & 7) & 1)
