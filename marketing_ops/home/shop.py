"""One shop: what it is, its products with their indicators and quotas, its last orders."""

from dataclasses import dataclass, field
from datetime import date
from math import inf

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.models import CustomerProperties
from customers.scope import Action
from inventory.indicators.models import Figure, ShopPeriod
from inventory.indicators.rules import Position, position
from inventory.quality.models import Finding
from marketing_ops.home.attention import Attention
from marketing_ops.home.concerns import Concern, concerns_of
from marketing_ops.home.courses import stock_courses
from marketing_ops.home.shop_sums import NOTHING, shop_sums
from marketing_ops.home.shops import ProductFacts, Shop, find_shop, read_products, read_shops
from marketing_ops.home.standing import Standing, standing
from orders.models import OrderLine
from orders.quotas.models import QuotaDecision, Recommendation

LAST_ORDERS = 5
LAST_FINDINGS = 20


@dataclass(slots=True)
class Line:
    """One product of the shop; `quota` the recommendation, `in_force` the decided quota."""

    product: ProductFacts
    figure: Figure
    matters: list[tuple[Attention, str]]
    quota: int | None
    target_level: int | None
    in_force: int | None
    course: list[int | None]
    position: Position | None

    @property
    def change(self) -> int | None:
        """What the recommendation would change of the quota in force."""
        if self.quota is None or self.in_force is None:
            return None
        return self.quota - self.in_force


# Column by which the products can be sorted: its figure, and whether the highest comes first.
SORTS = {
    "stockout": (lambda line: line.figure.window_stockout, True),
    "satisfaction": (lambda line: line.figure.window.satisfaction, False),
    "ratio": (lambda line: line.figure.window.ratio_days, True),
    "left": (lambda line: line.figure.days_of_stock, False),
}


@dataclass(slots=True)
class OrderRow:
    product: str
    packs_per_carton: int
    requested: int
    supplied: int

    @property
    def cut(self) -> bool:
        return self.supplied < self.requested


@dataclass(slots=True)
class Order:
    """The order of one day."""

    ordered_on: date
    delivered_on: date | None
    rows: list[OrderRow] = field(default_factory=list)

    @property
    def cut(self) -> int:
        """How many products were supplied with less than was asked for."""
        return sum(row.cut for row in self.rows)


@require_safe
@requires(Action.SEE_FIGURES)
def shop(request: HttpRequest, licence: str) -> HttpResponse:
    pk, now = find_shop(request.customers, licence, request.today)
    if now != licence:
        return redirect("shop", now)
    results = standing(request).results
    this = read_shops(
        request.customers.filter(pk=pk),
        day=request.today,
        deliveries_after=results.as_of if results else request.today,
    )[pk]
    all_sums = shop_sums(results, standing(request).segment_bounds) if results else {}
    sort = request.GET.get("sort", "")
    period = ShopPeriod.objects.filter(result_set=results, customer=pk).first()
    concerns = (
        concerns_of(standing(request), {pk: this.next_delivery}, today=request.today)[pk]
        if results
        else []
    )
    lines = (
        product_lines(this, standing(request), period, concerns, request.today) if results else []
    )
    context = {
        "shop": this,
        "sums": all_sums.get(pk, NOTHING),
        "properties": CustomerProperties.objects.on(request.today)
        .filter(customer=pk)
        .select_related("group")
        .first(),
        "period": period,
        "silent": next((c.matter for c in concerns if c.product is None), None),
        "sort": sort if sort in SORTS else "",
        "lines": in_order(lines, sort),
        "orders": last_orders(pk, request.today),
        "findings": Finding.objects.filter(customer=pk).order_by("-day", "kind")[:LAST_FINDINGS],
    }
    return render(request, "home/shop.html", context)


def product_lines(
    this: Shop, now: Standing, period: ShopPeriod | None, concerns: list[Concern], today: date
) -> list[Line]:
    results = now.results
    figures = list(Figure.objects.filter(result_set=results, customer=this.pk))
    advice = {
        row.product_id: row
        for row in Recommendation.objects.filter(result_set=results, customer=this.pk)
    }
    in_force = dict(
        QuotaDecision.objects.known(None)
        .on(today)
        .filter(customer=this.pk)
        .values_list("product_id", "packs")
    )
    products = read_products([figure.product_id for figure in figures], today)
    courses = stock_courses(
        this.pk,
        results,
        counted_from=period.window_start if period else None,
        products=[figure.product_id for figure in figures],
    )
    lines = []
    for figure in figures:
        product = products.get(figure.product_id)
        if product is None:
            continue
        least, most = now.reasonable_range(product.price_class) or (0, inf)
        lines.append(
            Line(
                product=product,
                figure=figure,
                matters=[
                    (concern.matter, concern.matter.words_in(product.packs_per_carton))
                    for concern in concerns
                    if concern.product == product.pk
                ],
                quota=getattr(advice.get(product.pk), "quota", None),
                target_level=getattr(advice.get(product.pk), "target_level", None),
                in_force=in_force.get(product.pk),
                course=courses[product.pk],
                position=position(figure.window.ratio_days, lowest=least, highest=most),
            )
        )
    return lines


def in_order(lines: list[Line], sort: str) -> list[Line]:
    """By what needs attention (then by sales), or by one figure, the worst first."""
    lines = sorted(
        lines,
        key=lambda line: (
            not line.matters,
            line.matters[0][0].rank if line.matters else (),
            -(line.figure.window_sold or 0),
            line.product.name,
        ),
    )
    if sort not in SORTS:
        return lines
    figure, highest_first = SORTS[sort]
    defined = [line for line in lines if figure(line) is not None]
    undefined = [line for line in lines if figure(line) is None]
    return sorted(defined, key=figure, reverse=highest_first) + undefined


def last_orders(customer: int, today: date) -> list[Order]:
    """The last orders, the newest first, with their lines."""
    lines = OrderLine.objects.known(None).filter(customer=customer)
    days = lines.order_by("-ordered_on").values_list("ordered_on", flat=True).distinct()
    rows = list(
        lines.filter(ordered_on__in=list(days[:LAST_ORDERS])).order_by("-ordered_on", "product")
    )
    products = read_products({row.product_id for row in rows}, today)
    orders: dict[date, Order] = {}
    for row in rows:
        order = orders.setdefault(row.ordered_on, Order(row.ordered_on, None))
        product = products.get(row.product_id)
        order.delivered_on = order.delivered_on or row.delivered_on
        order.rows.append(
            OrderRow(
                product.name if product else "",
                product.packs_per_carton if product else 1,
                row.requested,
                row.supplied,
            )
        )
    return list(orders.values())
