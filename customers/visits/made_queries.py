"""Visits against plan and standard: reads of many people and days at once, whose number does not
depend on how many."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from customers import workdays as calendar
from customers.models import Area, CustomerProperties, Post, Route, RouteAssignment
from customers.visits.models import (
    Conflict,
    Photo,
    Position,
    SetAside,
    Unvisited,
    Visit,
)
from customers.visits.queries import kept_seen_by
from customers.visits.rules.checks import Finding, Limits, Place, Seen, check
from customers.visits.services.drafting import rules_on
from marketing_ops.accounts.roles import Role
from marketing_ops.lib import workdays

# Who should visit: the person who stands in, else the one whose route it is.
_PLANNED = """
    SELECT DISTINCT ON (v.id) v.day, v.customer_id, m.route_id, p.user_id
      FROM visits_plannedvisit v
      JOIN visits_monthplan m ON m.id = v.plan_id
      JOIN customers_customer c ON c.id = v.customer_id AND c.opened_on <= v.day
           AND (c.closed_on IS NULL OR c.closed_on >= v.day)
      JOIN customers_routeassignment a ON a.customer_id = v.customer_id
           AND a.route_id = m.route_id AND a.period @> v.day
      JOIN customers_post p ON p.route_id = m.route_id AND p.period @> v.day
           AND p.role = 'account_manager'
     WHERE v.day BETWEEN %s AND %s AND m.route_id = ANY(%s)
     ORDER BY v.id, p.substitute_for_id IS NULL, lower(p.period) DESC, p.id
"""
_COUNTS = """
    SELECT v.id, v.made_by_id, v.customer_id, v.started_at, v.ended_at,
           md5(string_agg((l ->> 'barcode') || ':' || (l ->> 'packs'), ','
                          ORDER BY l ->> 'barcode'))
      FROM visits_visit v
     CROSS JOIN LATERAL jsonb_array_elements(
           CASE jsonb_typeof(v.body #> '{steps,stock_count,lines}')
           WHEN 'array' THEN v.body #> '{steps,stock_count,lines}' ELSE '[]' END) AS l
     WHERE v.made_by_id = ANY(%s) AND v.day BETWEEN %s AND %s AND v.kind = 'on_site'
     GROUP BY v.id
    HAVING count(*) >= %s AND bool_or((l ->> 'packs') ~ '[1-9]')
"""
_PHOTOS_AGAIN = """
    SELECT p.visit_id, count(DISTINCT p.sha256)
      FROM visits_photo p
      JOIN visits_visit v ON v.id = p.visit_id AND v.made_by_id = p.owner_id
      JOIN visits_photo q ON q.sha256 = p.sha256 AND q.visit_id <> p.visit_id AND q.expected
      JOIN visits_visit w ON w.id = q.visit_id AND w.made_by_id = q.owner_id
           AND (w.started_at, w.id) < (v.started_at, v.id)
     WHERE p.expected AND v.id = ANY(%s)
     GROUP BY p.visit_id
"""


@dataclass(frozen=True, slots=True)
class PlannedOf:
    day: date
    customer: int
    route: int
    person: int


@dataclass(frozen=True, slots=True)
class Made:
    """A visit without what was said at it."""

    key: UUID
    person: int
    customer: int
    day: date
    kind: str
    started: object
    ended: object
    unplanned_reason: str = ""

    @property
    def on_site(self) -> bool:
        return self.kind == Visit.Kind.ON_SITE

    @property
    def minutes(self) -> float:
        return (self.ended - self.started).total_seconds() / 60


def planned_between(routes: Collection[int], first: date, last: date) -> list[PlannedOf]:
    """The planned visits of the routes, each with who should make it."""
    if not routes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PLANNED, [first, last, list(routes)])
        return [PlannedOf(*row) for row in cursor.fetchall()]


def made_between(visits: QuerySet[Visit], first: date, last: date) -> list[Made]:
    """In the order of their beginning; times are local."""
    rows = visits.filter(day__range=(first, last)).order_by("started_at", "pk")
    return [
        Made(pk, by, customer, day, kind, timezone.localtime(begin), timezone.localtime(end), why)
        for pk, by, customer, day, kind, begin, end, why in rows.values_list(
            "pk", "made_by", "customer", "day", "kind", "started_at", "ended_at",
            "unplanned_reason",
        )
    ]  # fmt: skip


@dataclass
class Against:
    """Of one person in a period: what was planned, and what was made. Pairs are (customer, day);
    what is planned after `until` is not unvisited yet."""

    person: int
    until: date = date.max
    planned: set[tuple[int, date]] = field(default_factory=set)
    visits: list[Made] = field(default_factory=list)
    # Planned shops that were visited that day, by whomever.
    visited: set[tuple[int, date]] = field(default_factory=set)
    standard: int = 0

    @property
    def on_site(self) -> list[Made]:
        return [one for one in self.visits if one.on_site]

    @property
    def shops(self) -> int:
        """Shops visited on site, each once a day."""
        return len({(one.customer, one.day) for one in self.on_site})

    @property
    def by_phone(self) -> int:
        return len(self.visits) - len(self.on_site)

    @property
    def days_out(self) -> set[date]:
        return {one.day for one in self.on_site}

    @property
    def unplanned(self) -> int:
        return len({(one.customer, one.day) for one in self.on_site} - self.planned)

    @property
    def unvisited(self) -> set[tuple[int, date]]:
        return {pair for pair in self.planned - self.visited if pair[1] <= self.until}

    @property
    def met(self) -> bool:
        return bool(self.standard) and self.shops >= self.standard

    @property
    def median_minutes(self) -> int | None:
        minutes = sorted(one.minutes for one in self.on_site)
        return int(minutes[len(minutes) // 2]) if minutes else None


def plan_ends(first: date, last: date, today: date) -> date:
    """Up to which day a plan is held against visits: not what is ahead, but of days that are all
    ahead the plan alone is shown."""
    return last if first > today else min(last, today)


def against_plan(planned: list[PlannedOf], made: list[Made], *, until: date) -> dict[int, Against]:
    """By person. A shop that somebody else visited that day is visited; `until`: today."""
    found: dict[int, Against] = {}
    for one in planned:
        own = found.setdefault(one.person, Against(one.person, until))
        own.planned.add((one.customer, one.day))
    for one in made:
        found.setdefault(one.person, Against(one.person, until)).visits.append(one)
    seen = {(one.customer, one.day) for one in made if one.on_site}
    for own in found.values():
        own.visited = own.planned & seen
    return found


def add_standards(found: dict[int, Against], first: date, last: date) -> None:
    """The standard of each person for the days that were planned or gone out on: by the shares of
    town and country among the shops of the day."""
    shops = {pair for own in found.values() for pair in own.planned}
    shops |= {(one.customer, one.day) for own in found.values() for one in own.on_site}
    rural = set(
        CustomerProperties.objects.on(last)
        .filter(customer__in={customer for customer, _day in shops}, area=Area.RURAL)
        .values_list("customer_id", flat=True)
    )
    standard = rules_on(first).rules.standard
    for own in found.values():
        days: dict[date, set[int]] = {}
        for customer, day in own.planned or {(one.customer, one.day) for one in own.on_site}:
            days.setdefault(day, set()).add(customer)
        for day in own.days_out - days.keys():
            days[day] = {one.customer for one in own.on_site if one.day == day}
        own.standard = sum(
            standard.visits(town=len(of_day - rural), country=len(of_day & rural))
            for of_day in days.values()
        )


def posts_between(routes: Collection[int], first: date, last: date) -> list[Post]:
    """The posts of account managers on the routes in the period."""
    posts = Post.objects.during(first, last).filter(role=Role.ACCOUNT_MANAGER, route__in=routes)
    return list(posts.select_related("user", "route__department").order_by("route__name", "pk"))


def routes_held(user, first: date, last: date) -> list[Route]:
    """The routes that a person worked on in the period."""
    posts = Post.objects.during(first, last).filter(role=Role.ACCOUNT_MANAGER, user=user)
    return list(
        Route.objects.filter(pk__in=posts.values("route"))
        .select_related("department")
        .order_by("name", "pk")
    )


def served_by_routes(routes: Collection[int], day: date) -> list[int]:
    """The open shops on the routes that day."""
    served = RouteAssignment.objects.on(day).filter(
        Q(customer__closed_on__isnull=True) | Q(customer__closed_on__gte=day), route__in=routes
    )
    return list(served.order_by("customer_id").values_list("customer_id", flat=True))


def photos_by_person(visits: Collection[UUID]) -> dict[int, tuple[int, int]]:
    """(expected, received) by who made the visits."""
    rows = (
        Photo.objects.filter(visit_id__in=list(visits), expected=True)
        .values_list("owner_id")
        .annotate(all=Count("pk"), here=Count("pk", filter=Q(received_at__isnull=False)))
        .order_by()
    )
    return {owner: (whole, here) for owner, whole, here in rows}


def kept_by_person(user, first: date, last: date, *, on: date) -> dict[str, dict[int, int]]:
    """How many visits set aside and conflicts wait for somebody, by who sent them."""
    found = {}
    for name, model in (("set_aside", SetAside), ("conflicts", Conflict)):
        rows = kept_seen_by(model, user, on=on).filter(
            day__range=(first, last), settled_at__isnull=True
        )
        rows = rows.values_list("sent_by").annotate(number=Count("pk", distinct=True)).order_by()
        found[name] = dict(rows)
    return found


def whys(customers: Collection[int], first: date, last: date) -> dict[tuple[int, date], Unvisited]:
    """What was said of shops that were not visited."""
    rows = Unvisited.objects.filter(customer__in=list(customers), day__range=(first, last))
    return {(row.customer_id, row.day): row for row in rows.order_by("pk")}


def _accuracies(visits: Collection[UUID]) -> dict[tuple[UUID, str], float | None]:
    rows = Position.objects.filter(visit__in=list(visits))
    return {(visit, moment): acc for visit, moment, acc in rows.values_list(
        "visit_id", "moment", "accuracy")}  # fmt: skip


def limits_on(day: date) -> Limits:
    return Limits(minutes=rules_on(day).rules.standard.minutes)


def findings_between(
    visits: QuerySet[Visit], first: date, last: date, *, limits: Limits | None = None
) -> dict[str, list[Finding]]:
    """What there is to ask about the visits of the period, by their key (text)."""
    limits = limits or limits_on(first)
    rows = list(
        visits.filter(day__range=(first, last)).values_list(
            "pk", "made_by", "customer", "kind", "started_at", "ended_at", "day",
            "check_in_distance", "check_out_distance", "clock_offset",
        )
    )  # fmt: skip
    if not rows:
        return {}
    keys = [row[0] for row in rows]
    people = sorted({row[1] for row in rows})
    accuracy = _accuracies(keys)
    exceptions = calendar.exceptions(first, last)
    with connection.cursor() as cursor:
        cursor.execute(_PHOTOS_AGAIN, [keys])
        again = dict(cursor.fetchall())
        since = first - workdays.DAY * limits.same_days
        cursor.execute(_COUNTS, [people, since, last, limits.counted])
        counted = cursor.fetchall()
    counts = {row[0]: row[5] for row in counted}

    def places(key, check_in, check_out) -> Iterator[Place]:
        for moment, metres in (("check_in", check_in), ("check_out", check_out)):
            if metres is not None:
                yield Place(metres, accuracy.get((key, moment)))

    seen = [
        Seen(
            key=str(key),
            person=person,
            customer=customer,
            on_site=kind == Visit.Kind.ON_SITE,
            started=timezone.localtime(begin),
            ended=timezone.localtime(end),
            workday=workdays.is_workday(day, exceptions),
            places=tuple(places(key, check_in, check_out)),
            clock_seconds=offset,
            photos_again=again.get(key, 0),
            counts=counts.get(key, ""),
        )
        for key, person, customer, kind, begin, end, day, check_in, check_out, offset in rows
    ]
    known = set(keys)
    earlier = [
        Seen(
            str(key),
            person,
            customer,
            True,
            timezone.localtime(begin),
            timezone.localtime(end),
            counts=digest,
        )
        for key, person, customer, begin, end, digest in counted
        if key not in known
    ]
    return dict(check(seen, earlier=earlier, limits=limits))
