"""Reading XLSX: dates, formulas, damage, and archives that want to blow up."""

import datetime
import io
import zipfile

import pytest
from openpyxl import load_workbook

from marketing_ops.lib import tables_xlsx
from marketing_ops.lib.tables_base import TableError

from .files import with_part, xlsx_file
from .test_reading_csv import read, refused

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet(body: str, start: str = "") -> bytes:
    return f"{start}<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>".encode()


def shared(*texts: str) -> bytes:
    return f"<sst {MAIN}>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>".encode()


def cells(file) -> list[list[str]]:
    return [row for block in tables_xlsx.read_xlsx(file, []) for row in block.rows]


def test_rows_have_the_numbers_that_excel_shows():
    file = xlsx_file([["条码", "品名"], [], ["6901", "中华(软)"], ["6902"], [None, "x"]])
    rows, problems, _table = read(file)
    assert rows == [
        (3, {"code": "6901", "name": "中华(软)"}),
        (4, {"code": "6902", "name": ""}),
        (5, {"code": "", "name": "x"}),
    ]
    assert problems == []


def test_whole_numbers_lose_their_decimal_point_and_others_keep_it():
    assert cells(xlsx_file([[10.0, 10.5, 310100100000, 0.1, -3]])) == [
        ["10", "10.5", "310100100000", "0.1", "-3"]
    ]


def test_a_number_with_more_digits_than_excel_keeps_is_not_shown_as_exact():
    assert "E+" in cells(xlsx_file([[6901028100007123456.0]]))[0][0]


@pytest.mark.parametrize(
    "number_format",
    ["yyyy-mm-dd", "m/d/yy", 'yyyy"年"m"月"d"日"', "[$-804]yyyy/m/d;@", "dd.mm.yyyy hh:mm"],
)
def test_a_cell_with_a_date_format_is_a_day(number_format):
    file = xlsx_file([[45351]], {"A1": number_format})
    assert cells(file) == [["2024-02-29"]]


@pytest.mark.parametrize("number_format", ["0.00", "General", '0 "day"', "[Red]0", "h:mm"])
def test_a_cell_with_another_format_is_a_number(number_format):
    assert cells(xlsx_file([[45351]], {"A1": number_format})) == [["45351"]]


def test_a_time_of_day_behind_a_date_is_kept_for_the_check():
    file = xlsx_file([[datetime.datetime(2024, 2, 29, 13, 30)]])
    assert cells(file) == [["2024-02-29 13:30:00"]]


def test_days_of_a_workbook_that_counts_from_1904():
    file = xlsx_file([[43889]], {"A1": "yyyy-mm-dd"})
    book = zipfile.ZipFile(file).read("xl/workbook.xml")
    changed = with_part(
        file, "xl/workbook.xml", book.replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
    )
    assert cells(changed) == [["2024-02-29"]]


def test_a_formula_is_shown_as_a_formula_and_not_as_its_last_value():
    body = '<row r="1"><c r="A1"><f>SUM(B1:C1)</f><v>7</v></c></row>'
    assert cells(with_part(xlsx_file([[1]]), SHEET, sheet(body))) == [["=SUM(B1:C1)"]]


def test_inline_texts_and_rich_texts_without_their_readings():
    body = (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>中</t></r><r><t>华</t></r>'
        "<rPh><t>zhonghua</t></rPh></is></c></row>"
    )
    assert cells(with_part(xlsx_file([[1]]), SHEET, sheet(body))) == [["中华"]]


def test_further_sheets_are_named_as_not_read():
    notes = []
    file = xlsx_file([["a"]])
    book = load_workbook(file)
    book.create_sheet("第二页")
    again = io.BytesIO()
    book.save(again)
    list(tables_xlsx.read_xlsx(again, notes))
    assert "2 sheets" in notes[0]


def test_an_incomplete_xlsx_is_refused_with_the_cure():
    whole = xlsx_file([["code", "name"]] + [[str(n), "x"] for n in range(100)]).getvalue()
    assert "again" in refused(io.BytesIO(whole[: len(whole) // 2]))


def test_an_archive_that_is_no_spreadsheet_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "not an XLSX" in refused(file)


def test_an_archive_that_declares_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(tables_xlsx, "MAX_INFLATED", 100_000)
    bomb = with_part(xlsx_file([["code"]]), "xl/theme/theme1.xml", bytes(200_000))
    assert "Split" in refused(bomb)


def test_a_part_that_lies_about_its_size_is_refused():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 9000))
    data = bytearray(with_part(xlsx_file([["code"]]), SHEET, sheet(rows)).getvalue())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        true_size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert data.count(true_size) >= 1
    lying = bytes(data).replace(true_size, (1000).to_bytes(4, "little"))
    assert refused(io.BytesIO(lying))


def test_a_large_part_is_counted_while_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(tables_xlsx, "MAX_PART", 50_000)
    bomb = with_part(xlsx_file([["code"]]), "xl/sharedStrings.xml", shared(*["x"] * 5000))
    assert "unpacks to over" in refused(bomb)


def test_texts_may_stand_apart_and_be_pointed_at():
    body = '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>9</v></c></row>'
    file = with_part(xlsx_file([[1]]), SHEET, sheet(body))
    assert cells(with_part(file, "xl/sharedStrings.xml", shared("甲", "乙"))) == [["乙", "9"]]


def test_definitions_of_entities_are_refused():
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    bomb = with_part(xlsx_file([["code"]]), SHEET, sheet("", laughs))
    assert "entities" in refused(bomb)


def test_a_row_number_beyond_the_sheet_is_refused():
    body = '<row r="99999999"><c r="A99999999"><v>1</v></c></row>'
    assert "out of order" in refused(with_part(xlsx_file([["code"]]), SHEET, sheet(body)))


def test_a_cell_in_a_far_column_does_not_make_wide_rows():
    body = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'
    assert cells(with_part(xlsx_file([[1]]), SHEET, sheet(body))) == [["1"]]


def test_a_cell_longer_than_excel_allows_is_refused():
    body = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>'
    with pytest.raises(TableError, match="characters"):
        cells(with_part(xlsx_file([[1]]), SHEET, sheet(body)))


def test_xml_that_is_not_well_formed_is_refused():
    assert "again" in refused(with_part(xlsx_file([["code"]]), SHEET, b"<worksheet><row>"))


def test_a_password_is_named():
    data = bytearray(xlsx_file([["code"]]).getvalue())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    data[start + 8] |= 1  # the flag "encrypted" of the first entry
    assert "password" in refused(io.BytesIO(bytes(data)))
