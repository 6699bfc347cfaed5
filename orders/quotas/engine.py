"""The quota engine: from evidence and rules to a quota, a target level and the reasons.

Pure numpy: no database, no clock. The same function serves the night, the what-if and the
benchmark; the order of its steps is that of the domain (docs/algorithms/quota.md). A pair's advice
depends on its own column and the rules alone, to the last bit.
"""

import numpy as np

from orders.quotas.cleaning import clean, complete_cycles, realised_events, segments
from orders.quotas.evidence import (
    ADVICE_COLUMNS,
    BOUND_CUT,
    BOUND_LEAST,
    BOUND_MOST,
    BOUND_RAISE,
    REGIME_BY_POLICY,
    REGIME_NEW_SHOP,
    REGIME_NOT_OBSERVED,
    REGIME_NOTHING_TO_GO_BY,
    REGIME_REGULAR,
    UNKNOWN,
    Advice,
    Evidence,
)
from orders.quotas.methods import BY_PEERS, METHODS
from orders.quotas.rules import QuotaRules

PAIRS_AT_ONCE = 4096  # pairs × periods of a chunk stay in the processor's cache


def recommend(evidence: Evidence, rules: QuotaRules) -> Advice:
    """The advice for every pair of a block."""
    advice = Advice.empty(evidence.pairs)
    for start in range(0, evidence.pairs, PAIRS_AT_ONCE):
        part = slice(start, min(start + PAIRS_AT_ONCE, evidence.pairs))
        _recommend(evidence.part(part), rules, advice, part)
    return advice


def _recommend(evidence: Evidence, rules: QuotaRules, advice: Advice, part: slice) -> None:
    cleaned = clean(evidence, rules)
    observed, effective, sold = complete_cycles(evidence, cleaned)
    segment = segments(evidence, cleaned, rules)
    touched, realised = realised_events(evidence, cleaned)
    estimate = METHODS[rules.method](evidence, cleaned, rules)
    regime = _regime(evidence, rules, estimate.known)
    own = regime == REGIME_REGULAR
    peers = regime == REGIME_NEW_SHOP
    rate, wanted, target, spread = estimate.rate, estimate.wanted, estimate.target, estimate.spread
    if peers.any():
        by_peers = BY_PEERS[rules.method](evidence, rules)
        rate = np.where(peers, by_peers.rate, rate)
        wanted = np.where(peers, by_peers.wanted, wanted)
        target = np.where(peers, by_peers.target, target)
        spread = np.where(peers, by_peers.spread, spread)
    reckoned = own | peers
    unit = _unit(evidence, rules)
    quota, bounds = _bounded(evidence, rules, wanted, segment, unit)
    lowest = _lowest_supply(evidence)
    columns = {
        "quota": np.where(reckoned, quota, evidence.in_force),
        "target_level": np.where(reckoned, target, UNKNOWN),
        "regime": regime,
        "interval_days": evidence.review_days + evidence.lead_days,
        "supply_permille": lowest,
        "cut_cycles": cleaned.cut[: evidence.complete].sum(axis=0),
        "event_permille": evidence.next_event_permille,
        "event_cycles": touched,
        "event_realised_permille": realised,
        "observed": observed,
        "effective": effective,
        "sold": sold,
        "segment": segment,
        "trend": np.where(own, estimate.trend, 0),
        "rate_millipacks": np.where(reckoned, np.rint(rate * 1000), UNKNOWN),
        "peer_millipacks": evidence.peer_millipacks,
        "spread_millipacks": np.where(reckoned & (spread >= 0), np.rint(spread * 1000), UNKNOWN),
        "wanted": np.where(reckoned, np.ceil(wanted - 1e-9), UNKNOWN),
        "unit": unit,
        "in_force": evidence.in_force,
        "bounds": np.where(reckoned, bounds, 0),
    }
    for name in ADVICE_COLUMNS:
        getattr(advice, name)[part] = columns[name]


def _lowest_supply(evidence: Evidence) -> np.ndarray:
    """The lowest known supply ratio of the complete cycles, UNKNOWN without one."""
    if not evidence.complete:
        return np.full(evidence.pairs, UNKNOWN, np.int32)
    # UNKNOWN becomes the largest number of all.
    ratios = evidence.supply_permille[: evidence.complete].astype(np.uint16)
    lowest = ratios.min(axis=0).astype(np.int32)
    return np.where(lowest == np.iinfo(np.uint16).max, UNKNOWN, lowest)


def _regime(evidence: Evidence, rules: QuotaRules, known: np.ndarray) -> np.ndarray:
    """Which rule applies. The last to be written wins: policy comes before everything else."""
    regime = np.full(evidence.pairs, REGIME_REGULAR, np.int32)
    regime[~known] = REGIME_NOTHING_TO_GO_BY
    seen = np.zeros(evidence.pairs, bool)
    for period in range(len(evidence.lengths)):
        seen |= evidence.observed[period] > 0
    regime[~seen] = REGIME_NOT_OBSERVED
    new = evidence.shop_days < rules.new_shop_days
    regime[new] = np.where(
        evidence.peer_millipacks[new] > 0, REGIME_NEW_SHOP, REGIME_NOTHING_TO_GO_BY
    )
    policy = (evidence.flags & rules.policy_flag_bits) != 0
    for price_class in rules.classes_by_policy:
        policy |= evidence.price_class == price_class
    regime[policy] = REGIME_BY_POLICY
    return regime


def _unit(evidence: Evidence, rules: QuotaRules) -> np.ndarray:
    if rules.order_unit == "carton":
        return evidence.packs_per_carton.astype(np.int64)
    return np.ones(evidence.pairs, np.int64)


def _up(packs: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return -(-packs // unit) * unit


def _bounded(evidence: Evidence, rules: QuotaRules, wanted, segment, unit):
    """(quota in whole units, bits of the bounds that held it), int64 [n] each.

    Neither raised nor cut without end: against the quota in force one decision moves it by no more
    than the rule says, though always by a unit at least.
    """
    quota = _up(np.ceil(wanted - 1e-9).astype(np.int64), unit)
    bounds = np.zeros(len(quota), np.int64)
    held = evidence.in_force >= 0
    if held.any():
        in_force = np.maximum(evidence.in_force, 0).astype(np.int64)
        limits = np.array((0, *rules.raise_limit), np.int64)[segment]
        most = _up(np.maximum(-(-in_force * (1000 + limits) // 1000), in_force + unit), unit)
        least = np.minimum(in_force * (1000 - rules.cut_limit) // 1000, in_force - unit)
        least = np.maximum(least, 0) // unit * unit
        bounds |= np.where(held & (quota > most), BOUND_RAISE, 0)
        bounds |= np.where(held & (quota < least), BOUND_CUT, 0)
        quota = np.where(held, np.clip(quota, least, most), quota)
    floor = _up(np.full(len(quota), rules.least_packs, np.int64), unit)
    ceiling = rules.most_packs // unit * unit
    bounds |= np.where(quota < floor, BOUND_LEAST, 0) | np.where(quota > ceiling, BOUND_MOST, 0)
    return np.minimum(np.maximum(quota, floor), ceiling), bounds
