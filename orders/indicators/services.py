"""The night's step from orders: counts per product and group of customers, social figures."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd
from django.db import connection

from customers.queries import shops_on
from inventory.indicators.models import ResultSet, Rollup
from inventory.indicators.rollups import Dimension
from inventory.market import rules as market
from marketing_ops.lib.copying import copy_lines
from marketing_ops.lib.periods import DAY, Period, last_complete_month, last_complete_week
from orders.indicators import queries, tally
from orders.indicators.models import OrderFigure, SocialFigure

_DIMENSIONS = {
    Rollup.CustomerDimension.TOTAL: None,
    Rollup.CustomerDimension.DEPARTMENT: "department",
    Rollup.CustomerDimension.MANAGER: "manager",
    Rollup.CustomerDimension.AREA: "area",
    Rollup.CustomerDimension.FORMAT: "format",
    Rollup.CustomerDimension.SCALE: "scale",
}
_ORDER_COLUMNS = (
    "result_set_id", "week_start", "customer_dimension", "customer_key", "product_id", "customers",
    *tally.COLUMNS,
)  # fmt: skip
_SOCIAL_COLUMNS = (
    "result_set_id", "period", "period_start", "product_id", "sample", "sample_stock",
    "sample_sold", "supplied_to_sample", "supplied_to_all", "customers",
    "stock_low", "stock_high", "sold_low", "sold_high", "ratio_low", "ratio_high",
)  # fmt: skip


def compute(night, shard: int = 0) -> dict:
    """Write the order and social figures of a night's result set; returns how many of each."""
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    week, month = last_complete_week(night.as_of), last_complete_month(night.as_of)
    shops = shops_on(week.end)
    points = shops.index[shops["information_point"].eq(True)].to_numpy()
    sample = queries.sample(result_set, points)
    stock = {
        day: queries.closings(shops.index.to_numpy(), day, night.known_at)
        for day in (week.start - DAY, week.end)
    }
    limits = queries.limits(week.end, night.known_at)
    windows = tally.supply_window(week), tally.supply_window(month)
    lines = queries.lines(
        min(window.start for window in windows),
        max(window.end for window in windows),
        night.known_at,
    )
    orders = tally.Orders(
        lines, [(part.customer, part.product) for part in (limits, *stock.values())]
    )
    order_rows = list(_order_rows(week, orders, limits, stock, sample, shops, points))
    social_rows = [
        row
        for kind, period in (
            (SocialFigure.PeriodKind.WEEK, week),
            (SocialFigure.PeriodKind.MONTH, month),
        )
        for row in _social_rows(kind, period, orders, sample)
    ]
    for model, names, rows in (
        (OrderFigure, _ORDER_COLUMNS, order_rows),
        (SocialFigure, _SOCIAL_COLUMNS, social_rows),
    ):
        model.objects.filter(result_set=result_set).delete()
        with connection.cursor() as cursor:
            copy_lines(cursor, model._meta.db_table, names, ((result_set.pk, *r) for r in rows))
    return {"order_figures": len(order_rows), "social_figures": len(social_rows)}


def _order_rows(
    week: Period, orders, limits, stock: dict[date, queries.Packs], sample, shops, points
) -> Iterator[tuple]:
    out = sample["cycle_stockout"] > 0
    shop, product, columns = tally.week_of(
        week,
        orders,
        limits=limits,
        last=stock[week.start - DAY],
        this=stock[week.end],
        sample_out=(sample["customer_id"][out], sample["product_id"][out]),
        shops=shops.index.to_numpy(),
        points=points,
    )
    products = orders.places.products
    for name, column in _DIMENSIONS.items():
        values = [None] * len(shops) if column is None else shops[column]
        dimension = Dimension.of(name, [None if pd.isna(value) else value for value in values])
        for key, of, customers, numbers in tally.by_group(
            shop, product, products, columns, dimension
        ):
            yield week.start, name.value, key, of, customers, *numbers


def _social_rows(kind, period: Period, orders: tally.Orders, sample) -> Iterator[tuple]:
    """The social stock and sales of each product that was supplied in the 13 weeks."""
    for one in tally.social(orders.places, orders.supplied(period), sample, kind.value):
        whole = {"supplied_to_all": one.supplied_to_all, "customers": one.customers}
        yield (
            kind.value,
            period.start,
            one.product,
            one.stock.size,
            one.stock.above,
            one.sold.above,
            one.stock.below,
            one.supplied_to_all,
            one.customers,
            *_bounds(market.total_of(one.stock, **whole), 3),
            *_bounds(market.total_of(one.sold, **whole), 3),
            *_bounds(market.ratio_of(one.ratio, customers=one.customers), 6),
        )


def _bounds(estimate: market.Estimate | None, digits: int) -> tuple[Decimal | None, ...]:
    if estimate is None or estimate.low is None:
        return None, None
    return _decimal(estimate.low, digits), _decimal(estimate.high, digits)


def _decimal(value: Fraction, digits: int) -> Decimal:
    return Decimal(round(value * 10**digits)).scaleb(-digits)
