"""Figures that set results beside each other: shares, shelf rates, stability, segments, uploads.

Reads over published results; the formulas are rules.py's. Definitions:
docs/algorithms/comparisons.md.
"""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Count, Q, Sum

from customers.models import CustomerProperties
from inventory.indicators import rules
from inventory.indicators.models import CycleFigure, Figure, ResultSet, Rollup, ShopPeriod
from inventory.indicators.rules import Segment
from inventory.models import ShopDay

TOTAL = Rollup.CustomerDimension.TOTAL


def sales_shares(
    result_set: ResultSet,
    *,
    classes: dict[int, int],
    period: str = Rollup.PeriodKind.WINDOW,
    customers: tuple[str, str] = (TOTAL, ""),
) -> dict[int, Fraction | None]:
    """Each product's share in the sales of its price class (`classes`: product -> class).

    `customers`: (customer dimension, key) of the roll-ups to compare.
    """
    sold = {
        int(key): packs
        for key, packs in _rollups(result_set, period, customers).values_list("product_key", "sold")
    }
    by_class: dict[int | None, int] = {}
    for product, packs in sold.items():
        by_class[classes.get(product)] = by_class.get(classes.get(product), 0) + packs
    return {
        product: rules.sales_share(product_sold=packs, class_sold=by_class[classes.get(product)])
        for product, packs in sold.items()
    }


def shelf_rates(
    result_set: ResultSet,
    *,
    open_customers: int,
    period: str = Rollup.PeriodKind.WINDOW,
    customers: tuple[str, str] = (TOTAL, ""),
) -> dict[int, Fraction | None]:
    """Each product's shelf rate: customers that sold it in the period ÷ `open_customers`."""
    return {
        int(key): rules.shelf_rate(selling_customers=selling, customers=open_customers)
        for key, selling in _rollups(result_set, period, customers).values_list(
            "product_key", "selling_customers"
        )
    }


def _rollups(result_set: ResultSet, period: str, customers: tuple[str, str]):
    dimension, key = customers
    return Rollup.objects.filter(
        result_set=result_set,
        period=period,
        product_dimension=Rollup.ProductDimension.PRODUCT,
        customer_dimension=dimension,
        customer_key=key,
    )


def stability(
    *, customer: int, product: int, first: date, last: date
) -> tuple[Fraction | None, int]:
    """(S² of the ratio in days over a pair's closed cycles, how many of them have a ratio)."""
    cycles = CycleFigure.objects.filter(
        customer=customer, product=product, cycle_end__gte=first, cycle_end__lte=last
    ).order_by("cycle_end")
    ratios = [cycle.figures.ratio_days for cycle in cycles]
    return rules.stability_index(ratios), sum(ratio is not None for ratio in ratios)


def segments(
    result_set: ResultSet, *, bounds: Sequence[Fraction] = rules.SEGMENT_BOUNDS
) -> dict[int, Segment | None]:
    """The stock-out segment of each customer with figures, from all its pairs in the window."""
    shops = ShopPeriod.objects.filter(result_set=result_set).values_list("customer_id", flat=True)
    sums = {
        customer: (stockout or 0, observed or 0)
        for customer, stockout, observed in Figure.objects.filter(result_set=result_set)
        .values("customer_id")
        .annotate(stockout=Sum("window_stockout"), observed=Sum("window_observed"))
        .values_list("customer_id", "stockout", "observed")
    }
    result = {}
    for customer in shops:
        stockout, observed = sums.get(customer, (0, 0))
        result[customer] = rules.stockout_segment(
            stockout_days=stockout, observed_days=observed, bounds=bounds
        )
    return result


def upload_rate(day: date, *, known_at: datetime | None = None) -> tuple[Fraction | None, int, int]:
    """(rate, shops that uploaded, shops due) of a day; due are open shops that upload.

    What was collected by hand or counted at a visit is no upload.
    """
    due = (
        CustomerProperties.objects.on(day)
        .filter(uploads=True, customer__opened_on__lte=day)
        .filter(Q(customer__closed_on__isnull=True) | Q(customer__closed_on__gte=day))
    )
    uploaded = (
        ShopDay.objects.known(known_at)
        .filter(day=day, source__kind__in=("pos", "group"), customer__in=due.values("customer"))
        .aggregate(shops=Count("customer", distinct=True))["shops"]
    )
    shops = due.count()
    return rules.upload_rate(uploaded=uploaded, due=shops), uploaded, shops
