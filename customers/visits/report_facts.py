"""What the visits say for a report, by its items: codes and values, put into words when read.

Values name visits and shops by their keys; words that somebody said stay with the visit.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from customers.visits.made_queries import (
    Against,
    Made,
    add_standards,
    against_plan,
    made_between,
    plan_ends,
    planned_between,
    routes_held,
    served_by_routes,
    whys,
)
from customers.visits.models import Promise, Visit
from customers.visits.rules import reporting
from customers.visits.services.drafting import rules_on
from marketing_ops.lib.periods import Period

Facts = dict[str, list]
MOST_QUOTES = 40  # of what was said at visits, in one report


@dataclass(frozen=True)
class Scope:
    """Whose report over which days, with what was planned (`against`: up to today; `planned`: in
    all) and made. `shops`: those visited on site, or, where none was, all that are served."""

    user: object
    kind: str
    period: Period
    routes: list
    against: Against
    planned: int
    visits: list[Visit]
    shops: list[int]

    @property
    def keys(self) -> list[str]:
        return [str(visit.pk) for visit in self.visits]


def scope_of(user, kind: str, day: date, *, today: date) -> Scope:
    period = reporting.period_of(kind, day)
    routes = routes_held(user, period.start, period.end)
    numbers = [route.pk for route in routes]
    mine = [
        one for one in planned_between(numbers, period.start, period.end) if one.person == user.pk
    ]
    planned = [one for one in mine if one.day <= plan_ends(period.start, period.end, today)]
    own = Visit.objects.filter(made_by=user, day__range=(period.start, period.end))
    made = made_between(own, period.start, period.end)
    others = Visit.objects.filter(
        customer__in={one.customer for one in planned}, day__range=(period.start, period.end)
    ).exclude(made_by=user)
    by_all = [*made, *made_between(others, period.start, period.end)] if planned else made
    found = against_plan(planned, by_all, until=today)
    against = found.get(user.pk) or Against(user.pk, today)
    add_standards({user.pk: against}, period.start, period.end)
    shops = sorted({one.customer for one in against.on_site})
    return Scope(
        user=user,
        kind=kind,
        period=period,
        routes=routes,
        against=against,
        planned=len(mine),
        visits=list(own.order_by("started_at", "pk")),
        shops=shops or served_by_routes(numbers, period.end),
    )


def facts_of(scope: Scope) -> Facts:
    """The facts of the items that visits and plan know of."""
    found: Facts = {
        "planned": [["planned", {"shops": len(scope.against.planned)}]],
        "visited": _visited(scope),
        "unvisited": list(_unvisited(scope)),
        "problems": list(_problems(scope)),
        "complaints": list(_complaints(scope)),
        "gains": list(_gains(scope)),
        "speed": list(_trend(scope)),
    }
    if scope.kind == "cycle":
        return {
            "plan": [["planned", {"shops": scope.planned}]],
            "carry_out": [*found["visited"], *found["unvisited"]],
        }
    return found


def _visited(scope: Scope) -> list:
    own = scope.against
    facts = [
        ["visited", {"done": len(own.visited), "planned": len(own.planned)}],
        ["on_site", {"shops": own.shops, "standard": own.standard}],
    ]
    if own.unplanned:
        facts.append(["unplanned", {"shops": own.unplanned}])
    if own.by_phone:
        facts.append(["by_phone", {"visits": own.by_phone}])
    if own.median_minutes is not None:
        minutes = rules_on(scope.period.start).rules.standard.minutes
        facts.append(["minutes", {"median": own.median_minutes, "standard": minutes}])
    return facts


def reason_of(pair: tuple[int, date], said, made: list[Made]) -> str:
    """What is known of why a shop was not visited: said, by telephone instead, or nothing (“”)."""
    if pair in said:
        return said[pair].why
    phoned = any((one.customer, one.day) == pair for one in made if not one.on_site)
    return "phoned" if phoned else ""


def _unvisited(scope: Scope) -> Iterator[list]:
    pairs = sorted(scope.against.unvisited, key=lambda pair: (pair[1], pair[0]))
    said = whys({customer for customer, _day in pairs}, scope.period.start, scope.period.end)
    reasons = [(pair, reason_of(pair, said, scope.against.visits)) for pair in pairs]
    if scope.kind == "day":
        for (customer, day), why in reasons:
            yield ["unvisited", {"customer": customer, "day": day.isoformat(), "why": why}]
        return
    for why, number in Counter(why for _pair, why in reasons).most_common():
        yield ["unvisited_why", {"why": why, "shops": number}]


def _answers(scope: Scope, step: str) -> Iterator[tuple[Visit, dict]]:
    for visit in scope.visits:
        answer = visit.answers.get(step)
        if isinstance(answer, dict):
            yield visit, answer


def _trend(scope: Scope) -> Iterator[list]:
    said = Counter(answer.get("trend") for _visit, answer in _answers(scope, "greeting"))
    if any(said[name] for name in ("up", "level", "down")):
        yield ["trend", {name: said[name] for name in ("up", "level", "down")}]


def _problems(scope: Scope) -> Iterator[list]:
    asked = Counter(
        question.get("about") or "other"
        for _visit, answer in _answers(scope, "questions")
        for question in answer.get("asked") or []
    )
    for about, number in asked.most_common():
        yield ["asked", {"about": about, "questions": number}]
    for step, names in (
        ("display", ("whole_cartons", "zero_boxes", "opened_for_packs", "tidy")),
        ("price_tags", ("complete", "match")),
    ):
        for name in names:
            wrong = sum(answer.get(name) == "no" for _visit, answer in _answers(scope, step))
            if wrong:
                looked = sum(name in answer for _visit, answer in _answers(scope, step))
                yield ["not_in_order", {"what": name, "shops": wrong, "looked": looked}]


def _complaints(scope: Scope) -> Iterator[list]:
    displeased = Counter(
        opinion.get("staff")
        for _visit, answer in _answers(scope, "market")
        for opinion in answer.get("opinions") or []
        if opinion.get("opinion") == "dissatisfied"
    )
    for staff, number in displeased.most_common():
        yield ["dissatisfied", {"staff": staff, "shops": number}]
    yield from _quotes(scope, "suggestions")


def _quotes(scope: Scope, name: str) -> Iterator[list]:
    said = [
        visit for visit, answer in _answers(scope, "closing") if (answer.get(name) or "").strip()
    ]
    for visit in said[:MOST_QUOTES]:
        yield ["said", {"visit": str(visit.pk), "customer": visit.customer_id, "what": name}]
    if len(said) > MOST_QUOTES:
        yield ["said_more", {"visits": len(said) - MOST_QUOTES}]


def _gains(scope: Scope) -> Iterator[list]:
    ordered = sum(
        product.get("reaction") == "will_order"
        for _visit, answer in _answers(scope, "introduced")
        for product in answer.get("products") or []
    )
    if ordered:
        yield ["will_order", {"products": ordered}]
    kept = Promise.objects.filter(kept_at_visit__in=scope.visits).count() if scope.visits else 0
    if kept:
        yield ["kept", {"promises": kept}]
    yield from _quotes(scope, "effect")
