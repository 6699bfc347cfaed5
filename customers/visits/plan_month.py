"""A month's plan as the calendar shows it, and how the plans of a month stand."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, Prefetch

from customers import workdays as calendar
from customers.models import Licence, Post, Route
from customers.scope import routes_of
from customers.visits import plan_words as words
from customers.visits.models import MonthPlan, PlannedVisit
from customers.visits.rules.ruleset import VisitRules
from customers.visits.services.drafting import assigned
from customers.visits.stops import Stops
from marketing_ops.accounts.roles import Role
from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY, month


@dataclass(slots=True)
class ShopOfDay:
    """A planned visit as the calendar shows it. `gone`: the shop is no longer on the route then."""

    pk: int
    name: str
    licence: str
    fixed: bool
    gone: bool


@dataclass(slots=True)
class Day:
    """A day of the month. `tone` and `words` as of Schedule, empty without visits."""

    day: date
    worked: bool
    past: bool
    visits: list[ShopOfDay] = field(default_factory=list)
    standard: int = 0
    ends: str = ""
    too_many: int = 0
    words: str = ""
    tone: str = ""

    @property
    def number(self) -> int:
        return len(self.visits)


@dataclass(slots=True)
class ShopOfMonth:
    """A shop of the route: visits wanted by the rule and planned, and why so many or so few."""

    customer: int
    name: str
    licence: str
    wanted: int
    planned: int
    why: str

    @property
    def few(self) -> bool:
        return self.planned < self.wanted or not self.wanted


@dataclass(slots=True)
class MonthView:
    """A plan week by week, Monday to Sunday; None: a day outside of the month.

    `shops`: of the route, those with fewer visits than wanted first. `standard`: that of a day with
    shops of the route's kinds. `long_days`: days that are not enough.
    """

    plan: MonthPlan
    weeks: list[list[Day | None]]
    shops: list[ShopOfMonth]
    standard: int

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week if day is not None]

    @property
    def visits(self) -> int:
        return sum(day.number for day in self.days)

    @property
    def worked(self) -> int:
        return sum(day.worked for day in self.days)

    @property
    def long_days(self) -> int:
        return sum(day.too_many > 0 for day in self.days)

    @property
    def few(self) -> list[ShopOfMonth]:
        return [shop for shop in self.shops if shop.few]

    @property
    def weekend(self) -> bool:
        """Whether a Saturday or Sunday has something to show."""
        return any(day.worked or day.visits for day in self.days if day.day.isoweekday() > 5)


def month_view(plan: MonthPlan, today: date) -> MonthView:
    """The whole plan, in queries whose number neither shops nor visits change."""
    rules, span = plan.rules.rules, month(plan.month)
    visits = list(plan.visits.order_by("day", "position", "customer_id"))
    served = assigned(plan.route_id, span.start, span.end)
    drafted = {shop.customer_id: shop for shop in plan.shops.all()}
    customers = {visit.customer_id for visit in visits} | drafted.keys() | served.keys()
    stops = Stops(customers, span.start, span.end)
    licences = _licences(customers, span.end)
    exceptions = calendar.exceptions(span.start, span.end)
    by_day: dict[date, list[PlannedVisit]] = {}
    for visit in visits:
        by_day.setdefault(visit.day, []).append(visit)
    weeks: list[list[Day | None]] = [[None] * (span.start.isoweekday() - 1)]
    for offset in range(span.days):
        on = span.start + offset * DAY
        day = Day(on, workdays.is_workday(on, exceptions), on < today)
        if on in by_day:
            _fill(day, by_day[on], stops, licences, served, rules)
        if len(weeks[-1]) == 7:
            weeks.append([])
        weeks[-1].append(day)
    weeks[-1] += [None] * (7 - len(weeks[-1]))
    return MonthView(
        plan=plan,
        weeks=weeks,
        shops=_shops(visits, drafted, served, stops, licences, span.start),
        standard=stops.standard(list(served), span.start, rules),
    )


def _fill(day: Day, visits, stops: Stops, licences, served, rules: VisitRules) -> None:
    customers = [visit.customer_id for visit in visits]
    table = stops.timetable(customers, day.day, rules)
    day.words, day.tone = words.enough(table, rules)
    day.ends, day.too_many = words.clock(table.ends_at), table.too_many
    day.standard = stops.standard(customers, day.day, rules)
    for visit in visits:
        span = served.get(visit.customer_id)
        day.visits.append(
            ShopOfDay(
                pk=visit.pk,
                name=stops.facts(visit.customer_id, day.day).name,
                licence=licences.get(visit.customer_id, ""),
                fixed=visit.fixed,
                gone=span is None or not span[0] <= day.day <= span[1],
            )
        )


def _licences(customers: Collection[int], day: date) -> dict[int, str]:
    """The licence number that each shop has on the day, else its last one."""
    rows = Licence.objects.filter(customer__in=customers).order_by("period")
    found: dict[int, str] = {}
    for customer, number, period in rows.values_list("customer_id", "number", "period"):
        if customer not in found or period.lower is None or period.lower <= day:
            found[customer] = number
    return found


def _shops(visits, drafted, served, stops: Stops, licences, day: date) -> list[ShopOfMonth]:
    planned = Counter(visit.customer_id for visit in visits)
    found = []
    for customer in served:
        shop = drafted.get(customer)
        found.append(
            ShopOfMonth(
                customer=customer,
                name=stops.facts(customer, day).name,
                licence=licences.get(customer, ""),
                wanted=shop.wanted if shop else 0,
                planned=planned[customer],
                why=words.frequency(shop.wanted, shop.why) if shop else words.not_drafted(),
            )
        )
    found.sort(key=lambda one: (not one.few, one.planned - one.wanted, one.name, one.customer))
    return found


@dataclass(slots=True)
class RouteMonth:
    """A route in a month: who serves it, and how its plan stands (None: there is none)."""

    route: Route
    managers: list[str]
    plan: MonthPlan | None
    visits: int


def months_of(user, month_: date, *, today: date) -> list[RouteMonth]:
    """The routes that a person serves or leads, with their plans of the month."""
    routes = list(
        routes_of(user, on=today)
        .select_related("department")
        .prefetch_related(
            Prefetch(
                "posts",
                queryset=Post.objects.on(today)
                .filter(role=Role.ACCOUNT_MANAGER)
                .select_related("user")
                .order_by(F("substitute_for").asc(nulls_first=True), "pk"),
                to_attr="serving",
            )
        )
        .order_by("department__name", "name", "pk")
    )
    plans = {
        plan.route_id: plan
        for plan in MonthPlan.objects.filter(route__in=routes, month=month_).annotate(
            number=Count("visits")
        )
    }
    return [
        RouteMonth(
            route=route,
            managers=[str(post.user) for post in route.serving],
            plan=plans.get(route.pk),
            visits=plans[route.pk].number if route.pk in plans else 0,
        )
        for route in routes
    ]
