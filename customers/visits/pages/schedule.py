"""The day's schedule: the planned shops in the order of the way, on the map, and an honest word on
whether the day is enough."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import workdays as calendar
from customers.gate import requires
from customers.scope import Action, routes_of
from customers.visits import plan_words as words
from customers.visits.pages.asked import day_of
from customers.visits.plan_queries import Schedule, bag_of, meetings_for, own_routes, schedule_on
from marketing_ops.lib import workdays


@require_safe
@requires(Action.SEE_VISITS)
def schedule(request: HttpRequest) -> HttpResponse:
    """One's own, or (`?route=`) that of a route which one leads."""
    day = day_of(request.GET["day"]) if request.GET.get("day") else request.today
    routes = list(
        routes_of(request.user, on=request.today)
        .select_related("department")
        .order_by("department__name", "name", "pk")
    )
    mine = own_routes(request.user, day)
    asked = request.GET.get("route", "")
    chosen = next((route for route in routes if str(route.pk) == asked), None)
    if chosen is None and not mine and routes:
        chosen = routes[0]
    shown = schedule_on([chosen.pk] if chosen else mine, day)
    context = {
        "day": day,
        "today": request.today,
        "routes": routes if len(routes) > 1 else [],
        "chosen": chosen,
        "mine": bool(mine),
        "schedule": shown,
        "map": _map(shown, request) if shown.lines else None,
        "way": words.duration(shown.table.way_minutes),
        "next_workday": _next_workday(day),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "times": shown.rules.times,
    }
    if mine and chosen is None:
        bag = bag_of(request.user, day)
        context |= {
            "meetings": meetings_for(request.user, day),
            "bag": bag,
            "bag_in": sum(line.checked for line in bag),
        }
    return render(request, "plan/schedule.html", context)


def _next_workday(day: date) -> date:
    """The day itself where it is worked."""
    exceptions = calendar.exceptions(day, day + timedelta(days=workdays.LONGEST_REST))
    return workdays.on_or_after(day, exceptions)


def _map(shown: Schedule, request: HttpRequest) -> dict:
    """For the kit's map: the stops numbered in their order, joined by the way."""
    own = set(request.customers.values_list("pk", flat=True)) if shown.lines else set()
    fits = {"name": _("fits into the day"), "tone": "good", "shape": "circle"}
    late = {"name": _("too many for the day"), "tone": "bad", "shape": "square"}
    return {
        "groups": [fits, late] if any(line.late for line in shown.lines) else [fits],
        "areas": [],
        "way": True,
        "shops": [
            [
                line.latitude,
                line.longitude,
                int(line.late),
                -1,
                f"{line.position}. {line.name}",
                reverse("shop", args=[line.licence])
                if line.licence and line.customer in own
                else "",
                f"{line.begins} {line.address}",
                str(line.position),
            ]
            for line in shown.lines
            if line.latitude is not None and line.longitude is not None
        ],
    }
