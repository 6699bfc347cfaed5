"""What the supervisor's desk shows of a day or a month: people against plan and standard, what to
ask about, what is overdue. Read in a number of queries that people and shops do not change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import CustomerProperties
from customers.scope import routes_of
from customers.visits.made_queries import (
    Against,
    Made,
    add_standards,
    against_plan,
    findings_between,
    kept_by_person,
    limits_on,
    made_between,
    photos_by_person,
    plan_ends,
    planned_between,
    posts_between,
    whys,
)
from customers.visits.models import Care, Promise, Question, Report
from customers.visits.queries import LEADING, visits_seen_by
from customers.visits.report_facts import reason_of
from customers.visits.rules.checks import Check, Finding, Limits
from customers.visits.services.reports import reports_seen_by
from marketing_ops.accounts.models import User
from marketing_ops.home.visits.report_words import WHYS
from marketing_ops.lib.periods import Period

MOST_EXCEPTIONS = 40  # on a page; the rest is counted
MOST_OVERDUE = 20
GRAVE = frozenset({Check.PHOTO_AGAIN, Check.FAR, Check.OVERLAP})


@dataclass
class PersonLine:
    """Of one person in the period. `photos`: expected, received."""

    pk: int
    name: str
    routes: list[str]
    against: Against
    photos: tuple[int, int] = (0, 0)
    set_aside: int = 0
    conflicts: int = 0
    reports: int = 0
    exceptions: int = 0
    without_reason: int = 0

    @property
    def state(self) -> str:
        """Tone of how it stands: nobody out though planned is the worst."""
        if self.against.planned and not self.against.visits:
            return "bad"
        return "good" if self.against.met else "warn"


@dataclass(frozen=True)
class Asked:
    """A visit about which there is something to ask."""

    visit: Made
    shop: str
    person: str
    words: list[str]
    grave: bool


@dataclass(frozen=True)
class NotVisited:
    shop: str
    person: str
    day: date
    why: str


@dataclass(frozen=True)
class Overdue:
    what: str
    shop: str
    text: str
    due: date
    by: str


@dataclass
class Board:
    period: Period
    people: list[PersonLine]
    limits: Limits
    asked: list[Asked] = field(default_factory=list)
    asked_more: int = 0
    unvisited: list[NotVisited] = field(default_factory=list)
    unvisited_more: int = 0
    overdue: list[Overdue] = field(default_factory=list)
    overdue_all: int = 0
    care_open: int = 0
    unread: list[Report] = field(default_factory=list)

    def sum(self, name: str) -> int:
        return sum(_number(getattr(line.against, name)) for line in self.people)

    @property
    def out(self) -> int:
        return sum(bool(line.against.on_site) for line in self.people)

    @property
    def met(self) -> int:
        return sum(line.against.met for line in self.people)

    @property
    def planned(self) -> int:
        return self.sum("planned")

    @property
    def visited(self) -> int:
        return self.sum("visited")

    @property
    def shops(self) -> int:
        return self.sum("shops")

    @property
    def photos(self) -> tuple[int, int]:
        both = [line.photos for line in self.people]
        return sum(one for one, _two in both), sum(two for _one, two in both)

    @property
    def waiting(self) -> int:
        return sum(line.set_aside + line.conflicts for line in self.people)


def _number(value) -> int:
    return value if isinstance(value, int) else len(value)


def finding_words(finding: Finding, limits: Limits) -> str:
    """What to ask about, with its numbers."""
    value, limit = finding.value, finding.limit
    if finding.check == Check.PHOTO_AGAIN:
        return _("%(n)s photos were used at an earlier visit") % {"n": value}
    if finding.check == Check.FAR:
        words = _("%(metres)s m from the shop (more than %(limit)s m, accuracy allowed for)")
        return words % {"metres": value, "limit": limit}
    if finding.check == Check.OVERLAP:
        return _("at the same time as another visit, for %(n)s min") % {"n": value}
    if finding.check == Check.SAME_COUNTS:
        return _("the same counts as at a visit %(n)s days before") % {"n": value}
    if finding.check == Check.SHORT:
        return _("%(n)s min, the standard is %(limit)s") % {"n": value, "limit": limit}
    if finding.check == Check.HOURS:
        if limit:
            return _("on a day that is not worked")
        first, last = (one.strftime("%H:%M") for one in limits.hours)
        return _("outside working hours (%(first)s–%(last)s)") % {"first": first, "last": last}
    return _("the phone's clock was off by %(n)s min; corrected") % {"n": value}


def board(user, roles, period: Period, *, today: date, only: int | None = None) -> Board:
    """Of all that the person may see; `only`: of one account manager."""
    first, last = period.start, period.end
    visits = visits_seen_by(user, on=today)
    leads = bool(LEADING & roles)
    routes = list(routes_of(user, on=today).values_list("pk", flat=True))
    people = _people(routes, period, only=only if leads else user.pk)
    planned = planned_between(routes, first, plan_ends(first, last, today))
    made = made_between(visits, first, last)
    found = against_plan(planned, made, until=today)
    # Who made visits to shops of one's own without a post on their routes now, is listed too.
    for one in User.objects.filter(pk__in=found.keys() - people.keys()):
        if only in (None, one.pk) and (leads or one.pk == user.pk):
            people[one.pk] = (str(one), [])
    if only is not None or not leads:
        found = {pk: own for pk, own in found.items() if pk in people}
        visits = visits.filter(made_by__in=people)
    add_standards(found, first, last)
    lines = [
        PersonLine(pk, name, own_routes, found.get(pk) or Against(pk, today))
        for pk, (name, own_routes) in people.items()
    ]
    result = Board(period, lines, limits_on(first))
    named = {customer for own in found.values() for customer, _day in own.unvisited}
    named |= {one.customer for own in found.values() for one in own.visits}
    shops = names_of(named, last)
    _add_counts(result, user, period, today)
    _add_asked(result, findings_between(visits, first, last, limits=result.limits), shops)
    _add_unvisited(result, shops)
    return result


def _people(routes, period: Period, *, only: int | None) -> dict[int, tuple[str, list[str]]]:
    people: dict[int, tuple[str, list[str]]] = {}
    for post in posts_between(routes, period.start, period.end):
        if only in (None, post.user_id):
            own = people.setdefault(post.user_id, (str(post.user), []))[1]
            if post.route.name not in own:
                own.append(post.route.name)
    return people


def names_of(customers: Iterable[int], day: date) -> dict[int, str]:
    """The shops' names, as last known on the day."""
    rows = CustomerProperties.objects.filter(
        customer__in=set(customers), period__startswith__lte=day
    )
    return dict(rows.order_by("period").values_list("customer_id", "name"))


def _add_counts(result: Board, user, period: Period, today: date) -> None:
    keys = [one.key for line in result.people for one in line.against.visits]
    photos = photos_by_person(keys) if keys else {}
    kept = kept_by_person(user, period.start, period.end, on=today)
    seen = Report.objects.filter(
        kind=Report.Kind.DAY,
        handed_in_at__isnull=False,
        first_day__range=(period.start, period.end),
        user__in=[line.pk for line in result.people],
    )
    handed: dict[int, int] = {}
    for person in seen.values_list("user_id", flat=True):
        handed[person] = handed.get(person, 0) + 1
    for line in result.people:
        line.photos = photos.get(line.pk, (0, 0))
        line.set_aside = kept["set_aside"].get(line.pk, 0)
        line.conflicts = kept["conflicts"].get(line.pk, 0)
        line.reports = handed.get(line.pk, 0)


def _add_asked(result: Board, findings: dict[str, list[Finding]], shops: dict[int, str]) -> None:
    rows = []
    for line in result.people:
        for one in line.against.visits:
            own = findings.get(str(one.key))
            if own:
                line.exceptions += 1
                rows.append((own[0].check, -len(own), one, line, own))
    rows.sort(key=lambda row: (row[0], row[1], row[2].started, str(row[2].key)))
    result.asked_more = max(0, len(rows) - MOST_EXCEPTIONS)
    result.asked = [
        Asked(
            visit=one,
            shop=shops.get(one.customer, "—"),
            person=line.name,
            words=[finding_words(finding, result.limits) for finding in own],
            grave=bool(GRAVE & {finding.check for finding in own}),
        )
        for _check, _number_, one, line, own in rows[:MOST_EXCEPTIONS]
    ]


def _add_unvisited(result: Board, shops: dict[int, str]) -> None:
    pairs = [
        (day, line, customer) for line in result.people for customer, day in line.against.unvisited
    ]
    said = whys({customer for _day, _line, customer in pairs}, result.period.start,
                result.period.end) if pairs else {}  # fmt: skip
    rows = []
    for day, line, customer in sorted(pairs, key=lambda row: (row[0], row[1].name, row[2])):
        why = reason_of((customer, day), said, line.against.visits)
        line.without_reason += not why
        rows.append(NotVisited(shops.get(customer, "—"), line.name, day, str(WHYS.get(why, ""))))
    # Without a reason first: those are to be asked about.
    rows.sort(key=lambda row: bool(row.why))
    result.unvisited, result.unvisited_more = rows[:100], max(0, len(rows) - 100)


def add_overdue(result: Board, customers, *, user, today: date) -> None:
    """Promises and questions whose day is over, of the shops in one's scope; open care; reports
    that one has not read."""
    open_ = Q(due_on__lt=today, customer__in=customers)
    rows = []
    for what, model, still in (
        (_("promise"), Promise, Q(kept_on__isnull=True)),
        (_("question"), Question, Q(answered_on__isnull=True)),
    ):
        late = model.objects.filter(open_ & still)
        result.overdue_all += late.count()
        for row in late.select_related("by").order_by("due_on", "pk")[:MOST_OVERDUE]:
            rows.append((row.due_on, what, row))
    rows.sort(key=lambda row: (row[0], row[1], row[2].pk))
    names = names_of({row.customer_id for _due, _what, row in rows}, today)
    result.overdue = [
        Overdue(what, names.get(row.customer_id, "—"), row.text, due, str(row.by))
        for due, what, row in rows[:MOST_OVERDUE]
    ]
    result.care_open = Care.objects.filter(customer__in=customers, done_on__isnull=True).count()
    result.unread = list(
        reports_seen_by(user, on=today)
        .exclude(user=user)
        .exclude(reads__user=user)
        .select_related("user")
        .order_by("-first_day", "kind", "pk")[:MOST_OVERDUE]
    )
