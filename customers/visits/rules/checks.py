"""Visits that look unlike visits: each rule with its numbers. Pure; values in, findings out.

A finding is no verdict: it says what to ask about. docs/algorithms/visit-checks.md has the rules
with a table that is worked through and run as a test.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import IntEnum

from customers.visits.rules.arrival import WORKING_HOURS


class Check(IntEnum):
    """The gravest first."""

    PHOTO_AGAIN = 1
    FAR = 2
    OVERLAP = 3
    SAME_COUNTS = 4
    SHORT = 5
    HOURS = 6
    CLOCK = 7

    @property
    def code(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Limits:
    """All the numbers of the rules, in one place.

    `minutes`: the standard of the day. `metres`: as far as a shop's known place may be wrong, with
    its street. `accuracy`: taken for a place whose own accuracy is not known (any more). `overlap`:
    seconds by which two visits may overlap, for phones round. `counted`: so many products with the
    same stock are no chance. `same_days`: so far back counts are compared.
    """

    minutes: int = 8
    metres: int = 500
    accuracy: int = 100
    overlap: int = 60
    counted: int = 5
    same_days: int = 28
    hours: tuple[time, time] = WORKING_HOURS


@dataclass(frozen=True)
class Place:
    """Metres from the shop, and how far that may be wrong; None: not known (any more)."""

    metres: int
    accuracy: float | None = None


@dataclass(frozen=True)
class Seen:
    """A visit as the rules see it. Times are local. `photos_again`: days of earlier visits that
    used one of its photos. `counts`: what tells what was counted, "" where it was fewer than
    Limits.counted products or nothing was there."""

    key: str
    person: int
    customer: int
    on_site: bool
    started: datetime
    ended: datetime
    workday: bool = True
    places: tuple[Place, ...] = ()
    clock_seconds: int = 0
    photos_again: int = 0
    counts: str = ""

    @property
    def minutes(self) -> float:
        return (self.ended - self.started).total_seconds() / 60


@dataclass(frozen=True, order=True)
class Finding:
    """`value` is what was found and `limit` what it was held against, in the unit of the rule;
    `other` the key of the visit that it is compared with."""

    check: Check
    value: int = 0
    limit: int = 0
    other: str = ""


def far(seen: Seen, limits: Limits) -> Finding | None:
    """Farther than allowed at check-in and at check-out, each less what its place may be wrong."""
    if not seen.on_site or not seen.places:
        return None
    least = min(
        place.metres - (limits.accuracy if place.accuracy is None else place.accuracy)
        for place in seen.places
    )
    if least <= limits.metres:
        return None
    return Finding(Check.FAR, min(place.metres for place in seen.places), limits.metres)


def short(seen: Seen, limits: Limits) -> Finding | None:
    if not seen.on_site or seen.minutes >= limits.minutes:
        return None
    return Finding(Check.SHORT, int(seen.minutes), limits.minutes)


def outside_hours(seen: Seen, limits: Limits) -> Finding | None:
    """Begun before or ended after the working hours, or on a day that is not worked (limit 1)."""
    first, last = limits.hours
    if not seen.workday:
        return Finding(Check.HOURS, limit=1)
    within = first <= seen.started.time() and seen.ended.time() <= last
    if within and seen.started.date() == seen.ended.date():
        return None
    return Finding(Check.HOURS)


def clock(seen: Seen, _limits: Limits) -> Finding | None:
    if not seen.clock_seconds:
        return None
    return Finding(Check.CLOCK, round(abs(seen.clock_seconds) / 60))


def photo_again(seen: Seen, _limits: Limits) -> Finding | None:
    return Finding(Check.PHOTO_AGAIN, seen.photos_again) if seen.photos_again else None


ALONE = (photo_again, far, short, outside_hours, clock)


def overlaps(visits: Sequence[Seen], limits: Limits) -> Iterable[tuple[str, Finding]]:
    """Visits of one person at two shops at once; both are named. `value`: the common minutes."""
    by_person: dict[int, list[Seen]] = {}
    for seen in visits:
        if seen.on_site:
            by_person.setdefault(seen.person, []).append(seen)
    for own in by_person.values():
        own.sort(key=lambda seen: (seen.started, seen.ended, seen.key))
        for place, one in enumerate(own):
            for two in own[place + 1 :]:
                if two.started >= one.ended:
                    break
                seconds = (min(one.ended, two.ended) - two.started).total_seconds()
                if seconds > limits.overlap:
                    minutes = max(1, int(seconds // 60))
                    yield one.key, Finding(Check.OVERLAP, minutes, 0, two.key)
                    yield two.key, Finding(Check.OVERLAP, minutes, 0, one.key)


def same_counts(
    visits: Sequence[Seen], earlier: Iterable[Seen], limits: Limits
) -> Iterable[tuple[str, Finding]]:
    """The same stock of all products as at an earlier visit of the same person, to whatever shop;
    `value`: how many days before."""
    last: dict[tuple[int, str], Seen] = {}
    wanted = {seen.key for seen in visits}
    everything = {seen.key: seen for seen in (*earlier, *visits)}.values()
    for seen in sorted(everything, key=lambda seen: (seen.started, seen.key)):
        if not seen.counts:
            continue
        before = last.get((seen.person, seen.counts))
        last[seen.person, seen.counts] = seen
        if before is None or seen.key not in wanted:
            continue
        days = (seen.started.date() - before.started.date()).days
        if days <= limits.same_days:
            yield seen.key, Finding(Check.SAME_COUNTS, days, limits.counted, before.key)


def check(
    visits: Sequence[Seen], *, earlier: Iterable[Seen] = (), limits: Limits | None = None
) -> Mapping[str, list[Finding]]:
    """What there is to ask about of each visit, by its key, the gravest first; a visit about which
    there is nothing to ask is not there. `earlier`: visits to compare counts with."""
    limits = limits or Limits()
    found: dict[str, set[Finding]] = {}
    for seen in visits:
        for rule in ALONE:
            if finding := rule(seen, limits):
                found.setdefault(seen.key, set()).add(finding)
    for key, finding in (
        *overlaps(visits, limits),
        *same_counts(visits, earlier, limits),
    ):
        found.setdefault(key, set()).add(finding)
    return {key: sorted(findings) for key, findings in found.items()}
