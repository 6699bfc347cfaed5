"""The judgement step by step, in the order of the domain, on figures that one can check by hand."""

import pytest

from orders.quotas.engine import recommend
from orders.quotas.evidence import (
    BOUND_CUT,
    BOUND_LEAST,
    BOUND_MOST,
    BOUND_RAISE,
    REGIME_BY_POLICY,
    REGIME_NEW_SHOP,
    REGIME_NOT_OBSERVED,
    REGIME_NOTHING_TO_GO_BY,
    REGIME_REGULAR,
)
from orders.quotas.rules import QuotaRules
from tests.quotas.build import pair

MEAN = QuotaRules(method="mean")
LEVEL = QuotaRules(method="level")
BOTH = pytest.mark.parametrize("rules", [MEAN, LEVEL], ids=["mean", "level"])


def advice(evidence, rules=MEAN):
    return recommend(evidence, rules).row(0)


# 1. Regime


@BOTH
@pytest.mark.parametrize("special", [{"price_class": 1}, {"flags": 1}, {"flags": 2}, {"flags": 3}])
def test_class_1_scarce_and_pilot_products_have_no_recommendation(rules, special):
    row = advice(pair(**special), rules)
    assert (row["regime"], row["quota"], row["target_level"]) == (REGIME_BY_POLICY, -1, -1)


@BOTH
def test_an_entered_quota_stands_where_policy_decides(rules):
    row = advice(pair(price_class=1, in_force=35), rules)
    assert (row["regime"], row["quota"], row["target_level"]) == (REGIME_BY_POLICY, 35, -1)


@BOTH
def test_a_new_shop_goes_by_its_peers_and_not_by_its_own_days(rules):
    new = {"shop_days": 90, "peer_millipacks": 2000}
    rows = [advice(pair(sold=sold, **new), rules) for sold in (0, 21, 700)]
    assert {row["regime"] for row in rows} == {REGIME_NEW_SHOP}
    assert len({(row["quota"], row["target_level"]) for row in rows}) == 1
    assert rows[0]["quota"] >= 14


@BOTH
def test_after_91_observed_days_a_shop_is_not_new(rules):
    assert advice(pair(shop_days=91, peer_millipacks=2000), rules)["regime"] == REGIME_REGULAR


@BOTH
def test_a_new_shop_without_peers_keeps_what_is_in_force(rules):
    assert advice(pair(shop_days=3), rules)["quota"] == -1
    row = advice(pair(shop_days=3, in_force=20), rules)
    assert (row["regime"], row["quota"]) == (REGIME_NOTHING_TO_GO_BY, 20)


@BOTH
def test_policy_comes_before_the_entry_of_a_new_shop(rules):
    row = advice(pair(shop_days=3, peer_millipacks=2000, flags=1), rules)
    assert row["regime"] == REGIME_BY_POLICY


@BOTH
def test_a_pair_never_observed_keeps_the_quota_in_force_or_none(rules):
    unseen = {"observed": 0, "stockout": -1, "sold": -1, "closing": -1, "peer_millipacks": 2000}
    assert advice(pair(**unseen), rules)["quota"] == -1
    row = advice(pair(**unseen, in_force=20), rules)
    assert (row["regime"], row["quota"], row["observed"]) == (REGIME_NOT_OBSERVED, 20, 0)


@BOTH
def test_a_pair_always_out_of_stock_has_nothing_to_go_by(rules):
    row = advice(pair(sold=0, stockout=7, closing=0), rules)
    assert (row["regime"], row["quota"]) == (REGIME_NOTHING_TO_GO_BY, -1)
    assert row["segment"] == 1


@BOTH
def test_the_regime_step_can_be_switched_off_by_rule(rules):
    body = rules.to_json() | {"new_shop_days": 0, "classes_by_policy": [], "flags_by_policy": []}
    row = advice(pair(price_class=1, flags=3, shop_days=1), QuotaRules.from_json(body))
    assert row["regime"] == REGIME_REGULAR and row["quota"] > 0


# 2. Was the supply cut?


def test_stock_outs_raise_the_mean_by_the_expected_sales():
    assert advice(pair(sold=15, stockout=2))["wanted"] == 21


def test_stock_outs_of_cut_cycles_raise_nothing():
    # In the cut cycles 10 packs in 5 effective days are 14 a week, more than the mean of 12.
    sold, stockout = [12] * 9 + [10] * 4, [0] * 9 + [2] * 4
    free = advice(pair(sold=sold, stockout=stockout))
    held = advice(pair(sold=sold, stockout=stockout, supply=[1000] * 9 + [600] * 4))
    assert (free["wanted"], held["wanted"]) == (13, 12)
    assert (held["cut_cycles"], held["supply_permille"]) == (4, 600)


@BOTH
def test_a_cut_does_not_push_the_base_down_either(rules):
    sold, stockout = [21] * 9 + [9] * 4, [0] * 9 + [4] * 4
    held = advice(pair(sold=sold, stockout=stockout, supply=[1000] * 9 + [600] * 4), rules)
    whole = advice(pair(sold=21), rules)
    assert held["rate_millipacks"] == pytest.approx(whole["rate_millipacks"], rel=0.03)


@BOTH
def test_a_product_cut_all_the_time_is_reckoned_by_all_its_days(rules):
    row = advice(pair(sold=14, stockout=3, supply=500), rules)
    assert row["rate_millipacks"] == 2000


@BOTH
@pytest.mark.parametrize("ratio", [900, 1000, -1])
def test_from_nine_tenths_on_or_unknown_the_supply_was_not_cut(rules, ratio):
    row = advice(pair(sold=15, stockout=2, supply=ratio), rules)
    assert row["cut_cycles"] == 0
    assert row["rate_millipacks"] >= 3000


# 3. Events, segment


@BOTH
def test_an_ended_event_leaves_no_trace(rules):
    dip = [20] * 6 + [10] * 3 + [20] * 4
    during = [1000] * 6 + [500] * 3 + [1000] * 4
    row = advice(pair(sold=dip, events=during), rules)
    plain = advice(pair(sold=20), rules)
    assert row["quota"] == plain["quota"]
    assert row["rate_millipacks"] == pytest.approx(plain["rate_millipacks"], abs=1)
    assert (row["event_cycles"], row["event_realised_permille"]) == (3, 500)


def test_an_event_ahead_scales_quota_and_target():
    row = advice(pair(sold=21, next_event=500))
    assert (row["wanted"], row["quota"], row["target_level"]) == (11, 20, 17)
    assert row["rate_millipacks"] == 3000


@BOTH
def test_an_event_that_came_weaker_than_expected_shows_in_the_reasons(rules):
    row = advice(pair(sold=[20] * 9 + [16] * 4, events=[1000] * 9 + [500] * 4), rules)
    assert row["event_realised_permille"] == 800


@pytest.mark.parametrize(
    ("stockouts", "segment"),
    [(91, 1), (46, 1), (45, 2), (19, 2), (18, 3), (5, 3), (4, 4), (1, 4), (0, 5)],
)
def test_the_segment_by_stock_out_days_among_91(stockouts, segment):
    days = [7] * (stockouts // 7) + [stockouts % 7] + [0] * 13
    assert advice(pair(sold=0, stockout=days[:13]))["segment"] == segment


def test_the_segment_is_the_customers_over_all_its_products():
    assert advice(pair(shop_observed=1000, shop_stockout=210))["segment"] == 2


def test_a_segment_that_somebody_set_prevails():
    assert advice(pair(segment=2, shop_observed=1000))["segment"] == 2


# 4. Effective days


def test_a_cycle_seen_in_part_is_brought_to_its_length():
    # 9 packs in three of seven days are 21 a week; a day without a row is not a zero.
    assert advice(pair(sold=[21] * 12 + [9], observed=[7] * 12 + [3]))["wanted"] == 21


@BOTH
def test_a_cycle_without_an_effective_day_is_left_out(rules):
    gone = pair(
        sold=[21] * 12 + [-1], observed=[7] * 12 + [0], stockout=[0] * 12 + [-1],
        closing=[5] * 12 + [-1],
    )  # fmt: skip
    out = pair(sold=[21] * 12 + [0], stockout=[0] * 12 + [7], closing=[5] * 12 + [0])
    whole = pair(sold=[21] * 12, observed=7, cycles=12)
    rates = {advice(one, rules)["rate_millipacks"] for one in (gone, out, whole)}
    assert rates == {3000}


def test_the_mean_does_not_see_the_cycle_under_way():
    row = advice(pair(sold=21, running=(5, 5, 0, 50, 5)))
    assert (row["wanted"], row["sold"]) == (21, 273)


def test_the_level_does():
    calm = advice(pair(sold=21), LEVEL)
    rush = advice(pair(sold=21, running=(5, 5, 0, 50, 5)), LEVEL)
    assert rush["rate_millipacks"] > calm["rate_millipacks"]


def test_sales_fade_by_the_week_however_short_the_cycles_are():
    weeks = pair(sold=[70, 7], cycles=2)
    halves = pair(sold=[35, 35, 3, 4], observed=[3, 4, 3, 4], cycles=4)
    halves.lengths[:] = [3, 4, 3, 4]
    rates = [advice(one, LEVEL)["rate_millipacks"] for one in (weeks, halves)]
    # (0.8 × 70 + 7) ÷ (0.8 × 7 + 7); the older half of each week counts a little less.
    assert rates[0] == 5000
    assert rates[1] == pytest.approx(5000, rel=0.05)


def test_on_the_day_of_the_last_pack_the_shop_sold_half_the_day():
    # 11 packs by the end of the fourth day, then three days out: 3.5 days of selling, not 4.
    row = advice(pair(sold=11, stockout=3, closing=0), LEVEL)
    assert row["rate_millipacks"] == round(11 / 3.5 * 1000)


def test_few_days_lean_on_the_peers_and_many_do_not():
    few = advice(pair(sold=7, cycles=1, peer_millipacks=9000), LEVEL)
    many = advice(pair(sold=7, peer_millipacks=9000), LEVEL)
    assert few["rate_millipacks"] == (7 + 9) * 1000 // 8
    assert many["rate_millipacks"] < 1300


# 5. Short or long term


@BOTH
@pytest.mark.parametrize(
    ("last", "trend"),
    [
        ([40, 41, 42], 1),
        ([42, 41, 40], 1),
        ([21, 41, 42], 0),
        ([8, 9, 7], -1),
        ([8, 21, 7], 0),
        ([21, 22, 20], 0),
    ],
)
def test_three_cycles_in_the_same_direction_are_a_lasting_change(rules, last, trend):
    assert advice(pair(sold=[21] * 10 + last), rules)["trend"] == trend


def test_a_lasting_change_brings_the_level_to_what_the_latest_cycles_share():
    risen = advice(pair(sold=[7] * 10 + [70] * 3), LEVEL)
    # The lowest of the three, 10 packs a day, less one standard deviation of a cycle's rate.
    assert risen["rate_millipacks"] == 9000
    fallen = advice(pair(sold=[70] * 10 + [7] * 3), LEVEL)
    assert fallen["rate_millipacks"] == round(1000 * (1 + 0.1**0.5))


@BOTH
def test_a_lasting_change_needs_every_one_of_the_cycles_observed(rules):
    row = advice(
        pair(sold=[21] * 10 + [-1, 42, 42], observed=[7] * 10 + [0, 7, 7]),
        rules,
    )
    assert row["trend"] == 0


# Rounding and bounds


@pytest.mark.parametrize(
    ("sold", "carton", "quota"),
    [(20, 10, 20), (21, 10, 30), (1, 10, 10), (0, 10, 0), (20, 20, 20), (21, 20, 40), (3, 1, 3)],
)
def test_a_quota_is_rounded_up_to_the_cartons_of_the_product(sold, carton, quota):
    assert advice(pair(sold=sold, packs_per_carton=carton))["quota"] == quota


def test_by_rule_single_packs_can_be_ordered():
    rules = QuotaRules(method="mean", order_unit="pack")
    assert advice(pair(sold=21), rules)["quota"] == 21


def test_thirds_do_not_round_up_a_whole_carton():
    # Seven thirds of three packs, thirteen times: exactly 7 a week, and ten of such shops 70.
    row = advice(pair(sold=30, observed=3, packs_per_carton=70))
    assert (row["wanted"], row["quota"]) == (70, 70)


@pytest.mark.parametrize(
    ("sold", "in_force", "segment", "quota", "bounds"),
    [
        (200, 50, 5, 100, BOUND_RAISE),
        (200, 50, 4, 100, BOUND_RAISE),
        (200, 50, 3, 130, BOUND_RAISE),
        (200, 50, 2, 150, BOUND_RAISE),
        (200, 50, 1, 200, 0),
        (21, 100, 5, 50, BOUND_CUT),
        (60, 100, 5, 60, 0),
        (21, 0, 5, 10, BOUND_RAISE),
        (3, 20, 5, 10, 0),
        (0, 10, 5, 0, 0),
        (21, -1, 5, 30, 0),
    ],
)
def test_one_decision_moves_a_quota_in_force_only_so_far(sold, in_force, segment, quota, bounds):
    row = advice(pair(sold=sold, in_force=in_force, segment=segment))
    assert (row["quota"], row["bounds"]) == (quota, bounds)


def test_least_and_most_are_kept_in_whole_cartons():
    rules = QuotaRules(method="mean", least_packs=15, most_packs=95)
    low, high = advice(pair(sold=1), rules), advice(pair(sold=500), rules)
    assert (low["quota"], low["bounds"]) == (20, BOUND_LEAST)
    assert (high["quota"], high["bounds"]) == (90, BOUND_MOST)


# Two deliveries a week


def test_cycles_of_three_and_four_days_are_averaged_as_cycles():
    evidence = pair(sold=[9, 12] * 6, observed=[3, 4] * 6, cycles=12, review_days=3)
    evidence.lengths[:] = [3, 4] * 6
    row = advice(evidence)
    assert (row["rate_millipacks"], row["wanted"]) == (3000, 11)


# Slow goods


def test_a_slow_product_keeps_a_pack_to_sell():
    row = advice(pair(sold=[0] * 12 + [1]), LEVEL)
    assert (row["quota"], row["target_level"]) == (10, 1)


def test_what_did_not_sell_at_all_needs_no_quota():
    row = advice(pair(sold=0), LEVEL)
    assert (row["quota"], row["target_level"]) == (0, 0)
