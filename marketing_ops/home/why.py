"""Why this number: each indicator of a pair with its formula written out in figures.

The values come from inventory.indicators (one formula each); here they are only put in writing.
"""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from inventory.indicators import rules
from inventory.indicators.figures import PeriodFigures
from marketing_ops.home.writing import DASH, in_days, in_packs, number, share


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in writing and how it came about; `formula` says why where it is undefined."""

    value: str
    formula: str


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    meaning: str
    cycle: Figure
    window: Figure


def of_periods(
    cycle: PeriodFigures,
    window: PeriodFigures,
    *,
    threshold: int,
    reasonable: tuple[int, int] | None,
) -> list[Indicator]:
    """The indicators that exist for the latest cycle and for the window.

    `reasonable`: least and most days of stock of the product's class, None: it has no range.
    """
    return [
        Indicator(code, name, meaning, write(cycle), write(window))
        for code, name, meaning, write in (
            (
                "ratio",
                _("Stock-to-sales ratio"),
                _("Closing stock ÷ average daily sales, which are sold ÷ observed days.")
                + _range(reasonable),
                _ratio,
            ),
            (
                "stockout",
                _("Stock-out days"),
                _(
                    "Observed days without a sale and with a closing stock of at most the "
                    "product's threshold, %(threshold)s."
                )
                % {"threshold": in_packs(threshold)},
                _stockout,
            ),
            (
                "effective",
                _("Effective sales days"),
                _("Observed days − stock-out days."),
                _effective,
            ),
            (
                "expected",
                _("Expected stock-out sales"),
                _("Sold ÷ effective sales days × stock-out days."),
                _expected,
            ),
            (
                "satisfaction",
                _("Sales satisfaction"),
                _("Sold ÷ (sold + expected stock-out sales)."),
                _satisfaction,
            ),
        )
    ]


def _range(reasonable: tuple[int, int] | None) -> str:
    if reasonable is None:
        return ""
    shown = dict(zip(("least", "most"), (in_days(days, 0) for days in reasonable), strict=True))
    # Translators: follows another sentence; begins with a space where the language has one.
    return _(" Reasonable for its price class: %(least)s to %(most)s.") % shown


def _undefined(figures: PeriodFigures) -> Figure | None:
    if figures.observed_days is None:
        return Figure(DASH, _("There is no complete delivery cycle yet."))
    if not figures.observed_days:
        return Figure(DASH, _("No day of the period was observed."))
    return None


def _ratio(figures: PeriodFigures) -> Figure:
    known = {
        "closing": in_packs(figures.closing),
        "sold": in_packs(figures.sold),
        "observed": in_days(figures.observed_days, 0),
    }
    if undefined := _undefined(figures):
        return undefined
    if figures.ratio_days is None:
        return Figure(
            DASH,
            _("Nothing sold in %(observed)s, %(closing)s left: there is no ratio.") % known,
        )
    return _equation(
        _("%(closing)s ÷ (%(sold)s ÷ %(observed)s)") % known, in_days(figures.ratio_days)
    )


def _stockout(figures: PeriodFigures) -> Figure:
    if undefined := _undefined(figures):
        return undefined
    return Figure(
        in_days(figures.stockout_days, 0),
        _("%(out)s out of %(observed)s observed")
        % {
            "out": in_days(figures.stockout_days, 0),
            "observed": in_days(figures.observed_days, 0),
        },
    )


def _effective(figures: PeriodFigures) -> Figure:
    if undefined := _undefined(figures):
        return undefined
    return _equation(
        f"{in_days(figures.observed_days, 0)} − {in_days(figures.stockout_days, 0)}",
        in_days(figures.effective_days, 0),
    )


def _expected(figures: PeriodFigures) -> Figure:
    if undefined := _undefined(figures):
        return undefined
    if figures.expected_stockout_sales is None:
        return _always_out(figures)
    return _equation(
        f"{in_packs(figures.sold)} ÷ {in_days(figures.effective_days, 0)} × "
        f"{in_days(figures.stockout_days, 0)}",
        in_packs(figures.expected_stockout_sales, 1),
    )


def _satisfaction(figures: PeriodFigures) -> Figure:
    if undefined := _undefined(figures):
        return undefined
    if figures.always_out:
        return _always_out(figures)
    if figures.satisfaction is None:
        return Figure(DASH, _("Nothing was sold and nothing was expected to be."))
    return _equation(
        f"{in_packs(figures.sold)} ÷ ({in_packs(figures.sold)} + "
        f"{in_packs(figures.expected_stockout_sales, 1)})",
        share(figures.satisfaction),
    )


def _always_out(figures: PeriodFigures) -> Figure:
    return Figure(
        DASH,
        _("Out of stock on all %(observed)s: there is no effective day to go by.")
        % {"observed": in_days(figures.observed_days, 0)},
    )


def days_of_stock(
    *, latest_closing: int | None, recent_sold: int | None, recent_effective_days: int | None
) -> Figure:
    """The latest stock at the speed of the last 28 days."""
    value = rules.days_of_stock(
        latest_closing=latest_closing,
        recent_sold=recent_sold or 0,
        recent_effective_days=recent_effective_days or 0,
    )
    if latest_closing is None:
        return Figure(DASH, _("No day of the period was observed."))
    if value is None:
        return Figure(
            DASH,
            _("%(closing)s left, nothing sold in the last %(days)s: there is no speed to go by.")
            % {"closing": in_packs(latest_closing), "days": in_days(rules.RECENT_DAYS, 0)},
        )
    return _equation(
        f"{in_packs(latest_closing)} ÷ ({in_packs(recent_sold)} ÷ "
        f"{in_days(recent_effective_days, 0)})",
        in_days(value),
    )


def point_ratio(
    value: Fraction | None, *, closing: int | None, sold: int | None, whole: bool
) -> Figure:
    """The weekly or monthly point ratio, a plain ratio; `whole`: every day was observed."""
    if not whole:
        return Figure(DASH, _("Not every day of the period was observed."))
    if value is None:
        return Figure(DASH, _("Nothing was sold in the period."))
    return _equation(f"{in_packs(closing)} ÷ {in_packs(sold)}", number(value, 2))


def _equation(left: str, value: str) -> Figure:
    return Figure(value, f"{left} = {value}")
