"""Sums over the products of each shop: what the table of shops is sorted and filtered by.

A published set of results never changes, so its figures are read once per process, as columns, and
sums over all or some of the products are made from these and kept: a table of 5,000 shops is then
sorted without touching their 300,000 figures.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from django.db import connection

from inventory.indicators import rules
from inventory.indicators.models import NANO, ResultSet
from marketing_ops.lib.copying import read_columns

_FIGURES = """
    SELECT customer_id::int4, product_id::int4, coalesce(window_observed, 0)::int2,
           coalesce(window_stockout, 0)::int2, coalesce(window_sold, 0)::int4,
           coalesce(window_closing, 0)::int4, coalesce(cycle_observed, 0)::int2,
           coalesce(recent_observed, 0)::int2, coalesce(recent_stockout, 0)::int2,
           coalesce(recent_sold, 0)::int4, coalesce(latest_closing, -1)::int4,
           coalesce(latest_age, -1)::int2, coalesce(days_without_sale, -1)::int2
      FROM indicators_figure
     WHERE result_set_id = %s
     ORDER BY 1, 2
"""
_TYPES = {
    "customer": "int4",
    "product": "int4",
    "window_observed": "int2",
    "window_stockout": "int2",
    "window_sold": "int4",
    "window_closing": "int4",
    "cycle_observed": "int2",
    "recent_observed": "int2",
    "recent_stockout": "int2",
    "recent_sold": "int4",
    "latest_closing": "int4",
    "latest_age": "int2",
    "days_without_sale": "int2",
}
NULL = -1  # in the last three columns; null is 0 in the others
_SETS = 2  # results kept: today's, and yesterday's while the night is being published
_SELECTIONS = 16  # choices of products whose sums are kept, about 0.5 MB each for 5,000 shops


@dataclass(frozen=True)
class ShopSums:
    """Of the window, over a shop's products; formulas as for every roll-up.

    `cells` products, of them `observed_cells` with an observed day and `always_out`; days and packs
    summed, quotients in thousand-millionths of a pack.
    """

    cells: int = 0
    observed_cells: int = 0
    always_out: int = 0
    observed_days: int = 0
    stockout_days: int = 0
    closing: int = 0
    daily_sales_nano: int = 0
    satisfied_sold: int = 0
    sold_and_expected_nano: int = 0
    segment: rules.Segment | None = None

    @cached_property
    def stockout_rate(self) -> Fraction | None:
        return rules.stockout_rate(
            stockout_days=self.stockout_days, observed_days=self.observed_days
        )

    @cached_property
    def satisfaction(self) -> Fraction | None:
        return rules.rolled_satisfaction(
            sold=self.satisfied_sold, sold_and_expected=self.sold_and_expected
        )

    @cached_property
    def ratio_days(self) -> Fraction | None:
        return rules.rolled_ratio_days(closing=self.closing, daily_sales=self.daily_sales)

    @property
    def sold_and_expected(self) -> Fraction:
        """Packs sold and expected to be, over the products that have a satisfaction."""
        return Fraction(self.sold_and_expected_nano, NANO)

    @property
    def daily_sales(self) -> Fraction:
        """Packs a day."""
        return Fraction(self.daily_sales_nano, NANO)

    @property
    def left_out(self) -> int:
        """Products without an observed day: they count in no figure."""
        return self.cells - self.observed_cells


NOTHING = ShopSums()
SUMMED = [field.name for field in fields(ShopSums) if field.name != "segment"]


class SumTable(Mapping[int, ShopSums]):
    """The sums of all shops of a set, as columns; as a mapping: by customer id.

    `customers`: ids, ascending. `columns`: name in SUMMED -> int64 for each of them and, at the
    end, a row of zeros for whom the set does not know. `longest`: the observed days of the shop's
    product that has most of them. `segments`: of each shop over all its products, whatever was
    chosen here.
    """

    def __init__(self, customers, columns, longest, segments=None):
        self.customers: np.ndarray = customers
        self.columns: dict[str, np.ndarray] = columns
        self.longest: np.ndarray = longest
        self.segments: list[rules.Segment | None] = segments or []
        self._floats: dict[str, np.ndarray] = {}

    __hash__ = object.__hash__  # of one set and one choice there is one table
    __eq__ = object.__eq__

    def __len__(self) -> int:
        return len(self.customers)

    def __iter__(self) -> Iterator[int]:
        return iter(self.customers.tolist())

    def __getitem__(self, customer: int) -> ShopSums:
        at = int(np.searchsorted(self.customers, customer))
        if at == len(self.customers) or self.customers[at] != customer:
            raise KeyError(customer)
        return self.at(at)

    def at(self, row: int) -> ShopSums:
        sums = (int(self.columns[name][row]) for name in SUMMED)
        return ShopSums(*sums, segment=self.segments[row])

    def rows(self, customers: np.ndarray) -> np.ndarray:
        """The row of each customer; that of the zeros for whom the set does not know."""
        at = np.searchsorted(self.customers, customers)
        known = np.append(self.customers, -1)[at] == customers
        return np.where(known, at, len(self.customers))

    @cached_property
    def segment_of(self) -> dict[int, rules.Segment | None]:
        return dict(zip(self.customers.tolist(), self.segments, strict=False))

    def floats(self, name: str, figure: Callable[[ShopSums], Fraction | int | None]) -> np.ndarray:
        """A figure of each row as a float, NaN where it is undefined; kept under its name.

        To be sorted by: nobody sees the order of two that differ beyond the sixteenth digit.
        """
        if name not in self._floats:
            found = (figure(self.at(row)) for row in range(len(self.customers)))
            exact = [np.nan if value is None else float(value) for value in found]
            self._floats[name] = np.array([*exact, np.nan])
        return self._floats[name]

    def together(self, rows: np.ndarray) -> ShopSums:
        """The sums over some of the rows; the formulas are applied to these, never averaged."""
        return ShopSums(*(int(self.columns[name][rows].sum()) for name in SUMMED))


def shop_sums(
    results: ResultSet, bounds: tuple[Fraction, ...], products: frozenset[int] | None = None
) -> SumTable:
    """The sums by customer id; a shop without any product in the set is not there.

    `bounds`: of the stock-out segments A, B and C, as the set's rules have them. `products`: over
    these only (None: all); shops that have none of them are there, with zeros.
    """
    return _sums(*key_of(results), tuple(bounds), products)


def key_of(results: ResultSet) -> tuple[int, datetime, datetime]:
    """What tells a set of results, also from one of the same number in a restored database."""
    return results.pk, results.known_at, results.completed_at


@lru_cache(maxsize=_SETS)
def _figures(result_set: int, *_times: datetime) -> dict[str, np.ndarray]:
    with connection.cursor() as cursor:
        return read_columns(cursor, _FIGURES, _TYPES, [result_set])


def figures_of(results: ResultSet) -> dict[str, np.ndarray]:
    """The set's figures as columns, by customer and product: those of Figure, and NULL."""
    return _figures(*key_of(results))


def products_of(results: ResultSet) -> list[int]:
    """The ids of the products that any shop of the set has, ascending."""
    return np.unique(figures_of(results)["product"]).tolist()


@lru_cache(maxsize=_SETS)
def _all(result_set: int, known_at, completed_at, bounds) -> SumTable:
    figures = _figures(result_set, known_at, completed_at)
    customers, group = np.unique(figures["customer"], return_inverse=True)
    table = SumTable(customers, *_add_up(figures, group, len(customers)))
    days = zip(table.columns["stockout_days"], table.columns["observed_days"], strict=True)
    table.segments = [
        rules.stockout_segment(stockout_days=int(out), observed_days=int(seen), bounds=bounds)
        for out, seen in days
    ]
    return table


@lru_cache(maxsize=_SELECTIONS)
def _sums(result_set: int, known_at, completed_at, bounds, products) -> SumTable:
    whole = _all(result_set, known_at, completed_at, bounds)
    if products is None:
        return whole
    figures = _figures(result_set, known_at, completed_at)
    chosen = np.isin(figures["product"], np.array(sorted(products), np.int32))
    part = {name: values[chosen] for name, values in figures.items()}
    group = np.searchsorted(whole.customers, part["customer"])
    columns, longest = _add_up(part, group, len(whole.customers))
    return SumTable(whole.customers, columns, longest, whole.segments)


def _add_up(
    figures: dict[str, np.ndarray], group: np.ndarray, shops: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The columns of a SumTable, in whole numbers throughout; `group`: the shop of each figure."""
    names = "window_observed", "window_stockout", "window_sold"
    observed, stockout, sold = (figures[name].astype("i8") for name in names)
    effective = observed - stockout
    cells = {
        "cells": np.ones(len(group), "i8"),
        "observed_cells": observed > 0,
        "always_out": (observed > 0) & (effective == 0),
        "observed_days": observed,
        "stockout_days": stockout,
        "closing": figures["window_closing"],
        "daily_sales_nano": np.where(observed > 0, sold * NANO // np.maximum(observed, 1), 0),
        "satisfied_sold": np.where(effective > 0, sold, 0),
        "sold_and_expected_nano": np.where(
            effective > 0, sold * NANO * observed // np.maximum(effective, 1), 0
        ),
    }
    columns = {}
    for name in SUMMED:
        columns[name] = np.zeros(shops + 1, "i8")
        np.add.at(columns[name], group, cells[name].astype("i8"))
    longest = np.zeros(shops + 1, "i8")
    np.maximum.at(longest, group, observed)
    return columns, longest


def together(parts: Iterable[ShopSums]) -> ShopSums:
    """The sums over several shops; the formulas are applied to these, never averaged."""
    parts = list(parts)
    return ShopSums(*(sum([getattr(part, name) for part in parts]) for name in SUMMED))
