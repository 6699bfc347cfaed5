"""The night's step from orders: counts per product and group of customers, social figures."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
from django.db import connection

from customers.queries import shops_on
from inventory.indicators import partitions
from inventory.indicators.models import Figure, ResultSet, Rollup
from inventory.market import rules as market
from inventory.queries import read_documents
from marketing_ops.lib.periods import Period, last_complete_month, last_complete_week
from orders.indicators.models import OrderFigure, SocialFigure
from orders.quotas.models import QuotaDecision

WEIGHT_DAYS = 91  # 13 weeks: supply by which the sample is weighed
BEFORE_DAYS = 21  # the three weeks before
_DIMENSIONS = {
    Rollup.CustomerDimension.TOTAL: None,
    Rollup.CustomerDimension.DEPARTMENT: "department",
    Rollup.CustomerDimension.MANAGER: "manager",
    Rollup.CustomerDimension.AREA: "area",
    Rollup.CustomerDimension.FORMAT: "format",
    Rollup.CustomerDimension.SCALE: "scale",
}
_LINES = """
    SELECT customer_id AS customer, product_id AS product,
           sum(requested) FILTER (WHERE ordered_on >= %(start)s) AS requested,
           sum(supplied) FILTER (WHERE ordered_on >= %(start)s) AS supplied,
           count(*) FILTER (WHERE ordered_on >= %(start)s AND requested > 0) AS demands,
           count(*) FILTER (WHERE ordered_on >= %(start)s AND requested > 0 AND supplied = 0)
               AS unsupplied,
           bool_or(requested > 0 AND ordered_on < %(start)s AND ordered_on >= %(before)s)
               AS before,
           sum(supplied) AS supplied_13_weeks
      FROM orders_orderline
     WHERE ordered_on BETWEEN %(since)s AND %(end)s AND received_at <= %(known_at)s
       AND (superseded_at IS NULL OR superseded_at > %(known_at)s)
     GROUP BY customer_id, product_id
"""
_SUMS = [
    "requesting", "ordered_before", "returning", "demands", "unsupplied", "limited", "full",
    "limit_packs", "limited_requested", "last_stock", "supplied", "this_stock", "sample_before",
    "sample_out",
]  # fmt: skip


def compute(night, shard: int = 0) -> dict:
    """Write the order and social figures of a night's result set; returns how many of each."""
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    OrderFigure.objects.filter(result_set=result_set).delete()
    SocialFigure.objects.filter(result_set=result_set).delete()
    week = last_complete_week(night.as_of)
    shops = shops_on(week.end)
    sample = _sample(result_set, shops)
    pairs = _pairs(week, shops, sample, night)
    orders = _order_figures(result_set, week, shops, pairs)
    social = [
        figure
        for kind, period in (
            (SocialFigure.PeriodKind.WEEK, week),
            (SocialFigure.PeriodKind.MONTH, last_complete_month(night.as_of)),
        )
        for figure in _social_figures(result_set, kind, period, sample, night)
    ]
    OrderFigure.objects.bulk_create(orders, batch_size=2000)
    SocialFigure.objects.bulk_create(social, batch_size=2000)
    return {"order_figures": len(orders), "social_figures": len(social)}


def _sample(result_set: ResultSet, shops: pd.DataFrame) -> pd.DataFrame:
    """The night's figures of the information points, −1 where undefined."""
    names = ["cycle_stockout", "week_sold", "week_closing", "month_sold", "month_closing"]
    types = dict.fromkeys(("customer_id", "product_id", *names), "int4")
    points = shops.index[shops["information_point"].astype(bool)]
    with connection.cursor() as cursor:
        parts = [
            pd.DataFrame(part).loc[lambda rows: rows["customer_id"].isin(points)]
            for part in partitions.read_shards(
                cursor, Figure._meta.db_table, result_set=result_set.pk, types=types
            )
        ]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=[*types], dtype="int64")
    return found.rename(columns={"customer_id": "customer", "product_id": "product"}).sort_values(
        ["product", "customer"], ignore_index=True
    )


def _lines(period: Period, night) -> pd.DataFrame:
    """The orders of 13 weeks up to the period's end, one row per customer and product."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES,
            {
                "start": period.start,
                "before": period.start - timedelta(days=BEFORE_DAYS),
                "since": period.end - timedelta(days=WEIGHT_DAYS - 1),
                "end": period.end,
                "known_at": night.known_at,
            },
        )
        columns = [column.name for column in cursor.description]
        lines = pd.DataFrame.from_records(cursor.fetchall(), columns=columns)
    for name in lines.columns.difference(["before"]):
        lines[name] = lines[name].fillna(0).astype("int64")
    lines["before"] = lines["before"].fillna(False).astype(bool)
    return lines


def _pairs(week: Period, shops: pd.DataFrame, sample: pd.DataFrame, night) -> pd.DataFrame:
    """One row per customer (open at the week's end) and product with an order or a stock."""
    pairs = _lines(week, night)
    limits = pd.DataFrame.from_records(
        list(
            QuotaDecision.objects.known(night.known_at)
            .on(week.end)
            .values_list("customer_id", "product_id", "packs")
        ),
        columns=["customer", "product", "quota"],
    ).astype("int64")
    stock = _stocks(week, night)
    pairs = pairs.merge(limits, how="outer", on=["customer", "product"])
    pairs = pairs.merge(stock, how="outer", on=["customer", "product"])
    pairs["before"] = pairs["before"].eq(True)
    pairs[["last", "this"]] = pairs[["last", "this"]].fillna(-1).astype("int64")
    pairs["limited"] = pairs["quota"].notna()
    pairs = pairs.fillna(0)
    pairs = pairs[pairs["customer"].isin(shops.index)].reset_index(drop=True)

    # The placement limit: the quota of a cycle × the product's supply ratio of the week, once for
    # each delivery; a product of which nobody asked anything was not cut.
    asked = pairs.groupby("product")["requested"].transform("sum")
    given = pairs.groupby("product")["supplied"].transform("sum")
    permille = np.where(asked > 0, np.minimum(given * 1000 // asked.clip(lower=1), 1000), 1000)
    pairs["limit_packs"] = (pairs["quota"] * permille // 1000).astype("int64")
    # At a limit of 0 nothing was on offer: no rate.
    pairs["limited"] &= pairs["limit_packs"] > 0
    pairs.loc[~pairs["limited"], "limit_packs"] = 0
    pairs["limited_requested"] = pairs["requested"].where(pairs["limited"], 0)
    pairs["full"] = pairs["limited"] & (pairs["requested"] >= pairs["limit_packs"])
    pairs["requesting"] = pairs["requested"] > 0
    pairs["ordered_before"] = pairs["before"]
    pairs["returning"] = pairs["requesting"] & pairs["before"]
    both = (pairs["last"] >= 0) & (pairs["this"] >= 0)
    pairs["last_stock"] = pairs["last"].where(both, 0)
    pairs["this_stock"] = pairs["this"].where(both, 0)
    pairs["supplied"] = pairs["supplied"].where(both, 0)
    out = sample.loc[sample["cycle_stockout"] > 0, ["customer", "product"]]
    pairs = pairs.merge(out.assign(sample_out=True), how="left", on=["customer", "product"])
    pairs["sample_out"] = pairs["sample_out"].eq(True)
    of_sample = pairs["customer"].map(shops["information_point"].astype(bool))
    pairs["sample_before"] = of_sample & pairs["before"]
    return pairs


def _stocks(week: Period, night) -> pd.DataFrame:
    """Stock at the close of the Sunday before the week (`last`) and of the week's (`this`)."""

    def close(day: date, name: str) -> pd.DataFrame:
        documents = read_documents(first_day=day, last_day=day, known_at=night.known_at)
        return pd.DataFrame(
            {
                "customer": documents.customer[documents.document].astype("int64"),
                "product": documents.rows.product.astype("int64"),
                name: documents.rows.closing.astype("int64"),
            }
        )

    before = close(week.start - timedelta(days=1), "last")
    return before.merge(close(week.end, "this"), how="outer", on=["customer", "product"])


def _order_figures(result_set, week, shops, pairs) -> list[OrderFigure]:
    figures = []
    # Of all products together a customer counts once, however many of them it ordered.
    whole = pairs.groupby("customer")[_SUMS].sum()
    for name in ("requesting", "ordered_before", "limited", "full", "sample_before", "sample_out"):
        whole[name] = whole[name] > 0
    whole["returning"] = whole["requesting"] & whole["ordered_before"]
    whole = whole.reset_index().assign(product=-1)
    rows = pd.concat([pairs[["customer", "product", *_SUMS]], whole], ignore_index=True)
    rows[_SUMS] = rows[_SUMS].astype("int64")
    for dimension, column in _DIMENSIONS.items():
        if column is None:
            keys = pd.Series("", index=shops.index)
        else:
            keys = shops[column].astype("object").where(shops[column].notna(), "").astype(str)
        customers = keys.value_counts()
        grouped = rows.assign(key=rows["customer"].map(keys)).groupby(["key", "product"])[_SUMS]
        for (key, product), sums in grouped.sum().iterrows():
            figures.append(
                OrderFigure(
                    result_set=result_set,
                    week_start=week.start,
                    customer_dimension=dimension,
                    customer_key=key,
                    product_id=None if product < 0 else int(product),
                    customers=int(customers[key]),
                    **{name: int(sums[name]) for name in _SUMS},
                )
            )
    return figures


def _social_figures(result_set, kind, period, points, night) -> list[SocialFigure]:
    """The social stock and sales of each product that was supplied in the 13 weeks."""
    lines = _lines(period, night)
    supplied = lines[lines["supplied_13_weeks"] > 0]
    to_all = supplied.groupby("product")["supplied_13_weeks"].agg(["sum", "count"])
    seen = points[(points[f"{kind}_sold"] >= 0) & (points[f"{kind}_closing"] >= 0)].merge(
        supplied[["customer", "product", "supplied_13_weeks"]],
        how="left",
        on=["customer", "product"],
    )
    seen["supplied_13_weeks"] = seen["supplied_13_weeks"].fillna(0).astype("int64")
    columns = [f"{kind}_closing", f"{kind}_sold", "supplied_13_weeks"]
    sample = {
        product: [tuple(map(int, row)) for row in rows[columns].itertuples(index=False)]
        for product, rows in seen.groupby("product")
    }
    return [
        _social_figure(
            SocialFigure(
                result_set=result_set,
                period=kind,
                period_start=period.start,
                product_id=product,
                supplied_to_all=int(row["sum"]),
                customers=int(row["count"]),
            ),
            sample.get(product, []),
        )
        for product, row in to_all.iterrows()
    ]


def _social_figure(figure: SocialFigure, sample: list[tuple[int, int, int]]) -> SocialFigure:
    """`sample`: (stock, sales, supplied in 13 weeks) of each information point observed."""
    figure.sample = len(sample)
    figure.sample_stock = sum(stock for stock, _sales, _supplied in sample)
    figure.sample_sold = sum(sales for _stock, sales, _supplied in sample)
    figure.supplied_to_sample = sum(supplied for _stock, _sales, supplied in sample)
    whole = {"supplied_to_all": figure.supplied_to_all, "customers": figure.customers}
    for name, estimate, digits in (
        ("stock", market.social_total([(s, x) for s, _, x in sample], **whole), 3),
        ("sold", market.social_total([(s, x) for _, s, x in sample], **whole), 3),
        (
            "ratio",
            market.social_ratio([(a, b) for a, b, _ in sample], customers=figure.customers),
            6,
        ),
    ):
        if estimate is not None and estimate.low is not None:
            setattr(figure, f"{name}_low", _decimal(estimate.low, digits))
            setattr(figure, f"{name}_high", _decimal(estimate.high, digits))
    return figure


def _decimal(value: Fraction, digits: int) -> Decimal:
    return Decimal(round(value * 10**digits)).scaleb(-digits)
