from datetime import timedelta

import numpy as np
from django.db import connection

from brands.models import Barcode
from customers.models import Customer, DeliveryCalendar, Event, Licence, Post
from customers.scope import customers_of
from inventory.models import ManualCollection, ShopDay
from marketing_ops.accounts.models import User
from marketing_ops.demo.district import RAISED
from marketing_ops.demo.fill import fill, filled
from marketing_ops.demo.people import PASSWORD
from marketing_ops.runs.models import Run
from orders.models import OrderLine
from orders.quotas.models import QuotaDecision
from tests.demo.conftest import AS_OF

TODAY = AS_OF + timedelta(days=1)
PEOPLE = [*(f"am0{n}" for n in range(1, 7)), "market1", "market2", "inspector1", "district1"]
PEOPLE += ["admin1", "shop1", "shop2", "shop3"]


def ledger_sums():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(opening), sum(received), sum(sold), sum(transferred),"
            " sum(closing) FROM inventory_ledger_row WHERE current"
        )
        return cursor.fetchone()


def test_the_whole_district_reaches_the_database(district, run):
    assert run.status == Run.Status.DONE and filled() == run

    rows = district.ledger
    assert ledger_sums() == (
        len(rows),
        *(
            int(getattr(rows, name).sum())
            for name in ("opening", "received", "sold", "transferred", "closing")
        ),
    )
    lines = OrderLine.objects.all()
    assert lines.count() == len(district.orders.shop)
    assert lines.filter(delivered_on=None).exclude(supplied=0).count() == 0
    assert Licence.objects.on(TODAY).count() == Customer.objects.count() == 300
    assert Event.objects.count() == 3

    corrected = district.stories["corrected-day"]
    versions = ShopDay.objects.filter(version=2)
    assert versions.count() == 3 and set(versions.values_list("day", flat=True)) == {
        corrected.first + timedelta(days=n) for n in range(3)
    }
    paper = district.stories["paper-book"]
    assert ManualCollection.objects.count() == 42 * len(paper.shops)
    redesigned = Barcode.objects.on(TODAY - timedelta(days=30)).filter(
        product__name="黄鹤楼(硬雅香金)", kind="pack"
    )
    assert redesigned.count() == 2
    assert DeliveryCalendar.objects.count() == 300 + 16
    assert QuotaDecision.objects.known(None).on(TODAY).count() == sum(
        len(fact.shop) for fact in district.quotas
    )
    favour = district.stories["favour"]
    by_hand = QuotaDecision.objects.filter(reason=RAISED)
    assert by_hand.count() == len(favour.products)
    assert set(by_hand.values_list("by", flat=True)) == {"am04"}


def test_the_people_can_log_in_and_see_what_is_theirs(run):
    seen = {}
    for name in PEOPLE:
        assert User.objects.get(username=name).check_password(PASSWORD)
        seen[name] = customers_of(User.objects.get(username=name), on=TODAY).count()
    assert seen["am01"] == 150
    assert seen["am02"] == 60, "the own thirty, and am03's in the week as substitute"
    assert [seen[f"am0{n}"] for n in (3, 4, 5, 6)] == [30] * 4
    assert (seen["market1"], seen["market2"]) == (210, 90)
    assert seen["district1"] == seen["admin1"] == 300
    assert seen["inspector1"] == 0, "an inspector sees what an inspection plan gives"
    assert [seen[f"shop{n}"] for n in (1, 2, 3)] == [1, 1, 1]
    week_later = customers_of(User.objects.get(username="am02"), on=TODAY + timedelta(days=7))
    assert week_later.count() == 30
    assert Post.objects.exclude(substitute_for=None).count() == 1


def test_filling_again_keeps_what_is_there(district, run):
    before = ledger_sums()
    assert fill(district, by="test") == run
    assert ledger_sums() == before and Run.objects.count() == 1


def test_the_ledger_is_small_enough_for_one_narrow_document_a_day(district):
    """No number above 65,535: the documents of the demo take 8 bytes a row."""
    rows = district.ledger
    for column in (rows.opening, rows.received, rows.sold):
        assert column.max() < np.iinfo(np.uint16).max
