"""Plans in the database: drafted once, changed and approved by whom it is due, read for a day."""

from datetime import date, time

import pytest
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from customers.dated import change
from customers.models import Post, RouteAssignment, WorkDay
from customers.visits.day_plan import frame_of, planned_on
from customers.visits.evidence import Evidence
from customers.visits.models import MonthPlan, Promise, Question, VisitRuleSet, VisitWindow
from customers.visits.plan_month import month_view
from customers.visits.plan_queries import schedule_on
from customers.visits.services import planning
from customers.visits.services.drafting import draft_again, draft_month
from marketing_ops import visiting
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.audit.models import Entry
from tests.town import TODAY
from tests.visits import cast

JULY = date(2024, 7, 1)


@pytest.fixture
def draft(town):
    def draft(route="东一", month=JULY, **told):
        told = {"by": "am01", "today": TODAY, "evidence": {}, **told}
        return draft_month(route=town.routes[route], month=month, **told)

    return draft


def days_of(plan, shop):
    return sorted(plan.visits.filter(customer=shop).values_list("day", flat=True))


def test_a_month_is_drafted_by_scale_format_and_segment_and_says_why(town, draft):
    plan = draft(evidence={town.shops["L2"].pk: Evidence(segment="A")})
    # L1 medium, L2 small and always out of stock.
    assert len(days_of(plan, town.shops["L1"])) == 4
    assert len(days_of(plan, town.shops["L2"])) == 5
    shop = plan.shops.get(customer=town.shops["L2"])
    assert (shop.wanted, shop.drafted) == (5, 5)
    assert shop.why == [["scale", "小", 3], ["segment", "A", 2]]
    assert all(day.isoweekday() < 6 for day in days_of(plan, town.shops["L1"]))
    assert plan.rules.version == 1
    assert Entry.objects.get(action="visits drafted").actor == "am01"


def test_drafting_again_and_again_changes_nothing_whatever_became_of_the_plan(town, draft):
    plan = draft()
    visit = plan.visits.first()
    planning.move(visit=visit, day=free_day(plan, visit.customer_id), by="am01", today=TODAY)
    before = list(plan.visits.values("customer", "day", "position", "fixed"))
    for status in ("draft", "submitted", "approved"):
        MonthPlan.objects.update(status=status, decided_at=cast.NOW, decided_by="market1")
        again = draft(evidence={town.shops["L1"].pk: Evidence(segment="A")})
        assert not again.created
        assert again.pk == plan.pk
        assert list(plan.visits.values("customer", "day", "position", "fixed")) == before


def free_day(plan, customer):
    taken = set(plan.visits.filter(customer=customer).values_list("day", flat=True))
    days = (date(2024, 7, day) for day in range(2, 31))
    return next(day for day in days if day not in taken and day.isoweekday() < 6)


def test_moved_holidays_are_free_and_the_sundays_worked_for_them_are_not(town, draft):
    for day, worked in ((1, False), (2, False), (3, False), (4, False), (7, False), (12, True)):
        WorkDay.objects.create(day=date(2024, 10, day), is_workday=worked, name="国庆节")
    plan = draft(month=date(2024, 10, 1), evidence={})
    days = set(plan.visits.values_list("day", flat=True))
    assert not days & {date(2024, 10, day) for day in (1, 2, 3, 4, 5, 6, 7, 13)}
    visit = plan.visits.first()
    with pytest.raises(planning.PlanError, match="2024-10-07"):
        planning.move(visit=visit, day=date(2024, 10, 7), by="am01", today=TODAY)
    planning.move(visit=visit, day=date(2024, 10, 12), by="am01", today=TODAY)


def test_a_promise_and_a_question_that_are_due_pull_the_visit_forward(town, draft, clock, var):
    visit = cast.send(licence_no="L1")
    user = town.people["am01"]
    owed = {"visit": visit, "by": user, "day": TODAY}
    Promise.objects.create(customer=town.shops["L1"], due_on=date(2024, 7, 2), text="!", **owed)
    Question.objects.create(customer=town.shops["L2"], due_on=date(2024, 6, 20), text="?", **owed)
    plan = draft()
    assert days_of(plan, town.shops["L1"])[0] <= date(2024, 7, 2)
    assert days_of(plan, town.shops["L2"])[0] == date(2024, 7, 1)
    first = plan.visits.filter(customer=town.shops["L2"]).order_by("day").first()
    assert ["overdue", "2024-06-20"] in first.why


def test_a_shop_that_comes_leaves_or_closes_gets_its_part_of_the_month(town, draft):
    l1, l2 = town.shops["L1"], town.shops["L2"]
    change(
        RouteAssignment,
        {"customer": l1},
        {"route": town.routes["东二"]},
        effective=date(2024, 7, 17),
    )
    l2.closed_on = date(2024, 7, 5)
    l2.save()
    plan, other = draft(), draft("东二", by="am02")
    assert days_of(plan, l1)[-1] < date(2024, 7, 17) <= days_of(other, l1)[0]
    assert len(days_of(plan, l1)) == len(days_of(other, l1)) == 2
    assert days_of(plan, l2)[-1] <= date(2024, 7, 5)
    assert plan.shops.get(customer=l2).why[-1][0] == "part"


def test_who_leaves_the_route_after_the_draft_is_no_longer_planned(town, draft):
    plan = draft()
    l1 = town.shops["L1"]
    day = days_of(plan, l1)[-1]
    assert l1.pk in planned_on(town.people["am01"], day)
    change(
        RouteAssignment,
        {"customer": l1},
        {"route": town.routes["东二"]},
        effective=date(2024, 7, 2),
    )
    assert l1.pk not in planned_on(town.people["am01"], day)
    shown = [one for of in month_view(plan, TODAY).days for one in of.visits if one.licence == "L1"]
    assert any(one.gone for one in shown)
    lines = schedule_on([town.routes["东一"].pk], day).lines
    assert "L1" not in {line.licence for line in lines}


def test_who_stands_in_has_both_routes_in_one_way(town, draft):
    day = days_of(draft(), town.shops["L1"])[0]
    theirs = draft("东二", by="am02")
    if day not in days_of(theirs, town.shops["L3"]):
        l3 = town.shops["L3"].pk
        planning.add(plan=theirs, customer=l3, day=day, by="am02", today=TODAY)
    post = Post.objects.get(user=town.people["am01"])
    Post.objects.create(
        user=town.people["am02"],
        role=Role.ACCOUNT_MANAGER,
        route=town.routes["东一"],
        period=DateRange(TODAY, date(2024, 8, 1)),
        substitute_for=post,
    )
    planned = planned_on(town.people["am02"], day)
    assert {town.shops["L1"].pk, town.shops["L3"].pk} <= planned.keys()
    assert sorted(one.position for one in planned.values()) == list(range(1, len(planned) + 1))
    assert planned_on(town.people["am03"], day) == {}


def test_a_visit_is_moved_added_and_taken_away_with_its_reason_in_the_trail(town, draft):
    plan, l1 = draft(), town.shops["L1"]
    visit = plan.visits.filter(customer=l1).first()
    before, day = visit.day, free_day(plan, l1.pk)
    moved = planning.move(visit=visit, day=day, by="am01", today=TODAY, version=1)
    assert (moved.day, moved.fixed) == (day, True)
    entry = Entry.objects.get(action="visit moved")
    assert (entry.details["licence"], entry.details["before"]) == ("L1", before.isoformat())
    another = free_day(plan, l1.pk)
    planning.add(plan=plan, customer=l1.pk, day=another, by="am01", today=TODAY)
    with pytest.raises(planning.PlanError, match=r"原因|reason"):
        planning.remove(visit=moved, by="am01", today=TODAY, why=" ")
    planning.remove(visit=moved, by="am01", today=TODAY, why="店主外出")
    assert plan.shops.get(customer=l1).why[-1][0] == "removed"
    assert Entry.objects.get(action="visit taken away").why == "店主外出"
    plan.refresh_from_db()
    assert plan.version == 4
    for on in (day, another, before):
        positions = sorted(plan.visits.filter(day=on).values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))


def test_what_does_not_fit_is_refused(town, draft):
    plan = draft()
    visit = plan.visits.filter(customer=town.shops["L1"]).order_by("day").first()
    taken = days_of(plan, town.shops["L1"])[1]
    deed = {"visit": visit, "by": "am01", "today": TODAY}
    for day in (visit.day, taken, date(2024, 8, 1), date(2024, 7, 6)):
        with pytest.raises(planning.PlanError):
            planning.move(day=day, **deed)
    late = {**deed, "today": date(2024, 7, 30)}
    with pytest.raises(planning.PlanError):
        planning.move(day=date(2024, 7, 31), **late)
    with pytest.raises(planning.PlanError):
        planning.add(
            plan=plan, customer=town.shops["L3"].pk, day=date(2024, 7, 3), by="am01", today=TODAY
        )
    with pytest.raises(planning.Stale):
        planning.move(day=free_day(plan, visit.customer_id), version=7, **deed)
    plan.refresh_from_db()
    assert plan.version == 1


def test_an_approved_plan_changes_only_with_a_reason_and_then_waits_again(town, draft):
    plan = draft()
    with pytest.raises(planning.PlanError):
        planning.approve(plan=plan, by="market1")
    planning.submit(plan=plan, by="am01")
    with pytest.raises(planning.PlanError):
        planning.give_back(plan=plan, by="market1", why="")
    planning.give_back(plan=plan, by="market1", why="周三太满")
    planning.submit(plan=plan, by="am01")
    plan = planning.approve(plan=plan, by="market1")
    visit = plan.visits.first()
    deed = {"visit": visit, "by": "am01", "today": TODAY}
    with pytest.raises(planning.PlanError):
        planning.move(day=free_day(plan, visit.customer_id), **deed)
    # The market manager's own change needs no second approval.
    day = free_day(plan, visit.customer_id)
    planning.move(day=day, why="修路", **{**deed, "by": "market1", "leads": True})
    plan.refresh_from_db()
    assert plan.status == "approved"
    planning.move(day=free_day(plan, visit.customer_id), why="店主请假", **deed)
    plan.refresh_from_db()
    assert (plan.status, plan.reason) == ("submitted", "店主请假")
    with pytest.raises(ValueError, match="drafted again"):
        draft_again(plan=plan, by="am01", today=TODAY, evidence={})


def test_a_new_draft_keeps_what_was_put_by_hand_and_the_days_gone_by(town, draft):
    plan, l1 = draft(), town.shops["L1"]
    visit = plan.visits.filter(customer=l1).order_by("day").last()
    day = free_day(plan, l1.pk)
    planning.move(visit=visit, day=day, by="am01", today=TODAY)
    plan.refresh_from_db()
    gone = list(plan.visits.filter(day__lt=date(2024, 7, 10)).values("customer", "day"))
    draft_again(
        plan=plan,
        by="am01",
        today=date(2024, 7, 10),
        evidence={l1.pk: Evidence(segment="A")},
    )
    assert list(plan.visits.filter(day__lt=date(2024, 7, 10)).values("customer", "day")) == gone
    kept = plan.visits.filter(customer=l1, day=day).get()
    assert kept.fixed or day < date(2024, 7, 10)
    plan.refresh_from_db()
    assert plan.version == 3


def test_the_next_month_is_drafted_on_the_last_working_day_and_once(town):
    thursday = date(2024, 6, 27)
    assert visiting.draft_due(today=thursday, by="schedule") == 3  # what is left of June
    assert set(MonthPlan.objects.values_list("month", flat=True)) == {date(2024, 6, 1)}
    assert visiting.draft_due(today=TODAY, by="schedule") == 3
    assert MonthPlan.objects.filter(month=JULY).count() == 3
    assert visiting.draft_due(today=TODAY, by="schedule") == 0
    rest = MonthPlan.objects.get(month=date(2024, 6, 1), route=town.routes["东一"])
    assert set(rest.visits.values_list("day", flat=True)) <= {thursday, TODAY}


def test_a_route_without_shops_gets_no_plan(town):
    RouteAssignment.objects.filter(route=town.routes["西一"]).delete()
    assert visiting.draft_due(today=TODAY, by="schedule") == 4


def test_the_phone_gets_position_why_and_window_and_the_frame_of_the_day(
    town, draft, django_assert_num_queries
):
    l1 = town.shops["L1"]
    day = days_of(draft(), l1)[0]
    VisitWindow.objects.create(
        customer=l1, opens=time(10), closes=time(11, 30), period=DateRange(JULY, None)
    )
    user = User.objects.get(username="am01")
    with django_assert_num_queries(6):
        planned = planned_on(user, day)
    assert planned[l1.pk].window == "10:00–11:30"
    assert "4" in planned[l1.pk].why
    frame = frame_of(user, day)
    assert frame["standard"] == {"visits": 30, "minutes": 8}
    assert (frame["meeting"], frame["bag"]) == (None, [])


def test_the_rules_are_versions_and_the_database_keeps_them(town, draft):
    body = VisitRuleSet.objects.get().body
    body["frequency"]["scale"]["中"] = 8
    VisitRuleSet.objects.create(
        version=2, starts_on=JULY, body=body, by="admin1", at=cast.NOW, why="试点"
    )
    assert draft(month=date(2024, 6, 1), from_day=TODAY).rules.version == 1
    plan = draft()
    assert plan.rules.version == 2
    assert len(days_of(plan, town.shops["L1"])) == 8
    with pytest.raises(DatabaseError), transaction.atomic():
        VisitRuleSet.objects.filter(version=1).update(why="anders")
