"""Tomorrow's customers: those planned, or else those that order, with their last week and month.

How far each has come with its agreed total is not told: no agreed total is kept yet.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers import workdays as calendar
from customers.gate import requires
from customers.models import DeliveryCalendar
from customers.scope import Action
from customers.visits.models import Promise
from customers.visits.pages.asked import day_of
from customers.visits.plan_queries import planned_on
from inventory.indicators.models import ResultSet, Span
from inventory.indicators.span_reads import Sums, known_spans, read_span, sums_of
from marketing_ops.home.shops import Shop, read_shops
from marketing_ops.home.standing import standing
from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY, Period

NOTHING = Sums()


@dataclass(frozen=True)
class Line:
    shop: Shop
    why: str
    week: Sums
    month: Sums
    promises: int


@require_safe
@requires(Action.MAKE_VISITS)
def tomorrow(request: HttpRequest) -> HttpResponse:
    """Of `?day=`, else the next working day."""
    if request.GET.get("day"):
        day = day_of(request.GET["day"])
    else:
        after = request.today + DAY
        day = workdays.on_or_after(after, calendar.exceptions(after, after + 60 * DAY))
    planned = planned_on(request.user, day)
    own = request.customers
    if planned:
        chosen = own.filter(pk__in=list(planned))
    else:
        orders = DeliveryCalendar.objects.on(day).filter(
            order_weekdays__contains=[day.isoweekday()]
        )
        chosen = own.filter(pk__in=orders.values("customer_id"))
    results = standing(request).results
    shops = read_shops(chosen, day=day, deliveries_after=results.as_of if results else day)
    spans = {kind: _last(results, kind) for kind in Span} if results else {}
    sums = {kind: _sums(results, kind, span, list(shops)) for kind, span in spans.items() if span}
    open_ = Promise.objects.filter(customer__in=list(shops), kept_on__isnull=True)
    promises: dict[int, int] = {}
    for customer in open_.values_list("customer_id", flat=True):
        promises[customer] = promises.get(customer, 0) + 1
    order = list(planned) if planned else sorted(shops, key=lambda pk: shops[pk].licence)
    lines = [
        Line(
            shop=shops[pk],
            why=planned[pk].why if planned else "",
            week=sums.get(Span.WEEK, {}).get(pk, NOTHING),
            month=sums.get(Span.MONTH, {}).get(pk, NOTHING),
            promises=promises.get(pk, 0),
        )
        for pk in order
        if pk in shops
    ]
    context = {
        "day": day,
        "planned": bool(planned),
        "lines": lines,
        "week": spans.get(Span.WEEK),
        "month": spans.get(Span.MONTH),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
    }
    return render(request, "visits/tomorrow.html", context)


def _last(results: ResultSet, kind: Span) -> Period | None:
    """The last week or month of which there are sums; it may still be running."""
    known = known_spans(results).get(kind)
    return kind.around(known.end) if known else None


def _sums(results: ResultSet, kind: Span, span: Period, shops: list[int]) -> dict[int, Sums]:
    arrays = read_span(results, kind, span.start)
    at = np.flatnonzero(np.isin(arrays.shops.customer, np.array(shops, np.int64)))
    found = arrays.per_shop()[:, at]
    return dict(zip(arrays.shops.customer[at].tolist(), sums_of(found), strict=True))
