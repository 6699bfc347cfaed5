"""Which orders make a call due, and what becomes of products that the shopkeeper wanted."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketing_ops.lib.clock import received_now
from orders.models import OrderLine
from orders.placing.models import Call, FollowUp, MockOrderLine
from orders.placing.rules import Followed, advise, follow, payment_failed
from orders.placing.services import AlreadyDone, finish_call, follow_orders
from orders.quotas.models import QuotaDecision
from tests.town import TODAY, since
from tests.visits.cast import NOW, least, post, send

pytestmark = pytest.mark.usefixtures("town", "clock")
AT = datetime(2024, 6, 28, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def order(town, licence, day, lines, **more):
    """`lines`: {barcode: (requested, supplied)}; a further word supersedes the former."""
    received = received_now()
    shop = town.shops[licence]
    known = OrderLine.objects.known(None).filter(customer=shop, ordered_on=day)
    known.filter(product__in=[town.products[code] for code in lines]).update(superseded_at=received)
    OrderLine.objects.bulk_create(
        OrderLine(
            customer=shop,
            product=town.products[code],
            ordered_on=day,
            requested=requested,
            supplied=supplied,
            received_at=received,
            **more,
        )
        for code, (requested, supplied) in lines.items()
    )


def look(today=TODAY):
    return follow_orders(today=today, at=AT)


def calls(kind=None):
    rows = Call.objects.order_by("pk")
    return list(rows.filter(kind=kind) if kind else rows)


def introduce(day, *said, licence="L1"):
    products = [{"barcode": code, "reaction": reaction} for code, reaction in said]
    return send(
        licence_no=licence,
        started_at=f"{day}T10:00:00+08:00",
        ended_at=f"{day}T10:10:00+08:00",
        steps={"introduced": {"products": products}},
    )


def test_an_order_that_was_not_supplied_whole_makes_one_call_with_its_reasons(town):
    QuotaDecision.objects.create(
        customer=town.shops["L1"],
        product=town.products["6902"],
        period=since(),
        packs=20,
        by="market1",
        reason="x",
        decided_at=AT,
        received_at=AT,
    )
    order(town, "L1", TODAY, {"6902": (30, 20), "6903": (50, 10), "6904": (10, 10)}, status="部分")
    order(town, "L2", TODAY, {"6902": (200, 200)})
    assert look() == {"calls": 1, "mended": 0, "followed": 0}
    (call,) = calls()
    assert (call.customer, call.kind, call.day) == (town.shops["L1"], "unfulfilled", TODAY)
    assert [(r["code"], r["requested"], r["supplied"]) for r in call.reasons] == [
        ("short-supply", 50, 10),
        ("over-quota", 30, 20),
    ]


def test_looking_again_changes_nothing(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    introduce("2024-06-27", ("6903", "will_order"))
    assert look() == {"calls": 1, "mended": 0, "followed": 1}
    before = list(Call.objects.values())
    assert look() == {"calls": 0, "mended": 0, "followed": 0}
    assert list(Call.objects.values()) == before
    assert len(before) == 2 and FollowUp.objects.count() == 1


def test_a_call_that_was_done_is_not_made_again(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    finish_call(call=calls()[0].pk, result="settled", text="", by=town.people["am01"], at=AT)
    assert look() == {"calls": 0, "mended": 0, "followed": 0}


def test_an_order_that_is_supplied_after_all_needs_no_call(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    order(town, "L1", TODAY, {"6902": (30, 30)})
    assert look() == {"calls": 0, "mended": 1, "followed": 0}
    assert calls()[0].result == "lapsed"


def test_a_failed_payment_is_one_call_and_no_second_for_what_was_not_supplied(town):
    order(town, "L1", TODAY, {"6902": (30, 0), "6903": (10, 0)}, payment="电子结算扣款失败")
    look()
    (call,) = calls()
    assert call.kind == "payment"
    assert call.reasons == [{"code": "payment", "status": "", "payment": "电子结算扣款失败"}]


def test_orders_of_long_ago_make_no_calls(town):
    order(town, "L1", TODAY - timedelta(days=10), {"6902": (30, 20)})
    assert look()["calls"] == 0


@pytest.mark.parametrize("said", ["支付失败", "余额不足", "未支付", "Payment FAILED"])
def test_words_of_a_failed_payment(said):
    assert payment_failed("", said) and payment_failed(said, "电子结算")
    assert not payment_failed("已送达", "电子结算")


def test_a_product_that_was_ordered_is_kept_as_such(town):
    introduce("2024-06-26", ("6902", "will_order"), ("6903", "interested"), ("6904", "none"))
    order(town, "L1", date(2024, 6, 27), {"6902": (20, 20), "6903": (10, 10)})
    look()
    found = FollowUp.objects.order_by("-packs").values_list("packs", "order_day", "call")
    assert list(found) == [(20, date(2024, 6, 27), None), (10, date(2024, 6, 27), None)]
    assert calls() == []


def test_what_is_not_in_the_next_order_makes_a_call_for_the_shop(town):
    introduce("2024-06-26", ("6902", "will_order"), ("6903", "interested"), ("6904", "refused"))
    order(town, "L1", date(2024, 6, 27), {"6904": (10, 10)})
    look()
    (call,) = calls()
    assert (call.kind, call.day) == ("not_ordered", date(2024, 6, 27))
    assert [(r["reaction"], r["visited"]) for r in call.reasons] == [
        ("will_order", "2024-06-26"),
        ("interested", "2024-06-26"),
    ]
    assert [one.call for one in FollowUp.objects.all()] == [call, call]


def test_without_an_order_nothing_is_settled(town):
    introduce("2024-06-26", ("6902", "will_order"))
    look()
    assert calls() == [] and not FollowUp.objects.exists()


def test_what_the_shop_ordered_since_needs_no_call(town):
    introduce("2024-06-20", ("6902", "will_order"))
    order(town, "L1", date(2024, 6, 23), {"6904": (10, 10)})
    look(date(2024, 6, 23))
    order(town, "L1", date(2024, 6, 28), {"6902": (10, 10)})
    assert look()["mended"] == 1
    assert calls()[0].result == "lapsed"


def test_a_visit_that_was_sent_late_brings_its_product_into_the_call(town):
    introduce("2024-06-26", ("6902", "will_order"))
    order(town, "L1", date(2024, 6, 27), {"6904": (10, 10)})
    look()
    finish_call(call=calls()[0].pk, result="refused", text="", by=town.people["am01"], at=AT)
    introduce("2024-06-26", ("6903", "will_order"))
    look()
    (call,) = calls()
    assert call.called_at is None and len(call.reasons) == 2


def test_the_days_own_order_counts_only_where_the_product_is_in_it():
    day, next_ = date(2024, 6, 26), date(2024, 7, 3)
    asked = {"introduced_on": day, "product": 1}
    assert follow(orders={day: {1: 5}}, **asked) == Followed(True, day, 5)
    assert follow(orders={day: {2: 5}}, **asked) == Followed(False)
    assert follow(orders={day: {2: 5}, next_: {2: 5}}, **asked) == Followed(True, next_, 0)
    assert follow(orders={date(2024, 6, 20): {1: 5}}, **asked) == Followed(False)


@pytest.mark.parametrize(
    ("target", "stock", "coming", "in_force", "unit", "packs", "held"),
    [
        (40, 12, 0, None, 1, 28, False),
        (40, 12, 10, None, 10, 20, False),
        (40, 12, 0, 50, 10, 30, False),
        (40, 12, 0, 25, 10, 20, True),
        (40, 12, 0, 5, 10, 0, True),
        (40, 60, 0, 20, 10, 0, False),
        (None, 12, 0, 20, 10, None, False),
        (40, None, 0, 20, 10, None, False),
    ],
)
def test_the_advised_order(target, stock, coming, in_force, unit, packs, held):
    said = advise(target=target, stock=stock, coming=coming, in_force=in_force, unit=unit)
    assert (said.packs, said.held) == (packs, held)


def test_a_mock_order_above_the_quota_is_noted_and_kept(town):
    QuotaDecision.objects.create(
        customer=town.shops["L1"],
        product=town.products["6902"],
        period=since(),
        packs=20,
        by="market1",
        reason="x",
        decided_at=AT,
        received_at=AT,
    )
    lines = [{"barcode": "6902", "packs": 30}, {"barcode": "6903", "packs": 10}]
    body = least(steps={"mock_order": {"lines": lines}})
    first, again = post("am01", body), post("am01", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["notes"] == [
        "Above the quota: 红双喜(硬): 3 ct, the quota in force is 2 ct."
    ]
    kept = MockOrderLine.objects.order_by("-packs").values_list("packs", "in_force", "day")
    assert list(kept) == [(30, 20, TODAY), (10, None, TODAY)]


def test_a_call_is_done_once_and_its_repeat_changes_nothing(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    call, am01 = calls()[0].pk, town.people["am01"]
    first = finish_call(call=call, result="settled", text="ok", by=am01, at=AT)
    later = finish_call(call=call, result="settled", text="ok", by=am01, at=NOW)
    assert first.called_at == later.called_at
    with pytest.raises(AlreadyDone):
        finish_call(call=call, result="refused", text="", by=am01, at=NOW)


def test_all_shops_of_the_district_take_as_many_queries_as_one(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    introduce("2024-06-26", ("6902", "will_order"))
    look()
    with CaptureQueriesContext(connection) as one:
        look()
    for licence in ("L2", "L3", "L4", "L5", "L6"):
        order(town, licence, TODAY, {"6902": (30, 20), "6903": (30, 20)})
    look()
    with CaptureQueriesContext(connection) as all_:
        look()
    assert len(all_) == len(one) <= 12
