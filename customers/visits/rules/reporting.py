"""Which reports there are, over which days they go, and when they are due. Pure.

Daily: the same day. Weekly: the Monday after (or the next workday). Monthly and the 135 page: the
first workday of the next month.
"""

from datetime import date, timedelta

from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY, Period, month, week

KINDS = ("day", "week", "month", "cycle")
# The ten items of the daily report; weekly and monthly summaries have the same.
ITEMS = (
    "planned", "visited", "unvisited", "stock", "key_stock", "speed", "key_brands", "problems",
    "complaints", "gains",
)  # fmt: skip
# Only these need words.
JUDGED = frozenset({"problems", "gains"})
# The five steps of the 135 method.
STEPS = ("analyse", "plan", "carry_out", "evaluate", "improve")
MOST_WORDS = 4000


def items_of(kind: str) -> tuple[str, ...]:
    return STEPS if kind == "cycle" else ITEMS


def period_of(kind: str, day: date) -> Period:
    """The days of the report in which `day` lies. KeyError: no such kind."""
    return {"day": lambda one: Period(one, one), "week": week, "month": month, "cycle": month}[
        kind
    ](day)


def due_on(kind: str, day: date, exceptions: workdays.Exceptions) -> date:
    """The day on which the report over the period of `day` is to be handed in."""
    end = period_of(kind, day).end
    return end if kind == "day" else workdays.on_or_after(end + DAY, exceptions)


def due_then(day: date, exceptions: workdays.Exceptions) -> list[tuple[str, Period]]:
    """What falls due on a working day: its own report, and the summaries of what is over."""
    if not workdays.is_workday(day, exceptions):
        return []
    found = [("day", period_of("day", day))]
    for kind, before in (
        ("week", week(day).start - DAY),
        ("month", month(day).start - DAY),
        ("cycle", month(day).start - DAY),
    ):
        if due_on(kind, before, exceptions) == day:
            found.append((kind, period_of(kind, before)))
    return found


def look_around(day: date) -> tuple[date, date]:
    """The days of which the exceptions of the calendar are needed around a day."""
    return day - timedelta(days=70), day + timedelta(days=2 * workdays.LONGEST_REST)
