"""The way of a day: its order, how long it is, how many visits fit (docs/algorithms/visit-plan.md).

Times are whole seconds or minutes, distances are computed from WGS-84; equal input gives equal
output, whatever its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from customers.visits.rules.ruleset import Standard, Times, Travel

EARTH_METRES = 6_371_000
STARTS_TRIED = 4  # of the nearest neighbour's, the best ones, that 2-opt works on


@dataclass(frozen=True, slots=True)
class Stop:
    """A shop of the day; place None where it is not known. `opens` to `closes`: minutes since
    midnight between which the visit should begin, None: any time."""

    customer: int
    latitude: float | None
    longitude: float | None
    town: bool
    opens: int | None = None
    closes: int | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each visit begins (minutes since midnight, in order), and whether the day is enough.

    `fit` is the number of visits, in order, that are over by the end of the day; `missed` the
    places in the order of those that begin outside their window. Way and end are rounded up to
    whole minutes.
    """

    begins: tuple[int, ...]
    way_minutes: int
    ends_at: int
    fit: int
    missed: tuple[int, ...]
    without_place: int

    @property
    def visits(self) -> int:
        return len(self.begins)

    @property
    def too_many(self) -> int:
        return self.visits - self.fit


def metres(latitude, longitude) -> np.ndarray:
    """Great-circle distances [N, N] in whole metres between places given in degrees."""
    lat, lon = np.radians(np.asarray(latitude, float)), np.radians(np.asarray(longitude, float))
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.rint(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1)))).astype(np.int64)


def way_seconds(stops: Sequence[Stop], travel: Travel) -> np.ndarray:
    """Seconds [N, N] from the door of one shop into the next; 0 from a shop to itself."""
    if not stops:
        return np.zeros((0, 0), np.int64)
    known = np.array([stop.latitude is not None and stop.longitude is not None for stop in stops])
    distance = metres(
        [stop.latitude or 0.0 for stop in stops], [stop.longitude or 0.0 for stop in stops]
    )
    town = np.array([stop.town for stop in stops], dtype=bool)
    kmh = np.where(town[:, None] & town, travel.town_kmh, travel.country_kmh)
    # metres × percent / 100 ÷ (km/h × 1000 / 3600), rounded up
    ride = -(-distance * travel.road_percent * 36 // (kmh * 1000))
    both = known[:, None] & known
    way = np.where(both, ride + 60 * travel.stop_minutes, 60 * travel.unknown_minutes)
    np.fill_diagonal(way, 0)
    return way


def travel_order(
    stops: Sequence[Stop], travel: Travel, *, visit_minutes: int, start: int
) -> list[int]:
    """The customers in the order of the way: nearest neighbour from each shop, the shortest of
    these bettered by 2-opt, then shops with a time window put where they are met in time.

    `start`: when the first visit begins, minutes since midnight. The way is open: it ends where the
    last visit does, and of its two directions it takes that which begins at the lower customer id.
    """
    stops = sorted(stops, key=lambda stop: stop.customer)
    if len(stops) < 2:
        return [stop.customer for stop in stops]
    way = way_seconds(stops, travel)
    tours = sorted(_nearest_neighbour(way, first) for first in range(len(stops)))
    best = min(_two_opt(way, tour) for _length, tour in tours[:STARTS_TRIED])[1]
    if best[0] > best[-1]:
        best.reverse()
    if any(stop.opens is not None or stop.closes is not None for stop in stops):
        best = _in_windows(stops, way, best, 60 * visit_minutes, 60 * start)
    return [stops[place].customer for place in best]


def timetable(
    stops: Sequence[Stop], travel: Travel, *, standard: Standard, times: Times
) -> Timetable:
    """The day of these shops in this order, from the time of the first visit on.

    Who comes before a window opens waits for it. The pause lies in the middle of the order.
    """
    way = way_seconds(stops, travel)
    start, end = 60 * times.minute("first_visit"), 60 * times.minute("end")
    now, total, fit, begins, missed = start, 0, 0, [], []
    for place, stop in enumerate(stops):
        if place:
            leg = int(way[place - 1, place])
            total += leg
            now += leg
            if place == len(stops) // 2:
                now += 60 * times.pause
        if stop.opens is not None:
            now = max(now, 60 * stop.opens)
        if stop.closes is not None and now > 60 * stop.closes:
            missed.append(place)
        begins.append(now // 60)
        now += 60 * standard.minutes
        if now <= end:
            fit = place + 1
    return Timetable(
        begins=tuple(begins),
        way_minutes=-(-total // 60),
        ends_at=-(-now // 60),
        fit=fit,
        missed=tuple(missed),
        without_place=sum(stop.latitude is None or stop.longitude is None for stop in stops),
    )


def _nearest_neighbour(way: np.ndarray, first: int) -> tuple[int, list[int]]:
    tour, length = [first], 0
    open_ = way.astype(float)
    open_[:, first] = np.inf
    while len(tour) < len(way):
        last = tour[-1]
        after = int(np.argmin(open_[last]))
        length += int(way[last, after])
        open_[:, after] = np.inf
        tour.append(after)
    return length, tour


def _two_opt(way: np.ndarray, tour: list[int]) -> tuple[int, list[int]]:
    """The tour after the best exchanges of two legs, until none is better.

    A stop that is no way from anywhere closes the open way to a ring, so that its ends move too.
    """
    count = len(way)
    ring_way = np.zeros((count + 1, count + 1), np.int64)
    ring_way[:count, :count] = way
    ring = np.array([*tour, count])
    while True:
        after = np.roll(ring, -1)
        legs = ring_way[ring, after]
        gain = ring_way[np.ix_(ring, ring)] + ring_way[np.ix_(after, after)] - legs[:, None] - legs
        gain[np.tril_indices(count + 1, 1)] = 0
        best = int(np.argmin(gain))
        if gain.flat[best] >= 0:
            break
        first, last = divmod(best, count + 1)
        ring[first + 1 : last + 1] = ring[first + 1 : last + 1][::-1]
    gap = int(np.flatnonzero(ring == count)[0])
    order = [int(place) for place in np.roll(ring, -gap)[1:]]
    return int(way[order[:-1], order[1:]].sum()), order


def _in_windows(stops, way, tour: list[int], visit: int, start: int) -> list[int]:
    """Move single shops with a window to where least is missed, then where the day ends soonest."""

    def cost(order):
        now, late = start, 0
        for place, one in enumerate(order):
            if place:
                now += int(way[order[place - 1], one])
            stop = stops[one]
            if stop.opens is not None:
                now = max(now, 60 * stop.opens)
            if stop.closes is not None:
                late += max(0, now - 60 * stop.closes)
            now += visit
        return late, now

    best, least = tour, cost(tour)
    turned = tour[::-1]
    if cost(turned) < least:
        best, least = turned, cost(turned)
    windowed = [n for n, s in enumerate(stops) if s.opens is not None or s.closes is not None]
    for _round in range(3):
        before = least
        for one in windowed:
            rest = [other for other in best if other != one]
            for place in range(len(best)):
                tried = [*rest[:place], one, *rest[place:]]
                if cost(tried) < least:
                    best, least = tried, cost(tried)
        if least == before:
            break
    return best
