"""A month's plan drafted: from the shops of the route, the rules, open tasks and what is known of
the shops (evidence)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

import structlog
from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils import timezone

from customers import workdays as calendar
from customers.models import (
    Area,
    CustomerProperties,
    DeliveryCalendar,
    Route,
    RouteAssignment,
    Scale,
)
from customers.visits.evidence import NOTHING, Evidence
from customers.visits.models import (
    MonthPlan,
    PlannedShop,
    PlannedVisit,
    Promise,
    Question,
    Visit,
    VisitRuleSet,
)
from customers.visits.rules.balance import Need, Spread, spread
from customers.visits.rules.frequency import Facts, visits_a_month
from customers.visits.stops import Stops
from marketing_ops.audit import services as audit
from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY, month

log = structlog.get_logger(__name__)

# Of how long ago a visit still says when the next one is due.
LOOK_BACK = timedelta(days=62)
_RANK = {"A": 3, "B": 2, Scale.LARGE: 2, Scale.MEDIUM: 1}


def rules_on(day: date) -> VisitRuleSet:
    """The rules in force on a day: of the versions that have begun, the last one."""
    return VisitRuleSet.objects.filter(starts_on__lte=day).order_by("-version")[:1].get()


def draft_month(
    *,
    route: Route,
    month: date,
    by: str,
    today: date,
    evidence: Mapping[int, Evidence],
    from_day: date | None = None,
) -> MonthPlan:
    """The plan of a route for the month (its first day). One that is there is left as it is.

    `from_day`: plan only the rest of the month, with its part of the visits. `.created` of what is
    returned says whether it was drafted now.
    """
    with transaction.atomic():
        route = Route.objects.select_for_update().get(pk=route.pk)
        plan = MonthPlan.objects.filter(route=route, month=month).first()
        if plan is not None:
            plan.created = False
            return plan
        first = max(month, from_day or month)
        plan = MonthPlan.objects.create(
            route=route,
            month=month,
            rules=rules_on(first),
            drafted_at=timezone.now(),
            drafted_by=by,
        )
        found = _spread(plan, first, today, evidence, fixed={})
        _write(plan, found)
        audit.record(
            by=by,
            action="visits drafted",
            subject=subject(plan),
            visits=len(found.visits),
            shops=len(found.shops),
        )
    plan.created = True
    return plan


def draft_again(
    *, plan: MonthPlan, by: str, today: date, evidence: Mapping[int, Evidence]
) -> MonthPlan:
    """Draft what is ahead of an open plan anew, by the rules and shops of today. What was put by
    hand stays, and so do the days gone by. ValueError: the plan is with the market manager."""
    with transaction.atomic():
        plan = MonthPlan.objects.select_for_update().get(pk=plan.pk)
        if not plan.is_open:
            raise ValueError("Only a draft, or a plan given back, is drafted again")
        first = max(plan.month, today)
        ahead = plan.visits.filter(day__gte=first)
        fixed: dict[int, list[date]] = {}
        for customer, day in ahead.filter(fixed=True).values_list("customer_id", "day"):
            fixed.setdefault(customer, []).append(day)
        kept = list(ahead.filter(fixed=True))
        plan.rules = rules_on(first)
        found = _spread(plan, first, today, evidence, fixed=fixed)
        ahead.delete()
        plan.shops.all().delete()
        plan.version += 1
        plan.drafted_at, plan.drafted_by = timezone.now(), by
        plan.save()
        _write(plan, found, kept)
        audit.record(
            by=by, action="visits drafted again", subject=subject(plan), visits=len(found.visits)
        )
    return plan


def subject(plan: MonthPlan) -> str:
    """How the audit trail calls a plan."""
    return f"visit plan {plan.route_id} {plan.month:%Y-%m}"


def workdays_of(first: date, last: date) -> list[date]:
    return workdays.workdays(first, last, calendar.exceptions(first, last))


def put_in_order(plan: MonthPlan, days: Collection[date]) -> None:
    """Number the visits of these days anew, along the way."""
    visits = list(plan.visits.filter(day__in=days))
    if not visits:
        return
    stops = Stops({visit.customer_id for visit in visits}, min(days), max(days))
    for day in days:
        of_day = {visit.customer_id: visit for visit in visits if visit.day == day}
        order = stops.order(list(of_day), day, plan.rules.rules)
        for position, customer in enumerate(order, start=1):
            of_day[customer].position = position
    PlannedVisit.objects.bulk_update(visits, ["position"])


def _spread(plan, first: date, today: date, evidence, fixed: Mapping[int, list[date]]) -> Spread:
    of_month = month(plan.month)
    month_days = workdays_of(of_month.start, of_month.end)
    days = [day for day in month_days if day >= first]
    needs = _needs(plan, days, len(month_days), today, evidence, fixed) if days else []
    rules = plan.rules.rules
    return spread(needs, days, rules=rules.balance, standard=rules.standard)


def _needs(plan, days: list[date], month_days: int, today: date, evidence, fixed) -> Iterable[Need]:
    first, last = days[0], days[-1]
    served = assigned(plan.route_id, first, last)
    facts = _holding_first(CustomerProperties, served, first, last)
    calendars = _holding_first(DeliveryCalendar, served, first, last)
    due, last_visits = _due(served, last), _last_visits(served, first, today)
    rules = plan.rules.rules.frequency
    needs = []
    for customer, (start, end) in sorted(served.items()):
        known = facts.get(customer) or CustomerProperties()
        told = evidence.get(customer, NOTHING)
        often = visits_a_month(
            Facts(known.scale, known.format, told.segment, told.value),
            rules,
            days=sum(start <= day <= end for day in days),
            month_days=month_days,
        )
        needs.append(
            Need(
                customer=customer,
                often=often,
                town=known.area != Area.RURAL,
                latitude=known.latitude,
                longitude=known.longitude,
                order_weekdays=tuple(getattr(calendars.get(customer), "order_weekdays", ())),
                comes_first=known.scale == Scale.LARGE or told.volatile,
                due=due.get(customer),
                last_visit=last_visits.get(customer),
                first_day=start,
                last_day=end,
                fixed=tuple(sorted(fixed.get(customer, ()))),
                rank=_RANK.get(told.segment, 0) + _RANK.get(known.scale, 0),
            )
        )
    return needs


def assigned(route: int, first: date, last: date) -> dict[int, tuple[date, date]]:
    """From when to when each shop of the route is served and open, within the days."""
    rows = (
        RouteAssignment.objects.filter(route_id=route)
        .during(first, last)
        .filter(
            Q(customer__closed_on__isnull=True) | Q(customer__closed_on__gte=first),
            customer__opened_on__lte=last,
        )
        .select_related("customer")
        .order_by("period")
    )
    found: dict[int, tuple[date, date]] = {}
    for row in rows:
        shop = row.customer
        start = max(first, row.period.lower or first, shop.opened_on)
        end = min(
            last, row.period.upper - DAY if row.period.upper else last, shop.closed_on or last
        )
        if start <= end:
            known = found.get(row.customer_id, (start, end))
            found[row.customer_id] = (min(known[0], start), max(known[1], end))
    return found


def _holding_first(model, customers: Collection[int], first: date, last: date) -> dict:
    """Of each customer's dated rows the first that holds in the period."""
    rows = model.objects.filter(customer_id__in=customers).during(first, last)
    found: dict = {}
    for row in rows.order_by("customer_id", "period"):
        found.setdefault(row.customer_id, row)
    return found


def _due(customers: Collection[int], last: date) -> dict[int, date]:
    """The day of the earliest open promise or question that is due by the end of the month."""
    found: dict[int, date] = {}
    for rows in (
        Promise.objects.filter(kept_on__isnull=True),
        Question.objects.filter(answered_on__isnull=True),
    ):
        rows = rows.filter(customer_id__in=customers, due_on__lte=last)
        for customer, due in rows.values_list("customer_id").annotate(Min("due_on")).order_by():
            found[customer] = min(due, found.get(customer, due))
    return found


def _last_visits(customers: Collection[int], first: date, today: date) -> dict[int, date]:
    """The last day before `first` on which a shop was visited, or is planned to be from today."""
    span = (first - LOOK_BACK, first - DAY)
    made = Visit.objects.filter(customer_id__in=customers, day__range=span)
    planned = PlannedVisit.objects.filter(customer_id__in=customers, day__range=span)
    found: dict[int, date] = {}
    for rows in (made.filter(kind=Visit.Kind.ON_SITE), planned.filter(day__gte=today)):
        for customer, day in rows.values_list("customer_id").annotate(Max("day")).order_by():
            found[customer] = max(day, found.get(customer, day))
    return found


def _write(plan: MonthPlan, found: Spread, kept: Collection[PlannedVisit] = ()) -> None:
    by_hand = {(visit.customer_id, visit.day): visit.why for visit in kept}
    by_day: dict[date, list] = {}
    for visit in found.visits:
        by_day.setdefault(visit.day, []).append(visit)
    # A fixed visit whose shop has left the route since is kept too: a person put it there.
    written = {(visit.customer, visit.day) for visit in found.visits}
    rows = [
        PlannedVisit(plan=plan, customer_id=v.customer_id, day=v.day, why=v.why, fixed=True)
        for v in kept
        if (v.customer_id, v.day) not in written
    ]
    for row in rows:
        row.position = 0
    if by_day:
        stops = Stops({visit.customer for visit in found.visits}, min(by_day), max(by_day))
    for day, visits in by_day.items():
        order = stops.order([visit.customer for visit in visits], day, plan.rules.rules)
        why = {visit.customer: visit for visit in visits}
        rows += [
            PlannedVisit(
                plan=plan,
                customer_id=customer,
                day=day,
                position=position,
                why=by_hand.get((customer, day), [list(one) for one in why[customer].why]),
                fixed=why[customer].fixed,
            )
            for position, customer in enumerate(order, start=1)
        ]
    PlannedVisit.objects.bulk_create(rows)
    PlannedShop.objects.bulk_create(
        PlannedShop(
            plan=plan,
            customer_id=customer,
            wanted=wanted,
            drafted=planned,
            why=[list(one) for one in why],
        )
        for customer, wanted, planned, why in found.shops
    )
