"""Sums over all products of each shop: what the table of shops is sorted and filtered by.

A published set of results never changes, so its sums and what follows from them are made once per
process and kept; a table of 5,000 shops is then sorted without touching their 300,000 figures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property, lru_cache

from django.db import connection

from inventory.indicators import rules
from inventory.indicators.models import NANO, ResultSet

_SUMS = f"""
    SELECT customer_id,
           count(*),
           count(*) FILTER (WHERE window_observed > 0),
           count(*) FILTER (WHERE window_observed > 0 AND window_stockout = window_observed),
           coalesce(sum(window_observed), 0)::bigint,
           coalesce(sum(window_stockout), 0)::bigint,
           coalesce(sum(window_closing), 0)::bigint,
           coalesce(sum(window_sold::bigint * {NANO} / nullif(window_observed, 0)), 0)::bigint,
           coalesce(sum(window_sold) FILTER (WHERE window_stockout < window_observed), 0)::bigint,
           coalesce(sum(window_sold::bigint * {NANO} * window_observed
                        / nullif(window_observed - window_stockout, 0)), 0)::bigint
      FROM indicators_figure
     WHERE result_set_id = %s
     GROUP BY customer_id
"""


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
            sold=self.satisfied_sold,
            sold_and_expected=Fraction(self.sold_and_expected_nano, NANO),
        )

    @cached_property
    def ratio_days(self) -> Fraction | None:
        return rules.rolled_ratio_days(
            closing=self.closing, daily_sales=Fraction(self.daily_sales_nano, NANO)
        )


NOTHING = ShopSums()
_SUMMED = [field.name for field in fields(ShopSums) if field.name != "segment"]


def shop_sums(results: ResultSet, bounds: tuple[Fraction, ...]) -> Mapping[int, ShopSums]:
    """The sums by customer id; a shop without any product in the set is not there.

    `bounds`: of the stock-out segments A, B and C, as the set's rules have them.
    """
    # The times tell a set from one of the same number in a database that was restored since.
    return _sums(results.pk, bounds, results.known_at, results.completed_at)


@lru_cache(maxsize=2)
def _sums(result_set: int, bounds: tuple[Fraction, ...], *_times: datetime) -> dict[int, ShopSums]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [result_set])
        rows = cursor.fetchall()
    found = {}
    for customer, *sums in rows:
        own = ShopSums(*sums)
        segment = rules.stockout_segment(
            stockout_days=own.stockout_days, observed_days=own.observed_days, bounds=bounds
        )
        found[customer] = replace(own, segment=segment)
    return found


def together(parts: Iterable[ShopSums]) -> ShopSums:
    """The sums over several shops; the formulas are applied to these, never averaged."""
    parts = list(parts)
    return ShopSums(*(sum([getattr(part, name) for part in parts]) for name in _SUMMED))
