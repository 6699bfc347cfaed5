"""The approximate quantile against the exact one, summed up from the distribution itself."""

from math import lgamma

import numpy as np
import pytest

from orders.quotas.methods.quantile import normal_quantile, upper_quantile


def distribution(mean, variance):
    """Cumulated probabilities of a negative binomial (a Poisson count where variance = mean)."""
    counts = np.arange(int(mean * 12 + 60))
    logs = np.array([lgamma(count + 1) for count in counts])
    if variance <= mean:
        return np.exp(counts * np.log(mean) - mean - logs).cumsum()
    shape = mean * mean / (variance - mean)
    gammas = np.array([lgamma(count + shape) for count in counts]) - lgamma(shape)
    share = mean / variance
    return np.exp(gammas - logs + shape * np.log(share) + counts * np.log1p(-share)).cumsum()


def exact(mean, variance, permille, unit):
    """Smallest S at which the mean of P(demand ≤ s) over s = S … S + unit − 1 is reached."""
    chances = np.concatenate([distribution(mean, variance), np.ones(2 * unit)])
    for level in range(len(chances)):
        if chances[level : level + unit].mean() >= permille / 1000:
            return level
    raise AssertionError("the table of probabilities is too short")


@pytest.mark.parametrize("permille", [800, 900, 950, 980])
@pytest.mark.parametrize("unit", [1, 10])
def test_it_is_within_two_packs_or_a_twentieth_of_the_exact_one(permille, unit):
    z = normal_quantile(permille)
    for mean in (0.1, 0.3, 1.0, 2.5, 5.0, 9.0, 20.0, 45.0, 120.0):
        for dispersion, squared in ((1.0, 0.0), (1.5, 0.04), (1.0, 0.25), (3.0, 0.0)):
            variance = dispersion * mean + squared * mean * mean
            wanted = exact(mean, variance, permille, unit)
            found = upper_quantile(np.array([mean]), np.array([variance]), z, unit)[0]
            assert abs(found - wanted) <= max(2, 0.05 * wanted), (mean, dispersion, squared, wanted)


@pytest.mark.parametrize("unit", [1, 10])
@pytest.mark.parametrize("permille", [500, 800, 950, 999])
def test_it_never_falls_as_demand_rises(permille, unit):
    mean = np.concatenate([np.geomspace(1e-6, 1, 4000), np.linspace(1, 500, 20000)])
    for per_mean, squared in ((0.1, 0.0), (0.7, 0.04), (1.3, 0.04), (20.0, 0.0), (1.0, 4.0)):
        levels = upper_quantile(
            mean, per_mean * mean + squared * mean * mean, normal_quantile(permille), unit
        )
        assert (np.diff(levels) >= 0).all(), (per_mean, squared)


def test_without_demand_the_level_is_zero():
    zero = np.zeros(1)
    for unit in (1, 10):
        assert upper_quantile(zero, zero, normal_quantile(999), unit)[0] == 0
