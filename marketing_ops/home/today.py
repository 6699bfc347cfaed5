"""Today: the person's shops with what needs attention, the worst first and why; for the phone."""

from collections import Counter
from dataclasses import dataclass, field

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.filters import matching
from customers.gate import requires
from customers.models import RouteAssignment
from customers.scope import Action
from marketing_ops.home.attention import Attention, Kind
from marketing_ops.home.concerns import Concern, concerns_of
from marketing_ops.home.shops import (
    ProductFacts,
    Shop,
    open_shops,
    read_products,
    read_shops,
)
from marketing_ops.home.standing import standing

SHOPS_PER_PAGE = 20
WORST = 3
# Who serves more shops than one can see in a day looks at one route at a time.
MOST_SHOPS = 400


class Search(forms.Form):
    """What of the shops is shown; every field may be left empty, wrong values count as empty."""

    q = forms.CharField(label=_("Name, licence number or pinyin"), required=False, max_length=60)
    route = forms.ChoiceField(label=_("Route"), required=False)
    kind = forms.ChoiceField(
        required=False, choices=[("", ""), *((kind.code, kind.label) for kind in Kind)]
    )

    def __init__(self, data, routes: list[tuple[int, str]]):
        super().__init__(data)
        self.fields["route"].choices = [("", _("all")), *((str(pk), name) for pk, name in routes)]

    def asked(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(slots=True)
class Line:
    """A product with all that is to be said of it, the gravest first; None: the shop itself."""

    product: ProductFacts | None
    matters: list[tuple[Attention, str]]


@dataclass(slots=True)
class Card:
    """A shop; `kinds` are those among its concerns, `shown` those it is shown for."""

    shop: Shop
    concerns: list[Concern]
    lines: list[Line] = field(default_factory=list)
    others: int = 0  # further products with a concern

    def only(self, kind: Kind | None) -> list[Concern]:
        return [c for c in self.concerns if kind is None or c.matter.kind == kind]

    def rank(self, kind: Kind | None) -> tuple:
        """The gravest first; of equally grave ones who orders today, then who has more of it."""
        shown = self.only(kind)
        if not shown:
            return (len(Kind) + 1, not self.shop.orders_today, 0, 0, self.shop.licence)
        worst = shown[0].matter
        alike = sum(c.matter.kind == worst.kind for c in shown)
        return (
            worst.kind,
            not self.shop.orders_today,
            -alike,
            -worst.weight,
            self.shop.licence,
        )


@require_safe
@requires(Action.SEE_FIGURES)
def today(request: HttpRequest) -> HttpResponse:
    now = standing(request)
    routes, customers = _routes(request)
    form = Search(request.GET, routes)
    asked = form.asked()
    shops = open_shops(request.customers, request.today)
    if len(routes) > 1 and "route" not in asked and customers > MOST_SHOPS:
        asked["route"] = str(routes[0][0])
    if "route" in asked:
        shops = shops.filter(assigned__route_id=asked["route"])
    if "q" in asked:
        shops = matching(shops, {"q": asked["q"]}, request.today, segments=dict)
    found = read_shops(
        shops,
        day=request.today,
        deliveries_after=now.results.as_of if now.results else request.today,
    )
    context = {"asked": asked, "routes": routes, "has_shops": bool(found) or bool(routes)}
    if now.results:
        context |= _cards(request, found, asked)
    return render(request, "home/today.html", context)


def _routes(request) -> tuple[list[tuple[int, str]], int]:
    """The routes of the person's shops by name, and how many shops these have."""
    rows = (
        RouteAssignment.objects.on(request.today)
        .filter(customer__in=request.customers)
        .values_list("route_id", "route__name")
        .annotate(shops=Count("pk"))
        .order_by("route__name", "route_id")
    )
    return [(pk, name) for pk, name, _shops in rows], sum(shops for *_route, shops in rows)


def _cards(request, shops: dict[int, Shop], asked: dict[str, str]) -> dict:
    concerns = concerns_of(
        standing(request),
        {pk: shop.next_delivery for pk, shop in shops.items()},
        today=request.today,
    )
    cards = [Card(shop, concerns[pk]) for pk, shop in shops.items()]
    counts = Counter(kind for card in cards for kind in {c.matter.kind for c in card.concerns})
    kind = next((kind for kind in Kind if kind.code == asked.get("kind")), None)
    wanted = [card for card in cards if card.only(kind)] if kind else cards
    wanted.sort(key=lambda card: card.rank(kind))
    page = Paginator(wanted, SHOPS_PER_PAGE).get_page(request.GET.get("page"))
    _fill(page.object_list, kind, request.today)
    return {
        "page": page,
        "kinds": [(each, counts[each]) for each in Kind if counts[each] or each == kind],
        "quiet": sum(not card.concerns for card in cards),
        "ordering": sum(card.shop.orders_today for card in cards),
    }


def _fill(cards: list[Card], kind: Kind | None, today) -> None:
    """The worst products of each card, what was asked for first, in words."""
    worst: dict[int, list[int | None]] = {}
    for card in cards:
        silent = any(concern.product is None for concern in card.concerns)
        products = list(
            dict.fromkeys(
                concern.product
                for concern in [*(card.only(kind) if kind else ()), *card.concerns]
                # That nothing is known of the shop says it of each of its products.
                if not (silent and concern.product and concern.matter.kind == Kind.NO_DATA)
            )
        )
        worst[card.shop.pk] = products[:WORST]
        card.others = len(products) - len(products[:WORST])
    named = read_products({pk for own in worst.values() for pk in own if pk}, today)
    for card in cards:
        for pk in worst[card.shop.pk]:
            product = named.get(pk)
            carton = product.packs_per_carton if product else 1
            card.lines.append(
                Line(
                    product,
                    [
                        (concern.matter, concern.matter.words_in(carton))
                        for concern in card.concerns
                        if concern.product == pk
                    ],
                )
            )
