"""What a method answers."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """Of n pairs, float64 [n]; `known` False where there is nothing to go by.

    rate: demand per day without events. wanted: packs per cycle before bounds and rounding.
    target: whole packs. spread: standard deviation of the interval's demand, −1 where the method
    has none. trend: int, 1 up, −1 down, 0 none.
    """

    known: np.ndarray
    rate: np.ndarray
    wanted: np.ndarray
    target: np.ndarray
    spread: np.ndarray
    trend: np.ndarray


def lasting_change(
    rates: list[np.ndarray], known: list[np.ndarray], *, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """(floor, ceiling) that the latest cycles set to the daily rate, float64 [n] each.

    `rates` of the latest cycles, `known` where there is one. All of them lie above a base exactly
    if the lowest does; so a lasting rise lifts the base to the lowest of them and a lasting fall
    brings it down to the highest, less and plus one standard deviation √(noise × rate) of a single
    cycle's rate. A cycle without a rate leaves the base free: floor 0, ceiling infinite. Neither
    falls when a rate rises.
    """
    lowest, highest = np.full_like(rates[0], np.inf), np.zeros_like(rates[0])
    for rate, there in zip(rates, known, strict=True):
        lowest = np.where(there, np.minimum(lowest, rate), 0.0)
        highest = np.where(there, np.maximum(highest, rate), np.inf)
    return np.maximum(lowest - np.sqrt(noise * lowest), 0.0), highest + np.sqrt(noise * highest)
