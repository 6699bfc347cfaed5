"""Reads of plan, schedule, meeting and bag; each in a number of queries that the shops do not
change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from customers.models import Area, CustomerProperties, Licence, MarketDepartment, RouteAssignment
from customers.scope import posts_of, routes_of
from customers.visits import plan_words as words
from customers.visits.models import (
    BagCheck,
    BagItem,
    Meeting,
    MeetingRead,
    MonthPlan,
    PlannedShop,
    PlannedVisit,
)
from customers.visits.rules.ruleset import Standard, Times, VisitRules
from customers.visits.rules.travel import Timetable
from customers.visits.services.drafting import rules_on
from customers.visits.stops import Stops
from marketing_ops.accounts.roles import Role


@dataclass(frozen=True)
class Planned:
    """A shop's place in the schedule of a day: the how-manieth, why, and when in words or None."""

    position: int
    why: str = ""
    window: str | None = None


@dataclass(slots=True)
class Line:
    """A shop of a schedule. `begins`: when the visit is expected, in words."""

    customer: int
    position: int
    licence: str
    name: str
    address: str
    contact: str
    latitude: float | None
    longitude: float | None
    town: bool
    begins: str
    window: str | None
    missed: bool
    late: bool
    why: list[str]


@dataclass(slots=True)
class Schedule:
    """The visits of a person (or of one route) on a day, in the order of the way.

    `open_plans`: those among the plans behind it that are not approved. `words` says honestly
    whether the day is enough; `tone` good, warn or bad.
    """

    day: date
    lines: list[Line]
    standard: int
    rules: VisitRules
    table: Timetable
    words: str
    tone: str
    plans: list[MonthPlan] = field(default_factory=list)

    @property
    def open_plans(self) -> list[MonthPlan]:
        return [plan for plan in self.plans if plan.status != MonthPlan.Status.APPROVED]


def standard_on(day: date) -> Standard:
    """The standard that holds on a day."""
    return rules_on(day).rules.standard


def standard_times(day: date) -> Times:
    """The times of a day that hold then."""
    return rules_on(day).rules.times


def schedule_standard(user, day: date) -> dict[str, int]:
    """{"visits", "minutes"}: the standard for the shops that are planned for a person that day, or
    else for all shops of the person's routes."""
    standard, routes = standard_on(day), own_routes(user, day)
    shops = list(planned_visits(routes, day).values_list("customer_id", flat=True))
    if not shops:
        served = RouteAssignment.objects.on(day).filter(route__in=routes)
        shops = list(served.values_list("customer_id", flat=True))
    rural = CustomerProperties.objects.on(day).filter(customer__in=shops, area=Area.RURAL).count()
    return {
        "visits": standard.visits(town=len(shops) - rural, country=rural),
        "minutes": standard.minutes,
    }


def planned_visits(routes: Collection[int], day: date) -> QuerySet[PlannedVisit]:
    """The visits of the day whose shops are open and (still) served by the plan's route."""
    served = RouteAssignment.objects.filter(
        customer_id=OuterRef("customer_id"), route_id=OuterRef("plan__route_id")
    ).on(day)
    return (
        PlannedVisit.objects.filter(Exists(served), day=day, plan__route__in=routes)
        .filter(
            Q(customer__closed_on__isnull=True) | Q(customer__closed_on__gte=day),
            customer__opened_on__lte=day,
        )
        .select_related("plan__route")
        .order_by("plan__route__name", "plan__route_id", "position", "customer_id")
    )


def own_routes(user, day: date) -> list[int]:
    """The routes that a person works on that day, as account manager or substitute."""
    posts = posts_of(user, on=day).filter(role=Role.ACCOUNT_MANAGER)
    return list(posts.order_by("route_id").values_list("route_id", flat=True).distinct())


def _ordered(visits: list[PlannedVisit], stops: Stops, day: date, rules: VisitRules):
    """Visits of one plan stand in its order; of several (somebody stands in), in one way anew."""
    if len({visit.plan_id for visit in visits}) < 2:
        return visits
    by_customer = {visit.customer_id: visit for visit in visits}
    return [by_customer[customer] for customer in stops.order(list(by_customer), day, rules)]


def planned_on(user, day: date) -> dict[int, Planned]:
    """The shops (ids) that are planned for a person on a day, with those of whom they stand in for;
    in the order of the way."""
    visits = list(planned_visits(own_routes(user, day), day))
    if not visits:
        return {}
    stops = Stops({visit.customer_id for visit in visits}, day, day)
    visits = _ordered(visits, stops, day, rules_on(day).rules)
    often = _frequencies(visits)
    return {
        visit.customer_id: Planned(
            position=position,
            why=why_planned(visit, often),
            window=_window(stops, visit.customer_id, day),
        )
        for position, visit in enumerate(visits, start=1)
    }


def _frequencies(visits: list[PlannedVisit]) -> dict[tuple[int, int], PlannedShop]:
    rows = PlannedShop.objects.filter(
        plan__in={visit.plan_id for visit in visits},
        customer__in={visit.customer_id for visit in visits},
    )
    return {(row.plan_id, row.customer_id): row for row in rows}


def why_of(visit: PlannedVisit) -> list[str]:
    """Why a visit is planned for its day, and how often its shop is."""
    return [part for part in why_planned(visit, _frequencies([visit])).split(" · ") if part]


def why_planned(visit: PlannedVisit, often: Mapping[tuple[int, int], PlannedShop]) -> str:
    shop = often.get((visit.plan_id, visit.customer_id))
    parts = words.reasons(visit.why)
    if shop is not None:
        parts.append(words.frequency(shop.wanted, shop.why))
    return " · ".join(parts)


def _window(stops: Stops, customer: int, day: date) -> str | None:
    window = stops.window(customer, day)
    return str(window) if window else None


def schedule_on(routes: Collection[int], day: date) -> Schedule:
    """The day's schedule of these routes together."""
    rules = rules_on(day).rules
    visits = list(planned_visits(routes, day))
    customers = [visit.customer_id for visit in visits]
    stops = Stops(customers, day, day)
    visits = _ordered(visits, stops, day, rules)
    customers = [visit.customer_id for visit in visits]
    licences = dict(
        Licence.objects.on(day).filter(customer__in=customers).values_list("customer_id", "number")
    )
    often = _frequencies(visits) if visits else {}
    table = stops.timetable(customers, day, rules)
    lines = []
    for place, visit in enumerate(visits):
        facts = stops.facts(visit.customer_id, day)
        lines.append(
            Line(
                customer=visit.customer_id,
                position=place + 1,
                licence=licences.get(visit.customer_id, ""),
                name=facts.name,
                address=facts.address,
                contact=facts.contact,
                latitude=facts.latitude,
                longitude=facts.longitude,
                town=stops.stop(visit.customer_id, day).town,
                begins=words.clock(table.begins[place]),
                window=_window(stops, visit.customer_id, day),
                missed=place in table.missed,
                late=place >= table.fit,
                why=[part for part in why_planned(visit, often).split(" · ") if part],
            )
        )
    said, tone = words.enough(table, rules)
    return Schedule(
        day=day,
        lines=lines,
        standard=stops.standard(customers, day, rules),
        rules=rules,
        table=table,
        words=said,
        tone=tone,
        plans=list({visit.plan_id: visit.plan for visit in visits}.values()),
    )


def departments_of(user, day: date) -> QuerySet[MarketDepartment]:
    """The market departments that a person works in or leads that day; the district staff's and the
    administrators' are all."""
    return MarketDepartment.objects.filter(routes__in=routes_of(user, on=day)).distinct()


def meetings_for(user, day: date) -> list[Meeting]:
    """The published meetings of the departments in which a person works that day; each with
    `read_at`, when the person confirmed it (None: not yet)."""
    departments = MarketDepartment.objects.filter(routes__in=own_routes(user, day))
    return _with_receipts(
        Meeting.objects.filter(department__in=departments, day=day, published_at__isnull=False),
        user,
    )


def _with_receipts(meetings: QuerySet[Meeting], user) -> list[Meeting]:
    own = MeetingRead.objects.filter(user=user)
    found = list(
        meetings.select_related("department", "published_by")
        .prefetch_related(Prefetch("reads", queryset=own, to_attr="own_reads"))
        .order_by("department__name", "pk")
    )
    for meeting in found:
        meeting.read_at = meeting.own_reads[0].at if meeting.own_reads else None
    return found


@dataclass(frozen=True)
class BagLine:
    item: BagItem
    checked: bool


def bag_of(user, day: date) -> list[BagLine]:
    """What belongs in a person's bag on a day, and what of it is in."""
    routes = own_routes(user, day)
    items = BagItem.objects.on(day).filter(
        Q(department__isnull=True) | Q(department__routes__in=routes)
    )
    checked = set(BagCheck.objects.filter(user=user, day=day).values_list("item_id", flat=True))
    return [BagLine(item, item.pk in checked) for item in items.distinct()]
