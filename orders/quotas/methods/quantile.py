"""An upper quantile of a count from its mean and variance, with +, −, ×, ÷ and √ only.

These five are exactly rounded everywhere, so the same numbers give the same packs on any machine,
which a special function or an `exp` of a vector library would not promise.

The count is taken to be negative binomial (a Poisson stream whose rate is itself uncertain); its
quantile by the cube-root approximation of Wilson and Hilferty (1931) for a Pearson III curve with
the same mean, variance and third moment. How far that is from the exact quantile, and why rounding
to cartons enters here: docs/algorithms/quota_level.md.
"""

from statistics import NormalDist

import numpy as np

MOST_SKEW = 3.0
LEAST_SKEW = 1e-3


def normal_quantile(permille: int) -> float:
    """z of the standard normal distribution at `permille` thousandths."""
    # Rounded, because a logarithm is in it.
    return round(NormalDist().inv_cdf(permille / 1000), 9)


def upper_quantile(
    mean: np.ndarray, variance: np.ndarray, z: float, unit: np.ndarray | int = 1
) -> np.ndarray:
    """The order-up-to level of a count, float64 [n], whole packs, 0 or more.

    With `unit` 1: the smallest whole S with P(demand ≤ S) ≥ P(Z ≤ z), nearly. With a larger unit
    orders are whole units, rounded up, so that stock after an order is evenly spread over
    S … S + unit − 1 (Hadley and Whitin 1963); S is then the smallest level at which the *mean*
    probability over that spread is reached: the quantile of demand less the spread.
    """
    third = np.maximum(variance * (2.0 * variance / np.maximum(mean, 1e-12) - 1.0), 0.0)
    level = _pearson(mean, variance, third, z)
    if np.any(np.not_equal(unit, 1)):
        spread = (unit * unit - 1) / 12.0
        # The mean over S … S + unit − 1 is reached no later than the probability at S itself; of
        # a demand much smaller than the unit the three moments alone would not know that.
        level = np.minimum(level, _pearson(mean - (unit - 1) / 2.0, variance + spread, third, z))
    return np.maximum(np.ceil(level - 0.5 - 1e-9), 0.0)


def _pearson(mean, variance, third, z: float) -> np.ndarray:
    """Wilson and Hilferty's quantile of a Pearson III curve with these three moments."""
    deviation = np.sqrt(variance)
    skew = third / np.maximum(variance * deviation, 1e-12)
    skew = np.minimum(np.maximum(skew, LEAST_SKEW), MOST_SKEW)
    base = np.maximum(1.0 + skew * (z / 6.0) - skew * skew / 36.0, 0.0)
    return mean + deviation * (2.0 / skew) * (base * base * base - 1.0)
