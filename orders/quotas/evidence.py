"""What the quota engine is given and what it answers: arrays for N pairs, nothing else.

Whole numbers throughout; UNKNOWN (−1) stands for "none" in every column. The pairs of one block
share the boundaries of their cycles (the shops have the same delivery calendar), so `lengths` is
one list for all. Nothing here depends on which other pairs are in the block.
"""

from dataclasses import dataclass, fields

import numpy as np

UNKNOWN = -1
WHOLE = 1000  # permille: nothing cut, no event


@dataclass(frozen=True)
class Evidence:
    """What is known of N pairs over R periods, oldest first.

    Periods are the window's complete cycles and, where `running`, the days so far of the cycle
    that is under way as the last one. `observed`, `stockout` (days), `sold`, `closing` (packs) are
    int [R, N] as inventory.indicators.kernel gives them: where `observed` is 0 the others do not
    count. Flagged days are already out of them, and kept-back days already stock-outs.

    supply_permille [R, N]: Σ supplied ÷ Σ requested of the product, or the published ratio.
    event_permille [R, N], next_event_permille [N]: mean factor of the events over the period's
    days, and over the days that the next order has to cover.
    shop_days [N]: days observed of the shop since its first (91 stands for more).
    peer_millipacks [N]: daily sales of the product in shops of its format, area and scale, in
    thousandths of a pack.
    flags [N]: bits of rules.FLAGS_BY_POLICY. in_force [N]: quota in force, packs per cycle.
    segment [N]: the customer's segment, 1 to 5 for A to E, where somebody set it (else 0).
    shop_observed, shop_stockout [N]: the customer's days in the window over all its products, from
    which the segment follows; where the first is 0, from the pair's own days.
    review_days, lead_days [N]: from order to order, and from order to delivery.
    """

    lengths: np.ndarray
    observed: np.ndarray
    stockout: np.ndarray
    sold: np.ndarray
    closing: np.ndarray
    supply_permille: np.ndarray
    event_permille: np.ndarray
    next_event_permille: np.ndarray
    price_class: np.ndarray
    flags: np.ndarray
    packs_per_carton: np.ndarray
    shop_days: np.ndarray
    peer_millipacks: np.ndarray
    in_force: np.ndarray
    segment: np.ndarray
    shop_observed: np.ndarray
    shop_stockout: np.ndarray
    review_days: np.ndarray
    lead_days: np.ndarray
    running: bool = False

    @property
    def pairs(self) -> int:
        return self.observed.shape[1]

    @property
    def complete(self) -> int:
        """Number of complete cycles."""
        return len(self.lengths) - self.running

    def part(self, chosen: slice | np.ndarray) -> "Evidence":
        """The evidence of the chosen pairs (a slice, indexes or a mask)."""
        values = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name not in ("lengths", "running"):
                value = value[..., chosen]
            values[one.name] = value
        return Evidence(**values)


ADVICE_COLUMNS = (
    "quota",
    "target_level",
    "regime",
    "interval_days",
    "supply_permille",
    "cut_cycles",
    "event_permille",
    "event_cycles",
    "event_realised_permille",
    "observed",
    "effective",
    "sold",
    "segment",
    "trend",
    "rate_millipacks",
    "peer_millipacks",
    "spread_millipacks",
    "wanted",
    "unit",
    "in_force",
    "bounds",
)


@dataclass(frozen=True)
class Advice:
    """What the engine recommends for N pairs and why, each array int32 [N].

    quota: packs per cycle; target_level: packs on hand and in transit after an order; both UNKNOWN
    where there is no recommendation. The rest is the trail, in the order of the judgement:

    regime: one of the REGIME constants. interval_days: days that an order has to cover.
    supply_permille: lowest ratio among the complete cycles; cut_cycles: how many were cut.
    event_permille: expected factor ahead; event_cycles: how many past cycles an event touched;
    event_realised_permille: what sold per day in them ÷ in the others, UNKNOWN without either.
    observed, effective (days), sold (packs): of the complete cycles. segment: 1 to 5 (A to E).
    trend: 1 up, −1 down, 0 none. rate_millipacks: daily demand without events, in 1/1000 pack.
    spread_millipacks: standard deviation of the demand of the interval, UNKNOWN for method mean.
    wanted: packs per cycle before bounds and rounding up. unit: packs that are ordered at once.
    bounds: bits of the BOUND constants.
    """

    quota: np.ndarray
    target_level: np.ndarray
    regime: np.ndarray
    interval_days: np.ndarray
    supply_permille: np.ndarray
    cut_cycles: np.ndarray
    event_permille: np.ndarray
    event_cycles: np.ndarray
    event_realised_permille: np.ndarray
    observed: np.ndarray
    effective: np.ndarray
    sold: np.ndarray
    segment: np.ndarray
    trend: np.ndarray
    rate_millipacks: np.ndarray
    peer_millipacks: np.ndarray
    spread_millipacks: np.ndarray
    wanted: np.ndarray
    unit: np.ndarray
    in_force: np.ndarray
    bounds: np.ndarray

    @classmethod
    def empty(cls, pairs: int) -> "Advice":
        """Room for the advice of so many pairs, every column UNKNOWN."""
        return cls(*(np.full(pairs, UNKNOWN, np.int32) for _ in ADVICE_COLUMNS))

    def row(self, index: int) -> dict[str, int]:
        """The columns of one pair as plain numbers."""
        return {name: int(getattr(self, name)[index]) for name in ADVICE_COLUMNS}


REGIME_REGULAR = 0
REGIME_NEW_SHOP = 1
REGIME_BY_POLICY = 2
REGIME_NOT_OBSERVED = 3
REGIME_NOTHING_TO_GO_BY = 4

BOUND_RAISE = 1  # held at the most that a raise may be
BOUND_CUT = 2  # held at the least that a cut may leave
BOUND_LEAST = 4
BOUND_MOST = 8
