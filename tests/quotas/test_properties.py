"""What must hold for every pair: monotony, whole cartons, independence of the block."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.quotas.engine import recommend
from orders.quotas.evidence import ADVICE_COLUMNS, Evidence
from orders.quotas.rules import QuotaRules

METHODS = pytest.mark.parametrize("method", ["mean", "level"])
EXAMPLES = settings(max_examples=60, deadline=None)


@st.composite
def evidence(draw, pairs=(1, 12), cycles=(1, 14)):
    """Random histories as the ledger can give them, drawn by numpy from a seed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, c = draw(st.integers(*pairs)), draw(st.integers(*cycles))
    running = draw(st.booleans()) and c > 1
    lengths = rng.choice([7, 7, 7, 3, 4, 14], c)
    if running:
        lengths[-1] = rng.integers(1, 7)
    observed = np.minimum(rng.integers(0, 15, (c, n)), lengths[:, None])
    stockout = rng.binomial(observed, rng.choice([0, 0.1, 0.5, 1], (1, n)))
    effective = observed - stockout
    sold = rng.poisson(rng.choice([0.05, 0.5, 3, 30], n) * effective)
    closing = np.where(rng.random((c, n)) < 0.4, 0, rng.integers(0, 40, (c, n)))
    unseen = observed == 0
    return Evidence(
        lengths=lengths,
        running=running,
        observed=observed.astype(np.int16),
        stockout=np.where(unseen, -1, stockout).astype(np.int16),
        sold=np.where(unseen, -1, sold).astype(np.int32),
        closing=np.where(unseen, -1, closing).astype(np.int32),
        supply_permille=rng.choice([-1, 500, 899, 900, 1000], (c, n), p=[0.1, 0.1, 0.1, 0.1, 0.6]),
        event_permille=rng.choice([500, 1000, 1500], (c, n), p=[0.1, 0.8, 0.1]),
        next_event_permille=rng.choice([500, 1000, 1500], n),
        price_class=rng.integers(1, 6, n),
        flags=rng.choice([0, 1, 2], n, p=[0.8, 0.1, 0.1]),
        packs_per_carton=rng.choice([10, 10, 20, 8], n),
        shop_days=rng.choice([20, 90, 91, 400], n),
        peer_millipacks=rng.choice([-1, 0, 200, 3000], n),
        in_force=rng.choice([-1, -1, 0, 20, 55], n),
        segment=rng.choice([0, 0, 0, 2], n),
        shop_observed=rng.choice([0, 0, 900], n),
        shop_stockout=rng.choice([0, 30, 200, 600], n),
        review_days=rng.choice([7, 3, 4], n),
        lead_days=rng.integers(0, 5, n),
    )


def advise(method, evidence, **rules):
    return recommend(evidence, QuotaRules(method=method, **rules))


def assert_never_lower(before, after):
    """Where both have an answer; a pair that becomes always out of stock has none to compare."""
    for name in ("quota", "target_level"):
        low, high = getattr(before, name), getattr(after, name)
        both = (low >= 0) & (high >= 0) & (before.regime == after.regime)
        assert (high[both] >= low[both]).all(), name


@METHODS
@given(one=evidence(), data=st.data())
@EXAMPLES
def test_more_stock_out_days_never_lower_quota_or_target(method, one, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    # A day without a sale turns into a stock-out day; a day with sales cannot.
    free = np.where(one.observed > 0, one.observed - one.stockout - (one.sold > 0), 0)
    more = np.where(one.observed > 0, one.stockout + rng.integers(0, free + 1), -1)
    assert_never_lower(advise(method, one), advise(method, replace(one, stockout=more)))


@METHODS
@given(one=evidence(), data=st.data())
@EXAMPLES
def test_a_supply_cut_never_raises_quota_or_target(method, one, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    cut = np.where(rng.random(one.sold.shape) < 0.4, 600, one.supply_permille)
    assert_never_lower(advise(method, replace(one, supply_permille=cut)), advise(method, one))


@METHODS
@given(one=evidence(), data=st.data())
@EXAMPLES
def test_more_sales_never_lower_quota_or_target(method, one, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    sells = (one.observed > 0) & (one.observed > one.stockout) & (one.sold > 0)
    more = np.where(sells, one.sold + rng.integers(0, 9, one.sold.shape), one.sold)
    assert_never_lower(advise(method, one), advise(method, replace(one, sold=more)))


@given(one=evidence(), levels=st.tuples(st.integers(500, 999), st.integers(500, 999)))
@EXAMPLES
def test_a_higher_service_level_never_lowers_quota_or_target(one, levels):
    low, high = sorted(levels)
    assert_never_lower(
        advise("level", one, service_level=low), advise("level", one, service_level=high)
    )


@METHODS
@given(one=evidence())
@EXAMPLES
def test_a_recommended_quota_is_whole_cartons_and_never_negative(method, one):
    advice = advise(method, one)
    reckoned = np.isin(advice.regime, (0, 1))
    assert (advice.quota[reckoned] % one.packs_per_carton[reckoned] == 0).all()
    assert (advice.quota[reckoned] >= 0).all()
    assert (advice.target_level[reckoned] >= 0).all()


@METHODS
@given(one=evidence())
@EXAMPLES
def test_without_anything_to_go_by_the_quota_is_the_one_in_force_or_none(method, one):
    advice = advise(method, one)
    other = ~np.isin(advice.regime, (0, 1))
    assert (advice.quota[other] == one.in_force[other]).all()
    assert (advice.target_level[other] == -1).all()


@METHODS
@given(one=evidence(pairs=(2, 12)))
@EXAMPLES
def test_a_pairs_advice_is_the_same_alone_and_in_any_block(method, one):
    together = advise(method, one)
    for index in range(one.pairs):
        alone = advise(method, one.part(slice(index, index + 1)))
        assert together.row(index) == alone.row(0)
    turned = advise(method, one.part(np.arange(one.pairs)[::-1]))
    for name in ADVICE_COLUMNS:
        assert (getattr(turned, name)[::-1] == getattr(together, name)).all()


@METHODS
@given(one=evidence(pairs=(13, 13), cycles=(14, 14)))
@settings(max_examples=3, deadline=None)
def test_a_pairs_advice_is_the_same_in_a_block_of_many_chunks(method, one):
    many = one.part(np.tile(np.arange(one.pairs), 700))
    small, large = advise(method, one), advise(method, many)
    for name in ADVICE_COLUMNS:
        assert (getattr(large, name) == np.tile(getattr(small, name), 700)).all(), name
