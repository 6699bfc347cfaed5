"""The formulas of the indicators: the one home of each.

Pure and exact: whole numbers in, `Fraction` out, None where the figure is undefined (never 0 or
infinity). Sources and worked tables: docs/algorithms/.

Three figures are called "stock-to-sales ratio" in the trade and must not be mixed up. They have
three names and three sets of keyword arguments, so that one cannot be called with another's:
`ratio_days` (存销比, in days), `weekly_point_ratio` (周时点存销比, a plain ratio) and
`monthly_point_ratio` (月时点存销比, a plain ratio).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

STANDS_STILL_DAYS = 14  # observed days without a sale
RECENT_DAYS = 28  # "latest" selling speed


def ratio_days(*, closing: int, sold: int, observed_days: int) -> Fraction | None:
    """Stock-to-sales ratio in days: closing stock ÷ (sold ÷ observed days)."""
    if not observed_days or not sold:
        return None
    return Fraction(closing * observed_days, sold)


def weekly_point_ratio(*, sunday_closing: int | None, week_sold: int | None) -> Fraction | None:
    """Stock at Sunday's close ÷ that week's retail sales; a plain ratio, not days.

    Both are None unless every day of the week was observed.
    """
    if sunday_closing is None or not week_sold:
        return None
    return Fraction(sunday_closing, week_sold)


def monthly_point_ratio(*, month_closing: int | None, month_sold: int | None) -> Fraction | None:
    """Stock at the month's last close ÷ the calendar month's retail sales; a plain ratio.

    Both are None unless every day of the month was observed.
    """
    if month_closing is None or not month_sold:
        return None
    return Fraction(month_closing, month_sold)


def is_stockout(*, sold: int, closing: int, threshold: int, kept_back: bool = False) -> bool:
    """Whether an observed day is a stock-out day: no sale, and at most `threshold` packs left.

    A kept-back pack does not hide the stock-out, whatever the threshold.
    """
    return sold == 0 and (kept_back or closing <= threshold)


def effective_days(*, observed_days: int, stockout_days: int) -> int | None:
    """Days on which the shop could sell; undefined where no day was observed."""
    return observed_days - stockout_days if observed_days else None


def expected_stockout_sales(
    *, sold: int, observed_days: int, stockout_days: int
) -> Fraction | None:
    """What would have been sold on the stock-out days: sold ÷ effective days × stock-out days."""
    effective = effective_days(observed_days=observed_days, stockout_days=stockout_days)
    if not effective:
        return None
    return Fraction(sold * stockout_days, effective)


def satisfaction(*, sold: int, observed_days: int, stockout_days: int) -> Fraction | None:
    """Sales satisfaction: sold ÷ (sold + expected stock-out sales).

    With these definitions it equals effective days ÷ observed days wherever there was a sale: it
    says how long the shop could sell, not how much demand it met.
    """
    expected = expected_stockout_sales(
        sold=sold, observed_days=observed_days, stockout_days=stockout_days
    )
    if expected is None or sold + expected == 0:
        return None
    return sold / (sold + expected)


def days_of_stock(
    *, latest_closing: int | None, recent_sold: int, recent_effective_days: int
) -> Fraction | None:
    """How many days the latest stock lasts at the recent speed.

    Latest closing stock ÷ (sold ÷ effective days, both of the last 28 days).
    """
    if latest_closing is None or not recent_sold or not recent_effective_days:
        return None
    return Fraction(latest_closing * recent_effective_days, recent_sold)


def stands_still(
    *, latest_closing: int | None, days_without_sale: int | None, limit: int = STANDS_STILL_DAYS
) -> bool | None:
    """Stock on the shelf and no sale for `limit` observed days; None without an observed day."""
    if latest_closing is None or days_without_sale is None:
        return None
    return latest_closing > 0 and days_without_sale >= limit


def stability_index(ratios: Iterable[Fraction | None]) -> Fraction | None:
    """S²: the population variance of a ratio over the named cells that have one.

    Undefined for fewer than two cells.
    """
    cells = [ratio for ratio in ratios if ratio is not None]
    if len(cells) < 2:
        return None
    mean = sum(cells, Fraction(0)) / len(cells)
    return sum(((cell - mean) ** 2 for cell in cells), Fraction(0)) / len(cells)


def sales_share(*, product_sold: int, class_sold: int) -> Fraction | None:
    """A product's sales ÷ the sales of all products of its price class."""
    return Fraction(product_sold, class_sold) if class_sold else None


def shelf_rate(*, selling_customers: int, customers: int) -> Fraction | None:
    """Customers that sell the product ÷ all customers."""
    return Fraction(selling_customers, customers) if customers else None


def upload_rate(*, uploaded: int, due: int) -> Fraction | None:
    """Shops that uploaded the day ÷ shops from which it was due."""
    return Fraction(uploaded, due) if due else None


def anomaly_degree(*, flagged_rows: int, rows: int) -> Fraction | None:
    """Flagged ledger rows ÷ ledger rows."""
    return Fraction(flagged_rows, rows) if rows else None


# Roll-ups: never a mean of ratios.


def rolled_ratio_days(*, closing: int, daily_sales: Fraction) -> Fraction | None:
    """Σ closing ÷ Σ (sold ÷ observed days of the cell), over cells with an observed day."""
    return closing / daily_sales if daily_sales else None


def rolled_satisfaction(*, sold: int, sold_and_expected: Fraction) -> Fraction | None:
    """Σ sold ÷ Σ (sold + expected stock-out sales), over cells where it is defined."""
    return sold / sold_and_expected if sold_and_expected else None


def stockout_rate(*, stockout_days: int, observed_days: int) -> Fraction | None:
    """Σ stock-out days ÷ Σ observed days."""
    return Fraction(stockout_days, observed_days) if observed_days else None


# What a figure is compared with.


class Segment(StrEnum):
    """A customer by its stock-outs: A always out, E never."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


SEGMENT_BOUNDS = (Fraction(1, 2), Fraction(1, 5), Fraction(1, 20))


def stockout_segment(
    *,
    stockout_days: int,
    observed_days: int,
    bounds: Sequence[Fraction] = SEGMENT_BOUNDS,
) -> Segment | None:
    """The segment of a customer from all its pairs' days in the window.

    A, B, C from their bound on, D above 0, E at 0; undefined without an observed day.
    """
    rate = stockout_rate(stockout_days=stockout_days, observed_days=observed_days)
    if rate is None:
        return None
    for segment, bound in zip((Segment.A, Segment.B, Segment.C), bounds, strict=True):
        if rate >= bound:
            return segment
    return Segment.D if rate > 0 else Segment.E


class Position(StrEnum):
    SHORT = "short"
    REASONABLE = "reasonable"
    OVERSTOCK = "overstock"


def position(
    ratio: Fraction | None, *, lowest: Fraction | int, highest: Fraction | int
) -> Position | None:
    """Where a ratio in days stands against the reasonable range of its product group.

    The bounds themselves are reasonable.
    """
    if ratio is None:
        return None
    if ratio > highest:
        return Position.OVERSTOCK
    return Position.SHORT if ratio < lowest else Position.REASONABLE


def change(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """The relative change against the same period a year before (同比) or the one before (环比)."""
    if now is None or not before:
        return None
    return now / before - 1


class Course(StrEnum):
    FALLING = "falling"
    LEVEL = "level"
    RISING = "rising"
    WAVERING = "wavering"


def course(values: Sequence[Fraction | None]) -> Course | None:
    """The name of a figure's course; undefined figures are left out, fewer than 2 have none.

    Rising: never down and once up; falling: the reverse; level: all the same; else wavering.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    up = any(later > earlier for earlier, later in pairwise(known))
    down = any(later < earlier for earlier, later in pairwise(known))
    if up and down:
        return Course.WAVERING
    if up:
        return Course.RISING
    return Course.FALLING if down else Course.LEVEL


def scaled(value: Fraction | int, places: int) -> int:
    """The value in units of its last decimal, exactly rounded (half to even)."""
    # As round() of the product, which makes two more fractions on the way.
    whole, rest = divmod(value.numerator * 10**places, value.denominator)
    twice = 2 * rest
    up = twice > value.denominator or (twice == value.denominator and whole % 2 == 1)
    return whole + up


def decimals(value: Fraction | int | None, places: int = 6) -> str:
    """A figure written out with a fixed number of decimals, exactly rounded (half to even).

    Undefined is the empty string.
    """
    if value is None:
        return ""
    found = scaled(value, places)
    sign = "-" if found < 0 else ""
    whole, part = divmod(abs(found), 10**places)
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"
