"""What a phone is told for the mock order of each shop: the step's bundle, in six queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.models import DeliveryCalendar
from customers.visits.steps import Bundle
from inventory.indicators.models import Figure
from inventory.indicators.queries import current_set
from marketing_ops.lib import periods
from marketing_ops.lib.quantities import show
from orders.models import OrderLine
from orders.placing.rules import Advised, advise
from orders.quotas.models import QuotaDecision, Recommendation

# Deliveries further ahead are no answer to the orders of now.
AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Line:
    """A product in a shop: packs, None = unknown or none."""

    quota: int | None = None
    target: int | None = None
    unit: int = 1
    in_force: int | None = None
    stock: int | None = None
    stock_day: date | None = None
    coming: int = 0

    @property
    def advised(self) -> Advised:
        return advise(
            target=self.target,
            stock=self.stock,
            coming=self.coming,
            in_force=self.in_force,
            unit=self.unit,
        )


def lines_of(customers: Collection[int], *, day: date) -> dict[int, dict[int, Line]]:
    """{customer: {product: Line}} of every product with a quota, recommended or in force, or with a
    target level; what is handed out by policy and not to this shop is not among them."""
    found: dict[tuple[int, int], dict] = {}
    results, asked = current_set(), list(customers)
    if results is not None:
        advice = Recommendation.objects.filter(
            ~Q(quota=None, target_level=None), result_set=results, customer__in=asked
        )
        columns = "customer_id", "product_id", "quota", "target_level", "unit"
        for pk, product, quota, target, unit in advice.values_list(*columns):
            found[pk, product] = {"quota": quota, "target": target, "unit": max(1, unit)}
    for pk, product, packs in quotas_in_force(asked, day):
        found.setdefault((pk, product), {})["in_force"] = packs
    if results is not None:
        _add_stock(found, results, asked)
    _add_coming(found, asked, day)
    lines: dict[int, dict[int, Line]] = {}
    for (pk, product), values in found.items():
        lines.setdefault(pk, {})[product] = Line(**values)
    return lines


def quotas_in_force(customers: Collection[int], day: date):
    rows = QuotaDecision.objects.known(None).on(day).filter(customer__in=customers)
    return rows.values_list("customer_id", "product_id", "packs")


def _add_stock(found, results, customers) -> None:
    figures = Figure.objects.filter(result_set=results, customer__in=customers)
    columns = "customer_id", "product_id", "latest_closing", "latest_age"
    for pk, product, packs, age in figures.values_list(*columns):
        line = found.get((pk, product))
        if line is not None and packs is not None:
            seen = results.as_of - timedelta(days=age or 0)
            line.update(stock=packs, stock_day=seen)


def _add_coming(found, customers, day) -> None:
    """What was supplied and is delivered after the day of the stock."""
    lines = OrderLine.objects.known(None).filter(
        Q(delivered_on__gt=day - AHEAD, delivered_on__lte=day + AHEAD),
        customer__in=customers,
        supplied__gt=0,
    )
    columns = "customer_id", "product_id", "delivered_on", "supplied"
    for pk, product, delivered, packs in lines.values_list(*columns):
        line = found.get((pk, product))
        if line is not None and line.get("stock_day") and delivered > line["stock_day"]:
            line["coming"] = line.get("coming", 0) + packs


def next_deliveries(customers: Collection[int], day: date) -> dict[int, date | None]:
    """When the shop's next order, placed from `day` on, is delivered."""
    entries: dict[int, list] = {}
    rows = DeliveryCalendar.objects.during(day, day + timedelta(days=366))
    for row in rows.filter(customer__in=customers).order_by("period"):
        entries.setdefault(row.customer_id, []).append(
            (
                row.period.lower,
                row.period.upper,
                tuple(row.order_weekdays),
                tuple(row.delivery_weekdays),
            )
        )
    answer = lru_cache(_delivery_of_next_order)  # most shops share a few calendars
    return {pk: answer(tuple(own), day) for pk, own in entries.items()}


def _delivery_of_next_order(entries: tuple, day: date) -> date | None:
    orders = periods.make_calendar((start, end, weekdays) for start, end, weekdays, _d in entries)
    ordered = periods.next_delivery(orders, day - timedelta(days=1))
    if ordered is None:
        return None
    deliveries = periods.make_calendar(
        (start, end, weekdays) for start, end, _o, weekdays in entries
    )
    return periods.next_delivery(deliveries, ordered)


def mock_orders(bundle: Bundle) -> dict[int, dict]:
    lines = lines_of(bundle.customers, day=bundle.day)
    deliveries = next_deliveries(bundle.customers, bundle.day)
    language = get_language()  # asked once: for each line it takes longer than all the rest
    return {
        customer: {
            "lines": [
                _line(own[pk], product, language)
                for pk, product in bundle.products.items()
                if pk in own
            ],
            # The weekly limit 周限量 is not there yet.
            "total_limit": None,
            "delivery": deliveries.get(customer),
        }
        for customer in bundle.customers
        if (own := lines.get(customer, {})) or customer in deliveries
    }


def _line(line: Line, product: dict, language: str) -> dict:
    return {
        "barcode": product["barcode"],
        "quota": line.quota,
        "in_force": line.in_force,
        "stock": line.stock,
        "advice": line.advised.packs,
        "reasons": list(_reasons(line, product["packs_per_carton"], language)),
    }


@lru_cache(maxsize=20_000)
def _reasons(line: Line, carton: int, language: str) -> tuple[str, ...]:
    """In plain words; kept, because many shops are alike and the same are asked for all day."""
    found = []
    if line.target is None:
        found.append(_("No target level: what this shop gets is decided by policy or by hand."))
    elif line.stock is None:
        found.append(_("The stock is not known: count it before you advise an order."))
    else:
        numbers = {
            "target": show(line.target, carton),
            "stock": show(line.stock, carton),
            "day": f"{line.stock_day:%m-%d}",
            "coming": show(line.coming, carton),
            "packs": show(line.advised.packs, carton),
        }
        if line.coming:
            found.append(
                _("Target %(target)s; %(stock)s in stock on %(day)s, %(coming)s on the way.")
                % numbers
            )
        else:
            found.append(_("Target %(target)s; %(stock)s in stock on %(day)s.") % numbers)
        if line.advised.held:
            found.append(_("The quota in force allows no more than %(packs)s.") % numbers)
        elif not line.advised.packs:
            found.append(_("There is enough: nothing to order."))
        else:
            found.append(_("An order of %(packs)s brings the stock to the target.") % numbers)
    if line.quota is not None and line.in_force is not None and line.quota != line.in_force:
        found.append(
            _("Quota in force %(in_force)s, recommended %(quota)s.")
            % {"in_force": show(line.in_force, carton), "quota": show(line.quota, carton)}
        )
    return tuple(found)
