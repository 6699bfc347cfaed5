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
    pairs, complete = evidence.pairs, evidence.complete
    rates, known = _rates(cleaned, complete, full=False)
    number = np.zeros(pairs)
    for there in known:
        number += there
    rate = _mean(rates, number)
    if cleaned.any_cut:
        _hold_cut_cycles(cleaned, rates, known, rate, number)
    trend = np.zeros(pairs, np.int32)
    if complete >= rules.long_term_cycles:
        latest = slice(complete - rules.long_term_cycles, complete)
        noise = rules.variance_per_mean / 1000 / float(evidence.lengths[complete - 1])
        floor, ceiling = lasting_change(rates[latest], known[latest], noise=noise)
        trend[rate < floor] = 1
        trend[rate > ceiling] = -1
    return _of_rate(evidence, rules, known=number > 0, rate=rate, trend=trend)


def by_peers(evidence: Evidence, rules: QuotaRules) -> Estimate:
    """Quota and target level of a new shop, whose demand is that of its peers."""
    rate = np.maximum(evidence.peer_millipacks, 0) / 1000
    still = np.zeros(len(rate), np.int32)
    return _of_rate(evidence, rules, known=rate > 0, rate=rate, trend=still)


def _of_rate(evidence: Evidence, rules: QuotaRules, *, known, rate, trend) -> Estimate:
    ahead = rate * (evidence.next_event_permille / WHOLE)
    interval = evidence.review_days + evidence.lead_days
    target = np.ceil(ahead * interval * rules.cover / 1000 - 1e-9)
    return Estimate(
        known=known,
        rate=rate,
        wanted=ahead * evidence.review_days,
        target=target,
        spread=np.full(len(rate), -1.0),
        trend=trend,
    )


def _rates(cleaned: Cleaned, complete: int, *, full: bool):
    """Daily rate per complete cycle, by effective days or (`full`) by all observed days."""
    days = cleaned.standing if full else cleaned.selling
    known = [cleaned.selling[cycle] > 0 for cycle in range(complete)]
    rates = [
        np.divide(
            cleaned.sold[cycle],
            days[cycle],
            out=np.zeros(len(there)),
            where=there & (days[cycle] > 0),
        )
        for cycle, there in enumerate(known)
    ]
    return rates, known


def _mean(rates, number):
    total = np.zeros(len(number))
    for rate in rates:
        total += rate
    return np.divide(total, number, out=total, where=number > 0)


def _hold_cut_cycles(cleaned, rates, known, rate, number) -> None:
    """Stock-outs of cut cycles raise nothing: replaces the affected pairs' `rates` and `rate`.

    A cut cycle's expected sales count only as far as the mean itself explains them. The mean is
    then on both sides; a few rounds from below give it (docs/algorithms/quota.md).
    """
    complete = len(rates)
    chosen = np.flatnonzero(cleaned.cut[:complete].any(axis=0))
    if not chosen.size:
        return
    bare, _ = _rates(cleaned, complete, full=True)
    cuts = [cleaned.cut[cycle, chosen] for cycle in range(complete)]
    high = [one[chosen] for one in rates]
    low = [one[chosen] for one in bare]
    counted = [there[chosen] for there in known]
    held = [np.where(cut, below, above) for cut, below, above in zip(cuts, low, high, strict=True)]
    for _ in range(ROUNDS):
        middle = _mean(held, number[chosen])
        held = [
            np.where(cut & there, np.minimum(above, np.maximum(below, middle)), above)
            for cut, there, below, above in zip(cuts, counted, low, high, strict=True)
        ]
    for cycle in range(complete):
        rates[cycle][chosen] = held[cycle]
    rate[chosen] = _mean(held, number[chosen])
