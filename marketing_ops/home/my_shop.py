"""A retail customer's own shop, in the shopkeeper's words: `/my-shop/`.

Stock as it is known here, what runs out before the truck comes, what does not sell, the last orders
and how much can be ordered. Nothing of another's shop, and nothing of how the district works.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.models import CustomerProperties, DeliveryCalendar
from customers.scope import Action, own_shops_of
from inventory.indicators.models import Figure
from marketing_ops.home.attention import Attention, Kind, attention
from marketing_ops.home.shop import last_orders
from marketing_ops.home.shops import ProductFacts, find_shop, read_products, read_shops
from marketing_ops.home.standing import standing
from marketing_ops.lib import periods
from marketing_ops.lib.quantities import show
from orders.quotas.models import QuotaDecision

RECENT_DAYS = 28  # of Figure.recent_sold
QUOTAS_AHEAD = timedelta(days=62)


@dataclass(slots=True)
class Rhythm:
    """On which weekdays one orders and is delivered, and when next, today included."""

    order_weekdays: list[str]
    delivery_weekdays: list[str]
    next_order: date | None
    next_delivery: date | None


@dataclass(slots=True)
class Line:
    """One product of the shop. `figure` None: nothing is known but a quota.

    `stock_of`: the day of the stock where it is older than the figures; `quota` packs at most in a
    delivery, `coming` the next change of it (from when, packs).
    """

    product: ProductFacts
    figure: Figure | None = None
    matter: Attention | None = None
    stock_of: date | None = None
    quota: int | None = None
    coming: tuple[date, int] | None = None

    @property
    def words(self) -> str:
        """What there is to say of it, for who sells it."""
        if self.matter.kind == Kind.STANDING:
            stock = show(self.figure.latest_closing, self.product.packs_per_carton)
            return ngettext(
                "not sold for %(n)s day, %(stock)s in stock",
                "not sold for %(n)s days, %(stock)s in stock",
                self.figure.days_without_sale,
            ) % {"n": self.figure.days_without_sale, "stock": stock}
        if self.matter.kind == Kind.ALWAYS_OUT:
            days = self.figure.window.observed_days
            return ngettext(
                "not in stock on the last %(n)s day we know of",
                "not in stock on any of the %(n)s days we know of",
                days,
            ) % {"n": days}
        left = int(self.figure.days_of_stock)
        if not self.figure.latest_closing:
            return _("sold out")
        if left == 0:
            return _("lasts for less than a day")
        return ngettext("lasts for about %(n)s day", "lasts for about %(n)s days", left) % {
            "n": left
        }

    @property
    def left(self) -> int | None:
        """Whole days for which the stock lasts."""
        days = self.figure.days_of_stock if self.figure else None
        return None if days is None else int(days)


@require_safe
@requires(Action.SEE_OWN_SHOP)
def my_shop(request: HttpRequest) -> HttpResponse:
    own = request.customers.filter(pk__in=own_shops_of(request.user, on=request.today))
    results = standing(request).results
    if asked := request.GET.get("shop"):
        own = own.filter(pk=find_shop(own, asked, request.today)[0])
    after = results.as_of if results else request.today
    shops = read_shops(own, day=request.today, deliveries_after=after)
    if len(shops) != 1:
        chooser = sorted(shops.values(), key=lambda shop: (shop.name, shop.licence))
        return render(request, "home/my_shops.html", {"shops": chooser})
    [(pk, shop)] = shops.items()
    lines = _lines(pk, request.today, results, shop.next_delivery)
    by_kind = defaultdict(list)
    for line in lines:
        if line.matter:
            by_kind[line.matter.kind].append(line)
    address = CustomerProperties.objects.on(request.today).filter(customer=pk)
    context = {
        "shop": shop,
        "address": address.values_list("address", flat=True).first(),
        "others": bool(asked),
        "rhythm": _rhythm(pk, request.today),
        "until": shop.next_delivery,
        "soon": by_kind[Kind.OUT_SOON],
        "still": by_kind[Kind.STANDING],
        "gone": by_kind[Kind.ALWAYS_OUT],
        "lines": sorted(lines, key=lambda line: (line.figure is None, line.product.name)),
        "recent_days": RECENT_DAYS,
        "orders": last_orders(pk, request.today),
    }
    return render(request, "home/my_shop.html", context)


def _rhythm(customer: int, today: date) -> Rhythm:
    entries = DeliveryCalendar.objects.filter(customer=customer).during(
        today, today + timedelta(days=366)
    )
    entries = list(entries.order_by("period"))
    now = next((entry for entry in entries if entry.period.lower <= today), None)

    def following(weekdays: str) -> date | None:
        calendar = periods.make_calendar(
            (entry.period.lower, entry.period.upper, getattr(entry, weekdays)) for entry in entries
        )
        return periods.next_delivery(calendar, today - periods.DAY)

    def names(weekdays: str) -> list[str]:
        return [str(WEEKDAYS[day - 1]) for day in sorted(getattr(now, weekdays, ()))]

    return Rhythm(
        names("order_weekdays"),
        names("delivery_weekdays"),
        following("order_weekdays"),
        following("delivery_weekdays"),
    )


def _lines(customer: int, today: date, results, next_delivery: date | None) -> list[Line]:
    """The shop's products, what needs doing first."""
    figures = {
        figure.product_id: figure
        for figure in Figure.objects.filter(result_set=results, customer=customer)
    }
    quotas = defaultdict(list)
    for decision in (
        QuotaDecision.objects.known(None)
        .filter(customer=customer, period__overlap=DateRange(today, today + QUOTAS_AHEAD))
        .order_by("period")
    ):
        quotas[decision.product_id].append(decision)
    lines = []
    for pk, product in read_products(figures.keys() | quotas.keys(), today).items():
        line = Line(product, figures.get(pk))
        for decision in quotas[pk]:
            start = decision.period.lower
            if start is None or start <= today:
                line.quota = decision.packs
            elif line.coming is None:
                line.coming = start, decision.packs
        if line.figure is not None:
            # Nobody tells a shopkeeper how much stock the district finds reasonable.
            line.matter = attention(
                line.figure, as_of=results.as_of, next_delivery=next_delivery, reasonable=None
            )
            if line.figure.latest_age:
                line.stock_of = results.as_of - timedelta(days=line.figure.latest_age)
        lines.append(line)
    lines.sort(key=lambda line: line.product.name)
    return sorted(lines, key=lambda line: line.matter.rank if line.matter else (99,))
