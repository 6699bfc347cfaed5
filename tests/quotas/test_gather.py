from datetime import date

import numpy as np
import pytest

from orders.quotas.gather import Event, Peers, Supply, mean_factor, next_order

TUESDAY = date(2024, 6, 25)


@pytest.mark.parametrize(
    ("orders_on", "delivered_on", "order", "review", "lead"),
    [
        ({7}, {2}, date(2024, 6, 30), 7, 2),
        ({2}, {4}, date(2024, 7, 2), 7, 2),
        ({3}, {5}, date(2024, 6, 26), 7, 2),
        ({3}, {3}, date(2024, 6, 26), 7, 7),
        ({2, 6}, {1, 4}, date(2024, 6, 29), 3, 2),
        ({3}, {1, 4}, date(2024, 6, 26), 4, 1),
    ],
)
def test_the_next_order_its_delivery_and_how_long_that_must_last(
    orders_on, delivered_on, order, review, lead
):
    assert next_order(orders_on, delivered_on, TUESDAY) == (order, review, lead)


def event(first, last, permille):
    return Event(date(2024, 6, first), date(2024, 6, last), permille, np.array([1]))


@pytest.mark.parametrize(
    ("events", "factors"),
    [
        ([], [1000] * 7),
        ([event(1, 30, 500)], [500] * 7),
        ([event(14, 30, 500)], [1000] * 3 + [500] * 4),
        ([event(9, 12, 2000), event(12, 12, 500)], [2000, 1000] + [1000] * 5),
        ([event(1, 11, 500)], [500] + [1000] * 6),
        ([event(1, 10, 500)], [1000] * 7),
    ],
)
def test_the_factor_of_a_period_is_the_mean_over_its_days(events, factors):
    # From the 11th to the 17th; the last day of an event belongs to it.
    found = mean_factor(events, date(2024, 6, 11), date(2024, 6, 17))
    assert found == sum(factors) // 7


def test_days_that_the_sums_do_not_hold_have_no_ratio():
    sums = np.array([[0], [10], [30]])
    supply = Supply(date(2024, 6, 1), sums, sums // 2)
    assert supply.permille(date(2024, 6, 1), date(2024, 6, 2))[0] == 500
    assert supply.permille(date(2024, 5, 1), date(2024, 5, 31))[0] == -1
    assert supply.permille(date(2024, 6, 3), date(2024, 6, 9))[0] == -1


def test_peers_are_added_up_before_they_are_divided():
    peers = Peers(np.zeros((2, 3), np.int64), np.zeros((2, 3), np.int64))
    one = np.array
    peers.add(one([0, 0, -1]), one([1, 1, 1]), one([10, 90, 500]), one([10, 10, 1]))
    assert peers.millipacks().tolist() == [[-1, 5000, -1], [-1, -1, -1]]
