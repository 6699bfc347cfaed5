"""What follows from the definitions, proved on random figures and on a week that can be read."""

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inventory.indicators import kernel, rules
from inventory.indicators.kernel import UNDEFINED
from tests.indicators import ledger

DAYS = st.lists(
    st.one_of(st.none(), st.tuples(st.integers(0, 6), st.integers(0, 6))), min_size=1, max_size=40
)


def totals_of(days, threshold):
    sold = np.array([[0 if day is None else day[0]] for day in days], np.int16)
    closing = np.array([[-1 if day is None else day[1]] for day in days], np.int16)
    return kernel.cycle_totals(sold, closing, np.array([0, len(days)]), np.array([threshold]))


@given(days=DAYS, threshold=st.integers(-1, 4))
def test_satisfaction_is_effective_days_by_observed_days_wherever_there_was_a_sale(days, threshold):
    totals = totals_of(days, threshold)
    observed, stockout, sold, _closing = (int(array[0, 0]) for array in totals.arrays)
    if sold <= 0:
        return
    satisfaction = rules.satisfaction(sold=sold, observed_days=observed, stockout_days=stockout)
    assert satisfaction == Fraction(int(totals.effective[0, 0]), observed)


@given(days=DAYS, threshold=st.integers(-1, 4))
def test_a_period_without_an_observed_day_has_no_other_figure(days, threshold):
    observed, stockout, sold, closing = (
        int(array[0, 0]) for array in totals_of([None] * len(days), threshold).arrays
    )
    assert (observed, stockout, sold, closing) == (0, UNDEFINED, UNDEFINED, UNDEFINED)


@given(days=DAYS, threshold=st.integers(-1, 4))
def test_a_higher_threshold_never_makes_fewer_stockout_days(days, threshold):
    low, high = (totals_of(days, value).stockout[0, 0] for value in (threshold, threshold + 1))
    assert low <= high


def test_one_kept_back_pack_hides_every_stockout_unless_the_threshold_is_one_or_more():
    # Sells out on the first day but for one pack, which stands there for the rest of the week.
    week = [(4, 1)] + [(0, 1)] * 6
    hidden, shown = (totals_of(week, threshold) for threshold in (0, 1))
    assert int(hidden.stockout[0, 0]) == 0
    assert int(shown.stockout[0, 0]) == 6
    assert rules.satisfaction(sold=4, observed_days=7, stockout_days=0) == 1
    assert rules.satisfaction(sold=4, observed_days=7, stockout_days=6) == Fraction(1, 7)


def test_a_day_without_a_row_is_not_a_zero():
    observed = totals_of([(0, 0), (0, 0), (2, 3)], 1)
    missing = totals_of([None, None, (2, 3)], 1)
    assert (observed.observed[0, 0], observed.stockout[0, 0]) == (3, 2)
    assert (missing.observed[0, 0], missing.stockout[0, 0]) == (1, 0)


def test_sums_larger_than_sixteen_bits_are_exact():
    sold = np.full((30, 3), 30_000, np.int16)
    totals = kernel.cycle_totals(sold, sold, np.array([0, 30]), np.array([1, 1, 1]))
    assert totals.sold.tolist() == [[900_000] * 3]


def test_the_window_takes_the_closing_stock_of_its_last_observed_day():
    first = date(2024, 6, 4)
    rows = [(1, first + timedelta(days=number), 7, 1, 20 - number) for number in range(10)]
    rows.append((1, first + timedelta(days=20), 8, 0, 1))
    built = ledger.build(rows, as_of=first + timedelta(days=20))
    tuesdays = ledger.every(2)
    found = ledger.figures_of(built, {1: tuesdays}, first + timedelta(days=20))[1, 7]
    assert found["cycle_observed_days"] == 0
    assert found["cycle_closing"] is None
    assert (found["window_observed_days"], found["window_closing"]) == (10, 11)


def test_a_shop_without_a_complete_cycle_has_pairs_but_no_period():
    first = date(2024, 6, 19)
    rows = [(1, first, 7, 1, 20)]
    built = ledger.build(rows, as_of=first + timedelta(days=3))
    found = ledger.figures_of(built, {1: ledger.every(2)}, first + timedelta(days=3))[1, 7]
    assert found["latest_closing"] == 20
    assert "cycle_observed_days" not in found


def test_a_point_ratio_needs_every_day_of_its_week():
    monday = date(2024, 6, 10)
    whole = [(1, monday + timedelta(days=number), 7, 5, 20) for number in range(7)]
    for rows, wanted in ((whole, Fraction(20, 35)), (whole[1:], None)):
        built = ledger.build(rows, as_of=monday + timedelta(days=8))
        found = ledger.figures_of(built, {1: ledger.every(1)}, monday + timedelta(days=8))
        assert found[1, 7]["week_point_ratio"] == wanted
