"""A workbook of plain tables as XLSX (ECMA-376), written as text row by row.

A general library makes an object and an XML element of each cell; an export of 5,000 shops has
175,000 cells and would hold the web server for seconds.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

Value = str | int | float | None

_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
)  # XML has no way to write these
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LINES_AT_ONCE = 500
_OWN_FORMATS = 164  # the numbers below are those of the formats that are built in
_HEADING = 1  # the second cell style: bold


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
    formats = list(dict.fromkeys(one for sheet in sheets for one in sheet.formats))
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=4) as package:
        for name, text in _frame([sheet.name for sheet in sheets], formats):
            package.writestr(name, _HEAD + text)
        for number, sheet in enumerate(sheets, start=1):
            with package.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for text in _sheet(sheet, formats):
                    part.write(text.encode())
    return file.getvalue()


def _sheet(sheet: Sheet, formats: list[str]) -> Iterable[str]:
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    if sheet.head:
        yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield "</sheetView></sheetViews><cols>"
    for place, width in enumerate(sheet.widths, start=1):
        yield f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
    yield "</cols><sheetData>"
    names = [_letters(place) for place in range(len(sheet.formats))]
    styles = [formats.index(one) + _HEADING + 1 for one in sheet.formats]
    if sheet.head:
        yield _row(1, zip(names, [_HEADING] * len(names), sheet.head, strict=True))
    if sheet.bold:
        styles[0] = _HEADING
    block = []
    for number, values in enumerate(sheet.rows, start=2 if sheet.head else 1):
        block.append(_row(number, zip(names, styles, values, strict=True)))
        if len(block) >= _LINES_AT_ONCE:
            yield "".join(block)
            block.clear()
    yield "".join(block)
    yield "</sheetData></worksheet>"


def _row(number: int, cells: Iterable[tuple[str, int, Value]]) -> str:
    written = [f'<row r="{number}">']
    for name, style, value in cells:
        if value is None:
            written.append(f'<c r="{name}{number}" s="{style}"/>')
        elif isinstance(value, str):
            text = escape(_FORBIDDEN.sub(" ", value))
            written.append(
                f'<c r="{name}{number}" s="{style}" t="inlineStr">'
                f'<is><t xml:space="preserve">{text}</t></is></c>'
            )
        else:
            written.append(f'<c r="{name}{number}" s="{style}"><v>{value!r}</v></c>')
    written.append("</row>")
    return "".join(written)


def _letters(place: int) -> str:
    """The name of a column: A, …, Z, AA, …"""
    rest, letter = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)


def _frame(names: Sequence[str], formats: Sequence[str]) -> Iterable[tuple[str, str]]:
    """The parts of the package beside the sheets."""
    numbers = range(1, len(names) + 1)
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    overrides += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(
            f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>'
            for part, kind in overrides
        )
        + "</Types>",
    )
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in zip(numbers, names, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )
    related = [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    related.append((f"rId{len(names) + 1}", "styles", "styles.xml"))
    yield "xl/_rels/workbook.xml.rels", _relations(related)
    yield "xl/styles.xml", _styles(formats)


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    written = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{written}</Relationships>'


def _styles(formats: Sequence[str]) -> str:
    """A cell style for plain cells, one for headings (_HEADING), then one for each format."""
    own = "".join(
        f'<numFmt numFmtId="{_OWN_FORMATS + place}" formatCode={quoteattr(code)}/>'
        for place, code in enumerate(formats)
    )
    cells = "".join(
        f'<xf numFmtId="{_OWN_FORMATS + place}" fontId="0" fillId="0" borderId="0" xfId="0" '
        'applyNumberFormat="1"/>'
        for place in range(len(formats))
    )
    plain = 'numFmtId="0" fillId="0" borderId="0"'
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(formats)}">{own}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        f'<cellStyleXfs count="1"><xf {plain} fontId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formats) + 2}"><xf {plain} fontId="0" xfId="0"/>'
        f'<xf {plain} fontId="1" xfId="0" applyFont="1"/>{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
