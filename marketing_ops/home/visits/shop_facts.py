"""What the figures say for a report: stock in general and of the key customers, speed of sale, key
brands on the shelf; and the month's figures of the routes for the 135 page.

Codes and whole numbers, as customers.visits.report_facts makes them. Figures are those of the night
before; every sum says over how many observed days, products or shops it goes.
"""

from datetime import date
from fractions import Fraction

import numpy as np
from django.db import connection

from brands.models import Flag, ProductProperties
from customers.models import CustomerProperties, Scale
from customers.visits.report_facts import Facts, Scope
from inventory.indicators.models import Figure, ResultSet, Span
from inventory.indicators.queries import current_set
from inventory.indicators.span_reads import Sums, read_span, total
from marketing_ops.lib.periods import DAY, month

MOST_KEY_CUSTOMERS = 12
MOST_MOVED = 3  # products named as faster, and as slower
LEAST_DAILY = 1  # packs a day over the shops: below, a change says nothing

_BY_SHOP = f"""
    SELECT customer_id, count(latest_closing), coalesce(sum(latest_closing), 0)::bigint,
           count(*) FILTER (WHERE latest_closing = 0),
           coalesce(sum(recent_sold / recent_observed::numeric)
                    FILTER (WHERE recent_observed > 0 AND latest_closing IS NOT NULL), 0)
      FROM {Figure._meta.db_table}
     WHERE result_set_id = %s AND customer_id = ANY(%s)
     GROUP BY customer_id
"""
_BY_PRODUCT = f"""
    SELECT product_id, sum(cycle_sold / cycle_observed::numeric),
           sum(window_sold / window_observed::numeric), count(*)
      FROM {Figure._meta.db_table}
     WHERE result_set_id = %s AND customer_id = ANY(%s)
       AND cycle_observed > 0 AND window_observed > 0
     GROUP BY product_id
"""
_ON_SHELF = f"""
    SELECT product_id, count(*) FILTER (WHERE latest_closing > 0), count(latest_closing)
      FROM {Figure._meta.db_table}
     WHERE result_set_id = %s AND customer_id = ANY(%s) AND product_id = ANY(%s)
     GROUP BY product_id
"""


def facts_of(scope: Scope) -> Facts:
    results = current_set()
    if scope.kind == "cycle":
        return _month_facts(scope, results)
    if results is None or not scope.shops:
        return {}
    by_shop = _rows(_BY_SHOP, [results.pk, scope.shops])
    return {
        "stock": _stock(results, by_shop, scope.shops),
        "key_stock": _key_stock(by_shop, scope),
        "speed": _speed(results, scope.shops),
        "key_brands": _key_brands(results, scope),
    }


def _rows(sql: str, asked: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()


def _tenths(value) -> int | None:
    return None if value is None else round(Fraction(value) * 10)


def _days(stock: int, daily) -> int | None:
    """Stock to sales in tenths of days; None where nothing was sold."""
    return _tenths(Fraction(stock) / Fraction(daily)) if daily else None


def _stock(results: ResultSet, by_shop: list[tuple], shops: list[int]) -> list:
    stock, out = sum(row[2] for row in by_shop), sum(row[3] for row in by_shop)
    known = sum(row[1] for row in by_shop)
    return [
        ["as_of", {"day": results.as_of.isoformat()}],
        [
            "stock",
            {
                "shops": sum(row[1] > 0 for row in by_shop),
                "of": len(shops),
                "packs": stock,
                "days10": _days(stock, sum(row[4] for row in by_shop)),
            },
        ],
        ["out", {"products": out, "known": known}],
    ]


def _key_stock(by_shop: list[tuple], scope: Scope) -> list:
    """Key customers are the large ones †; those with most out of stock first."""
    large = set(
        CustomerProperties.objects.on(scope.period.end)
        .filter(customer__in=scope.shops, scale=Scale.LARGE)
        .values_list("customer_id", flat=True)
    )
    rows = sorted((row for row in by_shop if row[0] in large), key=lambda row: (-row[3], row[0]))
    facts = [["key_customers", {"shops": len(large)}]]
    for customer, known, stock, out, daily in rows[:MOST_KEY_CUSTOMERS]:
        values = {"customer": customer, "known": known, "out": out, "packs": stock}
        facts.append(["key_customer", values | {"days10": _days(stock, daily)}])
    return facts


def _speed(results: ResultSet, shops: list[int]) -> list:
    rows = _rows(_BY_PRODUCT, [results.pk, shops])
    if not rows:
        return []
    now, usual = sum(row[1] for row in rows), sum(row[2] for row in rows)
    facts = [
        [
            "speed",
            {"now10": _tenths(now), "usual10": _tenths(usual), "cells": sum(r[3] for r in rows)},
        ]
    ]
    moved = sorted((row for row in rows if row[2] >= LEAST_DAILY), key=lambda r: r[1] / r[2])
    slower = [row for row in moved if row[1] < row[2]][:MOST_MOVED]
    faster = [row for row in reversed(moved) if row[1] > row[2]][:MOST_MOVED]
    for code, chosen in (("faster", faster), ("slower", slower)):
        for product, per_day, usually, _cells in chosen:
            values = {"now10": _tenths(per_day), "usual10": _tenths(usually)}
            facts.append([code, {"product": product} | values])
    return facts


def _key_brands(results: ResultSet, scope: Scope) -> list:
    """Due: the shops of the report; real: those of them with stock at the latest count."""
    products = list(
        ProductProperties.objects.on(scope.period.end)
        .filter(flags__contains=[Flag.KEY])
        .order_by("price_class", "product__name", "product_id")
        .values_list("product_id", flat=True)
    )
    if not products:
        return [["no_key_products", {}]]
    there = {
        product: (real, known)
        for product, real, known in _rows(_ON_SHELF, [results.pk, scope.shops, products])
    }
    found = [(product, *there.get(product, (0, 0))) for product in products]
    facts = [
        [
            "key_brands",
            {
                "real": sum(real for _product, real, _known in found),
                "due": len(products) * len(scope.shops),
            },
        ]
    ]
    for product, real, known in sorted(found, key=lambda one: one[1]):
        values = {"product": product, "real": real, "due": len(scope.shops), "known": known}
        facts.append(["key_brand", values])
    return facts


def sums_of_month(results: ResultSet, first: date, shops: list[int]) -> Sums:
    arrays = read_span(results, Span.MONTH, first)
    chosen = np.isin(arrays.shops.customer, np.array(shops, np.int64))[arrays.shop]
    return total(arrays.values[:, chosen])


def _month_facts(scope: Scope, results: ResultSet | None) -> Facts:
    """Analyse: the month before, from which the plan was made; evaluate: this month against it."""
    if results is None:
        return {}
    first, before = scope.period.start, month(scope.period.start - DAY).start
    earlier, now = (
        _figures(sums_of_month(results, one, scope.shops), one) for one in (before, first)
    )
    return {
        "analyse": [["month_figures", earlier]],
        "evaluate": [["month_figures", earlier], ["month_figures", now]],
    }


def _figures(sums: Sums, first: date) -> dict:
    def permille(value):
        return None if value is None else round(value * 1000)

    return {
        "month": first.isoformat(),
        "cells": sums.cells,
        "observed": sums.observed_days,
        "stockout": sums.stockout_days,
        "satisfaction1000": permille(sums.satisfaction),
        "rate1000": permille(sums.stockout_rate),
        "days10": _tenths(sums.ratio_days),
        "cartons": None if sums.cartons is None else round(sums.cartons),
    }
