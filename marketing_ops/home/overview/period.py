"""Which week or month the overview is asked for, and the others beside it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from inventory.indicators.models import Span
from marketing_ops.lib.periods import (
    DAY,
    Period,
    last_complete_month,
    last_complete_week,
    month,
    week,
)

TREND = {Span.WEEK: 13, Span.MONTH: 12}
_MONTH, _WEEK = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar week or month, by its first day."""

    kind: Span
    start: date

    @property
    def span(self) -> Period:
        return self.kind.around(self.start)

    @property
    def code(self) -> str:
        """As an address says it: `2024-05` or `2024-W22`."""
        if self.kind is Span.MONTH:
            return f"{self.start:%Y-%m}"
        year, number, _day = self.start.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def question(self) -> dict[str, str]:
        return {self.kind.value: self.code}

    @property
    def label(self) -> str:
        if self.kind is Span.MONTH:
            return formats.date_format(self.start, "YEAR_MONTH_FORMAT")
        year, number, _day = self.start.isocalendar()
        days = {"first": f"{self.start:%m-%d}", "last": f"{self.span.end:%m-%d}"}
        return _("week %(number)s of %(year)s (%(first)s to %(last)s)") % {
            "number": number, "year": year, **days,
        }  # fmt: skip

    def moved(self, steps: int) -> "Calendar":
        """So many weeks or months later (earlier, where negative)."""
        start = self.start
        for _step in range(abs(steps)):
            start = self.kind.around(start - DAY).start if steps < 0 else self.span_end(start) + DAY
        return Calendar(self.kind, start)

    def span_end(self, start: date) -> date:
        return self.kind.around(start).end

    @property
    def year_before(self) -> "Calendar | None":
        """The same month, or week of the same number, a year before."""
        if self.kind is Span.MONTH:
            return Calendar(self.kind, self.start.replace(year=self.start.year - 1))
        year, number, _day = self.start.isocalendar()
        try:
            return Calendar(self.kind, date.fromisocalendar(year - 1, number, 1))
        except ValueError:  # not every year has a 53rd week
            return None

    def is_over(self, as_of: date) -> bool:
        return self.span.end <= as_of


def read(question, known: dict[Span, Period], as_of: date) -> Calendar | None:
    """The period that is asked for, where there are sums of it; else the usual one.

    That is the last complete month, where there are sums of it, else the last complete week, else
    the last period known. None where nothing is known at all.
    """
    for code, pattern, kind in (
        (question.get("month", ""), _MONTH, Span.MONTH),
        (question.get("week", ""), _WEEK, Span.WEEK),
    ):
        found = pattern.fullmatch(code)
        asked = _calendar(kind, *map(int, found.groups())) if found else None
        if asked is not None and is_known(asked, known):
            return asked
    for usual in (
        Calendar(Span.MONTH, last_complete_month(as_of).start),
        Calendar(Span.WEEK, last_complete_week(as_of).start),
    ):
        if is_known(usual, known):
            return usual
    return latest(Span.WEEK, known) or latest(Span.MONTH, known)


def _calendar(kind: Span, year: int, number: int) -> Calendar | None:
    try:
        if kind is Span.MONTH:
            return Calendar(kind, date(year, number, 1))
        return Calendar(kind, date.fromisocalendar(year, number, 1))
    except ValueError:
        return None


def is_known(asked: Calendar | None, known: dict[Span, Period]) -> bool:
    return asked is not None and asked.kind in known and asked.start in known[asked.kind]


def latest(kind: Span, known: dict[Span, Period]) -> Calendar | None:
    return Calendar(kind, known[kind].end) if kind in known else None


def same_time(asked: Calendar, kind: Span, known: dict[Span, Period]) -> Calendar | None:
    """The week (month) in which the asked month (week) ends, or the nearest that is known."""
    if kind not in known:
        return None
    end = asked.span.end
    start = (week(end - timedelta(days=6)) if kind is Span.WEEK else month(end)).start
    return Calendar(kind, max(known[kind].start, min(start, known[kind].end)))


def all_known(kind: Span, known: dict[Span, Period]) -> list[Calendar]:
    """The latest first."""
    found, one = [], latest(kind, known)
    while one is not None and one.start >= known[kind].start:
        found.append(one)
        one = one.moved(-1)
    return found


def trend(asked: Calendar, known: dict[Span, Period]) -> list[Calendar]:
    """The last 13 weeks or 12 months up to the asked one, the oldest first, as far as known."""
    found = [asked.moved(-steps) for steps in range(TREND[asked.kind])]
    return [one for one in reversed(found) if is_known(one, known)]
