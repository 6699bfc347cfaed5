"""What needs attention about a product: the gravest, in the order of the damage."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from inventory.indicators.models import Figure
from marketing_ops.home.attention import Kind, attention, quota_changed, quota_off

DAY = date(2024, 6, 25)
RANGE = 3, 28  # days


def figure(**values):
    """A pair that is well: 91 days observed, 2 packs a day, stock for ten days."""
    well = {
        "threshold": 1,
        "cycle_observed": 7,
        "cycle_stockout": 0,
        "cycle_sold": 14,
        "cycle_closing": 20,
        "window_observed": 91,
        "window_stockout": 0,
        "window_sold": 182,
        "window_closing": 20,
        "recent_observed": 28,
        "recent_stockout": 0,
        "recent_sold": 56,
        "latest_closing": 20,
        "latest_age": 0,
        "days_without_sale": 0,
    }
    return Figure(**{**well, **values})


def of(values, days_to_delivery=7):
    found = attention(
        figure(**values),
        as_of=DAY,
        next_delivery=DAY + timedelta(days=days_to_delivery),
        reasonable=RANGE,
    )
    return found and found.kind


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, None),
        ({"window_stockout": 91, "window_sold": 0, "recent_sold": 0}, Kind.ALWAYS_OUT),
        # Six days until the morning of the truck, at 2 packs a day: 12 packs last, 11 do not.
        ({"latest_closing": 12}, None),
        ({"latest_closing": 11}, Kind.OUT_SOON),
        ({"latest_closing": 0}, Kind.OUT_SOON),
        ({"window_closing": 56, "latest_closing": 57}, None),
        ({"window_closing": 57, "latest_closing": 57}, Kind.OVERSTOCKED),
        # Sold since: nobody's business.
        ({"window_closing": 57, "latest_closing": 56}, None),
        ({"window_closing": 57, "recent_sold": 0, "days_without_sale": 9}, Kind.OVERSTOCKED),
        ({"recent_sold": 0, "days_without_sale": 14}, Kind.STANDING),
        ({"recent_sold": 0, "days_without_sale": 13}, None),
        ({"cycle_observed": 0, "latest_age": 9}, Kind.NO_DATA),
        ({"cycle_observed": 0, "latest_age": 9, "latest_closing": 0}, Kind.NO_DATA),
        ({"cycle_observed": 0, "latest_age": 1}, None),
        (
            {
                "window_observed": 0,
                "window_stockout": None,
                "window_sold": None,
                "window_closing": None,
                "cycle_observed": 0,
                "recent_observed": 0,
                "recent_stockout": None,
                "recent_sold": None,
                "latest_closing": None,
                "latest_age": None,
                "days_without_sale": None,
            },
            Kind.NO_DATA,
        ),
    ],
)
def test_the_gravest_is_named(values, expected):
    assert of(values) == expected


def test_a_stock_that_lasts_until_the_truck_can_still_be_short():
    # At 2 packs a day: 5 packs are 2.5 days, a reasonable stock from 3 on.
    thin = {"window_closing": 5, "latest_closing": 5}
    assert of(thin, days_to_delivery=3) == Kind.SHORT
    assert of({"window_closing": 6, "latest_closing": 5}, days_to_delivery=3) is None
    assert of({"window_closing": 5, "latest_closing": 20}, days_to_delivery=3) is None


def test_sold_out_counts_even_if_the_truck_comes_tomorrow():
    assert of({"latest_closing": 0}, days_to_delivery=1) == Kind.OUT_SOON
    assert of({"latest_closing": 1}, days_to_delivery=1) is None


def test_without_a_planned_delivery_nothing_is_said_about_lasting():
    assert (
        attention(figure(latest_closing=0), as_of=DAY, next_delivery=None, reasonable=RANGE) is None
    )


def test_of_two_that_run_out_the_faster_seller_is_worse():
    slow = attention(
        figure(latest_closing=0, recent_sold=28),
        as_of=DAY,
        next_delivery=DAY + timedelta(days=4),
        reasonable=RANGE,
    )
    fast = attention(
        figure(latest_closing=0, recent_sold=56),
        as_of=DAY,
        next_delivery=DAY + timedelta(days=4),
        reasonable=RANGE,
    )
    assert fast.rank < slow.rank


def test_a_new_shop_without_a_complete_cycle_is_judged_by_what_there_is():
    new = {name: None for name in figure().__dict__ if name.startswith(("cycle_", "window_"))}
    assert of({**new, "latest_closing": 0}) == Kind.OUT_SOON


def test_a_range_of_the_class_decides_what_is_too_much_and_no_class_is_not_judged():
    def kind(closing, reasonable):
        stock = figure(window_closing=closing, latest_closing=closing)
        found = attention(stock, as_of=DAY, next_delivery=None, reasonable=reasonable)
        return found and found.kind

    # 60 packs at 2 a day: 30 days.
    assert kind(60, (3, 28)) == Kind.OVERSTOCKED
    assert kind(60, (3, 30)) is None
    assert kind(60, (31, 60)) == Kind.SHORT
    assert kind(600, None) is None


def test_words_say_the_range_they_judge_by():
    stock = figure(window_closing=60, latest_closing=60)
    found = attention(stock, as_of=DAY, next_delivery=None, reasonable=(3, 21))
    with translation.override("en"):
        assert found.words == "overstocked: stock for 30 d, reasonable up to 21 d"


@pytest.mark.parametrize(
    ("recommended", "in_force", "told"),
    [
        (30, 20, True),
        (20, 30, True),
        (110, 100, False),  # less than a quarter
        (125, 100, True),
        (24, 20, False),  # less than a carton
        (10, 0, True),
        (20, 20, False),
        (None, 20, False),
        (20, None, False),
    ],
)
def test_a_recommendation_counts_from_a_carton_and_a_quarter_on(recommended, in_force, told):
    found = quota_off(recommended=recommended, in_force=in_force, unit=10)
    assert (found is not None) == told


def test_a_quota_is_told_in_cartons_of_the_product():
    since = date(2024, 6, 21)
    with translation.override("en"):
        found = quota_changed(before=20, now=50, since=since)
        assert found.words_in(20) == "quota 2 ct 10 pk instead of 1 ct since 06-21"
        ended = quota_changed(before=20, now=None, since=since)
        assert ended.words_in(10) == "quota — instead of 2 ct since 06-21"
    assert quota_changed(before=20, now=20, since=since) is None
