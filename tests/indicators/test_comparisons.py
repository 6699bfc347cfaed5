"""Figures that set results beside each other, on the town."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import pytest

from customers.models import CustomerProperties
from inventory.indicators import closing, comparisons, rules
from inventory.indicators.models import Figure
from tests.indicators.conftest import night

pytestmark = pytest.mark.django_db

AS_OF = date(2024, 6, 25)


@pytest.fixture
def results(reported):
    return night(AS_OF)


def window_sold(results):
    sold = defaultdict(dict)
    for figure in Figure.objects.filter(result_set=results):
        sold[figure.product_id][figure.customer_id] = figure.window_sold or 0
    return sold


def test_the_shares_of_a_class_make_one(reported, results):
    classes = {
        product.pk: product.properties.get().price_class
        for product in reported.town.products.values()
    }
    shares = comparisons.sales_shares(results, classes=classes)
    sold = {product: sum(shops.values()) for product, shops in window_sold(results).items()}
    third = [product for product in shares if classes[product] == 3]
    assert len(third) == 2
    assert sum(shares[product] for product in third) == 1
    assert shares[third[0]] == Fraction(sold[third[0]], sum(sold[product] for product in third))


def test_the_shelf_rate_counts_the_shops_that_sold_the_product(results):
    rates = comparisons.shelf_rates(results, open_customers=6)
    for product, shops in window_sold(results).items():
        assert rates[product] == Fraction(sum(packs > 0 for packs in shops.values()), 6)


def test_stability_is_the_variance_over_the_closed_cycles_of_a_pair(results):
    closing.close_cycles(SimpleNamespace(result_set_id=results.pk), 0)
    figure = Figure.objects.filter(result_set=results).order_by("-window_sold").first()
    pair = {"customer": figure.customer_id, "product": figure.product_id}
    index, cells = comparisons.stability(**pair, first=date(2024, 4, 1), last=AS_OF)
    assert cells > 2
    assert index > 0
    assert comparisons.stability(**pair, first=AS_OF, last=AS_OF) == (None, 0)


def test_a_customer_s_segment_comes_from_the_days_of_all_its_pairs(results):
    days = defaultdict(lambda: [0, 0])
    for figure in Figure.objects.filter(result_set=results, window_observed__gt=0):
        days[figure.customer_id][0] += figure.window_stockout
        days[figure.customer_id][1] += figure.window_observed
    found = comparisons.segments(results)
    assert set(days) <= set(found)
    for customer, (stockout, observed) in days.items():
        assert found[customer] == rules.stockout_segment(
            stockout_days=stockout, observed_days=observed
        )


def test_only_shops_that_are_due_count_for_the_upload_rate(reported):
    day = max(row[0] for rows in reported.rows.values() for row in rows if row[0] <= AS_OF)
    there = {shop for shop, rows in reported.rows.items() if any(row[0] == day for row in rows)}
    assert comparisons.upload_rate(day) == (Fraction(len(there), 6), len(there), 6)
    gone = next(iter(there))
    CustomerProperties.objects.filter(customer=gone).update(uploads=False)
    assert comparisons.upload_rate(day)[1:] == (len(there) - 1, 5)
