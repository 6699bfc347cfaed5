"""Reading CSV: encodings, gzip, headers, and rows that are not as they should be."""

import csv
import gzip
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_ops.lib import tables_csv, values
from marketing_ops.lib.tables import Column, open_table
from marketing_ops.lib.tables_base import TableError

from .files import csv_file, gzip_file

COLUMNS = (
    Column("code", ("条码",), values.code(20)),
    Column("name", ("品名", "规格"), values.text(50)),
    Column("transferred", ("调拨",), values.whole_number(-99), required=False, empty=0),
)


def read(file):
    """(rows as (line, {column: text}), problems, table) of a file."""
    problems, rows = [], []
    table = open_table(file, COLUMNS, report_problem=problems.append)
    for chunk in table.chunks:
        for at, line in enumerate(chunk.lines):
            rows.append((line, {name: cells[at] for name, cells in chunk.cells.items()}))
    return rows, problems, table


def refused(file) -> str:
    with pytest.raises(TableError) as error:
        read(file)
    return str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_same_table_is_read_from_each_encoding(encoding):
    rows, problems, _table = read(csv_file("条码,品名", "1,中华(软)", "2,𠮷祥", encoding=encoding))
    assert rows == [
        (2, {"code": "1", "name": "中华(软)"}),
        (3, {"code": "2", "name": "𠮷祥"}),
    ]
    assert problems == []


def test_chinese_text_far_behind_the_header_still_decides_the_encoding():
    lines = ["code,name", *[f"{n},ascii" for n in range(120_000)], "7,红双喜(硬)"]
    rows, problems, _table = read(csv_file(*lines, encoding="gb18030"))
    assert rows[-1] == (120_002, {"code": "7", "name": "红双喜(硬)"})
    assert problems == []


def test_a_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(gzip_file("code,name", "1,a").getvalue())
    assert read(path)[0] == [(2, {"code": "1", "name": "a"})]


def test_windows_and_old_mac_line_ends_count_as_one_line_each():
    for end in ("\r\n", "\r", "\n"):
        data = end.join(["code,name", "1,a", "", "2,b"]).encode()
        assert [line for line, _row in read(io.BytesIO(data))[0]] == [2, 4]


def test_a_line_end_cut_in_two_by_a_block_is_one_line_end(monkeypatch):
    for block in range(10, 30):
        monkeypatch.setattr(tables_csv, "BLOCK", block)
        rows = read(io.BytesIO(b"code,name\r\n1,a\r\n2,bbbbb\r\n3,c\r\n"))[0]
        assert [line for line, _row in rows] == [2, 3, 4]


def test_headers_may_be_in_any_order_case_width_and_with_blanks():
    rows, _problems, table = read(csv_file(" 品 名 ,ＣＯＤＥ", "a,1"))
    assert rows == [(2, {"name": "a", "code": "1"})]
    assert table.headers == {"name": "品 名", "code": "ＣＯＤＥ"}


def test_a_missing_column_is_named_in_both_languages():
    assert "name (品名)" in refused(csv_file("code,rubbish", "1,a"))


def test_a_column_that_stands_twice_is_refused_in_whatever_language():
    assert "twice" in refused(csv_file("code,name,品名", "1,a,b"))


def test_an_unknown_column_is_left_out_and_said_so():
    rows, _problems, table = read(csv_file("code,name,remark", "1,a,hello"))
    assert rows == [(2, {"code": "1", "name": "a"})]
    assert "remark" in table.notes[0]


def test_a_misspelt_optional_column_is_refused_and_not_silently_left_out():
    assert "transferred" in refused(csv_file("code,name,transfered", "1,a,5"))


def test_semicolons_between_columns_are_named_as_the_cause():
    assert "commas" in refused(csv_file("code;name", "1;a"))


def test_an_empty_file_says_what_it_needs():
    for data in (b"", b"\n\n , \n", b"\xef\xbb\xbf"):
        assert "empty" in refused(io.BytesIO(data))


def test_rows_of_another_length_are_named_and_the_others_are_read():
    rows, problems, _table = read(csv_file("code,name", "1,a", "2", "3,c,d", "4,d,,", "5,e"))
    assert [line for line, _row in rows] == [2, 5, 6]
    assert [(p.line, p.column, p.value) for p in problems] == [(3, "", "2"), (4, "", "3,c,d")]


def test_blank_lines_are_no_rows_however_many_commas_they_have():
    rows, problems, _table = read(csv_file("code,name", ",", "   ", "1,a", "", ",,,,"))
    assert [line for line, _row in rows] == [4]
    assert problems == []


def test_a_nul_byte_costs_its_row_only():
    rows, problems, _table = read(csv_file("code,name", "1,a", "2,b\0c", "3,c"))
    assert [line for line, _row in rows] == [2, 4]
    assert problems[0].line == 3
    assert problems[0].value == "b␀c"


def test_bytes_that_are_no_text_cost_their_row_only():
    names = ["中华", "红双喜", "牡丹", "利群"]
    lines = [f"{n},{name}".encode() for n, name in enumerate(names)]
    lines[2] = b"2,\xff\xfe\xfa"
    rows, problems, _table = read(io.BytesIO(b"code,name\n" + b"\n".join(lines) + b"\n"))
    assert [row["name"] for _line, row in rows] == ["中华", "红双喜", "利群"]
    assert [(p.line, p.column) for p in problems] == [(4, "name")]


def test_a_half_character_in_gb18030_does_not_swallow_the_next_line():
    data = (
        "code,name\n1,中华\n2,红双喜".encode("gb18030") + b"\xd6\n" + "3,牡丹\n".encode("gb18030")
    )
    rows, problems, _table = read(io.BytesIO(data))
    assert [line for line, _row in rows] == [2, 4]
    assert [p.line for p in problems] == [3]


def test_quoted_cells_may_hold_commas_quotes_and_line_ends():
    rows, problems, _table = read(
        csv_file("code,name", '1,"a, b"', '2,"say ""hi"""', '3,"two', 'lines"', "4,d")
    )
    assert [(line, row["name"]) for line, row in rows] == [
        (2, "a, b"),
        (3, 'say "hi"'),
        (4, "two\nlines"),
        (6, "d"),
    ]
    assert problems == []


def test_an_unclosed_quotation_mark_costs_one_row_and_not_the_rest():
    lines = ["code,name", '1,"open', *[f"{n},x" for n in range(2, 60)]]
    rows, problems, _table = read(csv_file(*lines))
    assert [line for line, _row in rows] == list(range(3, 61))
    assert [p.line for p in problems] == [2]


def test_a_lone_quotation_mark_inside_a_cell_is_named():
    rows, problems, _table = read(csv_file("code,name", '1,5" disc', "2,b", '3,7" disc', "4,d"))
    assert [line for line, _row in rows] == [3, 5]
    assert [p.line for p in problems] == [2, 4]


def test_a_truncated_gzip_is_refused_as_a_whole_and_says_how_far_it_got():
    draw = random.Random(1)
    whole = gzip_file("code,name", *[f"{draw.random()},x" for _n in range(200_000)]).getvalue()
    message = refused(io.BytesIO(whole[: len(whole) * 3 // 4]))
    assert "breaks off" in message
    assert "line 1" in message  # a number of six digits


def test_a_damaged_gzip_is_refused():
    whole = bytearray(gzip_file("code,name", *[f"{n},{n * 7}" for n in range(9999)]).getvalue())
    whole[-6] ^= 1  # the checksum
    assert "damaged" in refused(io.BytesIO(bytes(whole)))


def test_rubbish_behind_a_gzip_is_refused():
    assert "damaged" in refused(io.BytesIO(gzip_file("code,name", "1,a").getvalue() + b"rubbish"))


def test_an_archive_in_an_archive_is_refused():
    inner = gzip_file("code,name", "1,a").getvalue()
    assert "Unpack" in refused(io.BytesIO(gzip.compress(inner)))


def test_a_gzip_of_zeros_is_refused_after_its_first_mebibytes():
    assert "longer than 1 MiB" in refused(io.BytesIO(gzip.compress(bytes(50 << 20))))


def test_a_gzip_of_very_many_lines_is_refused(monkeypatch):
    monkeypatch.setattr(tables_csv, "MAX_LINES", 10_000)
    data = gzip.compress(b"code,name\n" + b"\n" * (3 << 20))
    assert "Split" in refused(io.BytesIO(data))


@pytest.mark.parametrize(
    ("start", "cure"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xlsx"), (b"\xff\xfec\0o\0", "UTF-8")],
)
def test_formats_that_cannot_be_read_are_named_with_the_cure(start, cure):
    assert cure in refused(io.BytesIO(start + bytes(600)))


def test_a_path_that_is_not_there_is_named(tmp_path):
    assert "nothing.csv" in refused(tmp_path / "nothing.csv")


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cell, cell), max_size=30), st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_is_written_by_the_csv_module_is_read_as_it_was(rows, encoding):
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["条码", "品名", "批注"])
    writer.writerows([*pair, "批注"] for pair in rows)
    found, problems, _table = read(io.BytesIO(file.getvalue().encode(encoding)))
    assert problems == []

    def normal(value):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()

    expected = [(normal(a), normal(b)) for a, b in rows if normal(a) or normal(b)]
    assert [(row["code"], row["name"]) for _line, row in found] == expected


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_whatsoever_break_the_reader(data):
    try:
        read(io.BytesIO(b"code,name\n" + data))
        read(io.BytesIO(data))
    except TableError:
        pass
