"""From order lines to counts and sums by pair, product and group of customers.

Pure numpy on whole columns. Definitions: docs/algorithms/order-indicators.md, social-stock.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from inventory.indicators.rollups import Dimension
from inventory.market.rules import Sums
from marketing_ops.lib.periods import DAY, Period
from orders.indicators.queries import Lines, Packs

WEIGHT_DAYS = 91  # 13 weeks: supply by which the sample is weighed
BEFORE_DAYS = 21  # the three weeks before
COLUMNS = (
    "requesting", "ordered_before", "returning", "demands", "unsupplied", "limited", "full",
    "limit_packs", "limited_requested", "last_stock", "supplied", "this_stock", "sample_before",
    "sample_out",
)  # fmt: skip
_ONCE = ("requesting", "ordered_before", "limited", "full", "sample_before", "sample_out")


class Places:
    """The pairs that occur anywhere, numbered by customer and product: P pairs.

    `customers`, `products`: sorted ids; `customer`, `product` int [P]: each pair's position there.
    """

    def __init__(self, occurrences: Sequence[tuple[np.ndarray, np.ndarray]]):
        self.customers = _distinct([customers for customers, _ in occurrences])
        self.products = _distinct([products for _, products in occurrences])
        there = np.zeros(len(self.customers) * len(self.products), bool)
        for customers, products in occurrences:
            there[self._cell(customers, products)] = True
        cells = np.flatnonzero(there)
        self._slot = np.cumsum(there, dtype=np.int32) - 1
        self._there = there
        self.customer, self.product = np.divmod(cells, max(len(self.products), 1))

    def __len__(self) -> int:
        return len(self.customer)

    def of(self, customers: np.ndarray, products: np.ndarray) -> np.ndarray:
        """The numbers of pairs; each must occur."""
        return self._slot[self._cell(customers, products)]

    def find(self, customers: np.ndarray, products: np.ndarray) -> np.ndarray:
        """The numbers of pairs, −1 for one that does not occur."""
        result = np.full(len(customers), -1)
        if not len(self):
            return result
        known = np.flatnonzero(
            (_position(self.customers, customers) >= 0) & (_position(self.products, products) >= 0)
        )
        cell = self._cell(customers[known], products[known])
        result[known] = np.where(self._there[cell], self._slot[cell], -1)
        return result

    def _cell(self, customers: np.ndarray, products: np.ndarray) -> np.ndarray:
        row, column = _places(self.customers), _places(self.products)
        return row[customers] * len(self.products) + column[products]


def _distinct(parts: Sequence[np.ndarray]) -> np.ndarray:
    """The distinct ids, sorted; they are small whole numbers, so marks are quicker than a sort."""
    marks = np.zeros(max((int(part.max(initial=-1)) for part in parts), default=-1) + 1, bool)
    for part in parts:
        marks[part] = True
    return np.flatnonzero(marks)


def _places(ids: np.ndarray) -> np.ndarray:
    """The position of each of the sorted ids, by id."""
    places = np.zeros(int(ids.max(initial=-1)) + 1, np.int64)
    places[ids] = np.arange(len(ids))
    return places


def _position(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The position of each wanted id among the sorted ids, −1 where it is none of them."""
    if not len(ids):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, -1)


class Orders:
    """Order lines and the pairs that they, and `others`, are about.

    `others`: (customers, products) of pairs without a line of their own, perhaps.
    """

    def __init__(self, lines: Lines, others: Sequence[tuple[np.ndarray, np.ndarray]]):
        self.lines = lines
        self.places = Places([(lines.customer, lines.product), *others])
        self.slot = self.places.of(lines.customer, lines.product)

    def within(self, period: Period) -> np.ndarray:
        """Which lines were ordered in the period, bool [N]."""
        days = self.lines.day
        return (days >= np.datetime64(period.start)) & (days <= np.datetime64(period.end))

    def sums(self, chosen: np.ndarray, packs: np.ndarray | None = None) -> np.ndarray:
        """Packs (None: numbers) of the chosen lines, int64 by pair; exact below 2^53."""
        weights = None if packs is None else packs[chosen]
        return np.bincount(self.slot[chosen], weights, len(self.places)).astype(np.int64)

    def supplied(self, period: Period) -> np.ndarray:
        """Packs supplied on the orders of the 13 weeks up to the period's end, by pair."""
        return self.sums(self.within(supply_window(period)), self.lines.supplied)


def supply_window(period: Period) -> Period:
    """The 13 weeks up to the period's end, by whose supply the sample is weighed."""
    return Period(period.end - timedelta(days=WEIGHT_DAYS - 1), period.end)


def week_of(
    week: Period,
    orders: Orders,
    *,
    limits: Packs,
    last: Packs,
    this: Packs,
    sample_out: tuple[np.ndarray, np.ndarray],
    shops: np.ndarray,
    points: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """What the order figures of a week sum: for each pair with an order, a limit or a stock.

    `shops`: sorted ids of the open customers, `points`: the information points among them;
    `last`, `this`: stock on the Sundays before and at the end; `sample_out`: customers and
    products of stock-outs at information points. Returns each pair's position in `shops`, its
    product's position in `orders.places.products`, and COLUMNS, int64 each.
    """
    lines, places = orders.lines, orders.places
    recent = orders.within(supply_window(week))
    shop = _position(shops, places.customers)[places.customer]
    present = orders.sums(recent) > 0
    for part in (limits, last, this):
        present[places.of(part.customer, part.product)] = True
    here = np.flatnonzero(present & (shop >= 0))
    shop, product = shop[here], places.product[here]

    now = orders.within(week)
    asked = now & (lines.requested > 0)
    requested = orders.sums(now, lines.requested)[here]
    supplied = orders.sums(now, lines.supplied)[here]
    demands = orders.sums(asked)[here]
    unsupplied = orders.sums(asked & (lines.supplied == 0))[here]
    earlier = Period(week.start - BEFORE_DAYS * DAY, week.start - DAY)
    before = orders.sums(orders.within(earlier) & (lines.requested > 0))[here] > 0
    quota, of_last, of_this = (_put(places, part)[here] for part in (limits, last, this))

    # The placement limit: the quota of a cycle × the product's supply ratio of the week, once for
    # each delivery; a product of which nobody asked anything was not cut.
    all_asked, given = (
        np.bincount(product, packs, len(places.products)).astype(np.int64)
        for packs in (requested, supplied)
    )
    permille = np.minimum(given * 1000 // np.maximum(all_asked, 1), 1000)
    permille[all_asked == 0] = 1000
    limit = np.maximum(quota, 0) * permille[product] // 1000
    # At a limit of 0 nothing was on offer: no rate.
    limited = limit > 0
    both = (of_last >= 0) & (of_this >= 0)
    out = places.find(*sample_out)
    is_out = np.zeros(len(places), bool)
    is_out[out[out >= 0]] = True
    columns = {
        "requesting": requested > 0,
        "ordered_before": before,
        "returning": (requested > 0) & before,
        "demands": demands,
        "unsupplied": unsupplied,
        "limited": limited,
        "full": limited & (requested >= limit),
        "limit_packs": limit,
        "limited_requested": np.where(limited, requested, 0),
        "last_stock": np.where(both, of_last, 0),
        "supplied": np.where(both, supplied, 0),
        "this_stock": np.where(both, of_this, 0),
        "sample_before": np.isin(shops, points)[shop] & before,
        "sample_out": is_out[here],
    }
    columns = {name: columns[name].astype(np.int64) for name in COLUMNS}
    return shop, product, columns


def by_group(
    shop: np.ndarray,
    product: np.ndarray,
    products: np.ndarray,
    columns: dict[str, np.ndarray],
    dimension: Dimension,
) -> Iterator[tuple[str, int | None, int, list[int]]]:
    """(key, product id or None for all, customers, COLUMNS) of each group with a pair, in order.

    The arguments as week_of returns them and `products` the ids; `dimension` groups the shops.
    """
    groups, wide = len(dimension.keys), len(products) + 1
    customers = np.bincount(dimension.code, minlength=groups)
    # Of all products together (column 0) a customer counts once, however many it ordered.
    shops = len(dimension.code)
    present = np.bincount(shop, minlength=shops) > 0
    cell = dimension.code[shop] * wide + product + 1
    whole = dimension.code * wide
    there = np.zeros(groups * wide, bool)
    there[cell] = there[whole[present]] = True
    table = np.zeros((groups * wide, len(COLUMNS)), np.int64)
    by_shop = {}
    for number, name in enumerate(COLUMNS):
        by_shop[name] = np.bincount(shop, columns[name], shops).astype(np.int64)
        if name in _ONCE:
            by_shop[name] = (by_shop[name] > 0).astype(np.int64)
        if name == "returning":
            by_shop[name] = by_shop["requesting"] & by_shop["ordered_before"]
        # Sums of whole numbers in floats are exact below 2^53.
        table[:, number] = np.bincount(cell, columns[name], groups * wide)
        table[:, number] += np.bincount(whole, by_shop[name], groups * wide).astype(np.int64)
    for place in np.flatnonzero(there).tolist():
        group, column = divmod(place, wide)
        key = dimension.keys[group]
        of = int(products[column - 1]) if column else None
        yield key, of, int(customers[group]), table[place].tolist()


@dataclass(frozen=True)
class Social:
    """One product's sums: of the sample stock, sales and supply, and who was supplied at all.

    `stock`, `sold`: against the supply of each information point; `ratio`: stock against sales.
    """

    product: int
    supplied_to_all: int
    customers: int
    stock: Sums
    sold: Sums
    ratio: Sums


def social(
    places: Places, supplied: np.ndarray, sample: dict[str, np.ndarray], kind: str
) -> Iterator[Social]:
    """The sums of each product that was supplied, in the order of ids.

    `supplied` by pair of `places`; `sample`: figures of the information points, of which those
    with sales and stock in every day of the period (`kind`: week or month) count.
    """
    got = supplied > 0
    to_all = np.bincount(places.product, supplied, len(places.products)).astype(np.int64)
    customers = np.bincount(places.product[got], minlength=len(places.products))
    stock, sold = sample[f"{kind}_closing"], sample[f"{kind}_sold"]
    seen = np.flatnonzero((stock >= 0) & (sold >= 0))
    customer, product = sample["customer_id"][seen], sample["product_id"][seen]
    pair = places.find(customer, product)
    weight = np.where(pair >= 0, np.append(supplied, 0)[pair], 0)
    stock, sold = stock[seen].astype(np.int64), sold[seen].astype(np.int64)
    place = _position(places.products, product)
    above_below = [(stock, weight), (sold, weight), (stock, sold)]
    sums = [_sample_sums(place, len(places.products), *both) for both in above_below]
    for number in np.flatnonzero(customers).tolist():
        yield Social(
            int(places.products[number]),
            int(to_all[number]),
            int(customers[number]),
            *(Sums(*one[number].tolist()) for one in sums),
        )


def _sample_sums(place: np.ndarray, products: int, above, below) -> np.ndarray:
    """rules.Sums of each product, int64 [K, 6]."""
    table = np.zeros((products, 6), np.int64)
    known = place >= 0
    parts = (np.ones_like(above), above, below, above * above, above * below, below * below)
    for number, part in enumerate(parts):
        np.add.at(table[:, number], place[known], part[known])
    return table


def _put(places: Places, part: Packs) -> np.ndarray:
    """Packs by pair, int64, −1 where a pair has none."""
    result = np.full(len(places), -1, np.int64)
    result[places.of(part.customer, part.product)] = part.packs
    return result
