"""The district's table of shops with their worst products: `/shops/`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.models import Area, Format, RouteAssignment
from customers.scope import Action
from inventory.indicators.models import Figure, ResultSet
from inventory.indicators.rules import Segment
from marketing_ops.home.attention import Attention, attention
from marketing_ops.home.shop_sums import NOTHING, ShopSums, shop_sums, together
from marketing_ops.home.shops import (
    ProductFacts,
    Shop,
    open_shops,
    read_products,
    read_shops,
)
from marketing_ops.home.standing import standing

SHOPS_PER_PAGE = 25
WORST = 3
UNDEFINED = "none"  # the segment of a shop without an observed day

# What the table can be sorted by; each begins with the worst.
SORTS = {
    "stockout": (_("Stock-out rate"), lambda sums: sums.stockout_rate, True),
    "satisfaction": (_("Sales satisfaction"), lambda sums: sums.satisfaction, False),
    "ratio": (_("Stock-to-sales ratio"), lambda sums: sums.ratio_days, True),
}
BY_LICENCE = "licence"


class ShopFilter(forms.Form):
    """What of the table is shown; every field may be left empty, wrong values count as empty."""

    q = forms.CharField(label=_("Name or licence number"), required=False, max_length=60)
    department = forms.ChoiceField(label=_("Market department"), required=False)
    route = forms.ChoiceField(label=_("Account manager"), required=False)
    format = forms.ChoiceField(label=_("Business format"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    segment = forms.ChoiceField(label=_("Stock-out segment"), required=False)
    sort = forms.ChoiceField(label=_("Worst first by"), required=False)

    def __init__(self, data, routes):
        super().__init__(data)
        departments = sorted({(str(pk), name) for *_route, pk, name in routes}, key=lambda d: d[1])
        choices = {
            "department": departments,
            "route": [(str(pk), label) for pk, label, *_rest in routes],
            "format": Format.choices,
            "area": Area.choices,
            "segment": [*((s.value, s.value) for s in Segment), (UNDEFINED, _("no data"))],
        }
        for name, options in choices.items():
            self.fields[name].choices = [("", _("all")), *options]
        self.fields["sort"].choices = [
            *((name, label) for name, (label, *_rest) in SORTS.items()),
            (BY_LICENCE, _("Licence number")),
        ]

    def asked(self) -> dict[str, str]:
        """The valid answers; empty ones are left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass
class Line:
    """One shop of the table."""

    shop: Shop
    sums: ShopSums
    worst: list[tuple[ProductFacts, Attention]] = field(default_factory=list)
    others: int = 0  # further products that need attention


@require_safe
@requires(Action.SEE_FIGURES)
def shops(request: HttpRequest) -> HttpResponse:
    results = standing(request).results
    form = ShopFilter(request.GET, _routes(request))
    asked = form.asked()
    sums = shop_sums(results, standing(request).segment_bounds) if results else {}
    found = _matching(open_shops(request.customers, request.today), asked)
    counts = _count(sums.get(pk, NOTHING) for pk, _licence in found)
    if wanted := asked.get("segment"):
        found = [row for row in found if _segment(sums.get(row[0], NOTHING)) == wanted]
    page = Paginator(_sorted(found, sums, asked.get("sort", "stockout")), SHOPS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "asked": asked,
        "sort": asked.get("sort", "stockout"),
        "counts": counts,
        "total": together(sums.get(pk, NOTHING) for pk, _licence in found),
        "page": page,
        "lines": _lines(page, sums, results, request) if results else [],
        "has_shops": bool(found) or request.customers.exists(),
    }
    return render(request, "home/shops.html", context)


def _routes(request) -> list[tuple[int, str, int, str]]:
    """The routes of the person's shops: id, label (who serves it), department's id and name."""
    rows = (
        RouteAssignment.objects.on(request.today)
        .filter(customer__in=request.customers)
        .values_list("route_id", "route__name", "route__department_id", "route__department__name")
        .distinct()
        .order_by("route__department__name", "route__name")
    )
    return list(rows)


def _matching(shops: QuerySet, asked: dict[str, str]) -> list[tuple[int, str]]:
    """Id and licence of the shops that fit what was asked, but for the segment."""
    fields = {
        "department": "assigned__route__department_id",
        "route": "assigned__route_id",
        "format": "now__format",
        "area": "now__area",
    }
    for name, lookup in fields.items():
        if name in asked:
            shops = shops.filter(**{lookup: asked[name]})
    if "q" in asked:
        text = asked["q"].strip()
        shops = shops.filter(Q(now__name__icontains=text) | Q(licence__number__icontains=text))
    return list(shops.values_list("pk", "licence__number"))


def _segment(sums: ShopSums) -> str:
    return sums.segment.value if sums.segment else UNDEFINED


def _count(shops: Iterable[ShopSums]) -> list[tuple[str, int]]:
    """Shops in each segment, A first, at the end those without data."""
    counts = Counter(map(_segment, shops))
    return [(name, counts[name]) for name in (*(s.value for s in Segment), UNDEFINED)]


def _sorted(found: list[tuple[int, str]], sums: dict[int, ShopSums], sort: str) -> list[int]:
    """Ids in order, the worst first; shops without the figure come last, by licence."""
    found = sorted(found, key=lambda row: (row[1] or "", row[0]))
    if sort == BY_LICENCE:
        return [pk for pk, _licence in found]
    _label, figure, highest_first = SORTS[sort]
    values = {pk: figure(sums.get(pk, NOTHING)) for pk, _licence in found}
    # As floats, since fractions compare slowly: nobody sees the order of two that differ beyond
    # the sixteenth digit. Equal figures stay in the order of the licences.
    keys = {pk: float(value) for pk, value in values.items() if value is not None}
    undefined = [pk for pk, _licence in found if pk not in keys]
    return sorted(keys, key=keys.__getitem__, reverse=highest_first) + undefined


def _lines(page: Page, sums, results: ResultSet, request) -> list[Line]:
    ids = list(page.object_list)
    shops = read_shops(
        request.customers.filter(pk__in=ids), day=request.today, deliveries_after=results.as_of
    )
    found: dict[int, list[tuple[Figure, Attention]]] = {}
    for figure in Figure.objects.filter(result_set=results, customer_id__in=ids):
        matter = attention(
            figure, as_of=results.as_of, next_delivery=shops[figure.customer_id].next_delivery
        )
        if matter is not None:
            found.setdefault(figure.customer_id, []).append((figure, matter))
    for matters in found.values():
        matters.sort(key=lambda pair: (pair[1].rank, pair[0].product_id))
    shown = {figure.product_id for matters in found.values() for figure, _m in matters[:WORST]}
    products = read_products(shown, request.today)
    lines = []
    for pk in ids:
        matters = found.get(pk, [])
        worst = [
            (products[figure.product_id], matter)
            for figure, matter in matters[:WORST]
            if figure.product_id in products
        ]
        lines.append(
            Line(
                shops[pk],
                sums.get(pk, NOTHING),
                worst,
                others=len(matters) - len(worst),
            )
        )
    return lines
