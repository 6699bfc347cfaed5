"""From blocks of the panel and facts about the district to the engine's evidence. Pure.

`District` holds what is the same for all shards of a night; `evidence_of` puts it beside the sums
of a block. The sums themselves come from inventory.indicators.blocks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from inventory.indicators.blocks import Block
from inventory.indicators.kernel import Totals
from orders.quotas.evidence import UNKNOWN, WHOLE, Evidence

DAY = timedelta(days=1)
WEEK = 7


@dataclass(frozen=True)
class Products:
    """Of K products sorted by `number` int32 [K]: class (0: none), flag bits, packs per carton."""

    number: np.ndarray
    price_class: np.ndarray
    flags: np.ndarray
    packs_per_carton: np.ndarray

    def place(self, numbers: np.ndarray) -> np.ndarray:
        """The position of each product; each must be known."""
        return np.searchsorted(self.number, numbers)


@dataclass(frozen=True)
class Event:
    """Days `first` to `last`, both inside, on which the customers' demand is × permille / 1000."""

    first: date
    last: date
    permille: int
    customers: np.ndarray


@dataclass(frozen=True)
class Supply:
    """What was requested and supplied up to the end of each day, district-wide.

    `requested`, `supplied` int64 [D + 1, K]: row i sums the days before `first_day` + i.
    """

    first_day: date
    requested: np.ndarray
    supplied: np.ndarray

    def permille(self, first: date, last: date) -> np.ndarray:
        """Σ supplied ÷ Σ requested of the days `first` to `last`, UNKNOWN without orders; [K]."""
        rows = len(self.requested) - 1
        start = min(max((first - self.first_day).days, 0), rows)
        stop = min(max((last - self.first_day).days + 1, 0), rows)
        requested = self.requested[stop] - self.requested[start]
        supplied = self.supplied[stop] - self.supplied[start]
        ratio = 1000 * supplied // np.maximum(requested, 1)
        return np.where(requested > 0, np.minimum(ratio, 32_000), UNKNOWN).astype(np.int16)


@dataclass(frozen=True)
class District:
    """What the engine needs to know besides the ledger, as of a day.

    `peer_group`: customer -> number of its group (format, area, scale). `rhythm`: customer ->
    (order weekdays, delivery weekdays). `in_force`: customers, products (sorted by both), packs.
    """

    as_of: date
    products: Products
    peer_group: Mapping[int, int]
    rhythm: Mapping[int, tuple[tuple[int, ...], tuple[int, ...]]]
    events: tuple[Event, ...]
    supply: Supply
    in_force: tuple[np.ndarray, np.ndarray, np.ndarray]

    def groups(self, customers: np.ndarray) -> np.ndarray:
        """The peer group of each customer, −1 without one."""
        return np.array(
            [self.peer_group.get(customer, -1) for customer in customers.tolist()], np.int64
        )


@dataclass
class Peers:
    """Packs and effective days of each peer group × product, added up over shops."""

    sold: np.ndarray
    days: np.ndarray

    @classmethod
    def empty(cls, district: District) -> "Peers":
        groups = max(district.peer_group.values(), default=-1) + 1
        shape = groups, len(district.products.number)
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.int64))

    def add(self, groups: np.ndarray, products: np.ndarray, sold, effective) -> None:
        """Add pairs: their group (−1: none), place of the product, packs and days (≥ 0)."""
        here = groups >= 0
        cell = groups[here] * self.sold.shape[1] + products[here]
        for total, value in ((self.sold, sold), (self.days, effective)):
            # Sums of whole numbers in floats are exact below 2^53.
            total += (
                np.bincount(cell, value[here], total.size).astype(np.int64).reshape(total.shape)
            )

    def add_block(self, block: Block, district: District) -> None:
        window = block.figures.window
        seen = window.observed > 0
        self.add(
            district.groups(block.shops)[block.shop],
            district.products.place(block.product),
            np.where(seen, window.sold, 0),
            np.where(seen, window.observed - window.stockout, 0),
        )

    def millipacks(self) -> np.ndarray:
        """Packs per effective day in thousandths, UNKNOWN without such a day; int32 [G, K]."""
        rate = 1000 * self.sold // np.maximum(self.days, 1)
        return np.where(self.days > 0, rate, UNKNOWN).astype(np.int32)


def next_order(
    orders_on: Iterable[int], delivered_on: Iterable[int], as_of: date
) -> tuple[date, int, int]:
    """(day of the next order after `as_of`, its review days, its lead days).

    An order is delivered on the first delivery weekday after its own day; review days are those
    from that delivery to the next one.
    """
    orders_on, delivered_on = set(orders_on), set(delivered_on)

    def following(day: date, weekdays: set[int]) -> date:
        return next(
            day + ahead * DAY
            for ahead in range(1, WEEK + 1)
            if (day + ahead * DAY).isoweekday() in weekdays
        )

    order = following(as_of, orders_on)
    delivery = following(order, delivered_on)
    return order, (following(delivery, delivered_on) - delivery).days, (delivery - order).days


def evidence_of(block: Block, district: District, peers: np.ndarray) -> Evidence:
    """The evidence of a block's pairs; `peers` as Peers.millipacks gives them."""
    running = block.running_days > 0
    periods = [(cycle.start, cycle.end) for cycle in block.cycles]
    lengths = block.lengths.tolist()
    if running:
        periods.append((block.cycles[-1].end + DAY, block.as_of))
        lengths.append(block.running_days)
    totals = _stacked(block.figures.cycles, block.figures.running if running else None)
    orders, review, lead = _rhythm(block, district)
    place = district.products.place(block.product)
    events, ahead = _events(block, district, periods, orders, review, lead)
    groups = district.groups(block.shops)[block.shop]
    of_peers = np.full(len(block), UNKNOWN, np.int32)
    known = groups >= 0
    of_peers[known] = peers[groups[known], place[known]]
    observed, out = _shop_days(block)
    ratios = [district.supply.permille(first, last) for first, last in periods]
    supply = np.array(ratios, np.int16).reshape(len(periods), len(district.products.number))
    return Evidence(
        lengths=np.array(lengths, np.int64),
        running=running,
        observed=totals.observed,
        stockout=totals.stockout,
        sold=totals.sold,
        closing=totals.closing,
        supply_permille=supply[:, place],
        event_permille=events,
        next_event_permille=ahead,
        price_class=district.products.price_class[place],
        flags=district.products.flags[place],
        packs_per_carton=district.products.packs_per_carton[place],
        shop_days=block.observed_days[block.shop],
        peer_millipacks=of_peers,
        in_force=_in_force(block, district),
        segment=np.broadcast_to(np.int8(0), (len(block),)),
        shop_observed=observed[block.shop],
        shop_stockout=out[block.shop],
        review_days=review[block.shop],
        lead_days=lead[block.shop],
    )


def _stacked(cycles: Totals, running: Totals | None) -> Totals:
    if running is None:
        return cycles
    return Totals(
        *(
            np.concatenate([many, one[None]])
            for many, one in zip(cycles.arrays, running.arrays, strict=True)
        )
    )


def _rhythm(block: Block, district: District) -> tuple[list[date], np.ndarray, np.ndarray]:
    """(day of the next order, review days, lead days) of each shop of the block.

    A shop without a calendar is taken to order weekly, delivered the next day.
    """
    known: dict = {}
    rows = []
    for customer in block.shops.tolist():
        rhythm = district.rhythm.get(customer)
        if rhythm not in known:
            known[rhythm] = (
                next_order(*rhythm, district.as_of) if rhythm else (district.as_of + DAY, WEEK, 1)
            )
        rows.append(known[rhythm])
    orders, review, lead = zip(*rows, strict=True)
    return list(orders), np.array(review, np.int16), np.array(lead, np.int16)


def _events(block, district, periods, orders, review, lead) -> tuple[np.ndarray, np.ndarray]:
    """(permille of each period and pair, permille of each pair's days ahead)."""
    pairs = len(block)
    touching = [event for event in district.events if np.isin(block.shops, event.customers).any()]
    if not touching:
        return (
            np.broadcast_to(np.int16(WHOLE), (len(periods), pairs)),
            np.broadcast_to(np.int16(WHOLE), (pairs,)),
        )
    past = np.full((len(periods), len(block.shops)), WHOLE, np.int16)
    ahead = np.full(len(block.shops), WHOLE, np.int16)
    affected = np.isin(block.shops, np.concatenate([event.customers for event in touching]))
    for shop in np.flatnonzero(affected).tolist():
        mine = [event for event in touching if block.shops[shop] in event.customers]
        for number, (first, last) in enumerate(periods):
            past[number, shop] = mean_factor(mine, first, last)
        last = orders[shop] + (int(review[shop]) + int(lead[shop]) - 1) * DAY
        ahead[shop] = mean_factor(mine, orders[shop], last)
    return past[:, block.shop], ahead[block.shop]


def mean_factor(events: Iterable[Event], first: date, last: date) -> int:
    """The mean over the days `first` to `last` of the events' factors, in permille.

    Several events of one day multiply.
    """
    days = (last - first).days + 1
    total = 0
    for number in range(days):
        day = first + number * DAY
        factor = WHOLE
        for event in events:
            if event.first <= day <= event.last:
                factor = factor * event.permille // WHOLE
        total += factor
    return min(total // days, 32_000)


def _shop_days(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Observed and stock-out days of each shop of the block, over all its products."""
    window = block.figures.window
    seen = window.observed > 0
    observed, out = (
        np.bincount(block.shop, np.where(seen, days, 0), len(block.shops)).astype(np.int64)
        for days in (window.observed, window.stockout)
    )
    return observed, out


def _in_force(block: Block, district: District) -> np.ndarray:
    customers, products, packs = district.in_force
    result = np.full(len(block), UNKNOWN, np.int32)
    if not len(customers):
        return result
    span = int(max(products.max(), block.product.max())) + 1
    decided = customers.astype(np.int64) * span + products
    wanted = block.customer.astype(np.int64) * span + block.product
    place = np.minimum(np.searchsorted(decided, wanted), len(decided) - 1)
    found = decided[place] == wanted
    result[found] = packs[place[found]]
    return result
