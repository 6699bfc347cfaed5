"""One pair's figures as people, pages and exports see them: integers kept, the rest derived.

Pure. The tables keep the integers of `COLUMNS`; every ratio is derived by rules.py from here, so
that a figure has one formula wherever it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from inventory.indicators import rules
from inventory.indicators.blocks import Block
from inventory.indicators.kernel import UNDEFINED


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """A pair (or anything summed like one) in one period; None is undefined."""

    observed_days: int | None
    stockout_days: int | None
    sold: int | None
    closing: int | None

    @property
    def effective_days(self) -> int | None:
        if not self.observed_days:
            return None
        return rules.effective_days(
            observed_days=self.observed_days, stockout_days=self.stockout_days
        )

    @property
    def ratio_days(self) -> Fraction | None:
        if not self.observed_days:
            return None
        return rules.ratio_days(
            closing=self.closing, sold=self.sold, observed_days=self.observed_days
        )

    @property
    def expected_stockout_sales(self) -> Fraction | None:
        if not self.observed_days:
            return None
        return rules.expected_stockout_sales(
            sold=self.sold, observed_days=self.observed_days, stockout_days=self.stockout_days
        )

    @property
    def satisfaction(self) -> Fraction | None:
        if not self.observed_days:
            return None
        return rules.satisfaction(
            sold=self.sold, observed_days=self.observed_days, stockout_days=self.stockout_days
        )

    @property
    def always_out(self) -> bool:
        """Out of stock on every observed day: satisfaction is undefined, and it is the worst."""
        return bool(self.observed_days) and self.stockout_days == self.observed_days


PERIOD_COLUMNS = ("observed", "stockout", "sold", "closing")

# One period's figures under the names of the exported columns, in their order.
PERIOD_EXPORT = (
    "observed_days",
    "stockout_days",
    "effective_days",
    "sold",
    "closing",
    "ratio_days",
    "expected_stockout_sales",
    "satisfaction",
)

# Column of the figure table -> its PostgreSQL type. Days and periods of a shop are in ShopPeriod.
COLUMNS = {
    "threshold": "int2",
    "cycle_observed": "int2",
    "cycle_stockout": "int2",
    "cycle_sold": "int4",
    "cycle_closing": "int4",
    "window_observed": "int2",
    "window_stockout": "int2",
    "window_sold": "int4",
    "window_closing": "int4",
    "recent_observed": "int2",
    "recent_stockout": "int2",
    "recent_sold": "int4",
    "latest_closing": "int4",
    "latest_age": "int2",
    "days_without_sale": "int2",
    "week_observed": "int2",
    "week_sold": "int4",
    "week_closing": "int4",
    "month_observed": "int2",
    "month_sold": "int4",
    "month_closing": "int4",
}


def periods_of(columns: Mapping[str, np.ndarray], index: int) -> tuple[PeriodFigures, ...]:
    """(latest cycle, window) of one pair of a block, from its `columns`."""

    def defined(name: str) -> int | None:
        value = int(columns[name][index])
        return None if value == UNDEFINED else value

    return tuple(
        PeriodFigures(*(defined(f"{period}_{part}") for part in PERIOD_COLUMNS))
        for period in ("cycle", "window")
    )


def columns(block: Block) -> dict[str, np.ndarray]:
    """The integers of a block's pairs by column, each [P]; UNDEFINED where there is no value.

    Sales and stock of week and month are undefined unless every day of it was observed: the point
    ratios compare a stock with the sales of the whole period, and a day that was not seen has no
    known sales.
    """
    figures = block.figures
    result = {"threshold": np.clip(block.threshold, -1, np.iinfo(np.int16).max)}
    for name, totals in (("cycle", block.cycle), ("window", figures.window)):
        observed = totals.observed if block.cycles else np.full(len(block), UNDEFINED, np.int16)
        parts = (observed, totals.stockout, totals.sold, totals.closing)
        result |= {
            f"{name}_{part}": values for part, values in zip(PERIOD_COLUMNS, parts, strict=True)
        }
    recent = figures.recent
    result |= {
        "recent_observed": recent.observed,
        "recent_stockout": recent.stockout,
        "recent_sold": recent.sold,
        "latest_closing": figures.latest_closing,
        "latest_age": figures.latest_age,
        "days_without_sale": figures.days_without_sale,
    }
    for name, totals, days in (
        ("week", figures.week, 7),
        ("month", figures.month, block.month_days),
    ):
        whole = totals.observed == days
        result |= {
            f"{name}_observed": totals.observed,
            f"{name}_sold": np.where(whole, totals.sold, UNDEFINED),
            f"{name}_closing": np.where(whole, totals.closing, UNDEFINED),
        }
    return {name: result[name] for name in COLUMNS}
