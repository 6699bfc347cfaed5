"""Reports: they write themselves, are drafted at will and handed in once."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import WorkDay
from customers.visits import report_facts
from customers.visits.models import MonthPlan, PlannedVisit, Report, ReportRead, Unvisited
from customers.visits.report_facts import scope_of
from customers.visits.rules import reporting
from customers.visits.services import reports as services
from customers.visits.services.drafting import rules_on
from tests.pages.conftest import text_of
from tests.town import TODAY
from tests.visits import cast

PATH = f"/visits/reports/{TODAY}/"


@pytest.fixture(autouse=True)
def english(clock):
    with translation.override("en"):
        yield


@pytest.fixture
def see(town, var):
    clients = {}

    def see(person, path=PATH, data=None, **headers):
        if person not in clients:
            clients[person] = Client(headers={"accept-language": "en"})
            clients[person].cookies["django_language"] = "en"
            clients[person].force_login(town.people[person])
        ask = clients[person].get if data is None else clients[person].post
        return ask(path, data, headers=headers)

    return see


@pytest.fixture
def plan(town):
    """L1 and L2 are planned for today."""
    found = MonthPlan.objects.create(
        route=town.routes["东一"], month=TODAY.replace(day=1), drafted_by="am01",
        drafted_at=timezone.now(), rules=rules_on(TODAY),
    )  # fmt: skip
    for place, licence in enumerate(("L1", "L2"), start=1):
        PlannedVisit.objects.create(
            plan=found, customer=town.shops[licence], day=TODAY, position=place
        )
    return found


def facts(user, kind="day", day=TODAY):
    return report_facts.facts_of(scope_of(user, kind, day, today=TODAY))


def hand_in(see, **words):
    answer = see("am01", data={"deed": "hand_in", **words})
    assert answer.status_code == 302
    return Report.objects.get()


def test_the_ten_items_are_there_and_only_two_of_them_ask_for_words(plan, see):
    body = see("am01").content.decode()
    assert len(reporting.ITEMS) == 10
    for item in reporting.ITEMS:
        assert f'id="item-{item}"' in body
    assert {"problems", "gains"} == reporting.JUDGED
    assert {item for item in reporting.ITEMS if f'id="text-{item}"' in body} == reporting.JUDGED


def test_it_writes_itself_from_plan_and_visits(plan, town, see):
    cast.send(
        steps={
            "greeting": {"trend": "up"},
            "display": {"tidy": "no"},
            "questions": {"asked": [{"text": "when?", "about": "delivery"}]},
            "market": {"opinions": [{"staff": "delivery", "opinion": "dissatisfied"}]},
            "closing": {"suggestions": "come on Tuesdays", "effect": "a longer shelf"},
            "illegal": {"found": True, "note": "under the counter"},
        }
    )
    found = facts(town.people["am01"])
    assert found["planned"] == [["planned", {"shops": 2}]]
    assert found["visited"][0] == ["visited", {"done": 1, "planned": 2}]
    assert found["visited"][1] == ["on_site", {"shops": 1, "standard": 30}]
    l2 = town.shops["L2"].pk
    why = {"customer": l2, "day": "2024-06-28", "why": ""}
    assert found["unvisited"] == [["unvisited", why]]
    words = text_of(see("am01"))
    assert "1 of 2 planned shops visited" in words
    assert "questions about delivery: 1" in words
    assert "not in order: display tidy, in 1 of 1 shops looked at" in words
    assert "dissatisfied with delivery staff: 1" in words
    assert "张江一店: come on Tuesdays" in words
    assert "张江一店: a longer shelf" in words
    assert "shopkeepers say: better 1, level 0, worse 0" in words
    # What was told in confidence is in no report.
    assert "counter" not in words


def test_a_reason_is_asked_of_each_unvisited_shop_and_kept_at_every_change(plan, town, see):
    l2 = town.shops["L2"].pk
    assert f'name="why-{l2}"' in see("am01").content.decode()
    saved = see("am01", data={f"why-{l2}": "time", "gains": "so"}, **{"HX-Request": "true"})
    assert saved.status_code == 200
    assert "Kept at 16:00:00." in text_of(saved)
    row = Unvisited.objects.get()
    assert (row.customer_id, row.day, row.why) == (l2, TODAY, "time")
    assert Report.objects.get().words == {"gains": "so"}
    see("am01", data={f"why-{l2}": "", "gains": "so"})
    assert not Unvisited.objects.exists()
    # Of a shop that was not planned for the person nothing is kept.
    see("am01", data={f"why-{town.shops['L5'].pk}": "time", "why-x": "time"})
    assert not Unvisited.objects.exists()


def test_a_telephone_call_is_a_reason_and_no_visit(plan, town):
    cast.send(kind="phone")
    cast.send(licence_no="L2", started_at="2024-06-28T11:00:00+08:00",
              ended_at="2024-06-28T11:09:00+08:00")  # fmt: skip
    found = facts(town.people["am01"])
    [[_code, values]] = found["unvisited"]
    assert values["why"] == "phoned"
    assert ["by_phone", {"visits": 1}] in found["visited"]


def test_a_planned_shop_that_somebody_else_visited_is_visited(plan, town):
    visit = cast.send("am01")
    type(visit).objects.filter(pk=visit.pk).update(made_by=town.people["am02"])
    found = facts(town.people["am01"])
    assert found["visited"][0] == ["visited", {"done": 1, "planned": 2}]
    assert found["visited"][1][1]["shops"] == 0


def test_handed_in_it_stays_as_it_was_and_says_what_came_later(plan, see, clock):
    cast.send()
    report = hand_in(see, gains="good")
    assert len(report.visits) == 1
    before = report.facts
    clock.now += timedelta(hours=1)
    cast.send(licence_no="L2", started_at="2024-06-28T11:00:00+08:00",
              ended_at="2024-06-28T11:09:00+08:00")  # fmt: skip
    words = text_of(see("am01"))
    assert "1 of 2 planned shops visited" in words
    assert "1 visit of these days arrived after it was handed in" in words
    see("am01", data={"gains": "changed"})
    see("am01", data={"deed": "hand_in"})
    report.refresh_from_db()
    assert report.words == {"gains": "good"}
    assert report.facts == before
    late = see("am01", data={"gains": "x"}, **{"HX-Request": "true"})
    assert "does not change" in text_of(late)
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.objects.update(words={})
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.objects.all().delete()


def test_who_leads_reads_and_comments_and_others_do_not_see_it(plan, see):
    report = hand_in(see, gains="a gain of mine")
    path = f"/visits/reports/{report.pk}/"
    for person, status in (("market1", 200), ("district1", 200), ("admin1", 200), ("am01", 302),
                           ("am02", 404), ("market2", 404)):  # fmt: skip
        assert see(person, path).status_code == status, person
    assert see("inspector1", path).status_code == 403
    assert "a gain of mine" in text_of(see("market1", path))
    assert "unread" in text_of(see("market1", "/visits/reports/"))
    see("market1", f"{path}comment/", {"text": ""})
    assert ReportRead.objects.get().user.username == "market1"
    see("market1", f"{path}comment/", {"text": "well done"})
    see("am01", f"{path}comment/", {"text": "thank you"})
    words = text_of(see("am01"))
    assert words.index("well done") < words.index("thank you")
    assert see("am02", f"{path}comment/", {"text": "no"}).status_code == 404
    assert report.comments.count() == 2
    assert ReportRead.objects.count() == 1


def test_a_draft_is_nobody_elses(plan, see):
    see("am01", data={"gains": "not yet"})
    report = Report.objects.get()
    assert see("market1", f"/visits/reports/{report.pk}/").status_code == 404
    assert "not yet" not in text_of(see("market1", "/visits/reports/"))
    with pytest.raises(ValueError, match="handed in"):
        services.comment(report=report, user=report.user, text="x", now=timezone.now())


def test_what_was_said_goes_when_the_visit_is_erased(plan, see, town):
    visit = cast.send(steps={"closing": {"suggestions": "come on Tuesdays"}})
    hand_in(see)
    assert "come on Tuesdays" in text_of(see("am01"))
    type(visit).objects.filter(pk=visit.pk).update(body={"steps": {}})
    words = text_of(see("am01"))
    assert "come on Tuesdays" not in words
    assert "what was said is not shown any more" in words


def test_a_week_and_a_month_add_up_their_days(plan, town, see):
    cast.send()
    for kind, day in (("week", TODAY), ("month", TODAY)):
        found = facts(town.people["am01"], kind, day)
        assert found["planned"] == [["planned", {"shops": 2}]]
        assert found["unvisited"] == [["unvisited_why", {"why": "", "shops": 1}]]
    assert see("am01", "/visits/reports/week/2024-06-26/").status_code == 200
    assert see("am01", "/visits/reports/month/2024-06/").status_code == 200
    words = text_of(see("am01", "/visits/reports/135/2024-06/"))
    for step in ("1. Analyse", "2. Plan", "3. Carry out", "4. Evaluate", "5. Improve"):
        assert step in words
    assert "Plan of 东一" in words
    assert "1 of 2 planned shops visited" in words
    for wrong in ("year/2024-06", "week/2024-06", "month/2024-06-01", "135/2024-07"):
        assert see("am01", f"/visits/reports/{wrong}/").status_code == 404
    assert see("am01", "/visits/reports/2024-06-29/").status_code == 404
    assert see("market1").status_code == 403


def due(day, *exceptions):
    return {
        kind: period.start
        for kind, period in reporting.due_then(day, {one: works for one, works in exceptions})
    }


def test_weeks_are_due_on_mondays_and_months_on_the_first_working_day():
    monday, sunday = date(2024, 7, 1), date(2024, 6, 30)
    assert due(monday) == {
        "day": monday, "week": date(2024, 6, 24), "month": date(2024, 6, 1),
        "cycle": date(2024, 6, 1),
    }  # fmt: skip
    assert due(sunday) == {}
    assert due(date(2024, 7, 2)) == {"day": date(2024, 7, 2)}
    # A holiday moves both.
    assert due(monday, (monday, False)) == {}
    moved = due(date(2024, 7, 2), (monday, False))
    assert set(moved) == {"day", "week", "month", "cycle"}


def test_what_is_planned_for_later_is_not_unvisited_yet(plan, town):
    PlannedVisit.objects.create(
        plan=plan, customer=town.shops["L1"], day=TODAY + timedelta(days=2), position=1
    )
    cast.send()
    found = facts(town.people["am01"], "month")
    assert found["visited"][0] == ["visited", {"done": 1, "planned": 2}]
    assert found["unvisited"] == [["unvisited_why", {"why": "", "shops": 1}]]
    # The plan itself is the whole month's.
    assert facts(town.people["am01"], "cycle")["plan"] == [["planned", {"shops": 3}]]


def test_the_list_says_what_is_due(town, see, clock):
    clock.now = datetime.fromisoformat("2024-07-01T09:00:00+08:00")
    words = text_of(see("am01", "/visits/reports/"))
    assert "Daily report 07-01: due today" in words
    assert "Weekly summary 06-24: due today" in words
    assert "Monthly summary 06-01: due today" in words
    WorkDay.objects.create(day=date(2024, 7, 1), is_workday=False, name="-")
    words = text_of(see("am01", "/visits/reports/"))
    assert "Daily report 06-28: overdue" in words
    assert "due today" not in words


def test_a_report_costs_the_same_for_one_visit_and_for_five(plan, see):
    cast.send(steps={"closing": {"effect": "x"}})
    see("am01")
    with CaptureQueriesContext(connection) as asked:
        see("am01")
    for number in range(4):
        cast.send(
            licence_no="L2",
            started_at=f"2024-06-28T1{number}:30:00+08:00",
            ended_at=f"2024-06-28T1{number}:40:00+08:00",
            steps={"closing": {"effect": "x"}},
        )
    with CaptureQueriesContext(connection) as again:
        see("am01")
    assert len(again) <= len(asked) <= 36
