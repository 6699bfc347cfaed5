"""What a pair would have sold: effective days, events out, cut supply without effect.

The steps 2, 3 and 4 of the judgement, shared by the methods. Reductions over cycles are written as
loops over whole rows: a pair's figure is then the same to the last bit alone or in any block.
"""

from dataclasses import dataclass

import numpy as np

from orders.quotas.evidence import UNKNOWN, WHOLE, Evidence
from orders.quotas.rules import QuotaRules

ROUNDS = 8  # of the fixed point for cut cycles; halves what is left of the error each time


@dataclass(frozen=True)
class Cleaned:
    """Sales and selling days of n pairs in R periods, float64 [R, n] where not said otherwise.

    observed, effective int: days, 0 where none is observed. sold: packs. selling: effective days,
    each counted as many times as the event's `factor` says (a day at half demand is half a selling
    day). standing: the same with the stock-out days: what a cut cycle's sales are measured against.
    ran_out bool: the stock came to its end in the period, on a day that could sell in part only.
    cut bool: supply was cut. any_cut, any_event: whether there is such a cell at all.
    """

    observed: np.ndarray
    effective: np.ndarray
    sold: np.ndarray
    selling: np.ndarray
    standing: np.ndarray
    factor: np.ndarray
    ran_out: np.ndarray
    cut: np.ndarray
    any_cut: bool
    any_event: bool


def clean(evidence: Evidence, rules: QuotaRules) -> Cleaned:
    """The cleaned sales of a block."""
    # Where no day is observed the sums are UNKNOWN (−1): nothing of them counts.
    observed = np.maximum(evidence.observed, 0)
    effective = observed - np.maximum(evidence.stockout, 0)
    sold = np.maximum(evidence.sold, 0, dtype=np.float64)
    cut = (evidence.supply_permille >= 0) & (evidence.supply_permille < rules.supply_cut_below)
    ran_out = (effective < observed) | (evidence.closing == 0)
    ran_out &= sold > 0
    any_event = bool((evidence.event_permille != WHOLE).any())
    factor = evidence.event_permille / WHOLE if any_event else np.float64(1)
    return Cleaned(
        observed=observed,
        effective=effective,
        sold=sold,
        selling=effective * factor,
        standing=observed * factor,
        factor=factor,
        ran_out=ran_out,
        cut=cut,
        any_cut=bool(cut.any()),
        any_event=any_event,
    )


def complete_cycles(
    evidence: Evidence, cleaned: Cleaned
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(observed days, effective days, packs sold) of the complete cycles, int64 [n] each."""
    cycles = slice(evidence.complete)
    return (
        cleaned.observed[cycles].sum(axis=0, dtype=np.int64),
        cleaned.effective[cycles].sum(axis=0, dtype=np.int64),
        # Packs are whole numbers, of which sums in floats are exact.
        cleaned.sold[cycles].sum(axis=0).astype(np.int64),
    )


def segments(evidence: Evidence, cleaned: Cleaned, rules: QuotaRules) -> np.ndarray:
    """The stock-out segment of each pair's customer, int32 [n]: 1 to 5 for A to E.

    What somebody set; else from the customer's days; else from the pair's own, where the stock-out
    days of cut cycles do not count: nobody is "always out of stock" because the supply was.
    """
    observed = evidence.shop_observed.astype(np.int64)
    out = evidence.shop_stockout.astype(np.int64)
    alone = np.flatnonzero(observed <= 0)
    if alone.size:
        observed[alone], out[alone] = _own_days(evidence.complete, cleaned, alone)
    found = np.full(evidence.pairs, 5, np.int32)
    found[out > 0] = 4
    for number, permille in zip((3, 2, 1), reversed(rules.segment_from), strict=True):
        found[(out * 1000 >= permille * observed) & (observed > 0)] = number
    return np.where(evidence.segment > 0, evidence.segment, found).astype(np.int32)


def _own_days(complete: int, cleaned: Cleaned, chosen: np.ndarray) -> tuple:
    observed = cleaned.observed[:complete, chosen]
    out = observed - cleaned.effective[:complete, chosen]
    out[cleaned.cut[:complete, chosen]] = 0
    return observed.sum(axis=0, dtype=np.int64), out.sum(axis=0, dtype=np.int64)


def realised_events(evidence: Evidence, cleaned: Cleaned) -> tuple[np.ndarray, np.ndarray]:
    """(complete cycles with an event, realised factor in permille or UNKNOWN), int32 [n] each.

    What was sold per effective day in the cycles with an event, by what was in the others.
    """
    touched = np.zeros(evidence.pairs, np.int32)
    realised = np.full(evidence.pairs, UNKNOWN, np.int32)
    if not cleaned.any_event:
        return touched, realised
    inside = evidence.event_permille[: evidence.complete] != WHOLE
    sold, days = np.zeros((2, evidence.pairs)), np.zeros((2, evidence.pairs))
    for cycle in range(evidence.complete):
        touched += inside[cycle]
        for side, chosen in enumerate((inside[cycle], ~inside[cycle])):
            sold[side] += np.where(chosen, cleaned.sold[cycle], 0)
            days[side] += np.where(chosen, cleaned.effective[cycle], 0)
    known = (days[0] > 0) & (sold[1] > 0)
    realised[known] = np.rint(
        1000 * sold[0][known] * days[1][known] / (days[0][known] * sold[1][known])
    )
    return touched, realised
