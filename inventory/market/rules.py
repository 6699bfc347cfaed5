"""Social stock and sales: from the information points' ledger to the whole market.

Pure and exact where it can be: `Fraction` in and out; only the half-width of an interval needs a
square root, taken in decimal arithmetic, so that it is the same on every machine. Weights come as
plain figures (what was supplied to whom); definitions and worked tables:
docs/algorithms/social-stock.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

CONFIDENCE_FACTOR = Fraction(196, 100)  # 95 % of a normal distribution
_CONTEXT = Context(prec=28)


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval; `low` and `high` are None where the sample is too small."""

    value: Fraction
    low: Fraction | None
    high: Fraction | None


def sample_weight(*, supplied_to_sample: int, supplied_to_all: int) -> Fraction | None:
    """The sample's share of a product's supply over the last 13 weeks; None without any supply."""
    return Fraction(supplied_to_sample, supplied_to_all) if supplied_to_all else None


@dataclass(frozen=True)
class Sums:
    """What a ratio Σabove ÷ Σbelow of a sample and its variance need: whole numbers all."""

    size: int
    above: int
    below: int
    above_above: int
    above_below: int
    below_below: int

    @classmethod
    def of(cls, sample: Sequence[tuple[int, int]]) -> "Sums":
        """The sums of (above, below) pairs, one per shop."""
        return cls(
            len(sample),
            sum(above for above, _ in sample),
            sum(below for _, below in sample),
            sum(above * above for above, _ in sample),
            sum(above * below for above, below in sample),
            sum(below * below for _, below in sample),
        )


def social_total(
    sample: Sequence[tuple[int, int]], *, supplied_to_all: int, customers: int
) -> Estimate | None:
    """Social stock (or social retail sales) of a product: Σ of the sample ÷ the sample's weight.

    `sample`: per information point (its stock or sales, what was supplied to it in the 13 weeks).
    `customers`: all that were supplied. None where the weight is 0 or unknown.

    Σy ÷ (Σx ÷ X) is the ratio estimator X·Σy/Σx, so its variance is the usual one,
    X² · (1 − n/N) · n / (n − 1) · Σ(y − R·x)² / (Σx)² with R = Σy/Σx: shops that hold stock in
    proportion to what they buy add nothing to it.
    """
    return total_of(Sums.of(sample), supplied_to_all=supplied_to_all, customers=customers)


def total_of(sums: Sums, *, supplied_to_all: int, customers: int) -> Estimate | None:
    """social_total from the sample's sums."""
    weight = sample_weight(supplied_to_sample=sums.below, supplied_to_all=supplied_to_all)
    if not weight:
        return None
    value = sums.above / weight
    half = _half_width(sums, customers)
    if half is None:
        return Estimate(value, None, None)
    half *= supplied_to_all
    return Estimate(value, max(Fraction(0), value - half), value + half)


def social_ratio(sample: Sequence[tuple[int, int]], *, customers: int) -> Estimate | None:
    """Social stock-to-sales ratio: social stock ÷ social sales of the same week or month.

    `sample`: per information point (stock at the period's end, sales in the period). The weight is
    the same above and below, so the ratio is that of the sample; None without a sale.
    """
    return ratio_of(Sums.of(sample), customers=customers)


def ratio_of(sums: Sums, *, customers: int) -> Estimate | None:
    """social_ratio from the sample's sums."""
    if not sums.below:
        return None
    value = Fraction(sums.above, sums.below)
    half = _half_width(sums, customers)
    if half is None:
        return Estimate(value, None, None)
    return Estimate(value, max(Fraction(0), value - half), value + half)


def _half_width(sums: Sums, customers: int) -> Fraction | None:
    """1.96 standard errors of R = Σy/Σx (linearised); None for fewer than two shops."""
    size = sums.size
    if size < 2:
        return None
    ratio = Fraction(sums.above, sums.below)
    # Σ(y − R·x)², multiplied out: three sums of whole numbers instead of a fraction per shop.
    residuals = sums.above_above - 2 * ratio * sums.above_below + ratio * ratio * sums.below_below
    unsampled = max(Fraction(0), 1 - Fraction(size, customers)) if customers else Fraction(1)
    variance = unsampled * Fraction(size, size - 1) * residuals / sums.below**2
    return CONFIDENCE_FACTOR * _square_root(variance)


def _square_root(value: Fraction) -> Fraction:
    quotient = _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(_CONTEXT.sqrt(quotient))


def average_stock_per_customer(
    *, social_stock: Fraction, dealing_customers: int
) -> Fraction | None:
    """Social stock ÷ the customers that deal in the product."""
    return social_stock / dealing_customers if dealing_customers else None
