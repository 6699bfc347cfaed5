"""A file of orders makes the calls that are due, at once."""

from orders.placing.models import Call
from tests.imports.test_orders_and_events import STATUS, orders

ROWS = ("2024-06-28,L1,6902,30,10,,部分供货,电子结算", "2024-06-28,L2,6902,30,0,,,扣款失败")


def test_a_file_of_orders_makes_the_calls_and_the_same_file_no_further_ones(town):
    for _time in range(2):
        orders(*ROWS, header=STATUS)
        found = Call.objects.order_by("customer").values_list("customer", "kind")
        assert list(found) == [
            (town.shops["L1"].pk, "unfulfilled"),
            (town.shops["L2"].pk, "payment"),
        ]


def test_a_trial_run_of_a_file_makes_none(town):
    orders(*ROWS, header=STATUS, dry_run=True)
    assert not Call.objects.exists()
