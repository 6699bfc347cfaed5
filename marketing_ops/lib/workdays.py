"""Which days are worked: Monday to Friday, but for the exceptions that a calendar names.

Pure: days are `datetime.date`, and `exceptions` says of single days whether they are worked (a
holiday on a weekday: False; a Sunday worked in its stead: True).
"""

from collections.abc import Mapping
from datetime import date, timedelta

DAY = timedelta(days=1)
# No calendar is so full of holidays; a longer search means that the exceptions are wrong.
LONGEST_REST = 60  # days

Exceptions = Mapping[date, bool]


def is_workday(day: date, exceptions: Exceptions) -> bool:
    return exceptions.get(day, day.isoweekday() <= 5)


def workdays(first: date, last: date, exceptions: Exceptions) -> list[date]:
    """The days from `first` to `last`, both included, that are worked, in order."""
    days = (first + offset * DAY for offset in range((last - first).days + 1))
    return [day for day in days if is_workday(day, exceptions)]


def on_or_after(day: date, exceptions: Exceptions) -> date:
    """`day` where it is worked, else the next day that is. Raises ValueError after 60 days."""
    return _search(day, DAY, exceptions)


def on_or_before(day: date, exceptions: Exceptions) -> date:
    """`day` where it is worked, else the last day before that was. ValueError as above."""
    return _search(day, -DAY, exceptions)


def first_of_month(day: date, exceptions: Exceptions) -> date:
    """The first day worked in the month of `day`."""
    return on_or_after(day.replace(day=1), exceptions)


def last_of_month(day: date, exceptions: Exceptions) -> date:
    """The last day worked in the month of `day`."""
    after = (day.replace(day=1) + 32 * DAY).replace(day=1)
    return on_or_before(after - DAY, exceptions)


def _search(day: date, step: timedelta, exceptions: Exceptions) -> date:
    for offset in range(LONGEST_REST):
        if is_workday(day + offset * step, exceptions):
            return day + offset * step
    raise ValueError(
        f"No working day within {LONGEST_REST} days of {day}: look at the work calendar"
    )
