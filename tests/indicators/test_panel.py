"""The panel: whatever arrives in whatever order, it holds what a fresh one would."""

import random
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.indicators import panel
from inventory.indicators.panel import SPARE_DAYS
from inventory.indicators.panel_store import PanelFile
from tests.indicators import ledger
from tests.indicators.test_against_oracle import (
    random_shop,
    town_complete,
    town_rows,
)

LAST = date(2024, 6, 25)


def content(built, first, last):
    """{(customer, product, day): (sold, closing)} and the states of shop-days; spares left out."""
    cells, states = {}, {}
    for shop, customer in enumerate(built.customer.tolist()):
        day = first
        while day <= last:
            index = built.day_index(day)
            states[customer, day] = int(built.state[index, shop])
            for slot in range(built.starts[shop], built.starts[shop + 1]):
                if built.product[slot]:
                    key = customer, int(built.product[slot]), day
                    cells[key] = int(built.sold[index, slot]), int(built.closing[index, slot])
            day += timedelta(days=1)
    return cells, states


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_a_panel_refreshed_in_steps_holds_what_a_fresh_one_holds(seed):
    rng = random.Random(seed)
    town = {shop: random_shop(rng) for shop in range(1, 7)}
    rows, complete = town_rows(town), town_complete(town)
    if not rows:
        return
    first = LAST - timedelta(days=50)
    rows = [row for row in rows if row[1] <= LAST]
    first_days = ledger.first_days(rows)
    kept = panel.build(
        [], first_day=first, last_day=first, known_at=ledger.KNOWN_AT, rank={}, first_ledger={}
    )
    shop_days = sorted({row[:2] for row in rows})
    rng.shuffle(shop_days)
    while shop_days:
        arriving = {shop_days.pop() for _ in range(min(len(shop_days), rng.choice((1, 5, 60))))}
        kept = kept.refresh(
            ledger.documents([row for row in rows if row[:2] in arriving], complete),
            last_day=max(day for _, day in arriving),
            known_at=ledger.KNOWN_AT,
            rank={shop: shop % 3 for shop in town},
            first_ledger=first_days,
        )
    begins = max(first, kept.first_day.item())
    last = kept.last_day.item()
    fresh = panel.build(
        # In two parts, as a large shard is built.
        [
            ledger.documents([row for row in rows if (row[0] > 3) == half], complete)
            for half in (False, True)
        ],
        first_day=first,
        last_day=last,
        known_at=ledger.KNOWN_AT,
        rank={},
        first_ledger=first_days,
    )
    cells, states = content(kept, begins, last)
    fresh_cells, fresh_states = content(fresh, begins, last)
    # A pair may still have a slot whose rows lie before the days that are compared.
    assert {key: cell for key, cell in cells.items() if cell[1] >= 0} == {
        key: cell for key, cell in fresh_cells.items() if cell[1] >= 0
    }
    both = cells.keys() & fresh_cells.keys()
    assert {key: cells[key] for key in both} == {key: fresh_cells[key] for key in both}
    assert states == {key: fresh_states.get(key, 0) for key in states}


def small_panel(last=LAST, products=(1, 2)):
    rows = [
        (shop, last - timedelta(days=back), product, 1, 10 * shop + product)
        for shop in (1, 2)
        for back in range(110)
        for product in products
    ]
    return rows, ledger.build(rows, as_of=last, days=110)


def taken_in(built, rows, last, complete=frozenset()):
    return built.refresh(
        ledger.documents(rows, complete),
        last_day=last,
        known_at=ledger.KNOWN_AT,
        rank={},
        first_ledger=ledger.first_days(rows),
    )


def test_a_new_day_and_a_new_product_fit_into_the_spare_room():
    _, built = small_panel()
    tomorrow = LAST + timedelta(days=1)
    fresh = taken_in(built, [(1, tomorrow, 1, 2, 9), (1, tomorrow, 9, 3, 4)], tomorrow)
    assert fresh is built
    found = ledger.figures_of(fresh, {1: ledger.every(2), 2: ledger.every(3)}, tomorrow)
    assert found[1, 9]["latest_closing"] == 4
    assert found[2, 1]["latest_age"] == 1


def test_more_products_than_spare_slots_make_a_new_layout_with_the_old_days():
    _, built = small_panel()
    many = [(2, LAST, product, 1, product) for product in range(1, 30)]
    fresh = taken_in(built, many, LAST)
    assert fresh is not built
    found = ledger.figures_of(fresh, {1: ledger.every(2), 2: ledger.every(2)}, LAST)
    assert found[2, 29]["latest_closing"] == 29
    assert found[1, 2]["window_observed_days"] == 91


def test_a_number_beyond_sixteen_bits_widens_the_panel():
    _, built = small_panel()
    fresh = taken_in(built, [(1, LAST, 1, 40_000, 70_000)], LAST)
    assert (built.sold.dtype, fresh.sold.dtype) == (np.int16, np.int32)
    found = ledger.figures_of(fresh, {1: ledger.every(2), 2: ledger.every(2)}, LAST)
    assert found[1, 1]["latest_closing"] == 70_000


def test_a_corrected_day_loses_the_rows_that_it_no_longer_has():
    _, built = small_panel()
    yesterday = LAST - timedelta(days=1)
    fresh = taken_in(built, [(1, yesterday, 1, 5, 3)], LAST)
    cells, _ = content(fresh, yesterday, yesterday)
    assert cells[1, 1, yesterday] == (5, 3)
    assert cells[1, 2, yesterday] == (0, -1)


def test_a_day_before_a_shop_s_first_one_moves_its_first_ledger_day():
    rows, built = small_panel()
    first = min(row[1] for row in rows)
    earlier = first - timedelta(days=3)
    fresh = taken_in(built, [(2, earlier, 1, 1, 1)], LAST)
    assert dict(fresh.first_days()) == {1: first, 2: earlier}


def test_when_the_room_for_days_is_used_up_the_oldest_are_dropped():
    _, built = small_panel()
    later = LAST + timedelta(days=SPARE_DAYS + 1)
    fresh = taken_in(built, [(1, later, 1, 2, 9)], later)
    assert fresh is not built
    assert fresh.first_day > built.first_day
    assert fresh.last_day == np.datetime64(later)


def test_a_product_new_to_a_complete_shop_was_absent_on_its_complete_days():
    complete = {(1, LAST - timedelta(days=back)) for back in range(110)}
    rows = [(1, day, 1, 1, 5) for _, day in sorted(complete)]
    built = ledger.build(rows, as_of=LAST, days=110, complete=complete)
    row = (1, LAST - timedelta(days=20), 9, 2, 4)
    fresh = taken_in(built, [row, (1, row[1], 1, 1, 5)], LAST, complete)
    found = ledger.figures_of(fresh, {1: ledger.every(2)}, LAST)[1, 9]
    # From its first row on it is in the assortment, and left out means neither stock nor sale.
    assert found["recent_sold"] == 2
    assert found["days_without_sale"] == 20
    assert found["latest_closing"] == 0
    assert found["window_observed_days"] == 20


@pytest.fixture
def file(tmp_path):
    return PanelFile(tmp_path / "shard" / "0.panel")


def saved(file):
    _, built = small_panel()
    with file.locked():
        file.save(built, None, "ledger A")
    return built


def test_a_saved_panel_comes_back_as_it_was(file):
    built = saved(file)
    with file.locked():
        loaded = file.load(lambda known_at: "ledger A")
    assert loaded.known_at == built.known_at
    assert content(loaded, LAST - timedelta(days=5), LAST) == content(
        built, LAST - timedelta(days=5), LAST
    )


def test_a_refresh_in_place_is_there_at_the_next_start(file):
    saved(file)
    tomorrow = LAST + timedelta(days=1)
    with file.locked():
        loaded = file.load(lambda known_at: "ledger A")
        file.begin()
        fresh = taken_in(loaded, [(1, tomorrow, 1, 7, 3)], tomorrow)
        file.save(fresh, loaded, "ledger B")
    with file.locked():
        again = file.load(lambda known_at: "ledger B")
    assert content(again, tomorrow, tomorrow)[0][1, 1, tomorrow] == (7, 3)


def test_a_refresh_that_was_killed_half_way_is_not_used(file):
    saved(file)
    with file.locked():
        loaded = file.load(lambda known_at: "ledger A")
        file.begin()
        loaded.sold[0, :] = 99
    with file.locked():
        assert file.load(lambda known_at: "ledger A") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-100],
        lambda data: data[:20] + b"?" + data[21:],
        lambda data: b"",
        lambda data: b"PANEL 0\n" + data[8:],
    ],
)
def test_a_damaged_file_is_not_used(file, damage):
    saved(file)
    file.path.write_bytes(damage(file.path.read_bytes()))
    with file.locked():
        assert file.load(lambda known_at: "ledger A") is None


def test_a_panel_of_another_ledger_is_not_used(file):
    saved(file)
    with file.locked():
        assert file.load(lambda known_at: "ledger B") is None
