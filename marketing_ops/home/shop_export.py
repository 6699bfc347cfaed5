"""The products of one shop as a file, with the columns and figures of its page."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from inventory.indicators.models import ShopPeriod
from marketing_ops.audit.services import record
from marketing_ops.home.concerns import concerns_of
from marketing_ops.home.exports import Column, Kind, as_csv, as_xlsx, begun
from marketing_ops.home.shop import SORTS, Line, in_order, product_lines
from marketing_ops.home.shops import find_shop, read_shops
from marketing_ops.home.standing import standing


def _text(name: str, label: Any, value: Callable[[Line], str]) -> Column:
    return Column(name, label, Kind.TEXT, value)


def _figure(name: str, label: Any, kind: Kind = Kind.COUNT) -> Column:
    return Column(name, label, kind, lambda line: getattr(line.figure, name))


def _period(name: str, label: Any, kind: Kind, of: str) -> Column:
    def value(line: Line) -> Fraction | None:
        return getattr(getattr(line.figure, of), name)

    return Column(f"{of}_{name}", label, kind, value)


# Quantities are packs: a carton's size is a column of its own.
COLUMNS = [
    _text("barcode", _("Barcode"), lambda line: line.product.barcode),
    _text("product", _("Product"), lambda line: line.product.name),
    _text("brand", _("Brand"), lambda line: line.product.brand),
    _text("class", _("Price class"), lambda line: line.product.class_name),
    Column("carton", _("Packs per carton"), Kind.COUNT, lambda line: line.product.packs_per_carton),
    _text("attention", _("Attention"), lambda line: "; ".join(words for _m, words in line.matters)),
    _figure("latest_closing", _("Stock (packs)")),
    _figure("days_of_stock", _("Lasts (days)"), Kind.DECIMAL),
    _figure("window_stockout", _("Stock-out days")),
    _figure("window_observed", _("Observed days")),
    _period("satisfaction", _("Sales satisfaction"), Kind.SHARE, "window"),
    _period("ratio_days", _("Stock-to-sales ratio (days)"), Kind.DECIMAL, "window"),
    _figure("window_sold", _("Sold (packs)")),
    _figure("cycle_stockout", _("Stock-out days of the cycle")),
    _figure("cycle_observed", _("Observed days of the cycle")),
    _period("satisfaction", _("Satisfaction of the cycle"), Kind.SHARE, "cycle"),
    _period("ratio_days", _("Ratio of the cycle (days)"), Kind.DECIMAL, "cycle"),
    _figure("cycle_sold", _("Sold in the cycle (packs)")),
    Column("quota", _("Recommended quota (packs)"), Kind.COUNT, lambda line: line.quota),
    Column("level", _("Target level (packs)"), Kind.COUNT, lambda line: line.target_level),
    Column("in_force", _("Quota in force (packs)"), Kind.COUNT, lambda line: line.in_force),
    Column("change", _("Change of the quota (packs)"), Kind.COUNT, lambda line: line.change),
]


@require_safe
@requires(Action.SEE_FIGURES)
def export_products(request: HttpRequest, licence: str, kind: str) -> HttpResponse:
    """`kind`: csv or xlsx; in the order of `?sort=`, as the page."""
    pk, now = find_shop(request.customers, licence, request.today)
    results = standing(request).results
    if results is None:
        return redirect("shop", now)  # where it says how to get figures
    shop = read_shops(
        request.customers.filter(pk=pk), day=request.today, deliveries_after=results.as_of
    )[pk]
    period = ShopPeriod.objects.filter(result_set=results, customer=pk).first()
    concerns = concerns_of(standing(request), {pk: shop.next_delivery}, today=request.today)[pk]
    sort = request.GET.get("sort", "")
    lines = in_order(
        product_lines(shop, standing(request), period, concerns, request.today),
        sort if sort in SORTS else "",
    )
    if request.method != "HEAD":
        record(
            by=request.user.get_username(),
            action="shop's products exported",
            subject=f"licence {now}",
            file=kind,
            products=len(lines),
        )
    about = [
        (gettext("Shop"), shop.name),
        (gettext("Licence number"), now),
        (gettext("Data as of"), results.as_of.isoformat()),
        (gettext("Rule set"), results.rules),
    ]
    if period and period.window_start:
        about += [
            (gettext("Window"), f"{period.window_start} – {period.window_end}"),
            (gettext("Latest cycle"), f"{period.cycle_start} – {period.cycle_end}"),
        ]
    write = as_csv if kind == "csv" else as_xlsx
    return begun(request, write(f"shop-{_plain(now)}-{results.as_of}", about, COLUMNS, lines))


def _plain(licence: str) -> str:
    """A licence number as part of a file's name."""
    return "".join(letter for letter in licence if letter.isascii() and letter.isalnum())
