import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_ops.demo.simulation import Move, Setting, next_delivery, simulate


def setting(seed, *, days, shops, products, kept, share):
    rng = np.random.default_rng(seed)
    pairs = shops * products
    weekday = np.arange(days) % 7
    order = weekday[:, None] == rng.integers(0, 7, shops)[None, :]
    deliver = np.roll(order, 2, axis=0)
    return Setting(
        shop=np.repeat(np.arange(shops), products),
        product=np.tile(np.arange(products), shops),
        mean=rng.uniform(0, 6, pairs),
        shop_factor=np.ones((days, shops)),
        product_factor=np.ones((days, products)),
        ordering=order,
        next_delivery=next_delivery(deliver),
        cover=np.full(shops, 9.0),
        care=rng.uniform(0.5, 2, shops),
        limit=rng.integers(1, 6, pairs) * 10,
        supply=np.full((days, products), share),
        truck=rng.random((days, shops)) > 0.1,
        kept=np.full(pairs, kept),
        first_stock_on=np.where(rng.random(pairs) < 0.2, days // 2, 0),
    )


districts = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "days": st.integers(15, 40),
        "shops": st.integers(2, 5),
        "products": st.integers(1, 4),
        "kept": st.integers(0, 3),
        "share": st.sampled_from([0.0, 0.4, 1.0]),
    }
)


@settings(max_examples=40, deadline=None)
@given(districts)
def test_a_simulated_ledger_balances_and_goes_over_from_day_to_day(choice):
    course = simulate(setting(**choice), np.random.default_rng(choice["seed"]))
    assert course.balanced()
    assert (course.closing >= 0).all() and (course.sold >= 0).all()
    assert (course.opening[1:] == course.closing[:-1]).all()


@settings(max_examples=30, deadline=None)
@given(districts)
def test_kept_back_packs_are_never_sold(choice):
    course = simulate(setting(**choice), np.random.default_rng(choice["seed"]))
    sold = course.sold > 0
    assert (course.closing[sold] >= choice["kept"]).all()


@settings(max_examples=30, deadline=None)
@given(districts)
def test_everything_that_arrives_was_supplied_and_nothing_is_lost_on_the_way(choice):
    given_setting = setting(**choice)
    course = simulate(given_setting, np.random.default_rng(choice["seed"]))
    arrived = (course.delivered >= 0) & (course.delivered < choice["days"])
    assert course.received.sum() == course.supplied[arrived].sum()
    assert (course.supplied <= course.requested).all()


def test_a_hidden_move_takes_no_more_than_there_is():
    choice = {"seed": 3, "days": 20, "shops": 2, "products": 3, "kept": 0, "share": 1.0}
    moved = setting(**choice)
    moved.first_stock_on[:] = 0
    here, there = np.arange(3), np.arange(3, 6)
    moved.moves.append(Move(12, here, there, np.full(3, 10_000), declared=False))
    course = simulate(moved, np.random.default_rng(3))
    assert course.balanced()
    assert (course.closing[12, here] == 0).all()
    assert (course.received[12, there] >= course.sold[12, here] - 40).all()


def test_the_next_delivery_is_after_the_day_and_goes_on_past_the_last_one():
    weekly = (np.arange(14) % 7 == 3)[:, None]
    assert next_delivery(weekly)[:, 0].tolist() == [3] * 3 + [10] * 7 + [17] * 4
