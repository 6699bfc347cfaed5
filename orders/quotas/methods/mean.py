"""The textbook: the mean over the window's cycles of sold + expected stock-out sales.

Formulas and worked table: docs/algorithms/quota_mean.md.
"""

import numpy as np

from orders.quotas.cleaning import ROUNDS, Cleaned
from orders.quotas.evidence import WHOLE, Evidence
from orders.quotas.methods.estimate import Estimate, lasting_change
from orders.quotas.rules import QuotaRules


def estimate(evidence: Evidence, cleaned: Cleaned, rules: QuotaRules) -> Estimate:
    """Quota = mean cycle; target level = mean sales of review and lead time × cover.

    A cycle seen in part is brought to its length by its effective days, because a day not observed
    is not a day without sales; seen whole, that is sold + expected stock-out sales. A cycle
    without an effective day says nothing and is left out. The running cycle does not count.
    """
    complete = evidence.complete
    known = [cleaned.selling[cycle] > 0 for cycle in range(complete)]
    lengths = [float(length) for length in evidence.lengths[:complete]]
    rates = _rates(cleaned.sold, cleaned.selling, known)
    number, days = np.zeros(evidence.pairs), np.zeros(evidence.pairs)
    for there, length in zip(known, lengths, strict=True):
        number += there
        days += np.where(there, length, 0.0)
    rate = _mean(rates, lengths, days)
    if cleaned.any_cut:
        _hold_cut_cycles(cleaned, rates, known, lengths, rate, days)
    trend = np.zeros(evidence.pairs, np.int32)
    if complete >= rules.long_term_cycles:
        latest = slice(complete - rules.long_term_cycles, complete)
        noise = rules.variance_per_mean / 1000 / lengths[-1]
        floor, ceiling = lasting_change(rates[latest], known[latest], noise=noise)
        trend[rate < floor] = 1
        trend[rate > ceiling] = -1
    cycle = np.divide(days, number, out=np.zeros(evidence.pairs), where=number > 0)
    return _of_rate(evidence, rules, known=number > 0, rate=rate, cycle=cycle, trend=trend)


def by_peers(evidence: Evidence, rules: QuotaRules) -> Estimate:
    """Quota and target level of a new shop, whose demand is that of its peers."""
    rate = np.maximum(evidence.peer_millipacks, 0) / 1000
    still = np.zeros(len(rate), np.int32)
    return _of_rate(
        evidence, rules, known=rate > 0, rate=rate, cycle=evidence.review_days, trend=still
    )


def _of_rate(evidence: Evidence, rules: QuotaRules, *, known, rate, cycle, trend) -> Estimate:
    ahead = rate * (evidence.next_event_permille / WHOLE)
    interval = evidence.review_days + evidence.lead_days
    return Estimate(
        known=known,
        rate=rate,
        wanted=ahead * cycle,
        target=np.ceil(ahead * interval * rules.cover / 1000 - 1e-9),
        spread=np.full(len(rate), -1.0),
        trend=trend,
    )


def _rates(sold, days, known) -> list[np.ndarray]:
    """Packs per day of each cycle, 0 where nothing is known."""
    return [
        np.divide(packs, span, out=np.zeros(len(there)), where=there)
        for packs, span, there in zip(sold, days, known, strict=False)
    ]


def _mean(rates, lengths, days) -> np.ndarray:
    """Mean daily rate over cycles of these lengths; `days`: their sum where there is a rate."""
    total = np.zeros(len(days))
    for rate, length in zip(rates, lengths, strict=True):
        total += rate * length
    return np.divide(total, days, out=total, where=days > 0)


def _hold_cut_cycles(cleaned, rates, known, lengths, rate, days) -> None:
    """Stock-outs of cut cycles raise nothing: replaces the affected pairs' `rates` and `rate`.

    A cut cycle's expected sales count only as far as the mean itself explains them. The mean is
    then on both sides; a few rounds from below give it (docs/algorithms/quota.md).
    """
    chosen = np.flatnonzero(cleaned.cut[: len(rates)].any(axis=0))
    if not chosen.size:
        return
    cuts = [cleaned.cut[cycle, chosen] & known[cycle][chosen] for cycle in range(len(rates))]
    highs = [one[chosen] for one in rates]
    standing = cleaned.standing[:, chosen]
    lows = _rates(cleaned.sold[:, chosen], standing, [there[chosen] for there in known])
    middle = np.zeros(len(chosen))
    for _ in range(ROUNDS + 1):
        held = [
            np.where(cut, np.minimum(high, np.maximum(low, middle)), high)
            for cut, low, high in zip(cuts, lows, highs, strict=True)
        ]
        middle = _mean(held, lengths, days[chosen])
    for cycle, one in enumerate(held):
        rates[cycle][chosen] = one
    rate[chosen] = middle
