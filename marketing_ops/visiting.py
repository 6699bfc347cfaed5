"""The plan of visits and what it is told by the floors above: stock-out segments and swings of
sales. Here both meet, for a figure lies above the shop that it is about."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import structlog
from celery import shared_task
from django.db import connection
from django.utils import timezone

from customers.models import Route
from customers.visits.evidence import Evidence
from customers.visits.models import MonthPlan
from customers.visits.services.drafting import assigned, draft_month, workdays_of
from marketing_ops.home.api import segments_of
from marketing_ops.lib.periods import DAY, month

log = structlog.get_logger(__name__)

# A shop is volatile if its daily sales swing so much from cycle to cycle: the standard deviation
# against the mean, over at least so many cycles of the last weeks.
VOLATILE_FROM = 0.35
LEAST_CYCLES = 6
WEEKS = 13

_SWINGS = """
    SELECT customer_id, stddev_pop(daily) / nullif(avg(daily), 0)
      FROM (SELECT customer_id, cycle_end, sum(sold)::float / nullif(max(observed), 0) AS daily
              FROM indicators_cyclefigure
             WHERE cycle_end > %s AND cycle_end <= %s
             GROUP BY customer_id, cycle_end) AS cycles
     GROUP BY customer_id
    HAVING count(daily) >= %s
"""


def evidence(day: date) -> Mapping[int, Evidence]:
    """What the figures up to `day` say of the shops (settings.VISIT_EVIDENCE)."""
    segments = segments_of(None)
    with connection.cursor() as cursor:
        cursor.execute(_SWINGS, [day - timedelta(weeks=WEEKS), day, LEAST_CYCLES])
        volatile = {pk for pk, swing in cursor.fetchall() if swing and swing >= VOLATILE_FROM}
    return {
        pk: Evidence(segment=segments.get(pk, ""), volatile=pk in volatile)
        for pk in segments.keys() | volatile
    }


def due_months(today: date) -> Iterator[tuple[date, date]]:
    """The months (first days) whose plans should be there, and from which day on they are drafted:
    the running one from today, and from its last working day on the next."""
    running = month(today)
    yield running.start, today
    worked = workdays_of(running.start, running.end)
    if worked and today >= worked[-1]:
        following = running.end + DAY
        yield following, following


def draft_due(*, today: date, by: str) -> int:
    """Draft the plans that are due and not there; how many. Repeats change nothing."""
    told, drafted = None, 0
    for first, from_day in due_months(today):
        there = MonthPlan.objects.filter(month=first).values("route")
        for route in Route.objects.exclude(pk__in=there).order_by("pk"):
            if not assigned(route.pk, from_day, month(first).end):
                continue
            told = evidence(today) if told is None else told
            plan = draft_month(
                route=route, month=first, by=by, today=today, evidence=told, from_day=from_day
            )
            drafted += plan.created
            log.info("visits drafted", route=route.pk, month=str(first), created=plan.created)
    return drafted


@shared_task
def draft_plans_if_due() -> None:
    """Asked by beat every hour; on the last working day of a month the next one is drafted."""
    draft_due(today=timezone.localdate(), by="schedule")
