"""A month's visits put on its working days: docs/algorithms/visit-plan.md.

Every shop has a set of days; its cost says how well they suit. First each shop takes the cheapest
of its evenly spaced patterns, then all are gone through again, then single visits move from the
fullest days to the emptiest until the days are about equal. Whole numbers all through, so that
equal input gives an equal plan, whatever its order and wherever it runs.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from customers.visits.rules.frequency import Often, Reason
from customers.visits.rules.patterns import NEIGHBOURS, neighbours, patterns
from customers.visits.rules.ruleset import Balance, Standard

# Points. What weighs most: an open task that waits, the first days for who comes first, even
# spacing (per working day², so a visit two days off its place costs 4 × SPACING), the same day as
# the shops around (of NEIGHBOURS all: 0), the day before the order day, days of equal size.
LATE_TASK, NOT_FIRST, CROWDS_FIRST = 1000, 1000, 6
SPACING, ALONE, NOT_BEFORE_ORDER, LONG_BEFORE_ORDER, CROWDED = 8, 120, 12, 5, 10
TOO_CLOSE = 80  # two visits nearer than half of what even spacing would be
SPREAD_PERCENT = 15
ROUNDS = 4  # of going through all shops again


@dataclass(frozen=True, slots=True)
class Need:
    """A shop that wants `often.visits` visits.

    `first_day` to `last_day`: when it can be visited (None: the whole month). `fixed`: days on
    which a person put it, and which stay. `due`: the earliest open task. `comes_first`: large or
    volatile. `rank`: where the month has not room for all, the lowest lose a visit first.
    """

    customer: int
    often: Often
    town: bool = True
    latitude: float | None = None
    longitude: float | None = None
    order_weekdays: tuple[int, ...] = ()
    comes_first: bool = False
    due: date | None = None
    last_visit: date | None = None
    first_day: date | None = None
    last_day: date | None = None
    fixed: tuple[date, ...] = ()
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    customer: int
    day: date
    why: tuple[Reason, ...]
    fixed: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """The visits, sorted by day and customer; and what each shop gets: (customer, wanted, planned,
    reasons), sorted by customer. A shop with fewer than wanted has the reason for it there."""

    visits: tuple[Placed, ...]
    shops: tuple[tuple[int, int, int, tuple[Reason, ...]], ...]


def spread(
    needs: Iterable[Need], days: Sequence[date], *, rules: Balance, standard: Standard
) -> Spread:
    """Put the visits of all `needs` on `days` (the month's working days from the first to plan).

    No shop twice a day, no day above `rules.most_percent` of the standard but by fixed visits, and
    any two days differ by no more than `may_differ` where shops can be visited all month and
    nothing is fixed.
    """
    shops = sorted(needs, key=lambda need: need.customer)
    days = sorted(days)
    if not shops or not days:
        return Spread((), tuple(_account(need, 0, ("no-days",)) for need in shops))
    most = _most_a_day(shops, rules, standard)
    wanted, short = _room(shops, days, most)
    month = _Month(shops, days, wanted, rules, most)
    month.place()
    month.better()
    month.level()
    return month.result(short)


def may_differ(visits: int, days: int, rules: Balance) -> int:
    """By how many visits two days may differ: by SPREAD_PERCENT of the mean, rounded up, and never
    by more than the rule says."""
    return max(1, min(rules.spread, -(-SPREAD_PERCENT * visits // (100 * days))))


def _most_a_day(shops: list[Need], rules: Balance, standard: Standard) -> int:
    town = sum(need.town for need in shops)
    return -(-standard.visits(town=town, country=len(shops) - town) * rules.most_percent // 100)


def _account(need: Need, planned: int, *why: Reason):
    return need.customer, need.often.visits, planned, (*need.often.why, *why)


def _open_days(need: Need, days: list[date]) -> range:
    """The places in `days` on which the shop can be visited."""
    first = bisect_left(days, need.first_day) if need.first_day else 0
    last = bisect_right(days, need.last_day) if need.last_day else len(days)
    return range(first, max(first, last))


def _room(shops: list[Need], days: list[date], most: int) -> tuple[list[int], list[Reason | None]]:
    """How many visits each shop gets, and why fewer than it wants.

    Where all together want more than the month holds, the shops of the lowest rank lose one each in
    turn, those with the most visits first; the last visit of a shop goes when only such are left.
    """
    given, short = [], []
    for need in shops:
        room = len(_open_days(need, days))
        given.append(max(min(need.often.visits, room), len(set(need.fixed) & set(days))))
        short.append(("days", room) if room < need.often.visits else None)
    over = sum(given) - most * len(days)
    for least in (1, 0):
        losing = True
        while over > 0 and losing:
            order = sorted(
                range(len(shops)), key=lambda n: (shops[n].rank, -given[n], -shops[n].customer)
            )
            losing = False
            for n in order:
                if over > 0 and given[n] > max(least, len(shops[n].fixed)):
                    given[n] -= 1
                    over -= 1
                    losing = True
                    short[n] = ("room", most * len(days))
    return given, short


class _Month:
    """The plan while it is made: `at[n]` are the places of shop n's days, ascending."""

    def __init__(self, shops, days, wanted, rules: Balance, most: int):
        self.shops, self.days, self.wanted, self.rules, self.most = shops, days, wanted, rules, most
        count = len(days)
        self.size = np.zeros(count, np.int64)
        self.target = -(-sum(wanted) // count)
        self.may_differ = may_differ(sum(wanted), count, rules)
        self.at: list[np.ndarray] = [np.zeros(0, np.int64) for _ in shops]
        self.open = [_open_days(need, days) for need in shops]
        self.fixed = [
            np.array(sorted(days.index(day) for day in set(need.fixed) if day in days), np.int64)
            for need in shops
        ]
        self.near = neighbours([(need.latitude, need.longitude) for need in shops])
        # beside[d, n]: how many of the shops around n are on day d
        self.beside = np.zeros((count, len(shops)), np.int64)
        first = [rules.first_from <= day.day <= rules.first_to for day in days]
        self.first_days = np.array(first)
        self.day_cost = np.array([self._day_cost(need) for need in shops], np.int64)
        self.task_day = [self._task_day(need) for need in shops]
        self.gap_before = [self._gap_before(need) for need in shops]

    def _day_cost(self, need: Need) -> list[int]:
        """What each day costs the shop, whatever the others do."""
        before, long_before = set(), set()
        if need.order_weekdays:
            last = self.days[-1]
            for offset in range((last - self.days[0]).days + 8):
                day = self.days[0] + timedelta(days=offset)
                if day.isoweekday() in need.order_weekdays:
                    place = bisect_left(self.days, day) - 1
                    before.add(place)
                    long_before.add(place - 1)
        costs = []
        for place in range(len(self.days)):
            cost = 0
            if need.order_weekdays and place not in before:
                cost = LONG_BEFORE_ORDER if place in long_before else NOT_BEFORE_ORDER
            if self.first_days[place] and not need.comes_first:
                cost += CROWDS_FIRST
            costs.append(cost)
        return costs

    def _task_day(self, need: Need) -> int | None:
        """The place of the last day on which the first visit is in time for the open task."""
        if need.due is None or need.due > self.days[-1]:
            return None
        return max(0, bisect_right(self.days, need.due) - 1)

    def _gap_before(self, need: Need) -> int | None:
        """Working days between the last visit before these days and the first of them, counted as
        if five of seven were worked."""
        if need.last_visit is None or need.last_visit >= self.days[0]:
            return None
        return max(1, ((self.days[0] - need.last_visit).days * 5 + 3) // 7)

    # Costs

    def own_cost(self, n: int, patterns: np.ndarray) -> np.ndarray:
        """What patterns [P, V] of ascending places cost shop n, whatever the others do."""
        count, visits = len(self.open[n]), patterns.shape[1]
        if not visits:
            return np.zeros(len(patterns), np.int64)
        cost = self.day_cost[n][patterns].sum(axis=1)
        gaps = np.diff(patterns, axis=1)
        if self.gap_before[n] is not None:
            edge = patterns[:, :1] + self.gap_before[n]
            # A shop long unvisited costs no more than one that is due.
            edge = np.where(
                edge * visits > count, np.maximum(patterns[:, :1], count // visits), edge
            )
            gaps = np.hstack([edge, gaps])
        elif visits > 1:
            gaps = np.hstack([patterns[:, :1] + count - patterns[:, -1:], gaps])
        off = gaps * visits - count
        cost += SPACING * (off**2).sum(axis=1) // visits**2
        cost += TOO_CLOSE * (2 * np.diff(patterns, axis=1) * visits < count).sum(axis=1)
        if self.task_day[n] is not None:
            cost += LATE_TASK * np.maximum(0, patterns[:, 0] - self.task_day[n])
        if self.shops[n].comes_first and self.first_days.any():
            cost += NOT_FIRST * ~self.first_days[patterns].any(axis=1)
        return cost

    def cost(self, n: int, patterns: np.ndarray) -> np.ndarray:
        """With what the other shops make of the days; shop n itself is on none of them."""
        around = max(1, int(self.near[n].sum()))
        alone = ALONE * (around - np.minimum(self.beside[:, n], around)) // around
        crowded = CROWDED * np.maximum(0, self.size + 1 - self.target) ** 2
        crowded[self.size >= self.most] += CROWDED * len(self.shops) ** 2
        return self.own_cost(n, patterns) + (alone + crowded)[patterns].sum(axis=1)

    # Placing

    def put(self, n: int, places: np.ndarray, sign: int = 1) -> None:
        self.size[places] += sign
        self.beside[places] += sign * self.near[n]

    def place(self) -> None:
        """Each shop its cheapest pattern: who must be soon or often comes first, then neighbours
        one after the other."""
        self.patterns = [
            patterns(self.open[n], self.wanted[n], self.fixed[n], self.days)
            for n in range(len(self.shops))
        ]
        for n in self._order():
            self.at[n] = self._best(n, self.patterns[n])
            self.put(n, self.at[n])

    def _order(self) -> list[int]:
        by_importance = sorted(
            range(len(self.shops)),
            key=lambda n: (
                not len(self.fixed[n]),
                self.task_day[n] is None,
                not self.shops[n].comes_first,
                -self.wanted[n],
                n,
            ),
        )
        seen, order = set(), []
        for n in by_importance:
            for one in (n, *np.flatnonzero(self.near[n]).tolist()):
                if one not in seen:
                    seen.add(one)
                    order.append(one)
        return order

    def _best(self, n: int, patterns: np.ndarray) -> np.ndarray:
        return patterns[int(np.argmin(self.cost(n, patterns)))]

    def better(self) -> None:
        """Go through all shops again, each with its patterns and with single visits moved."""
        for _round in range(ROUNDS):
            changed = False
            for n in range(len(self.shops)):
                now = self.at[n]
                self.put(n, now, -1)
                tried = np.vstack([now[None], self.patterns[n], self._moves(n)])
                self.at[n] = self._best(n, tried)
                self.put(n, self.at[n])
                changed |= not np.array_equal(now, self.at[n])
            if not changed:
                break

    def _moves(self, n: int) -> np.ndarray:
        """The pattern of shop n with one visit on another day."""
        now = self.at[n]
        free = np.setdiff1d(np.array(self.open[n], np.int64), now)
        movable = np.flatnonzero(~np.isin(now, self.fixed[n]))
        if not len(free) or not len(movable):
            return np.zeros((0, len(now)), np.int64)
        moves = np.repeat(now[None], len(free) * len(movable), axis=0)
        moves[np.arange(len(moves)), np.repeat(movable, len(free))] = np.tile(free, len(movable))
        return np.sort(moves, axis=1)

    def level(self) -> None:
        """Move single visits, the cheapest first, until the days differ by no more than they may.

        A fuller day holds a shop that an emptier one does not, so a move is always found where no
        visit is fixed and all shops are there all month. Each makes the days more equal: it ends.
        """
        while move := self._levelling():
            n, source, aim = move
            self.put(n, self.at[n], -1)
            self.at[n] = _moved(self.at[n], source, aim)
            self.put(n, self.at[n])

    def _levelling(self) -> tuple[int, int, int] | None:
        fullest_first = np.lexsort((np.arange(len(self.size)), -self.size)).tolist()
        for source in fullest_first:
            for aim in reversed(fullest_first):
                difference = self.size[source] - self.size[aim]
                crowded = self.size[source] > self.most > self.size[aim]
                if difference <= self.may_differ and not (crowded and difference > 1):
                    break
                best = None
                for n, places in enumerate(self.at):
                    if source not in places or aim in places or aim not in self.open[n]:
                        continue
                    if source in self.fixed[n]:
                        continue
                    before, after = places[None], _moved(places, source, aim)[None]
                    cost = int(self.own_cost(n, after)[0] - self.own_cost(n, before)[0])
                    cost += ALONE * int(self.beside[source, n] - self.beside[aim, n]) // NEIGHBOURS
                    if best is None or cost < best[0]:
                        best = cost, n
                if best:
                    return best[1], source, aim
        return None

    def result(self, short: list[Reason | None]) -> Spread:
        visits, shops = [], []
        for n, need in enumerate(self.shops):
            for place in self.at[n].tolist():
                visits.append(
                    Placed(
                        need.customer, self.days[place], self._why(n, place), place in self.fixed[n]
                    )
                )
            planned = len(self.at[n])
            why = (short[n],) if planned < need.often.visits and short[n] else ()
            shops.append(_account(need, planned, *why))
        visits.sort(key=lambda visit: (visit.day, visit.customer))
        return Spread(tuple(visits), tuple(shops))

    def _why(self, n: int, place: int) -> tuple[Reason, ...]:
        need, why = self.shops[n], []
        if need.due is not None and place == self.at[n][0]:
            if need.due < self.days[0]:
                why.append(("overdue", need.due.isoformat()))
            elif place <= (len(self.days) if self.task_day[n] is None else self.task_day[n]):
                why.append(("due", need.due.isoformat()))
        if need.comes_first and self.first_days[place]:
            why.append(("first-days", self.rules.first_from, self.rules.first_to))
        after = self.days[place + 1] if place + 1 < len(self.days) else None
        day = self.days[place] + timedelta(days=1)
        while need.order_weekdays and (after is None or day <= after):
            if day.isoweekday() in need.order_weekdays:
                why.append(("before-order", day.isoformat()))
                break
            if after is None and day > self.days[place] + timedelta(days=3):
                break
            day += timedelta(days=1)
        return tuple(why)


def _moved(places: np.ndarray, source: int, aim: int) -> np.ndarray:
    return np.sort(np.where(places == source, aim, places))
