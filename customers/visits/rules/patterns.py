"""What a plan is put together from: evenly spaced sets of days, and which shops lie together."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from customers.visits.rules.travel import metres

NEIGHBOURS = 12  # so many around a shop count as near


def neighbours(places: Sequence[tuple[float | None, float | None]]) -> np.ndarray:
    """near[n, m] = 1 where m is one of the NEIGHBOURS nearest of n, or n of m's. `places` are
    latitudes and longitudes; a shop without one is near none."""
    near = np.zeros((len(places), len(places)), np.int64)
    placed = [n for n, (lat, lon) in enumerate(places) if lat is not None and lon is not None]
    if len(placed) < 2:
        return near
    distance = metres(*zip(*(places[n] for n in placed), strict=True))
    np.fill_diagonal(distance, np.iinfo(np.int64).max)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(placed) - 1)]
    index = np.array(placed)
    near[index[:, None], index[nearest]] = 1
    return near | near.T


def patterns(open_: range, visits: int, fixed: np.ndarray, days: list[date]) -> np.ndarray:
    """Sets of `visits` places [P, visits] to choose from, fixed ones among them: evenly spaced from
    every half day on, and the same weekday of every week or of every so many weeks."""
    count = len(open_)
    found: dict[tuple[int, ...], None] = {}

    def offer(places):
        whole = _with_fixed(sorted(places), fixed, open_)
        if whole is not None and len(whole) == visits:
            found.setdefault(whole)

    shift = 0
    while visits and shift * visits < 2 * count:
        places = [(shift * visits + 2 * k * count) // (2 * visits) for k in range(visits)]
        if places[-1] < count:
            offer(open_[place] for place in places)
        shift += 1
    for weekday in range(1, 8):
        same = [place for place in open_ if days[place].isoweekday() == weekday]
        for late in range(2):
            chosen = [(2 * k + 1 + late) * len(same) // (2 * visits) for k in range(visits)]
            if visits and len(set(chosen)) == visits and chosen[-1] < len(same):
                offer(same[k] for k in chosen)
    if not found:
        rest = [place for place in open_ if place not in fixed]
        whole = sorted([*fixed.tolist(), *rest[: max(0, visits - len(fixed))]])[:visits]
        found[tuple(whole)] = None
    return np.array(list(found), np.int64).reshape(len(found), -1)


def _with_fixed(places: list[int], fixed: np.ndarray, open_: range) -> tuple[int, ...] | None:
    """The places with the nearest ones moved to those that are fixed; None: there are too few."""
    rest = list(places)
    for one in fixed.tolist():
        if not rest:
            return None
        rest.remove(min(rest, key=lambda place: (abs(place - one), place)))
    whole = {*rest, *fixed.tolist()}
    return tuple(sorted(whole)) if len(whole) == len(places) else None
