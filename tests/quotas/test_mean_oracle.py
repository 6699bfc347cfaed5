"""The mean method against the definitions in plain fractions, pair by pair."""

from fractions import Fraction
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.quotas.engine import recommend
from orders.quotas.rules import QuotaRules
from tests.quotas.build import pair

CYCLE = st.integers(0, 7).flatmap(
    lambda observed: st.tuples(
        st.just(observed),
        st.integers(0, observed),
        st.integers(0, 60),
        st.sampled_from([500, 700, 1000, 1000, 1000, 1500]),
    )
)


def oracle(cycles, ahead, carton, review, lead, cover):
    """(quota, target level) by the book, None without a cycle to go by."""
    amounts = [
        Fraction(sold * 7 * 1000, (observed - stockout) * factor)
        for observed, stockout, sold, factor in cycles
        if observed > stockout
    ]
    if not amounts:
        return None
    mean = sum(amounts) / len(amounts)
    expected = mean * ahead / 1000
    daily = expected / 7
    return (
        ceil(expected / carton) * carton,
        ceil(daily * (review + lead) * Fraction(cover, 1000)),
    )


@given(
    st.lists(CYCLE, min_size=1, max_size=13),
    st.sampled_from([500, 1000, 1500]),
    st.sampled_from([1, 8, 10, 20]),
    st.integers(1, 6),
    st.sampled_from([1000, 1250, 2000]),
)
@settings(max_examples=300, deadline=None)
def test_quota_and_target_level_are_those_of_the_definitions(cycles, ahead, carton, lead, cover):
    # A day with a sale is no stock-out day: where every observed day is one, nothing was sold.
    cycles = [
        (observed, stockout, sold if observed > stockout else 0, factor)
        for observed, stockout, sold, factor in cycles
    ]
    observed, stockout, sold, factor = (list(column) for column in zip(*cycles, strict=True))
    evidence = pair(
        sold=[packs if days else -1 for packs, days in zip(sold, observed, strict=True)],
        observed=observed,
        stockout=[out if days else -1 for out, days in zip(stockout, observed, strict=True)],
        events=factor,
        next_event=ahead,
        cycles=len(cycles),
        packs_per_carton=carton,
        lead_days=lead,
    )
    row = recommend(evidence, QuotaRules(method="mean", cover=cover)).row(0)
    wanted = oracle(cycles, ahead, carton, 7, lead, cover)
    assert (row["quota"], row["target_level"]) == (wanted or (-1, -1))
