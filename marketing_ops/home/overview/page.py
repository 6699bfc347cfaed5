"""The overview of supervisors and of the district: `/overview/`."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from inventory.indicators.models import Span
from marketing_ops.home import writing
from marketing_ops.home.master import master_version
from marketing_ops.home.overview import period, words
from marketing_ops.home.overview.asked import Asked, read_asked
from marketing_ops.home.overview.figures import Overview
from marketing_ops.home.overview.figures import overview as told
from marketing_ops.home.overview.kept import Kept
from marketing_ops.home.shops import read_shops
from marketing_ops.home.standing import standing

PAGES_KEPT = 128  # of 50 kB each
_written = Kept(PAGES_KEPT)


@require_safe
@requires(Action.SEE_FIGURES)
def overview(request: HttpRequest) -> HttpResponse:
    asked = read_asked(request)
    if asked is None or not len(asked.scope):
        context = {"has_shops": request.customers.exists(), "has_night": standing(request).results}
        return render(request, "home/overview/overview.html", context)
    found = told(asked)
    context = {**frame(asked), "found": found, "figures": _figures(request, asked, found)}
    return render(request, "home/overview/overview.html", context)


def _figures(request, asked: Asked, found: Overview) -> SafeString:
    """All of the page that follows from the question, written once for each language and day."""
    names = tuple(asked.names.departments.items()), tuple(asked.names.managers.items())
    key = asked.key, names, get_language(), request.today, master_version(request)

    def write() -> SafeString:
        context = {
            "found": found,
            "tiles": words.tiles(asked, found),
            "segments": words.segments(asked, found),
            "histograms": words.histograms(asked, found),
            "tables": words.tables(asked, found),
            "charts": words.charts(found),
            "periods": [
                {
                    "address": asked.address_of(one),
                    "label": one.code,
                    "here": one == asked.calendar,
                }
                for one, _sums in found.trend
            ],
            "worst": _worst(request, asked, found),
            "map_address": _address("overview-map", asked),
            "list_address": _address("overview-shops", asked),
            "products_address": _address("overview-products", asked),
        }
        return render_to_string("home/overview/_figures.html", context)

    return _written.get(key, write)


def _address(name: str, asked: Asked) -> str:
    return reverse(name) + asked.address()


def frame(asked: Asked) -> dict:
    """What every page of the overview shows: the period, the ways to others, and the filters."""
    calendar, known = asked.calendar, asked.known
    beside = {}
    for name, steps in (("earlier", -1), ("later", 1)):
        other = calendar.moved(steps)
        if period.is_known(other, known):
            beside[name] = {"address": asked.address_of(other), "label": other.label}
    kinds = [
        {
            "label": kind.label,
            "here": kind is calendar.kind,
            "address": asked.address_of(other),
        }
        for kind in Span
        if (other := period.same_time(calendar, kind, known)) is not None
    ]
    return {
        "asked": asked,
        "filters": asked.filters,
        "form": asked.form,
        "calendar": calendar,
        "is_over": calendar.is_over(asked.results.as_of),
        "until": asked.results.as_of,
        "beside": beside,
        "kinds": kinds,
        "choices": period.all_known(calendar.kind, known),
        "narrowed": [
            (field.label, field.field.labels[asked.filters[field.name]])
            for field in asked.form
            if field.name in asked.filters
        ],
    }


def _worst(request, asked: Asked, found: Overview) -> list[dict]:
    shops = read_shops(
        request.customers.filter(pk__in=[pk for pk, _sums in found.worst]),
        day=request.today,
        deliveries_after=asked.results.as_of,
    )
    return [
        {
            "shop": shops[pk],
            "sums": sums,
            "reason": words.reason(sums),
            "few": sums.observed_days < words.FEW_DAYS,
            "cartons": words.carton_count(sums.cartons),
            "ratio": writing.in_days(sums.ratio_days),
        }
        for pk, sums in found.worst
        if pk in shops and sums.stockout_days
    ]
