"""The weeks and months of shops as arrays: read once per process for each night's results.

A district of 5,000 shops has 25,000 sums in a period (2 MB): enough to filter and group in a few
milliseconds, too many to make objects of. Definition: docs/algorithms/periods-of-a-shop.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache

import numpy as np
from django.db import connection
from django.db.models import Max, Min

from customers.models import Area, Format, Scale
from inventory.indicators import rules
from inventory.indicators.models import NANO, ResultSet, ShopSpan, Span, SpanSum
from marketing_ops.lib.copying import read_columns
from marketing_ops.lib.periods import Period

COLUMNS = (
    "cells", "cells_satisfaction", "cells_always_out", "observed_days", "stockout_days", "sold",
    "closing", "satisfied_sold", "daily_sales_nano", "sold_and_expected_nano", "sold_cartons_nano",
)  # fmt: skip
PROPERTIES = {"format": Format.values, "area": Area.values, "scale": Scale.values}
DIMENSIONS = ("department", "manager", *PROPERTIES)
PERIODS_KEPT = 40

_SHOPS = f"""
    SELECT customer_id::int4, coalesce(department_id, 0)::int4, coalesce(manager_id, 0)::int4,
           coalesce(array_position(%(format)s::text[], format::text), 0)::int4,
           coalesce(array_position(%(area)s::text[], area::text), 0)::int4,
           coalesce(array_position(%(scale)s::text[], scale::text), 0)::int4, last_day
      FROM {ShopSpan._meta.db_table}
     WHERE kind = %(kind)s AND start = %(start)s
     ORDER BY customer_id
"""
_SUMS = f"""
    SELECT customer_id::int4, price_class::int4, {", ".join(f"{name}::int8" for name in COLUMNS)}
      FROM {SpanSum._meta.db_table}
     WHERE kind = %s AND start = %s
     ORDER BY customer_id, price_class
"""
# Open shops of which no cycle ended in the period, as on its last day.
_OTHERS = f"""
    SELECT c.id::int4, coalesce(r.department_id, 0)::int4,
           coalesce((SELECT held.user_id FROM customers_post held
              WHERE held.route_id = r.id AND held.period @> %(day)s::date
                AND held.role = 'account_manager' AND held.substitute_for_id IS NULL
              ORDER BY lower(held.period) DESC, held.id DESC LIMIT 1), 0)::int4,
           coalesce(array_position(%(format)s::text[], p.format::text), 0)::int4,
           coalesce(array_position(%(area)s::text[], p.area::text), 0)::int4,
           coalesce(array_position(%(scale)s::text[], p.scale::text), 0)::int4, %(day)s::date
      FROM customers_customer c
      LEFT JOIN customers_customerproperties p
             ON p.customer_id = c.id AND p.period @> %(day)s::date
      LEFT JOIN customers_routeassignment a ON a.customer_id = c.id AND a.period @> %(day)s::date
      LEFT JOIN customers_route r ON r.id = a.route_id
     WHERE c.opened_on <= %(day)s AND (c.closed_on IS NULL OR c.closed_on >= %(start)s)
       AND NOT EXISTS (SELECT FROM {ShopSpan._meta.db_table} s
                        WHERE s.kind = %(kind)s AND s.start = %(start)s AND s.customer_id = c.id)
     ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What cells come to; the formulas are applied to sums, never averaged."""

    cells: int = 0
    cells_satisfaction: int = 0
    cells_always_out: int = 0
    observed_days: int = 0
    stockout_days: int = 0
    sold: int = 0
    closing: int = 0
    satisfied_sold: int = 0
    daily_sales_nano: int = 0
    sold_and_expected_nano: int = 0
    sold_cartons_nano: int = 0

    @property
    def stockout_rate(self) -> Fraction | None:
        return rules.stockout_rate(
            stockout_days=self.stockout_days, observed_days=self.observed_days
        )

    @property
    def satisfaction(self) -> Fraction | None:
        return rules.rolled_satisfaction(
            sold=self.satisfied_sold,
            sold_and_expected=Fraction(self.sold_and_expected_nano, NANO),
        )

    @property
    def ratio_days(self) -> Fraction | None:
        return rules.rolled_ratio_days(
            closing=self.closing, daily_sales=Fraction(self.daily_sales_nano, NANO)
        )

    @property
    def cartons(self) -> Fraction | None:
        return Fraction(self.sold_cartons_nano, NANO) if self.cells else None

    @property
    def left_out(self) -> int:
        """Cells without a satisfaction: always out of stock, or nothing sold."""
        return self.cells - self.cells_satisfaction


@dataclass(frozen=True)
class Shops:
    """[S] shops in the order of their ids; `by` holds an array for each of DIMENSIONS.

    Departments and managers are ids, the others count from 1 as PROPERTIES lists them; 0: none.
    """

    customer: np.ndarray
    by: dict[str, np.ndarray]
    last_day: np.ndarray

    def __len__(self) -> int:
        return len(self.customer)

    def chosen(self, mask: np.ndarray) -> "Shops":
        by = {name: codes[mask] for name, codes in self.by.items()}
        return Shops(self.customer[mask], by, self.last_day[mask])

    def joined(self, other: "Shops") -> "Shops":
        def both(one, two):
            return np.concatenate([one, two])

        by = {name: both(codes, other.by[name]) for name, codes in self.by.items()}
        customer = both(self.customer, other.customer)
        return Shops(customer, by, both(self.last_day, other.last_day))


@dataclass(frozen=True)
class SpanArrays:
    """A period: its shops [S], and [R] sums of shop `shop` (a place in `shops`) × price class.

    `values` int64 [len(COLUMNS), R]. Nobody may change the arrays: they are shared.
    """

    shops: Shops
    shop: np.ndarray
    price_class: np.ndarray
    values: np.ndarray

    def per_shop(self, price_class: int | None = None) -> np.ndarray:
        """int64 [len(COLUMNS), S]: summed over the classes, or of one of them."""
        values, shop = self.values, self.shop
        if price_class is not None:
            chosen = self.price_class == price_class
            values, shop = values[:, chosen], shop[chosen]
        return added(values, shop, len(self.shops))


def added(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """int64 [C, groups]: the columns of `values` [C, N] added up by `group` [N], exactly."""
    result = np.zeros((len(values), groups), np.int64)
    if not len(group):
        return result
    order = np.argsort(group, kind="stable")
    there = group[order]
    first = np.flatnonzero(np.r_[True, there[1:] != there[:-1]])
    result[:, there[first]] = np.add.reduceat(values[:, order], first, axis=1)
    return result


def version_of(results: ResultSet) -> tuple[int, datetime]:
    """What changes whenever spans may have: a night that was published since.

    The time tells a set from one of the same number in a database that was restored since.
    """
    return results.pk, results.completed_at


def read_span(results: ResultSet, kind: Span, start: date) -> SpanArrays:
    return _read_span(version_of(results), kind.value, start)


@lru_cache(maxsize=PERIODS_KEPT)
def _read_span(_version, kind: str, start: date) -> SpanArrays:
    with connection.cursor() as cursor:
        shops = _read_shops(cursor, _SHOPS, kind=kind, start=start)
        types = {"customer": "int4", "price_class": "int4"} | dict.fromkeys(COLUMNS, "int8")
        sums = read_columns(cursor, _SUMS, types, [kind, start])
    place = np.searchsorted(shops.customer, sums["customer"])
    # Of a customer that was deleted since, sums are left.
    known = np.isin(sums["customer"], shops.customer)
    values = np.stack([sums[name] for name in COLUMNS])[:, known]
    return SpanArrays(shops, place[known], sums["price_class"][known], values)


def read_others(results: ResultSet, kind: Span, span: Period) -> Shops:
    """The shops open in the period of which no cycle ended in it."""
    day = min(span.end, results.as_of)
    return _read_others(version_of(results), kind.value, span.start, day)


@lru_cache(maxsize=PERIODS_KEPT)
def _read_others(_version, kind: str, start: date, day: date) -> Shops:
    with connection.cursor() as cursor:
        return _read_shops(cursor, _OTHERS, kind=kind, start=start, day=day)


def _read_shops(cursor, sql: str, **asked) -> Shops:
    types = {"customer": "int4"} | dict.fromkeys(DIMENSIONS, "int4") | {"last_day": "date"}
    found = read_columns(cursor, sql, types, asked | PROPERTIES)
    return Shops(found["customer"], {name: found[name] for name in DIMENSIONS}, found["last_day"])


def known_spans(results: ResultSet) -> dict[Span, Period]:
    """From the first day of the first to that of the last week (month) of which there are sums."""
    return _known_spans(version_of(results))


@lru_cache(maxsize=2)
def _known_spans(_version) -> dict[Span, Period]:
    found = {}
    for kind in Span:
        ends = ShopSpan.objects.filter(kind=kind).aggregate(first=Min("start"), last=Max("start"))
        if ends["first"]:
            found[kind] = Period(ends["first"], ends["last"])
    return found


def sums_of(values: np.ndarray) -> Iterator[Sums]:
    """One Sums for each column of `values` [len(COLUMNS), N]."""
    return (Sums(*column) for column in values.T.tolist())


def total(values: np.ndarray) -> Sums:
    return Sums(*values.sum(axis=1).tolist())
