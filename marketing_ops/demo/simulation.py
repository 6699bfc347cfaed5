"""Stock, orders and sales of many shops, day by day: arrays in, arrays out.

All quantities are whole packs; a supplied order is whole cartons of ten. The simulation knows
the real course (what buyers wanted, what stood on the shelf); what a shop then reports of it is
the business of `stories.py`. The benchmark's big district uses the same code.
"""

from dataclasses import dataclass, field

import numpy as np

CARTON = 10
HORIZON = 15  # days: longer than any wait between order and delivery


@dataclass
class Move:
    """Packs carried from one shop to another on a day, pair by pair."""

    day: int
    giver: np.ndarray  # pair numbers
    taker: np.ndarray
    packs: np.ndarray  # wanted; what the giver has is the limit
    declared: bool  # told in the ledger's own column, or hidden among sales and receipts


@dataclass
class Setting:
    """What the simulation works on: P pairs of shop and product, S shops, K products, D days."""

    shop: np.ndarray  # int [P], sorted
    product: np.ndarray  # int [P]
    mean: np.ndarray  # float [P], packs wanted a day
    shop_factor: np.ndarray  # float [D, S]: season, weekday, events; 0 while not open
    product_factor: np.ndarray  # float [D, K]: life cycle
    ordering: np.ndarray  # bool [D, S]: an order day
    next_delivery: np.ndarray  # int [D, S]: the day on which an order of the day arrives
    cover: np.ndarray  # float [S]: days that an order has to last, delivery to delivery and lead
    care: np.ndarray  # float [S]: 1 = orders what is needed, below = too little, above = too much
    limit: np.ndarray  # int [P]: most packs supplied in one order
    supply: np.ndarray  # float [D, K]: share of the requested that is supplied
    truck: np.ndarray  # bool [D, S]: the order of the day is carried out at all
    kept: np.ndarray  # int [P]: packs kept back and never sold
    first_stock_on: np.ndarray  # int [P]: day of a pair's first delivery, 0 = before the first day
    moves: list[Move] = field(default_factory=list)
    losses: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)  # day: pairs, n


@dataclass
class Course:
    """What really happened: int32 [D, P] each, in packs, and the order lines."""

    opening: np.ndarray
    received: np.ndarray
    sold: np.ndarray
    transferred: np.ndarray
    closing: np.ndarray
    order_day: np.ndarray  # int [N]: day index
    order_pair: np.ndarray  # int [N]
    requested: np.ndarray
    supplied: np.ndarray
    delivered: np.ndarray  # int [N]: day index, may lie after the last day; -1 = never

    def balanced(self) -> bool:
        """Whether closing = opening + received - sold + transferred everywhere."""
        kept = self.opening + self.received - self.sold + self.transferred
        return bool((kept == self.closing).all())


def next_delivery(delivering: np.ndarray) -> np.ndarray:
    """For each day and shop the first delivery day after it, from bool [D, S].

    Beyond the last day the weekly rhythm goes on: the weekday pattern of the last seven days.
    """
    days, shops = delivering.shape
    longer = np.concatenate([delivering, delivering[-7:], delivering[-7:]])
    following = np.empty((days, shops), np.int32)
    coming = np.full(shops, len(longer), np.int32)
    for day in range(len(longer) - 1, -1, -1):
        if day < days:
            following[day] = coming
        coming = np.where(longer[day], day, coming)
    return following


def simulate(setting: Setting, rng: np.random.Generator) -> Course:
    """Run all days. A shop orders what it believes to need until the delivery after the next.

    What it believes is a moving mean of its own sales; so a shop that was out of stock long
    enough forgets what it could sell, as real shops do.
    """
    pairs, days = len(setting.shop), len(setting.ordering)
    shop, product = setting.shop, setting.product
    opening, received, sold, transferred, closing = np.zeros((5, days, pairs), np.int32)
    orders: list[tuple[np.ndarray, ...]] = []
    arriving = np.zeros((HORIZON, pairs), np.int32)
    in_transit = np.zeros(pairs, np.int32)
    cover = setting.cover[shop]
    care = setting.care[shop]
    believed = setting.mean * rng.uniform(0.85, 1.15, pairs)
    first = setting.first_stock_on
    new = first > 0
    stock = np.where(new, 0, np.rint(setting.mean * cover * rng.uniform(0.4, 1.2, pairs)))
    stock = np.maximum(stock.astype(np.int32), np.where(new, 0, setting.kept))
    moves = {}
    for move in setting.moves:
        moves.setdefault(move.day, []).append(move)

    def order(day, which, wanted, arrival, share):
        """Book an order of cartons; a fraction of a carton is left to chance."""
        allowed = np.minimum(wanted, setting.limit[which])
        chance = np.where(share < 1, rng.random(len(which)), 0)
        cartons = np.floor(allowed / CARTON * share + chance)
        carried = setting.truck[day, shop[which]]
        supplied = np.where(carried, np.minimum(cartons.astype(np.int32) * CARTON, allowed), 0)
        arriving[arrival % HORIZON, which] += supplied
        in_transit[which] += supplied
        orders.append(
            (np.full(len(which), day), which, wanted, supplied, np.where(supplied > 0, arrival, -1))
        )

    for day in range(days):
        opening[day] = stock
        slot = arriving[day % HORIZON]
        received[day] = slot
        stock = stock + slot
        in_transit -= slot
        slot[:] = 0

        factor = setting.shop_factor[day, shop]
        rate = setting.mean * factor * setting.product_factor[day, product] * (first <= day)
        wanted = rng.poisson(rate * rng.standard_gamma(5.0, pairs) / 5.0)
        wanted = np.where(rng.random(pairs) < 0.003, wanted + np.where(rate > 0, CARTON, 0), wanted)
        bought = np.minimum(wanted, np.maximum(stock - setting.kept, 0)).astype(np.int32)
        stock = stock - bought
        sold[day] = bought
        for move in moves.get(day, ()):
            packs = np.minimum(move.packs, stock[move.giver]).astype(np.int32)
            stock[move.giver] -= packs
            stock[move.taker] += packs
            if move.declared:
                transferred[day, move.giver] -= packs
                transferred[day, move.taker] += packs
            else:
                sold[day, move.giver] += packs
                received[day, move.taker] += packs
        closing[day] = stock
        if day in setting.losses:
            which, packs = setting.losses[day]
            stock[which] = np.maximum(stock[which] - packs, 0)

        learning = np.where(rate > 0, 0.06, 0.0)
        believed += learning * (np.minimum(bought, 4 * believed + 5) - believed)
        which = np.flatnonzero(first == day + 1)
        if len(which):
            need = np.ceil(setting.mean[which] * cover[which] * 1.2 / CARTON).astype(np.int32)
            amount = np.maximum(need, 1) * CARTON
            order(day, which, amount, np.full(len(which), day + 1), np.ones(len(which)))
        which = np.flatnonzero(setting.ordering[day, shop] & (factor > 0) & (first <= day))
        if len(which):
            memory = np.maximum(believed[which], 0.35 * setting.mean[which])
            need = memory * cover[which] * care[which] + 1.5 * np.sqrt(memory * cover[which])
            need -= stock[which] - setting.kept[which] + in_transit[which]
            cartons = np.floor(need / CARTON + 0.8).astype(np.int32)
            asks = (cartons > 0) & (rng.random(len(which)) > 0.03)  # now and then one is forgotten
            which, cartons = which[asks], cartons[asks]
            arrival = setting.next_delivery[day, shop[which]]
            order(day, which, cartons * CARTON, arrival, setting.supply[day, product[which]])

    lines = [np.concatenate(column) for column in zip(*orders, strict=True)]
    return Course(opening, received, sold, transferred, closing, *lines)
