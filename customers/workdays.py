"""The work calendar: its exceptions, and what the state has announced of them.

The rule is the weekday; what is stored is only where it does not hold (WorkDay). The announced
holidays and the days moved for them come from the package chinese-calendar, a year at a time.
"""

from datetime import date

import chinese_calendar
from django.db import transaction

from customers.models import WorkDay
from marketing_ops.audit import services as audit

_CHINESE = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


def exceptions(first: date, last: date) -> dict[date, bool]:
    """What lib/workdays.py needs of the days from `first` to `last`, in one query."""
    rows = WorkDay.objects.filter(day__range=(first, last))
    return dict(rows.values_list("day", "is_workday"))


def announced_years() -> range:
    years = [day.year for day in chinese_calendar.holidays]
    return range(min(years), max(years) + 1)


def announced(year: int) -> list[tuple[date, bool, str]]:
    """(day, is it worked, name) where the year differs from the weekdays. ValueError: not known."""
    if year not in announced_years():
        raise ValueError(f"The holidays of {year} are not known here: enter them one by one")
    days = {day: (False, name) for day, name in chinese_calendar.holidays.items()}
    days |= {day: (True, name) for day, name in chinese_calendar.workdays.items()}
    return [
        (day, works, _CHINESE[name])
        for day, (works, name) in sorted(days.items())
        if day.year == year and works != (day.isoweekday() <= 5)
    ]


@transaction.atomic
def take_over(*, year: int, by: str, why: str = "") -> int:
    """Enter the announced exceptions of a year; days that somebody entered stay. How many new."""
    of_year = WorkDay.objects.filter(day__year=year)
    before = of_year.count()
    WorkDay.objects.bulk_create(
        (WorkDay(day=day, is_workday=works, name=name) for day, works, name in announced(year)),
        ignore_conflicts=True,
    )
    new = of_year.count() - before
    audit.record(
        by=by, action="work calendar taken over", subject=f"work calendar {year}", why=why, new=new
    )
    return new
