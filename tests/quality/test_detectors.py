"""The signs of false data, one small shop at a time. A day is a row, a product a column."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from inventory.documents import Rows
from inventory.indicators import panel
from inventory.quality import detectors
from inventory.quality.grid import lay_out
from inventory.quality.sweep import GIVE, TAKE, look
from inventory.queries import Documents

FIRST = date(2024, 3, 4)


def grid_of(shops):
    """`shops`: for each shop its products' days, [(opening, received, sold) or None, ...]."""
    days = len(shops[0][0])
    lines = [
        (shop, day, product, *pair[day])
        for shop, pairs in enumerate(shops, start=1)
        for day in range(days)
        for product, pair in enumerate(pairs, start=1)
        if pair[day] is not None
    ]
    shop, day, product, opening, received, sold = np.array(lines, dtype=np.int32).T
    begins = np.append(True, (shop[1:] != shop[:-1]) | (day[1:] != day[:-1]))
    first = np.flatnonzero(begins)
    nothing = np.zeros_like(shop)
    documents = Documents(
        shop[first],
        np.datetime64(FIRST) + day[first],
        nothing[first],
        nothing[first].astype(bool),
        Rows(product, opening, received, sold, nothing, nothing),
        np.append(first, len(lines)),
    )
    period = {"first_day": FIRST, "last_day": FIRST + timedelta(days=days - 1)}
    known = {"known_at": datetime(2024, 7, 1, tzinfo=UTC), "rank": {}, "first_ledger": {}}
    return lay_out(panel.build([documents], **period, **known), **period)


def course(stock, sales, receipts=None):
    """A pair's days from its sales and receipts {day: packs}; sales are capped by the stock."""
    days = []
    for day, wanted in enumerate(sales):
        received = (receipts or {}).get(day, 0)
        sold = min(wanted, stock + received)
        days.append((stock, received, sold))
        stock += received - sold
    return days


def supplied(grid, lines):
    """`lines`: (shop, product, day, packs)."""
    shop, product, day, packs = np.array(lines or np.empty((0, 4))).reshape(-1, 4).astype(int).T
    return grid.place(shop, product, np.datetime64(FIRST) + day, packs)


def order_days(grid, *days):
    table = np.zeros((len(grid.closing), len(grid.shops)), dtype=bool)
    table[list(days)] = True
    return table


def episodes(found):
    return sorted(zip(found.slot.tolist(), found.first.tolist(), found.last.tolist(), strict=True))


def emptied_shop(back):
    """Six products; on day 4 all stock is "sold", on day 6 it comes back with `back` packs."""
    return [
        [
            *course(20, [2, 2, 2, 2]),
            (12, 0, 12),
            (0, 0, 0),
            (0, back, 2),
            *course(back - 2, [2, 2]),
        ]
        for _ in range(6)
    ]


def test_books_emptied_on_the_order_day_are_flagged_until_the_stock_is_back():
    grid = grid_of([emptied_shop(18)])
    lines = [(1, product, 6, 10) for product in range(1, 7)]
    found = detectors.books_emptied(grid, order_days(grid, 4), supplied(grid, lines))
    assert episodes(found) == [(slot, 4, 6) for slot in range(6)]
    assert set(found.expected) == {10} and set(found.found) == {18}


def test_books_emptied_yesterday_are_flagged_before_the_stock_is_back():
    grid = grid_of([[pair[:5] for pair in emptied_shop(18)]])
    found = detectors.books_emptied(grid, order_days(grid, 4), supplied(grid, []))
    assert episodes(found) == [(slot, 4, 4) for slot in range(6)]


@pytest.mark.parametrize("what", ["another day", "few products", "some products"])
def test_selling_out_is_no_emptied_book(what):
    pairs = emptied_shop(18)
    day = 3 if what == "another day" else 4
    if what == "few products":
        pairs = pairs[:4]
    if what == "some products":
        pairs = pairs[:3] + [course(50, [2] * 9) for _ in range(3)]
    grid = grid_of([pairs])
    found = detectors.books_emptied(grid, order_days(grid, day), supplied(grid, []))
    assert episodes(found) == []


def test_a_product_that_just_sold_out_on_that_day_is_left_alone():
    honest = [*course(10, [2, 2, 2, 2]), (2, 0, 2), (0, 0, 0), (0, 10, 2), *course(8, [2, 2])]
    grid = grid_of([[*emptied_shop(18), honest]])
    lines = [(1, product, 6, 10) for product in range(1, 8)]
    found = detectors.books_emptied(grid, order_days(grid, 4), supplied(grid, lines))
    assert episodes(found) == [(slot, 4, 6) for slot in range(6)]


def test_a_receipt_above_what_was_supplied_is_one_half_of_a_transfer():
    grid = grid_of([[course(20, [2] * 20, {1: 10, 9: 17})]])
    lines = [(1, 1, 1, 10), (1, 1, 9, 5)]
    nothing = np.zeros(grid.closing.shape, dtype=bool)
    found = detectors.receipts_above_supply(grid, supplied(grid, lines), nothing)
    assert episodes(found) == [(0, 9, 9)]
    assert (found.expected.tolist(), found.found.tolist()) == ([5], [17])


@pytest.mark.parametrize(
    ("receipts", "lines"),
    [
        pytest.param({1: 10, 12: 10}, [(1, 1, 1, 10), (1, 1, 10, 10)], id="booked late"),
        pytest.param({1: 10, 9: 10}, [(1, 1, 1, 10), (1, 1, 10, 10)], id="booked early"),
        pytest.param({1: 10, 9: 12}, [(1, 1, 1, 10), (1, 1, 9, 10)], id="a slip of the count"),
        pytest.param({1: 40}, [(1, 1, 8, 10)], id="before the first known delivery"),
        pytest.param({1: 10, 9: 4}, [(1, 1, 1, 10), (1, 1, 9, 10)], id="less than supplied"),
    ],
)
def test_a_receipt_that_the_supply_explains_is_none(receipts, lines):
    grid = grid_of([[course(20, [2] * 20, receipts)]])
    nothing = np.zeros(grid.closing.shape, dtype=bool)
    found = detectors.receipts_above_supply(grid, supplied(grid, lines), nothing)
    assert episodes(found) == []


def test_equal_jumps_of_opposite_sign_are_matched_across_shops():
    sales = [3, 2, 4, 3, 2, 3, 4, 2, 3, 3] * 3
    gave = [*sales[:20], sales[20] + 15, *sales[21:]]
    grid = grid_of(
        [[course(200, gave)], [course(200, sales)], [course(200, sales, {3: 10, 20: 15})]]
    )
    seen = look(grid, order_days(grid), supplied(grid, [(3, 1, 3, 10)]))
    partner = detectors.match_jumps(seen.takes, seen.gives)
    assert seen.takes["customer"].tolist() == [3] and seen.takes["packs"].tolist() == [15]
    assert seen.gives["customer"][partner].tolist() == [1]


def test_a_jump_explains_one_receipt_and_not_its_own_shop():
    day = np.datetime64(FIRST).astype(int)
    takes = np.array([(2, 7, day, 15), (3, 7, day, 14), (1, 7, day, 15)], TAKE)
    gives = np.array([(1, 7, day, 18, 3.0, 2.0), (1, 8, day, 18, 3.0, 2.0)], GIVE)
    assert detectors.match_jumps(takes, gives).tolist() == [0, -1, -1]
    assert detectors.match_jumps(takes, gives[:0]).tolist() == [-1, -1, -1]


def keeping_shop(kept):
    """Five products that sell two or three a day, delivered weekly, down to `kept` packs."""
    pairs = []
    for shift in range(5):
        stock, days = 14, []
        for day in range(84):
            received = 14 if day % 7 == shift else 0
            sold = min(2 + day % 2, max(stock + received - kept, 0))
            days.append((stock, received, sold))
            stock += received - sold
        pairs.append(days)
    return pairs


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_packs_kept_back_are_found_by_standing_still_where_the_product_sells(kept):
    grid = grid_of([keeping_shop(kept)])
    found = detectors.kept_back(grid, np.zeros(grid.closing.shape, dtype=bool))
    days = found.cells(grid.closing.shape)
    assert days.sum() > 20
    assert (grid.sold[days] == 0).all() and (grid.closing[days] == kept).all()


@pytest.mark.parametrize("pairs", [keeping_shop(0), keeping_shop(4)])
def test_empty_shelves_and_ample_stock_keep_nothing_back(pairs):
    grid = grid_of([pairs])
    found = detectors.kept_back(grid, np.zeros(grid.closing.shape, dtype=bool))
    assert episodes(found) == []


def test_a_slow_seller_that_stands_still_keeps_nothing_back():
    grid = grid_of([[course(9, [0] * 9 + [1] + [0] * 9 + [1], {}) for _ in range(6)]])
    found = detectors.kept_back(grid, np.zeros(grid.closing.shape, dtype=bool))
    assert episodes(found) == []


def test_days_that_are_not_observed_are_no_sign():
    pairs = [[None if 4 <= n <= 6 else day for n, day in enumerate(p)] for p in emptied_shop(18)]
    grid = grid_of([pairs])
    assert (grid.closing[4:7] == -1).all()
    seen = look(grid, order_days(grid, 4), supplied(grid, []))
    assert episodes(seen.books) == episodes(seen.kept) == episodes(seen.received) == []
