"""Ours: a target level that covers review and lead time at a service level.

Steps, sources and worked table: docs/algorithms/quota_level.md.
"""

import numpy as np

from orders.quotas.cleaning import ROUNDS, Cleaned
from orders.quotas.evidence import WHOLE, Evidence
from orders.quotas.methods.estimate import Estimate, lasting_change
from orders.quotas.methods.quantile import normal_quantile, upper_quantile
from orders.quotas.rules import QuotaRules

WEEK = 7


def estimate(evidence: Evidence, cleaned: Cleaned, rules: QuotaRules) -> Estimate:
    """Target level, and as the quota what one cycle takes to get back to it."""
    selling = _selling_days(cleaned)
    weights = _weights(evidence, rules)
    pairs = evidence.pairs
    sold, days = np.zeros(pairs), np.zeros(pairs)
    for period, weight in enumerate(weights):
        sold += weight * cleaned.sold[period]
        days += weight * selling[period]
    if cleaned.any_cut:
        _hold_cut_cycles(cleaned, selling, weights, sold, days)
    peers = evidence.peer_millipacks > 0
    trust = np.where(peers, float(rules.peer_days), 0.0)
    sampled = days + trust
    known = (days > 0) | (trust > 0)
    rate = np.divide(
        sold + trust * (evidence.peer_millipacks / 1000), sampled, out=np.zeros(pairs), where=known
    )
    rate, trend = _lasting(evidence, cleaned, selling, rate, rules)
    return _of_rate(
        evidence, rules, known=known, rate=rate, sampled=sampled, moved=sold > 0, trend=trend
    )


def by_peers(evidence: Evidence, rules: QuotaRules) -> Estimate:
    """Target level and quota of a new shop, whose demand is that of its peers, known roughly."""
    rate = np.maximum(evidence.peer_millipacks, 0) / 1000
    return _of_rate(
        evidence,
        rules,
        known=rate > 0,
        rate=rate,
        sampled=np.full(len(rate), float(max(rules.peer_days, 1))),
        moved=rate > 0,
        trend=np.zeros(len(rate), np.int32),
    )


def _of_rate(
    evidence: Evidence, rules: QuotaRules, *, known, rate, sampled, moved, trend
) -> Estimate:
    """Target level and quota from a daily rate without events, float64 [n].

    `sampled`: selling days behind the rate; `moved` bool: whether the product sells here at all
    (then at least one pack is the target, else a slow product would never be ordered again).
    """
    ahead = rate * (evidence.next_event_permille / WHOLE)
    unit = evidence.packs_per_carton if rules.order_unit == "carton" else 1
    interval = evidence.review_days + evidence.lead_days
    mean, variance = _demand(ahead, interval, sampled, rules)
    target = upper_quantile(mean, variance, normal_quantile(rules.service_level), unit)
    target = np.where(moved, np.maximum(target, 1.0), target)
    cycle = _demand(ahead, evidence.review_days, sampled, rules)
    most = upper_quantile(
        *cycle, normal_quantile(max(rules.quota_service_level, rules.service_level))
    )
    return Estimate(
        known=known,
        rate=rate,
        wanted=np.where(moved, np.maximum(np.minimum(target, most), 1.0), np.minimum(target, most)),
        target=target,
        spread=np.sqrt(variance),
        trend=trend,
    )


def _selling_days(cleaned: Cleaned) -> np.ndarray:
    """Effective days, less half a day where the stock came to its end.

    On the day of the last pack the shop sold for a part of the day only: half of it, as nothing
    else is known. Without this the demand of exactly those who run out is put too low.
    """
    return cleaned.selling - cleaned.ran_out * (0.5 * cleaned.factor)


def _weights(evidence: Evidence, rules: QuotaRules) -> list[float]:
    """Weight of each period: `memory` to the power of its age in weeks; the youngest has 1."""
    weights, age = [], 0
    for length in reversed(evidence.lengths.tolist()):
        # Rounded, because a power is not exactly rounded everywhere and the quota shall be.
        weights.append(round((rules.memory / 1000) ** (age / WEEK), 9))
        age += length
    return weights[::-1]


def _hold_cut_cycles(cleaned: Cleaned, selling, weights, sold, days) -> None:
    """Stock-outs of cut cycles raise nothing: replaces the affected pairs' `selling` and `days`.

    A stock-out day of a cut cycle is left out only as far as the pair's own rate explains it. The
    rate is then on both sides; a few rounds from below give it (docs/algorithms/quota.md).
    """
    chosen = np.flatnonzero(cleaned.cut.any(axis=0))
    if not chosen.size:
        return
    packs, least, most = cleaned.sold[:, chosen], selling[:, chosen], cleaned.standing[:, chosen]
    cut = cleaned.cut[:, chosen] & (least > 0)
    total = sold[chosen]
    explained = np.full_like(packs, np.inf)
    for _ in range(ROUNDS + 1):
        held = np.where(cut, np.maximum(least, np.minimum(most, explained)), least)
        span = _weighted(weights, held)
        rate = np.divide(total, span, out=np.zeros(len(chosen)), where=span > 0)
        explained = np.divide(packs, rate, out=np.full_like(packs, np.inf), where=rate > 0)
    selling[:, chosen] = held
    days[chosen] = span


def _weighted(weights, rows) -> np.ndarray:
    total = np.zeros(rows.shape[1])
    for weight, row in zip(weights, rows, strict=True):
        total += weight * row
    return total


def _lasting(evidence: Evidence, cleaned: Cleaned, selling, rate, rules: QuotaRules):
    """The rate, brought to where the latest cycles agree that it is; and the direction."""
    trend = np.zeros(len(rate), np.int32)
    complete = evidence.complete
    if complete < rules.long_term_cycles:
        return rate, trend
    rates, known = [], []
    for cycle in range(complete - rules.long_term_cycles, complete):
        there = selling[cycle] > 0
        known.append(there)
        rates.append(
            np.divide(cleaned.sold[cycle], selling[cycle], out=np.zeros(len(rate)), where=there)
        )
    noise = rules.variance_per_mean / 1000 / float(evidence.lengths[complete - 1])
    floor, ceiling = lasting_change(rates, known, noise=noise)
    trend[rate < floor] = 1
    trend[rate > ceiling] = -1
    return np.minimum(np.maximum(rate, floor), ceiling), trend


def _demand(ahead, span, sampled, rules: QuotaRules) -> tuple[np.ndarray, np.ndarray]:
    """(mean, variance) of the demand of `span` days, with the uncertainty of the rate itself."""
    mean = ahead * span
    per_mean = rules.variance_per_mean / 1000
    variance = per_mean * mean + rules.variance_squared / 1000 * mean * mean
    # Sales of `sampled` days tell the rate with variance per_mean × rate ÷ days.
    variance += per_mean * mean * span / np.maximum(sampled, 0.5)
    return mean, variance
