"""The pages of counts and of the collection by hand."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.counts.models import PointWeek, PointWeekLine
from inventory.counts.queries import collection_days
from inventory.models import ManualCollection, ShopDay
from inventory.queries import read_documents
from inventory.services import list_manual_days
from marketing_ops.lib.clock import received_now
from orders.models import OrderLine
from tests.counts.ledger import record
from tests.town import DAY, TODAY
from tests.visits.cast import NOW, send

pytestmark = pytest.mark.usefixtures("town", "clock")
MISSING = date(2024, 6, 26)
WEEK = date(2024, 6, 17)


def browser(town, person):
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(town.people[person])
    return client


@pytest.fixture
def missing(town):
    """L1 did not report on the 26th and the 27th, and is on the list."""
    record(town, "L1", DAY, {"6902": (10, 4, 3), "6903": (5, 0, 0)})
    days = [MISSING, MISSING + timedelta(days=1)]
    shop = town.shops["L1"]
    list_manual_days(customers=[shop.pk] * 2, days=days, at=NOW, by="night")
    OrderLine.objects.create(
        customer=shop,
        product=town.products["6902"],
        ordered_on=DAY,
        requested=30,
        supplied=20,
        delivered_on=MISSING,
        received_at=received_now(),
    )
    return f"/collection/L1/{MISSING}/"


def told(town, day, licence="L1"):
    shop = town.shops[licence].pk
    rows = read_documents(customers=(shop, shop + 1), first_day=day, last_day=day).rows
    columns = rows.product, rows.opening, rows.received, rows.sold, rows.closing
    codes = {product.pk: code for code, product in town.products.items()}
    return {codes[p]: tuple(rest) for p, *rest in zip(*(c.tolist() for c in columns), strict=True)}


def fields(town, **said):
    """sold_6902="3" as the form names it."""
    return {
        f"{name.split('_')[0]}-{town.products[name.split('_')[1]].pk}": value
        for name, value in said.items()
    }


def test_missing_days_are_listed_for_who_serves_the_shop(town, missing):
    assert missing in browser(town, "am01").get("/collection/").content.decode()
    assert "06-26" not in browser(town, "am02").get("/collection/").content.decode()
    market = browser(town, "market1").get("/collection/").content.decode()
    assert "06-26" in market and missing not in market, "who leads sees it and does not enter it"


def test_the_form_begins_with_the_last_closing_and_what_was_delivered(town, missing):
    page = browser(town, "am01").get(missing).content.decode()
    pk = town.products["6902"].pk
    assert f'name="opening-{pk}" value="1 ct 1 pk"' in page
    assert f'name="received-{pk}" value="2 ct"' in page
    assert f'name="sold-{pk}" value=""' in page


def test_sold_or_closing_is_enough_and_the_day_enters_the_ledger_as_collected_by_hand(
    town, missing
):
    said = fields(town, opening_6902="1条1包", received_6902="20", sold_6902="5") | fields(
        town, closing_6903="4"
    )
    answer = browser(town, "am01").post(missing, said)
    assert answer.status_code == 302
    assert told(town, MISSING) == {"6902": (11, 20, 5, 26), "6903": (5, 0, 1, 4)}
    kept = ShopDay.objects.known(None).get(customer=town.shops["L1"], day=MISSING)
    assert (kept.source.kind, kept.by) == ("manual", "am01")
    found = collection_days([town.shops["L1"].pk], today=TODAY)[0]
    assert (found.missing, found.entered) == ([MISSING + timedelta(days=1)], [MISSING])


def test_the_same_again_changes_nothing_and_a_correction_is_a_version(town, missing):
    am01 = browser(town, "am01")
    said = fields(town, sold_6902="5")
    for _time in range(2):
        am01.post(missing, said)
    assert ShopDay.objects.filter(day=MISSING).count() == 1
    am01.post(missing, fields(town, sold_6902="6"))
    assert told(town, MISSING)["6902"] == (11, 20, 6, 25)
    assert ShopDay.objects.filter(day=MISSING).count() == 2


def test_a_later_upload_does_not_prevail_over_it(town, missing):
    browser(town, "am01").post(missing, fields(town, sold_6902="5"))
    record(town, "L1", MISSING, {"6902": (11, 20, 9)})
    assert told(town, MISSING)["6902"] == (11, 20, 5, 26)


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_written(town, missing):
    am01 = browser(town, "am01")
    for said, words in (
        ({"sold_6902": "40"}, "There were only 3 ct 1 pk"),
        ({"closing_6902": "40"}, "There were only 3 ct 1 pk"),
        ({"sold_6902": "5", "closing_6902": "5"}, "By the sales 2 ct 6 pk are left."),
        ({"sold_6902": "some"}, "Write packs (32)"),
        ({"sold_6902": "-1"}, "from 0 to"),
        ({}, "at least one product"),
    ):
        answer = am01.post(missing, fields(town, **said))
        assert answer.status_code == 422
        assert words in answer.content.decode(), said
    assert not ShopDay.objects.filter(day=MISSING).exists()


def test_what_is_left_empty_was_not_sold_where_one_says_so(town, missing):
    browser(town, "am01").post(missing, fields(town, sold_6902="5") | {"unsold": "1"})
    assert told(town, MISSING)["6903"] == (5, 0, 0, 5)


def test_a_day_that_an_upload_told_or_nobody_asks_for_is_not_entered(town, missing):
    record(town, "L1", MISSING, {"6902": (11, 20, 9)})
    am01 = browser(town, "am01")
    for day in (MISSING, TODAY, TODAY - timedelta(days=15), DAY):
        assert am01.get(f"/collection/L1/{day}/").status_code == 302
        assert am01.post(f"/collection/L1/{day}/", fields(town, sold_6902="1")).status_code == 302
    assert told(town, MISSING)["6902"] == (11, 20, 9, 22)
    assert browser(town, "am02").get(f"/collection/L1/{MISSING}/").status_code == 404


def test_an_information_points_week_is_the_ledgers_own_sums_and_a_price(town):
    for back in range(7):
        record(town, "L1", WEEK + timedelta(days=back), {"6902": (70 - 2 * back, 0, 2)})
    am01 = browser(town, "am01")
    address = f"/collection/L1/week/{WEEK}/"
    assert address in am01.get("/collection/").content.decode()
    page = am01.get(address).content.decode()
    pk = town.products["6902"].pk
    for part in (f'"opening-{pk}" value="7 ct"', f'"sold-{pk}" value="1 ct 4 pk"'):
        assert part in page
    said = fields(
        town, opening_6902="70", received_6902="0", sold_6902="14", closing_6902="", price_6902="88"
    )
    assert am01.post(address, said).status_code == 302
    line = PointWeekLine.objects.get()
    assert (line.opening, line.sold, line.closing, str(line.price)) == (70, 14, 56, "88.00")
    am01.post(address, said)
    assert PointWeek.objects.count() == 1
    am01.post(address, said | fields(town, price_6902="90"))
    assert list(PointWeek.objects.order_by("pk").values_list("superseded_at", flat=True))[1] is None
    assert PointWeek.objects.count() == 2
    assert "1/1" in am01.get("/collection/").content.decode()


def test_a_week_of_a_shop_that_is_no_point_or_not_over_is_not_asked_for(town):
    am01 = browser(town, "am01")
    for address in (f"/collection/L2/week/{WEEK}/", "/collection/L1/week/2024-06-24/"):
        assert am01.get(address).status_code == 302
    assert browser(town, "am01").get("/collection/L3/week/2024-06-17/").status_code == 404


def test_the_month_of_counts_with_its_rate_and_one_count(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3), "6903": (5, 0, 0)})
    lines = [{"barcode": "6903", "packs": 4}, {"barcode": "6902", "packs": 11}]
    visit = send(steps={"stock_count": {"lines": lines}})
    page = browser(town, "am01").get("/counts/").content.decode()
    assert f"/counts/{visit.pk}/" in page and "张江一店" in page
    one = browser(town, "market1").get(f"/counts/{visit.pk}/")
    assert one.status_code == 200
    assert browser(town, "am02").get(f"/counts/{visit.pk}/").status_code == 404
    assert "张江一店" not in browser(town, "am02").get("/counts/").content.decode()


def test_many_shops_take_as_many_queries_as_one(town, missing):
    market = browser(town, "market1")
    with CaptureQueriesContext(connection) as few:
        market.get("/collection/")
    for licence in ("L2", "L3", "L4"):
        shop = town.shops[licence].pk
        list_manual_days(customers=[shop], days=[MISSING], at=NOW, by="night")
    with CaptureQueriesContext(connection) as many:
        market.get("/collection/")
    assert len(many) == len(few) <= 20
    assert ManualCollection.objects.count() == 5
