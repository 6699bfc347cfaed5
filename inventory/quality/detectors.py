"""The signs of false data in the ledger; pure, on arrays. Reasons: docs/algorithms/quality.md.

Cautious on purpose: an honest day taken out of demand is a fault of ours, a false one left in is
the district's to find. Every threshold is reasoned below, none was fitted to known answers.
"""

from dataclasses import dataclass, fields

import numpy as np

from inventory.quality.grid import Grid

# Books emptied: on an order day at least four fifths of the products in stock, and at least five,
# sell out at once. Customers never do that; a sell-out of single products is ordinary.
EMPTIED_SHARE, EMPTIED_PRODUCTS = 0.8, 5
# The stock comes back with the next delivery, which is at most a week and a day away.
BACK_WITHIN = 8
# What a shop sells above its usual sale on 19 days out of 20, in standard deviations.
ORDINARY = 2.0
# Goods may be booked up to three days after the delivery day, or the day before it.
BOOKED_EARLY, BOOKED_LATE = 1, 3
# A difference below this is a slip of the count, not a transfer.
LEAST_TRANSFER = 3
# "Far outside the shop's own distribution", in standard deviations, and how near the rest of the
# sale must then lie to the usual one.
OUTSIDE, INSIDE = 4.0, 3.0
# Kept back: at most so many packs stand still. With more on the shelf nothing looks sold out.
TINY = 3
# How surprising a shop's still days at that level must be (standard deviations), and a pair's
# (probability that an honest pair stands still so often).
HABIT, CHANCE = 6.0, 0.05
# Stock above which a day without a sale is taken as a day without demand.
AMPLE = 3


@dataclass(frozen=True)
class Episodes:
    """K episodes: `slot` int64, `first` and `last` day (rows of the grid), `expected`, `found`."""

    slot: np.ndarray
    first: np.ndarray
    last: np.ndarray
    expected: np.ndarray
    found: np.ndarray

    def cells(self, shape: tuple[int, int]) -> np.ndarray:
        """bool[D, P]: the days of the episodes."""
        if not len(self.slot):
            return np.zeros(shape, dtype=bool)
        marks = np.zeros((shape[0] + 1, shape[1]), dtype=np.int32)
        np.add.at(marks, (self.first, self.slot), 1)
        np.add.at(marks, (self.last + 1, self.slot), -1)
        return np.cumsum(marks[:-1], axis=0) > 0

    def where(self, chosen: np.ndarray) -> "Episodes":
        """The episodes marked in `chosen`, bool[K]."""
        return Episodes(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def none(cls) -> "Episodes":
        return cls(*(np.zeros(0, dtype=np.int64) for _ in fields(cls)))


def books_emptied(grid: Grid, order_days: np.ndarray, supplied: np.ndarray) -> Episodes:
    """The whole stock "sold" on an order day, zeros until it comes back with the delivery.

    `order_days` bool[D, S]; `supplied` int32[D, P] by delivery day. Each episode runs from the
    order day to the day on which the product is booked in again, or to the day before the shop's
    first other product is. A product that sold no more than usual, and of which no more came back
    than was supplied, just happened to sell out. expected, found: packs supplied, and received,
    on the last day.
    """
    before = grid.opening + grid.received
    stocked = grid.observed & (before > 0)
    emptied = stocked & (grid.closing == 0) & (grid.sold == before)
    all_stocked, gone = grid.by_shop(stocked), grid.by_shop(emptied)
    whole = order_days & (gone >= EMPTIED_PRODUCTS) & (gone >= EMPTIED_SHARE * all_stocked)
    if not whole.any():
        return Episodes.none()
    marked = emptied & whole[:, grid.shop]
    first, slot = np.nonzero(marked)
    end = len(grid.closing) - 1
    back = _next_true(stocked)[first + 1, slot]
    # One lorry brings all: what is not on it stays truly at zero from that day on.
    lorry = np.full(whole.shape, end + 1)
    np.minimum.at(lorry, (first, grid.shop[slot]), back)
    lorry = lorry[first, grid.shop[slot]]
    at = np.minimum(back, end)
    # Stock that is there again in the morning came on a day that was not observed.
    booked = (back == lorry) & (back <= end) & (grid.opening[at, slot] == 0)
    last = np.where(booked, back, lorry - 1)
    last = np.minimum(last, np.minimum(first + BACK_WITHIN, end))
    last = _last_true(grid.observed)[last, slot]
    usual, spread = _usual(grid, marked)
    ordinary = grid.sold[first, slot] <= usual[slot] + ORDINARY * spread[slot]
    ordinary &= booked & (grid.received[at, slot] <= supplied[at, slot])
    episodes = Episodes(slot, first, last, supplied[last, slot], grid.received[last, slot])
    return episodes.where(~ordinary)


def receipts_above_supply(grid: Grid, supplied: np.ndarray, falsified: np.ndarray) -> Episodes:
    """Days on which a shop books in more than it can have been supplied.

    `supplied` int32[D, P] by delivery day; `falsified` bool[D, P]: days explained otherwise. A
    shop's receipts before its first known delivery can't be judged. expected, found: packs
    supplied and not yet booked, and received.
    """
    # First what is booked on the day itself; then what is left over, within the days around.
    over = np.maximum(grid.received - supplied, 0)
    under = np.zeros((len(supplied) + 1, supplied.shape[1]), dtype=np.int32)
    np.cumsum(np.maximum(supplied - grid.received, 0), axis=0, out=under[1:])
    row = np.arange(len(supplied))
    since = np.maximum(row - BOOKED_LATE, 0)
    until = np.minimum(row + BOOKED_EARLY + 1, len(supplied))
    excess = over - (under[until] - under[since])
    too_many = excess >= LEAST_TRANSFER
    if not too_many.any():
        return Episodes.none()
    known = np.cumsum(grid.by_shop(supplied > 0), axis=0) > 0
    day, slot = np.nonzero(too_many & known[:, grid.shop] & ~falsified)
    received = grid.received[day, slot]
    return Episodes(slot, day, day, received - excess[day, slot], received)


def sales_far_outside(grid: Grid, falsified: np.ndarray) -> tuple[Episodes, np.ndarray]:
    """Days whose sale lies far outside the pair's own distribution: candidates for a transfer.

    `falsified` bool[D, P]: days left out of the distribution. Usual sale and its spread are those
    of the other days with stock or a sale. expected: the usual sale, rounded; found: the sale.
    Beside the episodes their usual sale and spread, float64[K, 2].
    """
    counted = grid.observed & ~falsified & ((grid.closing > 0) | (grid.sold > 0))
    sold = np.where(counted, grid.sold, 0).astype(np.float64)
    days = _count(counted)
    total, squares = sold.sum(axis=0), (sold * sold).sum(axis=0)
    # Only what lies above the mean of all days can lie above that of the others.
    day, slot = np.nonzero(counted & (sold > (total / np.maximum(days, 1)) + LEAST_TRANSFER))
    own = sold[day, slot]
    others = np.maximum(days[slot] - 1, 1)
    usual = (total[slot] - own) / others
    variance = (squares[slot] - own * own) / others - usual * usual
    # Counts vary at least as much as a Poisson's do; and half a pack where nothing varies.
    spread = np.sqrt(np.maximum(np.maximum(variance, usual), 0.25))
    far = (own > usual + OUTSIDE * spread) & (own >= usual + LEAST_TRANSFER) & (others >= 14)
    day, slot, usual, spread = day[far], slot[far], usual[far], spread[far]
    episodes = Episodes(
        slot, day, day, np.rint(usual).astype(np.int64), grid.sold[day, slot].astype(np.int64)
    )
    return episodes, np.column_stack([usual, spread])


def match_jumps(takes: np.ndarray, gives: np.ndarray) -> np.ndarray:
    """For each receipt above supply the equal jump of opposite sign in another shop, or -1.

    `takes`: structured, fields customer, product, day, packs (the excess); `gives`: customer,
    product, day, sold, usual, spread. A sale fits if what it leaves after the excess is within
    three standard deviations of the usual. The nearest fit wins; each sale explains one receipt.
    """
    partner = np.full(len(takes), -1)
    if not len(gives) or not len(takes):
        return partner

    def key(table):
        return (table["product"].astype(np.int64) << 32) | table["day"].astype(np.int64)

    order = np.argsort(key(gives), kind="stable")
    keys, wanted = key(gives)[order], key(takes)
    low, high = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    pairs = []
    for take, (start, stop) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        give = order[start:stop]
        rest = gives["sold"][give] - takes["packs"][take] - gives["usual"][give]
        distance = np.abs(rest) / gives["spread"][give]
        fits = (distance <= INSIDE) & (gives["customer"][give] != takes["customer"][take])
        fits &= gives["sold"][give] >= takes["packs"][take]
        pairs += [(float(d), take, int(g)) for d, g in zip(distance[fits], give[fits], strict=True)]
    used = set()
    for _distance, take, give in sorted(pairs):
        if partner[take] < 0 and give not in used:
            partner[take] = give
            used.add(give)
    return partner


def kept_back(grid: Grid, falsified: np.ndarray) -> Episodes:
    """Runs of days on which one to three packs stand still, of a product that else sells.

    A shop keeps packs back if, over all its products, stocks of that size stand still far more
    often than days without demand explain; and a pair takes part if nothing was ever sold from a
    stock of that size, and that is itself surprising. expected: packs that usually sell in so many
    days, rounded; found: packs kept.
    """
    usable = grid.observed & ~falsified & (grid.received == 0)
    ample = grid.observed & ~falsified & (grid.opening + grid.received > AMPLE)
    days, idle = _count(ample), _count(ample & (grid.sold == 0))
    no_demand = (idle + 1) / (days + 2)
    mean = np.where(ample, grid.sold, 0).sum(axis=0) / np.maximum(days, 1)
    still = np.zeros(grid.closing.shape, dtype=bool)
    for level in range(1, TINY + 1):
        tried = usable & (grid.opening == level)
        stood = tried & (grid.sold == 0) & (grid.closing == level)
        tries, stands = _count(tried), _count(stood)
        brisk = np.where(no_demand < 0.5, tries, 0)

        def over_shop(numbers):
            return np.bincount(grid.shop, numbers, minlength=len(grid.shops))

        expected = over_shop(brisk * no_demand)
        variance = over_shop(brisk * no_demand * (1 - no_demand))
        surplus = over_shop(np.where(no_demand < 0.5, stands, 0)) - expected
        habit = surplus > HABIT * np.sqrt(np.maximum(variance, 1))
        pair = habit[grid.shop] & (stands == tries) & (no_demand**stands <= CHANCE)
        still |= stood & pair
    if not still.any():
        return Episodes.none()
    slot, first, last = _runs(still)
    usual = np.rint(mean[slot] * (last - first + 1)).astype(np.int64)
    return Episodes(slot, first, last, usual, grid.closing[first, slot].astype(np.int64))


def _usual(grid: Grid, falsified: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each pair's sales, float64[P], on the other days with stock or a sale.

    Counts vary at least as much as a Poisson's do; the spread is half a pack where nothing varies.
    """
    counted = grid.observed & ~falsified & ((grid.closing > 0) | (grid.sold > 0))
    sold = np.where(counted, grid.sold, 0).astype(np.float64)
    days = np.maximum(_count(counted), 1)
    mean = sold.sum(axis=0) / days
    variance = (sold * sold).sum(axis=0) / days - mean * mean
    return mean, np.sqrt(np.maximum(np.maximum(variance, mean), 0.25))


def _count(marks: np.ndarray) -> np.ndarray:
    """int64[P]: how many of each column's cells are true."""
    narrow = np.uint8 if len(marks) < 256 else np.int64  # the narrowest is several times faster
    return np.add.reduce(marks.view(np.uint8), axis=0, dtype=narrow).astype(np.int64)


def _next_true(marks: np.ndarray) -> np.ndarray:
    """int64[D + 1, P]: the first row at or after each row that is true; D where there is none."""
    days = len(marks)
    result = np.full((days + 1, marks.shape[1]), days)
    for row in range(days - 1, -1, -1):
        result[row] = np.where(marks[row], row, result[row + 1])
    return result


def _last_true(marks: np.ndarray) -> np.ndarray:
    """int64[D, P]: the last row at or before each row that is true; 0 where there is none."""
    row = np.arange(len(marks))[:, None]
    return np.maximum.accumulate(np.where(marks, row, 0), axis=0)


def _runs(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of true cells down the days: slot, first row, last row, sorted by slot and day."""
    padded = np.zeros((marks.shape[1], marks.shape[0] + 2), dtype=np.int8)
    padded[:, 1:-1] = marks.T
    change = np.diff(padded, axis=1)
    slot, first = np.nonzero(change == 1)
    _slot, after = np.nonzero(change == -1)
    return slot, first, after - 1
