"""The pages of the plan, the schedule and the bag, as their people see and use them."""

import html
import json
import re
from datetime import date, time

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import translation

from customers.models import CustomerProperties, WorkDay
from customers.visits.models import BagCheck, BagItem, MonthPlan, VisitWindow
from customers.visits.services import planning
from customers.visits.services.drafting import draft_month
from tests.town import TODAY
from tests.visits import cast

JULY = date(2024, 7, 1)


@pytest.fixture(autouse=True)
def english(clock):
    with translation.override("en"):
        yield


@pytest.fixture
def visit(town):
    clients = {}

    def visit(person, path, data=None, **headers):
        if person not in clients:
            clients[person] = Client(headers={"accept-language": "en"})
            clients[person].cookies["django_language"] = "en"
            clients[person].force_login(town.people[person])
        ask = clients[person].get if data is None else clients[person].post
        return ask(path, data, headers=headers)

    return visit


@pytest.fixture
def plan(town):
    for number, licence in enumerate(("L1", "L2")):
        CustomerProperties.objects.filter(customer=town.shops[licence]).update(
            latitude=30.9 + number / 100, longitude=118.4
        )
    return draft_month(route=town.routes["东一"], month=JULY, by="am01", today=TODAY, evidence={})


def words_of(answer):
    body = re.sub(r"<(style|script).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


def address(plan, end=""):
    return f"/visits/plan/{plan.route_id}/2024-07/{end}"


def other_day(plan, one):
    return free_day_of(plan, one.customer)


def free_day_of(plan, shop):
    taken = set(plan.visits.filter(customer=shop).values_list("day", flat=True))
    days = (date(2024, 7, day) for day in range(2, 31))
    return next(day for day in days if day not in taken and day.isoweekday() < 6)


def test_a_route_without_a_plan_says_so_and_can_be_drafted_at_once(town, visit):
    path = f"/visits/plan/{town.routes['东一'].pk}/2024-07/"
    assert "There is no plan for this month" in words_of(visit("am01", path))
    assert "Draft it now" not in words_of(visit("district1", path))
    answer = visit("am01", path + "draft/", {})
    assert answer.status_code == 302
    words = words_of(visit("am01", path))
    assert "Draft by am01" in words
    assert "张江一店" in words


def test_who_has_one_route_is_led_to_it_and_who_leads_sees_all(town, visit, plan):
    answer = visit("am01", "/visits/plan/")
    assert answer["Location"] == f"/visits/plan/{plan.route_id}/2024-06/"
    words = words_of(visit("market1", "/visits/plan/?month=2024-07"))
    assert "东一" in words and "东二" in words and "西一" not in words
    assert "not drafted yet" in words


def test_foreign_plans_are_not_there(town, visit, plan):
    one = plan.visits.first()
    for person in ("am02", "am03", "market2"):
        assert visit(person, address(plan)).status_code == 404
        assert visit(person, f"/visits/plan/visits/{one.pk}/").status_code == 404
    for person in ("inspector1", "shop1", "nobody"):
        assert visit(person, address(plan)).status_code == 403
    for path in ("2024-13", "24-07", "2024-7", "x"):
        assert visit("am01", f"/visits/plan/{plan.route_id}/{path}/").status_code == 404


def test_the_calendar_asks_the_same_number_of_questions_whatever_it_shows(
    town, visit, plan, django_assert_num_queries
):
    assert "The holidays of 2024 are not entered" in words_of(visit("am01", address(plan)))
    WorkDay.objects.create(day=date(2024, 10, 1), is_workday=False, name="国庆节")
    assert "are not entered" not in words_of(visit("am01", address(plan)))
    with django_assert_num_queries(18):
        visit("am01", address(plan))
    plan.visits.all().delete()
    with django_assert_num_queries(18):
        visit("am01", address(plan))


def test_a_visit_is_moved_by_the_form_or_by_a_drag(town, visit, plan):
    one = plan.visits.filter(customer=town.shops["L1"]).first()
    before, day = one.day, other_day(plan, one)
    form = visit("am01", f"/visits/plan/visits/{one.pk}/")
    assert "Planned for" in words_of(form)
    assert "4 visits a month: Medium 4" in words_of(form)
    answer = visit("am01", f"/visits/plan/visits/{one.pk}/", {"day": day, "version": 1})
    assert answer["Location"].endswith(f"#day-{day}")
    drag = visit(
        "am01",
        f"/visits/plan/visits/{one.pk}/",
        {"deed": "move", "day": before, "version": 2},
        **{"X-Plan-Drag": "1"},
    )
    body = drag.content.decode()
    assert drag.status_code == 200
    assert f'id="day-{day}"' in body and f'id="day-{before}"' in body and "plan-head" in body
    assert json.loads(drag["HX-Trigger"])["toast"]["tone"] == "good"
    stale = visit(
        "am01",
        f"/visits/plan/visits/{one.pk}/",
        {"deed": "move", "day": day, "version": 2},
        **{"X-Plan-Drag": "1"},
    )
    assert stale.status_code == 409
    assert "changed this plan in the meantime" in stale.content.decode()


def test_taking_a_visit_away_wants_a_reason_and_the_shop_is_listed(town, visit, plan):
    one = plan.visits.filter(customer=town.shops["L1"]).first()
    path = f"/visits/plan/visits/{one.pk}/"
    answer = visit("am01", path, {"deed": "remove", "version": 1})
    assert answer.status_code == 422
    assert "Give the reason" in words_of(answer)
    visit("am01", path, {"deed": "remove", "version": 1, "reason": "店主外出"})
    words = words_of(visit("am01", address(plan)))
    assert "1 shop with fewer visits than wanted" in words
    assert "店主外出" in words
    more = visit("am01", address(plan, "add/L1/"), {"day": one.day, "version": 2})
    assert more.status_code == 302
    assert plan.visits.filter(customer=town.shops["L1"], day=one.day).get().fixed


def test_a_plan_is_handed_in_given_back_and_approved_by_the_right_people(town, visit, plan):
    decide = address(plan, "decide/")
    visit("am01", decide, {"deed": "approve", "version": 1})
    assert MonthPlan.objects.get().status == "draft"
    visit("am01", decide, {"deed": "submit", "version": 1})
    visit("market1", decide, {"deed": "return", "version": 2})
    assert MonthPlan.objects.get().status == "submitted"
    assert "Give the reason" in words_of(visit("market1", address(plan)))
    visit("market1", decide, {"deed": "return", "version": 2, "reason": "周三太满"})
    assert "周三太满" in words_of(visit("am01", address(plan)))
    visit("am01", decide, {"deed": "submit", "version": 3})
    assert visit("market2", decide, {"deed": "approve"}).status_code == 404
    visit("market1", decide, {"deed": "approve", "version": 4})
    assert "Approved by market1" in words_of(visit("am01", address(plan)))
    # Drafting it again is over now.
    visit("am01", address(plan, "draft/"), {})
    assert "is not drafted again" in words_of(visit("am01", address(plan)))


def test_an_approved_plan_wants_a_reason_from_the_form(town, visit, plan):
    planning.submit(plan=plan, by="am01")
    planning.approve(plan=plan, by="market1")
    one = plan.visits.first()
    path = f"/visits/plan/visits/{one.pk}/"
    day = other_day(plan, one)
    assert visit("am01", path, {"day": day}).status_code == 422
    visit("am01", path, {"day": day, "reason": "修路"})
    assert MonthPlan.objects.get().status == "submitted"


def test_the_schedule_says_whether_the_day_is_enough(town, visit, plan, django_assert_num_queries):
    day = plan.visits.filter(customer=town.shops["L1"]).first().day
    if not plan.visits.filter(customer=town.shops["L2"], day=day).exists():
        planning.add(plan=plan, customer=town.shops["L2"].pk, day=day, by="am01", today=TODAY)
    VisitWindow.objects.create(
        customer=town.shops["L2"], opens=time(13), closes=time(14), period=DateRange(JULY, None)
    )
    path = f"/visits/schedule/?day={day}"
    answer = visit("am01", path)
    words = words_of(answer)
    # 0.01° are 1,112 m: 1.45 km of road at 15 km/h, and a minute.
    assert "2 visits of 8 min and 7 min of way: until 13:08." in words
    assert "is not approved" in words
    assert words.index("张江一店") < words.index("张江二店")
    assert "13:00–14:00" in words
    data = re.search(r'<script id="way-data"[^>]*>(.*?)</script>', answer.content.decode())[1]
    drawn = json.loads(data)
    assert drawn["way"] is True
    assert [shop[7] for shop in drawn["shops"]] == ["1", "2"]
    with django_assert_num_queries(21):
        visit("am01", path)
    theirs = visit("market1", f"{path}&route={plan.route_id}")
    assert "张江二店" in words_of(theirs)
    assert "张江" not in words_of(visit("am02", f"{path}&route={plan.route_id}"))


def test_a_day_without_visits_says_what_to_do(town, visit):
    assert "The month's plan says" in words_of(visit("am01", "/visits/schedule/"))
    sunday = words_of(visit("am01", "/visits/schedule/?day=2024-06-30"))
    assert "This is no working day" in sunday and "To 07-01" in sunday
    assert visit("am01", "/visits/schedule/?day=gestern").status_code == 404


def test_the_bag_is_ticked_per_person_and_day(town, visit):
    assert "Nothing is on the list" in words_of(visit("am01", "/visits/bag/"))
    table, tags = (
        BagItem.objects.create(
            words=words, kind=kind, period=DateRange(JULY.replace(month=6), None)
        )
        for words, kind in (("分配表", "material"), ("价签", "tool"))
    )
    BagItem.objects.create(words="旧单页", period=DateRange(date(2024, 1, 1), date(2024, 6, 1)))
    theirs = town.departments["城西市场部"]
    BagItem.objects.create(
        words="西部", department=theirs, period=DateRange(date(2024, 1, 1), None)
    )
    words = words_of(visit("am01", "/visits/bag/"))
    assert "0 of 2 are in" in words and "旧单页" not in words and "西部" not in words
    visit("am01", "/visits/bag/", {"item": [table.pk, tags.pk]})
    visit("am01", "/visits/bag/", {"item": [table.pk]})
    visit("am01", "/visits/bag/", {"item": [table.pk]})
    assert [one.item_id for one in BagCheck.objects.all()] == [table.pk]
    assert "1 of 2 are in" in words_of(visit("am01", "/visits/bag/"))
    assert "0 of 2 are in" in words_of(visit("am02", "/visits/bag/"))
    assert visit("market1", "/visits/bag/").status_code == 403


# The same for programs


def test_programs_do_what_the_pages_do(town, plan):
    api = cast.program("am01")
    base = f"/api/visits/plan/months/{plan.route_id}/2024-07/"
    answer = api.get(base).json()
    first = next(day for day in answer["days"] if day["visits"])
    one = plan.visits.get(pk=first["visits"][0]["id"])
    day = other_day(plan, one)
    path = f"/api/visits/plan/visits/{one.pk}/"
    moved = api.patch(path, {"day": day.isoformat(), "version": answer["version"]}, format="json")
    assert moved.json()["version"] == 2
    assert api.patch(path, {"day": "2024-07-06"}, format="json").status_code == 400
    assert api.delete(path, {}, format="json").json()["errors"][0]["message"].startswith("Give")
    assert api.delete(path, {"why": "店主外出"}, format="json").status_code == 200
    more = {"licence_no": "L2", "day": free_day_of(plan, town.shops["L2"]).isoformat()}
    assert api.post(base + "visits/", more, format="json").status_code == 201
    foreign = {"licence_no": "L3", "day": str(day)}
    assert api.post(base + "visits/", foreign, format="json").status_code == 404
    decision = base + "decision/"
    assert api.post(decision, {"deed": "approve"}, format="json").status_code == 403
    assert api.post(decision, {"deed": "submit"}, format="json").json()["status"] == "submitted"
    leader = cast.program("market1")
    assert leader.post(decision, {"deed": "approve"}, format="json").json()["status"] == "approved"
    states = leader.get("/api/visits/plan/months/?month=2024-07").json()
    assert [one["status"] for one in states] == ["approved", None]
    assert cast.program("am02").get(base).status_code == 404
    assert cast.program("am02").patch(path, {"day": str(day)}, format="json").status_code == 404
    schedule = api.get(f"/api/visits/plan/schedule/?day={day}").json()
    assert schedule["approved"] is (len(schedule["shops"]) > 0)
    foreign = cast.program("am02").get(f"/api/visits/plan/schedule/?route={plan.route_id}")
    assert foreign.status_code == 404


def test_programs_draft_a_plan_once_and_tick_the_bag(town):
    api = cast.program("am01")
    base = f"/api/visits/plan/months/{town.routes['东一'].pk}/2024-08/"
    assert api.get(base).status_code == 404
    assert api.post(base).status_code == 201
    assert api.post(base).status_code == 200
    assert api.post(base.replace("2024-08", "2024-05")).status_code == 400
    item = BagItem.objects.create(words="分配表", period=DateRange(date(2024, 1, 1), None))
    for _repeat in range(2):
        answer = api.put(f"/api/visits/plan/bag/{item.pk}/", {"checked": True}, format="json")
        assert answer.json()["checked"] is True
    assert api.get("/api/visits/plan/bag/").json()[0]["checked"] is True
    assert api.get("/api/visits/plan/bag/?day=2024-06-27").json()[0]["checked"] is False
    assert api.put("/api/visits/plan/bag/999/", {"checked": True}, format="json").status_code == 404
