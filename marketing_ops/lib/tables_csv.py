"""Rows out of a stream of CSV bytes, block by block.

Bytes are cut at line ends before they are decoded: neither UTF-8 nor GB18030 has a multi-byte
character with a line end, a comma or a quotation mark inside. So a byte that is no text costs
one row and not the file.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from .tables_base import Problem, RawRows, TableError

BLOCK = 1 << 20
"""Bytes read at a time; also the longest line that is accepted."""

MAX_TEXT = 2 << 30
"""Bytes of text that one file may hold (2 GiB, about 45 million ledger rows)."""

MAX_LINES = 50_000_000

MAX_RECORD_LINES = 20
"""A quoted cell may run over so many lines; a longer one is an unclosed quotation mark."""


def read_csv(stream: BinaryIO, *, inside_gzip: bool = False) -> Iterator[RawRows]:
    """Blocks of rows of a CSV. Raises ``TableError`` for a damaged gzip, a line over 1 MiB, or
    more than 2 GiB of text."""
    lines: list[str] = []
    first_line = 1
    decoder = _Decoder()
    for data in _cut_at_lines(stream, inside_gzip):
        text = decoder.decode(data)
        lines += text.split("\n")
        if lines[-1] == "":
            lines.pop()
        block, used = _rows(lines, first_line, last=False)
        yield block
        first_line += used
        lines = lines[used:]
    if lines:
        yield _rows(lines, first_line, last=True)[0]


def _cut_at_lines(stream: BinaryIO, inside_gzip: bool) -> Iterator[bytes]:
    """Blocks of whole lines (line ends made \\n)."""
    rest, total, line = b"", 0, 1
    while True:
        try:
            piece = stream.read(BLOCK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TableError(_damaged(error, line)) from error
        if total == 0 and inside_gzip and piece[:2] in (b"PK", b"\x1f\x8b"):
            raise TableError(
                _("The gzip holds another archive or an XLSX file, not a CSV. Unpack it first.")
            )
        total += len(piece)
        if total > MAX_TEXT or line > MAX_LINES:
            raise TableError(
                _("The file holds more than %(limit)d MiB or %(lines)d lines. Split it.")
                % {"limit": MAX_TEXT >> 20, "lines": MAX_LINES}
            )
        block = rest + piece
        if not piece:
            if block:
                yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            return
        # a \r at the very end may be the first half of \r\n
        held = b"\r" if block.endswith(b"\r") else b""
        block = block.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        cut = block.rfind(b"\n") + 1
        rest = block[cut:] + held
        if len(rest) > BLOCK:
            raise TableError(
                _("Line %(line)d is longer than 1 MiB. This is not a table of rows.")
                % {"line": line + block.count(b"\n")}
            )
        if cut:
            line += block.count(b"\n", 0, cut)
            yield block[:cut]


def _damaged(error: Exception, line: int) -> str:
    if isinstance(error, EOFError):
        return _(
            "The gzip file breaks off (readable up to about line %(line)d). It was not copied "
            "completely; copy it again. Nothing was imported."
        ) % {"line": line}
    return _(
        "The gzip file is damaged after about line %(line)d. Copy or export it again. Nothing "
        "was imported."
    ) % {"line": line}


class _Decoder:
    """Decodes as UTF-8 or GB18030, decided at the first block that is not plain ASCII."""

    def __init__(self):
        self.encoding = ""
        self.started = False

    def decode(self, data: bytes) -> str:
        if not self.started:
            self.started = True
            if data.startswith(b"\xef\xbb\xbf"):
                self.encoding = "utf-8"
                data = data[3:]
        if data.isascii():
            return data.decode("ascii")
        if not self.encoding:
            self.encoding = _guess(data)
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError:
            # line by line, so that a broken byte cannot swallow a line end
            pieces = data.split(b"\n")
            return "\n".join(piece.decode(self.encoding, "replace") for piece in pieces)


def _guess(data: bytes) -> str:
    """UTF-8 if at least half of the lines that are not ASCII are valid UTF-8, else GB18030.

    Chinese text in GB18030 is hardly ever valid UTF-8, so a few damaged bytes in a UTF-8 file
    do not turn all of it into wrong characters."""
    lines = [line for line in data.split(b"\n") if not line.isascii()][:10_000]
    valid = 0
    for line in lines:
        try:
            line.decode("utf-8")
            valid += 1
        except UnicodeDecodeError:
            pass
    return "utf-8" if 2 * valid >= len(lines) else "gb18030"


def _rows(lines: list[str], first_line: int, *, last: bool) -> tuple[RawRows, int]:
    """The rows of these lines and how many lines were used up. A record that may go on in the
    next block is left for it, unless this is the last."""
    text = "\n".join(lines)
    clean = "\0" not in text and "\ufffd" not in text
    if '"' not in text:
        numbers = range(first_line, first_line + len(lines))
        commas = {line.count(",") for line in lines}
        if len(commas) == 1:
            width = commas.pop() + 1
            cells = text.replace("\n", ",").split(",")
            columns = [cells[at::width] for at in range(width)]
            return RawRows(numbers, [], clean=clean, columns=columns), len(lines)
        rows = [line.split(",") for line in lines]
        return RawRows(numbers, rows, clean=clean), len(lines)
    found: list[int] = []
    rows, broken, at = [], [], 0
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            found.append(first_line + at)
            rows.append(line.split(","))
            at += 1
            continue
        end = _record_end(lines, at)
        if end is None and not last and len(lines) - at < MAX_RECORD_LINES:
            break
        row = _parse_quoted("\n".join(lines[at:end])) if end else None
        if row is None:
            broken.append(Problem(first_line + at, "", line[:100], _quotation_reason()))
            at += 1
        else:
            found.append(first_line + at)
            rows.append(row)
            at = end
    return RawRows(found, rows, broken, clean), at


def _record_end(lines: list[str], start: int) -> int | None:
    """Behind the line on which the quotation marks of the record are in pairs."""
    marks = 0
    for at in range(start, min(start + MAX_RECORD_LINES, len(lines))):
        marks += lines[at].count('"')
        if marks % 2 == 0:
            return at + 1
    return None


def _parse_quoted(text: str) -> list[str] | None:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return None


def _quotation_reason() -> str:
    return _(
        "The quotation marks of the row are not in order. A text that contains one stands in "
        "quotation marks, and the one inside is written twice."
    )
