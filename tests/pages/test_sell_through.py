"""The sell-through ledger of one shop and month, checked by hand."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

from django.utils import timezone
from openpyxl import load_workbook

from customers.visits.models import Visit
from marketing_ops.audit.models import Entry
from marketing_ops.home.sell_through import sheet_of
from tests.pages.conftest import text_of

PATH = "/shops/L1/sell-through/"
JUNE = date(2024, 6, 1)
NOW = date(2024, 6, 26)


def lines(town, **other):
    sheet = sheet_of(town.shops["L1"].pk, JUNE, today=other.pop("today", NOW))
    return sheet, {line.product.barcode: line for line in sheet.lines}


def test_purchases_sales_stock_and_profit_are_those_of_the_ledger(stocked):
    sheet, by_code = lines(stocked)
    # The 15th was not reported: 24 of the 25 days that are over.
    assert (sheet.days, sheet.due) == (24, 25)
    one = by_code["6902"]
    # 2 are sold a day, 14 come on the 4th, 11th, 18th and 25th.
    assert (one.days, one.received, one.sold) == (24, 56, 48)
    assert one.gap == -2
    assert one.yuan == Decimal("72.00")  # 48 packs × (90 − 75) / 10
    two = by_code["6904"]
    assert (two.received, two.sold) == (28, 24)
    assert two.yuan == Decimal("24.00")  # 24 packs × (140 − 120) / 20
    assert by_code["6903"].yuan == Decimal("0.00")
    assert sheet.profit == Decimal("96.00")


def test_opening_purchases_and_closing_give_the_sales_where_every_day_is_observed(stocked):
    sheet = sheet_of(stocked.shops["L5"].pk, date(2024, 5, 1), today=NOW)
    assert sheet.days == sheet.due == 31
    assert not sheet.gaps
    for line in sheet.lines:
        assert line.sold == line.opening + line.received - line.closing


def visited(town, day, price, unit, code="6902"):
    now = timezone.now()
    return Visit.objects.create(
        id=f"00000000-0000-4000-8000-0000000000{day.day:02}",
        customer=town.shops["L1"],
        licence_no="L1",
        made_by=town.people["am01"],
        day=day,
        started_at=now,
        ended_at=now,
        phone_started_at=now,
        phone_ended_at=now,
        body={"steps": {"market": {"prices": [{"barcode": code, "unit": unit, "price": price}]}}},
        body_hash=b"",
        receipt=f"R{day.day}",
        received_at=now,
        check_in_missing="",
        check_out_missing="",
    )


def test_the_price_seen_in_the_shop_counts_from_the_day_it_was_seen(stocked):
    visited(stocked, date(2024, 6, 21), "10.00", "pack")
    _sheet, by_code = lines(stocked)
    # 19 days at 90 (1st to 20th without the 15th), 5 at 100: 38 × 1.5 + 10 × 2.5.
    assert by_code["6902"].yuan == Decimal("82.00")
    assert by_code["6902"].seen
    assert not by_code["6904"].seen
    visited(stocked, date(2024, 2, 28), "999", "carton")  # too old to be today's
    assert lines(stocked)[1]["6902"].yuan == Decimal("82.00")


def test_the_sheet_says_plainly_which_days_are_not_known(stocked, visit):
    words = text_of(visit("am01", PATH, language="en"))
    assert "Sell-through ledger 2024-06" in words
    assert "sums of 24 observed days; of 25 days of the month until now" in words
    assert "They are not zeros." in words
    assert "goods moved on days that nobody observed" in words
    complete = text_of(
        visit("district1", "/shops/L5/sell-through/", language="en", month="2024-05")
    )
    assert "All 31 days are observed." in complete
    assert "nobody observed" not in complete
    empty = text_of(visit("am01", "/shops/L2/sell-through/", language="en", month="2020-01"))
    assert "No day of this month is known" in empty


def test_the_shopkeeper_reads_the_own_shop_and_no_other(stocked, visit):
    assert 'href="/shops/L1/sell-through/"' in visit("shop1", "/my-shop/").content.decode()
    own = visit("shop1", PATH, language="en")
    assert own.status_code == 200
    assert 'href="/my-shop/"' in own.content.decode()
    for path in ("/shops/L2/sell-through/", "/shops/L9/sell-through/"):
        assert visit("shop1", path).status_code == 404
        assert visit("shop1", f"{path}export.csv").status_code == 404
    assert visit("am02", PATH).status_code == 404
    assert visit("am01", PATH, month="2024-07").status_code == 404
    assert visit("am01", PATH, month="x").status_code == 404


def test_the_files_say_what_the_sheet_says(stocked, visit):
    answer = visit("shop1", f"{PATH}export.csv", language="en")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    head = next(n for n, row in enumerate(rows) if row[:1] == ["Barcode"])
    found = {row[0]: dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]}
    assert found["6902"]["Sales (packs)"] == "48"
    assert found["6902"]["Profit (yuan)"] == "72.00"
    assert found["6902"]["Moved on unobserved days (packs)"] == "-2"
    book = load_workbook(BytesIO(visit("am01", f"{PATH}export.xlsx", language="en").content))
    assert book["Table"].max_row == 4
    assert Entry.objects.filter(action="sell-through exported").count() == 2


def test_a_sheet_costs_the_same_whatever_the_shop_sells(
    stocked, visit, django_assert_max_num_queries
):
    visit("am01", PATH)
    with django_assert_max_num_queries(20):
        visit("am01", PATH)
