"""Stock counted at a visit: the bundle, what is kept, and how it agrees with the ledger."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import services
from inventory.counts.models import StockCount
from inventory.counts.queries import matches_of
from inventory.counts.rules import Match, match
from inventory.counts.stock import last_stock
from inventory.models import ShopDay
from inventory.services import record_days
from tests.counts.ledger import record
from tests.town import DAY, TODAY
from tests.visits.cast import VISITS, least, post, program, send

pytestmark = pytest.mark.usefixtures("town", "clock")
BEFORE = datetime(2024, 6, 27, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def received(monkeypatch):
    """The ledger was received before the visits of the 28th."""
    monkeypatch.setattr(services, "received_now", lambda: BEFORE)


def lines(town, licence="L1"):
    shop = next(
        shop
        for shop in program("am01").get(f"{VISITS}day/").json()["shops"]
        if shop["licence_no"] == licence
    )
    return shop["steps"].get("stock_count", {}).get("lines")


def counts():
    rows = StockCount.objects.order_by("product__barcodes__code")
    return [(row.product.barcodes.first().code, row.expected, row.counted) for row in rows]


def test_the_phone_gets_what_the_shop_deals_in_with_its_last_stock_and_the_day(town):
    record(town, "L1", DAY - timedelta(days=3), {"6903": (5, 0, 1)})
    record(town, "L1", DAY, {"6902": (10, 4, 3)})
    assert lines(town) == [
        {"barcode": "6902", "packs": 11, "day": "2024-06-25"},
        {"barcode": "6903", "packs": 4, "day": "2024-06-22"},
    ]
    assert lines(town, "L2") is None


def test_what_a_complete_report_leaves_out_had_no_stock(town):
    record(town, "L1", DAY - timedelta(days=3), {"6903": (5, 0, 1), "6902": (5, 0, 1)})
    record(town, "L1", DAY, {"6902": (10, 4, 3)}, source="pos-complete")
    record(town, "L2", DAY, {"6903": (8, 0, 0)})
    stock = last_stock([shop.pk for shop in town.shops.values()], before=TODAY)
    assert stock[town.shops["L1"].pk] == {
        town.products["6902"].pk: (11, DAY),
        town.products["6903"].pk: (0, DAY),
    }
    assert stock[town.shops["L2"].pk] == {town.products["6903"].pk: (8, DAY)}


def test_the_days_own_report_is_no_expectation_of_the_visit(town):
    record(town, "L1", DAY, {"6902": (10, 0, 3)})
    record(town, "L1", TODAY, {"6902": (7, 0, 7)})
    assert last_stock([town.shops["L1"].pk], before=TODAY)[town.shops["L1"].pk] == {
        town.products["6902"].pk: (7, DAY)
    }


def test_as_expected_counts_all_and_only_what_differs_is_sent(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3), "6903": (5, 0, 0)})
    send(steps={"stock_count": {"as_expected": True, "lines": [{"barcode": "6903", "packs": 4}]}})
    assert counts() == [("6902", 11, 11), ("6903", 5, 4)]
    assert ShopDay.objects.count() == 1, "a count does not rewrite the ledger"


def test_a_count_without_that_word_holds_only_what_was_counted(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3), "6903": (5, 0, 0)})
    send(steps={"stock_count": {"lines": [{"barcode": "6904", "packs": 2}]}})
    assert counts() == [("6904", None, 2)]


def test_what_came_after_the_visit_began_is_no_part_of_the_comparison(town, monkeypatch):
    record(town, "L1", DAY - timedelta(days=1), {"6902": (10, 0, 3)})
    later = datetime(2024, 6, 28, 11, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    monkeypatch.setattr(services, "received_now", lambda: later)
    record(town, "L1", DAY, {"6902": (7, 0, 3)})
    send(steps={"stock_count": {"as_expected": True}})
    assert counts() == [("6902", 7, 7)]
    assert StockCount.objects.get().expected_day == DAY - timedelta(days=1)


def test_a_repeat_writes_no_second_count(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3)})
    body = least(steps={"stock_count": {"as_expected": True}})
    assert [post("am01", body).status_code for _time in range(3)] == [201, 200, 200]
    assert StockCount.objects.count() == 1


def test_a_barcode_that_nobody_knows_sets_the_visit_aside_at_its_line(town):
    said = post(
        "am01",
        least(
            steps={
                "stock_count": {
                    "lines": [{"barcode": "6902", "packs": 1}, {"barcode": "999", "packs": 1}]
                }
            }
        ),
    )
    assert said.status_code == 422
    assert [error["place"] for error in said.json()["errors"]] == [
        "steps.stock_count.lines[1].barcode"
    ]
    assert not StockCount.objects.exists()


def test_the_match_rate_leaves_out_what_the_ledger_says_nothing_of():
    found = match([(5, 5), (0, 0), (7, 6), (None, 3)])
    assert found == Match(equal=2, compared=3, unknown=1)
    assert found.rate == Fraction(2, 3)
    assert match([(None, 3)]).rate is None


def test_the_match_rate_of_shops_and_of_account_managers(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3), "6903": (5, 0, 0)})
    record(town, "L2", DAY, {"6902": (2, 0, 0)})
    send(steps={"stock_count": {"as_expected": True, "lines": [{"barcode": "6903", "packs": 4}]}})
    send(licence_no="L2", steps={"stock_count": {"as_expected": True}})
    rows = StockCount.objects.all()
    assert {row["customer"]: row["match"].rate for row in matches_of(rows, "customer")} == {
        town.shops["L1"].pk: Fraction(1, 2),
        town.shops["L2"].pk: Fraction(1),
    }
    (one,) = matches_of(rows, "visit__made_by")
    assert one["match"] == Match(2, 3, 0)


def test_150_shops_of_40_products_are_one_read(town):
    shop, products = town.shops["L1"].pk, range(10_000, 10_040)
    record_days(
        customers=[shop] * 40,
        days=[DAY] * 40,
        rows=(list(products), [9] * 40, [0] * 40, [1] * 40, [0] * 40),
        source=services.Source.objects.get(code="pos"),
        by="till",
    )
    with CaptureQueriesContext(connection) as asked:
        found = last_stock([pk.pk for pk in town.shops.values()] * 25, before=date(2024, 6, 28))
    assert len(found[shop]) == 40
    assert len(asked) <= 1  # a COPY is not even captured
