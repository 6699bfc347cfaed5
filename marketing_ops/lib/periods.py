"""Delivery cycles, windows, weeks and months.

Pure: days are `datetime.date`, weekdays are 1 = Monday to 7 = Sunday, and a period names its
first and its last day (both inside). Source: docs/algorithms/periods.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WINDOW_DAYS = 91  # three months: a long holiday always lies inside
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A run of days from `start` to `end`, both inside."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Schedule:
    """The delivery weekdays that hold from `start` until the day before `end` (None = open)."""

    start: date
    end: date | None
    weekdays: tuple[int, ...]


Calendar = tuple[Schedule, ...]


def make_calendar(entries: Iterable[tuple[date, date | None, Iterable[int]]]) -> Calendar:
    """The dated delivery calendar of one shop from (start, end or None, weekdays) entries.

    Equal calendars compare and hash equal however the entries were ordered. Raises ValueError for
    a weekday outside 1 to 7, an entry that ends before it starts, and overlapping entries.
    """
    schedules = sorted(
        (
            Schedule(start, end, tuple(sorted(set(map(int, weekdays)))))
            for start, end, weekdays in entries
        ),
        key=lambda schedule: schedule.start,
    )
    for schedule in schedules:
        if any(weekday not in range(1, 8) for weekday in schedule.weekdays):
            raise ValueError(f"Weekdays {schedule.weekdays}: use 1 (Monday) to 7 (Sunday)")
        if schedule.end is not None and schedule.end <= schedule.start:
            raise ValueError(f"The calendar from {schedule.start} ends on or before its start")
    for earlier, later in pairwise(schedules):
        if earlier.end is None or earlier.end > later.start:
            raise ValueError(
                f"The calendar from {earlier.start} still holds on {later.start}: "
                "end it before the next one starts"
            )
    return tuple(schedules)


def delivery_days(calendar: Calendar, first: date, last: date) -> list[date]:
    """The planned delivery days from `first` to `last`, both included, in order.

    A holiday that moves or cancels a delivery is not in the calendar on purpose: it does not move
    the boundary of a cycle.
    """
    days = []
    for schedule in calendar:
        start = max(first, schedule.start)
        stop = last + DAY if schedule.end is None else min(last + DAY, schedule.end)
        if start >= stop or not schedule.weekdays:
            continue
        for offset in range((stop - start).days):
            day = start + offset * DAY
            if day.isoweekday() in schedule.weekdays:
                days.append(day)
    return days


def cycles(calendar: Calendar, *, first_ledger_day: date, until: date) -> list[Period]:
    """The delivery cycles that are over on `until`, oldest first.

    A cycle runs from a planned delivery day up to the day before the next one; so a changed
    weekday ends the running cycle the day before the first new delivery day. A cycle that begins
    before the shop's first ledger day is not counted.
    """
    starts = delivery_days(calendar, first_ledger_day, until + DAY)
    return [Period(start, after - DAY) for start, after in pairwise(starts)]


def window(calendar: Calendar, *, first_ledger_day: date | None, as_of: date) -> tuple[Period, ...]:
    """The complete cycles of the window as of `as_of`, oldest first; the last is the latest cycle.

    The latest cycle is the last one whose last day is `as_of` or earlier; the window holds the
    complete cycles that start in the 91 days that end with the latest cycle's last day. Empty
    where there is no complete cycle yet (`first_ledger_day` None: no ledger at all).
    """
    if first_ledger_day is None:
        return ()
    # Two windows back is enough for every weekly calendar; only a calendar with a long gap needs
    # the whole history to find its latest cycle.
    since = max(first_ledger_day, as_of - 2 * WINDOW_DAYS * DAY)
    found = cycles(calendar, first_ledger_day=since, until=as_of)
    if since > first_ledger_day and (not found or _earliest_start(found[-1]) < since):
        found = cycles(calendar, first_ledger_day=first_ledger_day, until=as_of)
    if not found:
        return ()
    earliest = _earliest_start(found[-1])
    return tuple(cycle for cycle in found if cycle.start >= earliest)


def _earliest_start(latest: Period) -> date:
    return latest.end - (WINDOW_DAYS - 1) * DAY


def next_delivery(calendar: Calendar, after: date, *, within: int = 366) -> date | None:
    """The first planned delivery day later than `after`, None where none is planned for a year."""
    for span in (14, within):
        days = delivery_days(calendar, after + DAY, after + span * DAY)
        if days:
            return days[0]
    return None


def week(day: date) -> Period:
    """The week, Monday to Sunday, in which `day` lies."""
    monday = day - (day.isoweekday() - 1) * DAY
    return Period(monday, monday + 6 * DAY)


def month(day: date) -> Period:
    """The calendar month in which `day` lies."""
    first = day.replace(day=1)
    return Period(first, (first + 32 * DAY).replace(day=1) - DAY)


def last_complete_week(as_of: date) -> Period:
    """The last week whose Sunday is `as_of` or earlier."""
    return week(as_of - (as_of.isoweekday() % 7) * DAY)


def last_complete_month(as_of: date) -> Period:
    """The last calendar month whose last day is `as_of` or earlier."""
    current = month(as_of)
    return current if current.end == as_of else month(current.start - DAY)


def is_month_end(day: date) -> bool:
    return month(day).end == day


def lengths(periods: Sequence[Period]) -> list[int]:
    """Days of each period."""
    return [period.days for period in periods]
