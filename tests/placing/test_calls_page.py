"""The page of calls: whom to call today and why, done with a result; rescues of orders."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketing_ops.audit.models import Entry
from orders.placing.models import Call, Rescue
from tests.placing.test_following import introduce, look, order
from tests.town import TODAY

pytestmark = pytest.mark.usefixtures("town", "clock")


def browser(town, person):
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    client.force_login(town.people[person])
    return client


def page(town, person, query=""):
    return browser(town, person).get(f"/calls/{query}").content.decode()


def test_each_sees_the_calls_of_their_own_shops_with_the_reasons(town):
    order(town, "L1", TODAY, {"6902": (30, 20)}, status="部分供货")
    order(town, "L5", TODAY, {"6903": (30, 0)}, payment="扣款失败")
    look()
    am01 = page(town, "am01")
    assert "张江一店" in am01 and "红双喜(硬): 2 ct of 3 ct supplied" in am01
    assert "西街小店" not in am01 and "西街小店" in page(town, "market2")
    assert "The electronic payment failed: 扣款失败" in page(town, "am03")
    assert "张江一店" in page(town, "district1") and "西街小店" in page(town, "district1")


def test_the_most_urgent_come_first_and_one_kind_can_be_chosen(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    order(town, "L2", TODAY - timedelta(days=1), {"6903": (30, 0)}, payment="扣款失败")
    look()
    both = page(town, "am01")
    assert both.index("张江二店") < both.index("张江一店")
    assert "张江二店" not in page(town, "am01", "?kind=unfulfilled")


def test_a_call_is_done_with_its_result_and_leaves_the_list(town):
    introduce("2024-06-26", ("6902", "will_order"))
    order(town, "L1", TODAY, {"6903": (30, 30)})
    look()
    call = Call.objects.get()
    am01 = browser(town, "am01")
    said = {"result": "will_order", "text": "忘了，下周订"}
    assert am01.post(f"/calls/{call.pk}/done/", said).status_code == 302
    call.refresh_from_db()
    assert (call.result, call.result_text, call.called_by) == (
        "will_order",
        "忘了，下周订",
        town.people["am01"],
    )
    after = am01.get("/calls/").content.decode()
    assert "Nobody has to be called" in after and "忘了，下周订" in after
    assert Entry.objects.filter(action="call done").count() == 1
    am01.post(f"/calls/{call.pk}/done/", said)
    assert Entry.objects.filter(action="call done").count() == 1


def test_nobody_does_anothers_call_and_no_result_is_made_up(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    path = f"/calls/{Call.objects.get().pk}/done/"
    assert browser(town, "am02").post(path, {"result": "settled"}).status_code == 404
    assert browser(town, "inspector1").post(path, {"result": "settled"}).status_code == 403
    browser(town, "am01").post(path, {"result": "lapsed"})
    assert Call.objects.get().called_at is None


def test_an_order_is_rescued_step_by_step_by_those_whose_step_it_is(town, clock):
    am01, district = browser(town, "am01"), browser(town, "district1")
    asked = {"licence": "L1", "trouble": "deposit", "note": "银行维护"}
    for _time in range(2):
        am01.post("/calls/rescue/", asked)
    row = Rescue.objects.get()
    path = f"/calls/rescue/{row.pk}/"
    assert am01.post(path, {"reason": "x"}).status_code == 403
    district.post(path, {"outcome": "kept"})
    row.refresh_from_db()
    assert row.outcome == "", "the reason comes first"
    clock.now += timedelta(minutes=5)
    district.post(path, {"reason": "银行系统升级"})
    clock.now += timedelta(minutes=7)
    district.post(path, {"outcome": "kept"})
    row.refresh_from_db()
    assert (row.asked_by, row.reason_by, row.outcome_by) == (
        town.people["am01"],
        town.people["district1"],
        town.people["district1"],
    )
    assert (row.reason, row.outcome, row.minutes) == ("银行系统升级", "kept", 12)
    assert "12 minutes" in page(town, "am01")


def test_a_rescue_is_asked_for_ones_own_shops_only(town):
    said = {"licence": "L3", "trouble": "deposit"}
    assert browser(town, "am01").post("/calls/rescue/", said).status_code == 404
    assert not Rescue.objects.exists()


def test_many_calls_take_as_many_queries_as_one(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    market = browser(town, "market1")
    with CaptureQueriesContext(connection) as one:
        market.get("/calls/")
    for licence in ("L2", "L3", "L4"):
        order(town, licence, TODAY, {"6902": (30, 20), "6903": (20, 0)})
    look()
    with CaptureQueriesContext(connection) as four:
        market.get("/calls/")
    assert len(four) == len(one) <= 22
