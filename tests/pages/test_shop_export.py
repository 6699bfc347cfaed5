"""The table of shops and a shop's products as files: the figures of the screen, and no formulas."""

import csv
import html
import io
import re

import openpyxl
import pytest

from customers.models import CustomerProperties
from inventory.indicators.queries import current_set
from marketing_ops.audit.models import Entry
from marketing_ops.home.exports import Column, Kind, as_csv, as_xlsx
from tests.pages.conftest import text_of
from tests.town import DAY


def body_of(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def read_csv(answer) -> tuple[dict, list[dict]]:
    """What the file is about, and its rows by column."""
    text = body_of(answer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    gap = rows.index([])
    header = rows[gap + 1]
    return dict(rows[:gap]), [dict(zip(header, row, strict=True)) for row in rows[gap + 2 :]]


def read_xlsx(answer) -> tuple[dict, list[dict]]:
    book = openpyxl.load_workbook(io.BytesIO(body_of(answer)))
    table, about = book.worksheets
    header, *rows = table.iter_rows()
    names = [cell.value for cell in header]
    return (
        {label.value: words.value for label, words in about.iter_rows()},
        [dict(zip(names, row, strict=True)) for row in rows],
    )


def cells_of(page, table="shops cards") -> list[list[str]]:
    """The rows of the page's table, each cell as its reader reads it."""
    found = re.search(rf'<table class="{table}".*?<tbody[^>]*>(.*?)</tbody>', page, re.S)
    rows = re.findall(r"<tr.*?</tr>", found[1], re.S)
    return [
        [
            re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", cell))).strip()
            for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)
        ]
        for row in rows
    ]


def counted(share, part, whole) -> str:
    return f"{share} ({part}/{whole})" if share else "—"


@pytest.mark.parametrize(
    "question",
    [{}, {"area": "城区", "sort": "ratio"}, {"price_class": "3"}, {"sort": "licence", "q": "L"}],
)
def test_every_cell_of_the_page_is_a_figure_of_the_file(district, visit, question):
    page = visit("district1", "/shops/", language="en", **question).content.decode()
    shown = cells_of(page)
    _about, rows = read_csv(visit("district1", "/shops/export.csv", language="en", **question))
    assert len(shown) == len(rows) > 0
    for cells, row in zip(shown, rows, strict=True):
        name, manager, delivery, segment, stockout, satisfaction, ratio, left, out, worst = cells
        facts = " · ".join(row[k] for k in ("Business format", "Area", "Scale"))
        assert name.startswith(f"{row['Shop']} {row['Licence number']} · {facts}")
        assert ("few observations" in name) is (row["Few observations"] == "yes")
        where = f"{row['Market department']} · {row['Route']}"
        assert manager == f"{row['Account manager']} {where}"
        assert delivery == row["Delivery"]
        assert segment == (row["Stock-out segment"] or "—")
        rate, days = row["Stock-out rate"], row["Stock-out product-days"]
        assert stockout == counted(rate, days, row["Observed product-days"])
        share, sold = row["Sales satisfaction"], row["Sold (packs)"]
        assert satisfaction.replace(",", "") == counted(
            share, sold, row["Sold and expected (packs)"]
        )
        days = row["Stock-to-sales ratio (days)"]
        assert ratio == (f"{days} d" if days else "—")
        assert left == f"{row['Products left out']}/{row['Products']}"
        assert out == f"{row['Products always out']}/{row['Products']}"
        if row["Worst products"]:
            assert worst == row["Worst products"].replace(";", "")


def test_the_sheet_holds_the_figures_of_the_csv_as_numbers(district, visit):
    about, rows = read_csv(visit("district1", "/shops/export.csv", area="城区"))
    other, cells = read_xlsx(visit("district1", "/shops/export.xlsx", area="城区"))
    assert about == other
    assert len(rows) == len(cells) == 4
    for row, line in zip(rows, cells, strict=True):
        assert list(row) == list(line)
        for name, text in row.items():
            cell = line[name]
            if cell.number_format == "0.0%" and text:
                assert f"{cell.value * 100:.1f}%" == text
            elif cell.number_format in ("#,##0", "#,##0.0") and text:
                assert isinstance(cell.value, int | float)
                assert float(text) == cell.value
            else:
                assert (cell.value or "") == text


def test_a_file_says_of_which_day_rules_and_filters_it_is(district, visit):
    answer = visit("district1", "/shops/export.csv", area="农村", sort="ratio", language="en")
    assert answer["Content-Disposition"] == f'attachment; filename="shops-{DAY}.csv"'
    about, rows = read_csv(answer)
    assert about["Data as of"] == str(DAY)
    assert about["Rule set"] == current_set().rules
    assert about["Filters"] == "Area: Rural"
    assert about["Sorted by"] == "Stock-to-sales ratio"
    assert about["Shops"] == "2" == str(len(rows))


def test_a_file_begins_with_the_mark_that_spreadsheets_need(district, visit):
    assert body_of(visit("district1", "/shops/export.csv")).startswith(b"\xef\xbb\xbf")


def test_a_file_holds_all_pages_and_only_the_persons_shops(district, visit, monkeypatch):
    monkeypatch.setattr("marketing_ops.home.table.page.SHOPS_PER_PAGE", 2)
    monkeypatch.setattr("marketing_ops.home.table.found._SHOPS_AT_ONCE", 4)
    for person, shops in (
        ("district1", {"L1", "L2", "L3", "L4", "L5", "L6"}),
        ("market2", {"L5", "L6"}),
        ("am02", {"L3", "L4"}),
        ("inspector1", set()),
    ):
        _about, rows = read_csv(visit(person, "/shops/export.csv", language="en", page=2))
        assert {row["Licence number"] for row in rows} == shops
        _about, cells = read_xlsx(visit(person, "/shops/export.xlsx", language="en"))
        assert {row["Licence number"].value for row in cells} == shops


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_who_may_not_see_the_page_gets_no_file(district, visit, kind):
    for path in (f"/shops/export.{kind}", f"/shops/L1/export.{kind}"):
        assert visit("shop1", path).status_code == 403
        assert visit(None, path).status_code == 302
    assert visit("am02", f"/shops/L1/export.{kind}").status_code == 404
    assert visit("am02", f"/shops/X9/export.{kind}").status_code == 404


@pytest.mark.parametrize("evil", ["=1+1", "+SUM(A1)", "-A1", "@cmd", "\t=1", "\r=1"])
def test_no_text_of_a_file_is_run_as_a_formula(evil):
    columns = [Column("name", evil, Kind.TEXT, lambda line: line)]
    _about, (row,) = read_csv(as_csv("x", [("about", evil)], columns, [evil]))
    (header,) = row
    assert header == row[header] == _about["about"] == "'" + evil
    about, (cells,) = read_xlsx(as_xlsx("x", [("about", evil)], columns, [evil]))
    (cell,) = cells.values()
    assert cell.data_type in ("s", "inlineStr")
    assert about["about"] is not None and not str(cell.value).startswith("'")


def test_a_shop_that_is_called_a_formula_is_a_name_in_both_files(district, visit):
    shop = CustomerProperties.objects.filter(customer=district.shops["L1"])
    shop.update(name='=HYPERLINK("http://x")')
    _about, rows = read_csv(visit("am01", "/shops/export.csv", language="en", sort="licence"))
    assert rows[0]["Shop"] == '\'=HYPERLINK("http://x")'
    _about, cells = read_xlsx(visit("am01", "/shops/export.xlsx", language="en", sort="licence"))
    assert cells[0]["Shop"].value == '=HYPERLINK("http://x")'
    assert cells[0]["Shop"].data_type != "f"


def test_what_was_taken_away_stands_in_the_audit_trail(district, visit):
    visit("am01", "/shops/export.xlsx", area="城区")
    visit("am01", "/shops/L1/export.csv")
    shop, table = Entry.objects.filter(actor="am01").order_by("-id")[:2]
    assert (table.action, table.subject) == ("shops exported", f"figures of {DAY}")
    assert table.details == {"file": "xlsx", "shops": 2, "filters": {"area": "城区"}}
    assert (shop.action, shop.subject) == ("shop's products exported", "licence L1")


def test_before_the_first_night_an_export_leads_to_what_is_missing(stocked, visit):
    assert visit("district1", "/shops/export.csv").url == "/shops/"
    assert visit("district1", "/shops/L1/export.xlsx").url == "/shops/L1/"


def test_a_shops_products_in_the_file_are_those_of_its_page(district, visit):
    page = visit("am01", "/shops/L1/", language="en", sort="ratio")
    answer = visit("am01", "/shops/L1/export.csv", language="en", sort="ratio")
    assert answer["Content-Disposition"] == f'attachment; filename="shop-L1-{DAY}.csv"'
    about, rows = read_csv(answer)
    assert about["Licence number"] == "L1"
    _about, cells = read_xlsx(visit("am01", "/shops/L1/export.xlsx", language="en", sort="ratio"))
    shown = cells_of(page.content.decode(), table="cards products")
    assert len(rows) == len(cells) == len(shown) == 3
    words = text_of(page)
    for row, line, cell in zip(rows, cells, shown, strict=True):
        assert cell[0].startswith(row["Product"])
        assert row["Attention"].replace("; ", " ") in cell[0]
        assert f"{row['Stock-out days']}/{row['Observed days']}" in " ".join(cell)
        for name in ("Sales satisfaction", "Satisfaction of the cycle"):
            assert (row[name] or "—") in " ".join(cell)
        for name in ("Lasts (days)", "Stock-to-sales ratio (days)", "Ratio of the cycle (days)"):
            assert (f"{row[name]} d" if row[name] else "—") in " ".join(cell)
        assert line["Stock (packs)"].value == int(row["Stock (packs)"])
    assert all(row["Product"] in words for row in rows)


def test_the_page_learns_that_its_file_has_begun(district, visit):
    for path in ("/shops/export.csv", "/shops/export.xlsx", "/shops/L1/export.csv"):
        assert visit("district1", path, made="1718000000000").cookies["made-1718000000000"]
        for odd in ("", "a", "1;x", "٣", "1" * 40):
            cookies = visit("district1", path, made=odd).cookies
            assert not [name for name in cookies if name.startswith("made")]


def test_the_first_bytes_of_a_csv_come_before_its_rows(district, visit, django_assert_num_queries):
    answer = visit("district1", "/shops/export.csv")
    with django_assert_num_queries(0):
        assert "许可证号" in next(iter(answer.streaming_content)).decode()
