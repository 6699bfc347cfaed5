"""The night's figures from orders, on the town's week of Monday 2024-06-17 to Sunday 2024-06-23.

Product 6902 (packs):

| shop | ordered before | this week     | stock 06-16 | stock 06-23 | quota in force |
|------|----------------|---------------|-------------|-------------|----------------|
| L1   | yes            | 20, gets 20   | 12          | 8           | 30             |
| L2   |                | 10, gets 0    |             |             |                |
| L3   | yes            |               |             |             |                |
| L4   | yes            | 30, gets 15   | 20          |             | 60             |

Supplied to requested is 35/60 = 583 ‰, so the placement limits are 17 and 34.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from django.utils import timezone

from inventory.indicators.models import Rollup
from inventory.models import Source
from inventory.services import record_days
from marketing_ops.nightly import run_night
from orders.indicators.models import OrderFigure, SocialFigure
from orders.models import OrderLine
from orders.quotas.services import decide
from tests.town import DAY

Total = Rollup.CustomerDimension.TOTAL


@pytest.fixture
def order(town):
    def order(licence, day, requested, supplied):
        OrderLine.objects.create(
            customer=town.shops[licence],
            product=town.products["6902"],
            ordered_on=day,
            requested=requested,
            supplied=supplied,
            received_at=timezone.make_aware(timezone.datetime(2024, 6, 24)),
        )

    return order


@pytest.fixture
def stock(town):
    def stock(licence, day, closing, sold=0, product="6902"):
        record_days(
            customers=np.array([town.shops[licence].pk]),
            days=np.array([day], "M8[D]"),
            rows=[np.array([n]) for n in (town.products[product].pk, closing + sold, 0, sold, 0)],
            source=Source.objects.get(code="pos"),
            by="test",
        )

    return stock


@pytest.fixture
def week(town, order, stock):
    for licence in ("L1", "L3", "L4"):
        order(licence, date(2024, 6, 10), 10, 10)
    order("L1", date(2024, 6, 17), 20, 20)
    order("L2", date(2024, 6, 19), 10, 0)
    order("L4", date(2024, 6, 23), 30, 15)
    stock("L1", date(2024, 6, 16), 12)
    stock("L1", date(2024, 6, 23), 8)
    stock("L4", date(2024, 6, 16), 20)
    for licence, packs in (("L1", 30), ("L4", 60)):
        decide(
            customer=town.shops[licence].pk,
            product=town.products["6902"].pk,
            packs=packs,
            starts_on=date(2024, 6, 1),
            by="market1",
            reason="agreed",
        )
    return run_night(as_of=DAY, by="test")


def figure(product="6902", dimension=Total, key="", town=None):
    return OrderFigure.objects.get(
        customer_dimension=dimension,
        customer_key=key,
        product=town.products[product] if product else None,
    )


def test_each_rate_comes_from_the_counts_of_the_week(town, week):
    found = figure(town=town)
    assert found.week_start == date(2024, 6, 17)
    assert (found.customers, found.requesting) == (6, 3)
    assert (found.ordered_before, found.returning) == (3, 2)
    assert found.repeat_demand_rate == 1
    assert found.company_stockout_rate == Fraction(1, 3)
    assert (found.limited, found.full, found.limit_packs) == (2, 1, 51)
    assert found.order_to_limit == Fraction(50, 51)
    assert found.full_order_coverage == Fraction(1, 6)


def test_sell_through_counts_only_shops_whose_stock_was_seen_on_both_sundays(town, week):
    found = figure(town=town)
    assert (found.last_stock, found.supplied, found.this_stock) == (12, 20, 8)
    assert found.sell_through == Fraction(24, 32)


def test_of_all_products_together_a_customer_counts_once(town, week):
    found = figure(product=None, town=town)
    assert (found.requesting, found.ordered_before, found.demands) == (3, 3, 3)


def test_a_group_counts_its_own_customers_only(town, week):
    key = str(town.people["am02"].pk)
    found = figure(dimension=Rollup.CustomerDimension.MANAGER, key=key, town=town)
    assert (found.customers, found.requesting, found.ordered_before) == (2, 1, 2)
    assert found.repeat_demand_rate == Fraction(1, 2)


def test_without_a_limit_the_rates_to_it_are_undefined(town, order):
    order("L1", date(2024, 6, 17), 20, 20)
    run_night(as_of=DAY, by="test")
    found = figure(town=town)
    assert found.order_to_limit is None
    assert found.full_order_coverage is None
    assert found.repeat_demand_rate is None  # nobody ordered before


def test_what_was_not_known_yet_does_not_count(town, order):
    order("L1", date(2024, 6, 17), 20, 20)
    early = timezone.make_aware(timezone.datetime(2024, 6, 23))
    from orders.quotas.models import RuleSet

    assert RuleSet.objects.filter(published_at__lte=early).exists()
    run_night(as_of=DAY, by="test", known_at=early)
    assert not OrderFigure.objects.filter(requesting__gt=0).exists()


def test_social_stock_is_the_sample_over_its_share_of_supply(town, order, stock):
    # L1 and L3 are the information points; they got 10 + 30 of 80 packs in 13 weeks.
    for licence, supplied in (("L1", 10), ("L3", 30), ("L2", 40)):
        order(licence, date(2024, 6, 10), supplied, supplied)
    for day in range(17, 24):
        stock("L1", date(2024, 6, day), 6, sold=1)
        stock("L3", date(2024, 6, day), 14, sold=4)
        stock("L2", date(2024, 6, day), 99)
    run_night(as_of=DAY, by="test")
    found = SocialFigure.objects.get(period="week", product=town.products["6902"])
    assert (found.sample, found.sample_stock, found.sample_sold) == (2, 20, 35)
    assert found.weight == Fraction(40, 80)
    assert found.social_stock == 40
    assert found.social_sold == 70
    assert found.social_ratio == Fraction(20, 35)
    assert found.average_stock_per_customer == Fraction(40, 3)
    # R = 20/40; residuals 6 - 5 and 14 - 15; 80 · 1.96 · sqrt((1 - 2/3) · 2 · 2) / 40.
    assert found.stock_low == Decimal("35.474")
    assert found.stock_high == Decimal("44.526")


def test_an_information_point_with_a_missing_day_leaves_the_sample(town, order, stock):
    for licence in ("L1", "L3"):
        order(licence, date(2024, 6, 10), 10, 10)
    for day in range(17, 24):
        stock("L1", date(2024, 6, day), 6, sold=1)
        if day != 20:
            stock("L3", date(2024, 6, day), 14, sold=4)
    run_night(as_of=DAY, by="test")
    found = SocialFigure.objects.get(period="week", product=town.products["6902"])
    assert (found.sample, found.supplied_to_sample) == (1, 10)
    assert (found.stock_low, found.stock_high) == (None, None)
