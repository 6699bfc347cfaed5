"""District-wide sums of the orders: added up in steps they are what they are at once."""

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from inventory.indicators.models import ResultSet
from orders.models import OrderLine
from orders.quotas import supply
from orders.quotas.gather import Products
from orders.quotas.models import SupplySums
from orders.quotas.supply import supply_of

pytestmark = pytest.mark.django_db

AS_OF = date(2024, 6, 25)
T0 = datetime(2024, 6, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def products_of(town):
    number = np.array(sorted(product.pk for product in town.products.values()), np.int32)
    nothing = np.zeros(len(number), np.int8)
    return Products(number, nothing, nothing, nothing)


def line(town, ordered_on, requested, supplied, *, product="6902", after=2, **times):
    return OrderLine.objects.create(
        customer=town.shops["L1"],
        product=town.products[product],
        ordered_on=ordered_on,
        requested=requested,
        supplied=supplied,
        delivered_on=None if after is None else ordered_on + after * DAY,
        **({"received_at": T0} | times),
    )


def kept(as_of, known_at, status="complete"):
    return ResultSet.objects.create(
        as_of=as_of, known_at=known_at, rules="x", thresholds={}, created_at=known_at, status=status
    )


def ratio(town, first, last, **when):
    products = products_of(town)
    found = supply_of(when.get("as_of", AS_OF), when.get("known_at", T0), products)
    place = products.place(np.array([town.products["6902"].pk]))[0]
    return int(found.permille(first, last)[place])


def test_the_ratio_is_supplied_by_requested_of_all_shops(town):
    line(town, date(2024, 6, 3), 20, 10)
    line(town, date(2024, 6, 4), 10, 10)
    assert ratio(town, date(2024, 6, 1), date(2024, 6, 10)) == 666


def test_an_order_counts_on_the_day_of_its_delivery(town):
    line(town, date(2024, 6, 3), 20, 10, after=2)
    line(town, date(2024, 6, 20), 20, 0, after=None)
    days = [date(2024, 6, 3), date(2024, 6, 5), date(2024, 6, 20)]
    assert [ratio(town, day, day) for day in days] == [-1, 500, 0]


def test_without_an_order_the_ratio_is_unknown(town):
    line(town, date(2024, 6, 3), 20, 10, product="6903")
    assert ratio(town, date(2024, 6, 1), date(2024, 6, 10)) == -1


def test_only_what_was_known_counts(town):
    line(town, date(2024, 6, 3), 20, 10, superseded_at=T0 + HOUR)
    line(town, date(2024, 6, 3), 20, 20, received_at=T0 + HOUR)
    span = date(2024, 6, 5), date(2024, 6, 5)
    assert ratio(town, *span, known_at=T0) == 500
    assert ratio(town, *span, known_at=T0 + HOUR) == 1000
    assert ratio(town, *span, known_at=T0 - HOUR) == -1


@pytest.mark.parametrize("seed", range(6))
def test_kept_sums_and_what_came_since_are_the_sums_at_once(town, seed):
    rng = random.Random(seed)
    for number in range(60):
        came = T0 + rng.randrange(48) * HOUR
        line(
            town,
            AS_OF - rng.choice([number, 170 + number // 3, -number]) * DAY,
            rng.randrange(1, 50),
            rng.randrange(50),
            product=rng.choice(sorted(town.products)),
            after=rng.choice([None, 0, 2, 31, 32, 60]),
            received_at=came,
            superseded_at=came + rng.randrange(1, 48) * HOUR,
        )
    products = products_of(town)
    night = kept(AS_OF, T0 + 20 * HOUR)
    first = supply_of(AS_OF, night.known_at, products)
    supply.keep(night, first, products)
    for ahead in (0, 1, 12, 31, 32):
        for hours in (20, 30, 70):
            as_of, known_at = AS_OF + ahead * DAY, T0 + hours * HOUR
            stepwise = supply_of(as_of, known_at, products)
            rows = SupplySums.objects.all()
            saved = list(rows)
            rows.delete()
            at_once = supply_of(as_of, known_at, products)
            SupplySums.objects.bulk_create(saved)
            assert (stepwise.requested == at_once.requested).all()
            assert (stepwise.supplied == at_once.supplied).all()
            assert stepwise.first_day == at_once.first_day


def test_sums_of_a_night_that_knew_more_are_not_used(town):
    line(town, date(2024, 6, 3), 20, 10, received_at=T0 + HOUR)
    products = products_of(town)
    later = kept(AS_OF, T0 + HOUR)
    supply.keep(later, supply_of(AS_OF, later.known_at, products), products)
    assert ratio(town, date(2024, 6, 5), date(2024, 6, 5), known_at=T0) == -1


def test_kept_sums_go_with_their_results(town):
    night = kept(AS_OF, T0)
    supply.keep(night, supply_of(AS_OF, T0, products_of(town)), products_of(town))
    night.delete()
    assert not SupplySums.objects.exists()
