"""The map of the overview: the person's shops by stock-out segment of the period, as JSON."""

import json
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from inventory.indicators.span_reads import Sums, sums_of
from marketing_ops.home import writing
from marketing_ops.home.master import master_version
from marketing_ops.home.overview import words
from marketing_ops.home.overview.asked import Asked, read_asked
from marketing_ops.home.overview.figures import NO_SEGMENT, SEGMENT_CODES, per_shop
from marketing_ops.home.overview.kept import Kept
from marketing_ops.home.shops import with_what_holds

MAPS_KEPT = 16  # of 5,000 shops each has half a megabyte
PLACES = 5  # decimals of a degree: a metre
_maps = Kept(MAPS_KEPT)


@require_safe
@requires(Action.SEE_FIGURES)
def overview_map(request: HttpRequest) -> HttpResponse:
    asked = read_asked(request)
    if asked is None:
        body = json.dumps({"groups": [], "areas": [], "shops": []}).encode()
    else:
        # Names and places are those of today, and words the reader's.
        key = asked.key, request.today, get_language(), master_version(request)
        body = _maps.get(key, lambda: _written(request, asked))
    response = HttpResponse(body, content_type="application/json")
    response["Cache-Control"] = "private, no-cache"
    return response


def _written(request, asked: Asked) -> bytes:
    found = per_shop(asked)
    segments = found.segments(asked.bounds).tolist()
    departments = {pk: place for place, pk in enumerate(asked.names.departments)}
    areas = [departments.get(pk, -1) for pk in found.shops.by["department"].tolist()]
    figures = zip(segments, areas, sums_of(found.values), strict=True)
    told = dict(zip(found.shops.customer.tolist(), figures, strict=True))
    prefix = reverse("shops")
    rows = with_what_holds(request.customers, request.today).values_list(
        "pk", "now__latitude", "now__longitude", "now__name", "licence__number"
    )
    shops = []
    for pk, latitude, longitude, name, licence in rows:
        if pk not in told or latitude is None or longitude is None:
            continue
        segment, area, sums = told[pk]
        address = f"{prefix}{quote(licence, safe='')}/" if licence else ""
        place = round(latitude, PLACES), round(longitude, PLACES)
        shops.append([*place, segment, area, name or licence or "", address, _words(sums)])
    data = {
        "groups": groups(),
        "areas": list(asked.names.departments.values()),
        "shops": shops,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def groups() -> list[dict]:
    """The segments with their marks; the worst first, as the map wants them."""
    names = {
        "A": _("A: always out of stock"),
        "B": _("B: often"),
        "C": _("C: now and then"),
        "D": _("D: rarely"),
        "E": _("E: never"),
        NO_SEGMENT: _("no data"),
    }
    shapes = {"A": "square", "B": "triangle", "C": "diamond", "D": "circle", "E": "circle"}
    tones = {"A": "bad", "B": "warn", "C": "info", "D": "quiet", "E": "good"}
    return [
        {
            "name": names[code],
            "letter": "" if code == NO_SEGMENT else code,
            "tone": tones.get(code, "quiet"),
            "shape": shapes.get(code, "ring"),
        }
        for code in SEGMENT_CODES
    ]


def _words(sums: Sums) -> str:
    if not sums.observed_days:
        return words.reason(sums)
    return " · ".join(
        (
            words.counted(sums.stockout_days, sums.observed_days),
            _("satisfaction %(rate)s") % {"rate": writing.share(sums.satisfaction)},
            writing.in_days(sums.ratio_days),
        )
    )
