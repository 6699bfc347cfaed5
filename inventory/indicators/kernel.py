"""From days to sums: the integers behind every indicator of a shop × product pair.

Pure numpy, no database. Arrays are day-major: `sold[D, P]` and `closing[D, P]` hold whole packs of
P pairs on D consecutive days, so that one day of all pairs lies together in memory and a period is
a slice of rows. A `closing` below zero means that the day is not observed; such a day has
`sold` 0. Periods are given by edges: day indexes e0 < e1 < … < eC, where period i is the days
e_i … e_(i+1) − 1.

Everything is exact: counts and sums of integers. What people read (ratios, expected sales,
satisfaction) is derived from them in rules.py and nowhere else. UNDEFINED (−1) marks a figure that
has no value; a period without an observed day has 0 observed days and nothing else.

Definitions: docs/algorithms/periods.md, stockouts.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

UNDEFINED = -1
NOT_OBSERVED = -1  # in `closing`: no row, or a flagged one
ABSENT = -2  # in `closing`: a complete source reported the day without this product
PAIRS_AT_ONCE = 8192  # pairs × days of a chunk stay in the processor's cache


@dataclass(frozen=True)
class Totals:
    """Sums of C periods for P pairs, each array [C, P].

    `observed` and `stockout` are days (int16), `sold` packs (int32), `closing` the packs left on
    the last observed day (int32). Where `observed` is 0 the other three are UNDEFINED.
    """

    observed: np.ndarray
    stockout: np.ndarray
    sold: np.ndarray
    closing: np.ndarray

    @classmethod
    def empty(cls, periods: int, pairs: int) -> "Totals":
        shape = (periods, pairs)
        return cls(
            np.empty(shape, np.int16),
            np.empty(shape, np.int16),
            np.empty(shape, np.int32),
            np.empty(shape, np.int32),
        )

    def __getitem__(self, period: int | slice) -> "Totals":
        """The totals of one period, each array [P], or of some, [C, P]."""
        return Totals(
            self.observed[period], self.stockout[period], self.sold[period], self.closing[period]
        )

    @property
    def effective(self) -> np.ndarray:
        """Effective sales days: observed without stock-out days; UNDEFINED where none observed."""
        return np.where(self.observed > 0, self.observed - self.stockout, UNDEFINED)

    def take(self, chosen: np.ndarray) -> "Totals":
        """The totals of the chosen pairs."""
        return Totals(*(array[..., chosen] for array in self.arrays))

    def put(self, chosen: np.ndarray, other: "Totals") -> None:
        """Replace the totals of the chosen pairs by another's."""
        for mine, theirs in zip(self.arrays, other.arrays, strict=True):
            mine[..., chosen] = theirs

    def copy(self) -> "Totals":
        return Totals(*(array.copy() for array in self.arrays))

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        return self.observed, self.stockout, self.sold, self.closing


def cycle_totals(
    sold: np.ndarray,
    closing: np.ndarray,
    edges: np.ndarray,
    threshold: np.ndarray,
    forced: np.ndarray | None = None,
) -> Totals:
    """The totals of each period between `edges` (int [C + 1]) for all pairs; see period_totals."""
    return period_totals(sold, closing, list(pairwise(edges.tolist())), threshold, forced)


def period_totals(
    sold: np.ndarray,
    closing: np.ndarray,
    periods: Sequence[tuple[int, int]],
    threshold: np.ndarray,
    forced: np.ndarray | None = None,
) -> Totals:
    """The totals of each period for all pairs; periods (first row, row after the last) may overlap.

    `threshold` [P]: the closing stock in packs up to which a day without a sale is a stock-out day
    (below zero: never). `forced` bool [D, P]: days of a kept-back pack, which are stock-out days
    at any closing stock. A sale makes a day effective in either case.
    """
    pairs = sold.shape[1]
    totals = Totals.empty(len(periods), pairs)
    limit = np.clip(threshold, -1, np.iinfo(closing.dtype).max).astype(closing.dtype)
    # Only the rows in use: periods may begin late in a long panel.
    base = min((first for first, _ in periods), default=0)
    rows = slice(base, max((stop for _, stop in periods), default=0))
    spans = [(first - base, stop - base) for first, stop in periods]
    for start in range(0, pairs, PAIRS_AT_ONCE):
        part = slice(start, min(start + PAIRS_AT_ONCE, pairs))
        day_sold, day_closing = sold[rows, part], closing[rows, part]
        observed = day_closing >= 0
        out = day_closing <= limit[part]
        if forced is not None:
            out |= forced[rows, part]
        out &= day_sold == 0
        out &= observed
        _sum_periods(totals, part, spans, day_sold, day_closing, observed, out)
    return totals


def _sum_periods(totals, part, spans, sold, closing, observed, out) -> None:
    largest = int(sold.max(initial=0))
    for period, (first, stop) in enumerate(spans):
        days = stop - first
        # The narrowest type that holds the sum is several times faster and just as exact.
        count = np.uint8 if days < 256 else np.int16
        total = sold.dtype if largest * days <= np.iinfo(sold.dtype).max else np.int64
        seen = np.add.reduce(observed[first:stop].view(np.uint8), axis=0, dtype=count)
        totals.observed[period, part] = seen
        totals.stockout[period, part] = np.add.reduce(
            out[first:stop].view(np.uint8), axis=0, dtype=count
        )
        totals.sold[period, part] = np.add.reduce(sold[first:stop], axis=0, dtype=total)
        packs = totals.closing[period, part]
        none = seen == 0
        if days:
            packs[:] = closing[stop - 1]
            open_ = np.flatnonzero((packs < 0) & ~none)
            for index, chosen in _earlier(closing, first, stop, open_):
                packs[chosen] = closing[index, chosen]
        if none.any():
            for array in (totals.stockout, totals.sold, totals.closing):
                array[period, part][none] = UNDEFINED


def _earlier(closing, first: int, stop: int, open_) -> Iterator[tuple[int, np.ndarray]]:
    """(day, pairs last observed on it), back from the last day but one, for the pairs `open_`.

    Nearly all pairs are seen on the last day; the others are followed back one by one.
    """
    for index in range(stop - 2, first - 1, -1):
        if not len(open_):
            return
        seen = closing[index, open_] >= 0
        yield index, open_[seen]
        open_ = open_[~seen]


def last_observed(closing: np.ndarray, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """(closing stock, day index) of the last observed day among `first` … `stop` − 1, each [P].

    Both UNDEFINED where no day is observed.
    """
    pairs = closing.shape[1]
    value = np.full(pairs, UNDEFINED, np.int32)
    day = np.full(pairs, UNDEFINED, np.int16)
    if stop <= first:
        return value, day
    newest = closing[stop - 1]
    value[:] = newest
    day[:] = stop - 1
    unseen = newest < 0
    value[unseen] = day[unseen] = UNDEFINED
    for index, chosen in _earlier(closing, first, stop, np.flatnonzero(unseen)):
        value[chosen] = closing[index, chosen]
        day[chosen] = index
    return value, day


def window_totals(cycles: Totals) -> Totals:
    """The totals [P] of all periods together: sums, and the closing stock of the last observed.

    Never a sum or mean of indicators: the formulas are applied once, to these totals.
    """
    observed = np.add.reduce(cycles.observed, axis=0, dtype=np.int32)
    seen = cycles.observed > 0
    stockout = np.add.reduce(cycles.stockout, axis=0, dtype=np.int32, where=seen)
    sold = np.add.reduce(cycles.sold, axis=0, dtype=np.int64, where=seen)
    closing, _ = last_observed(cycles.closing, 0, len(cycles.closing))
    none = observed == 0
    stockout[none] = UNDEFINED
    sold[none] = UNDEFINED
    return Totals(
        observed.astype(np.int16), stockout.astype(np.int16), sold.astype(np.int64), closing
    )


def days_without_sale(sold: np.ndarray, closing: np.ndarray, first: int, stop: int) -> np.ndarray:
    """Observed days since the last sale among `first` … `stop` − 1, int16 [P].

    Without any sale in these days: all the observed ones. UNDEFINED where none is observed.
    """
    pairs = sold.shape[1]
    if stop <= first:
        return np.full(pairs, UNDEFINED, np.int16)
    # Most pairs sell every day; the others are followed back one by one.
    seen, sale = closing[stop - 1] >= 0, sold[stop - 1] > 0
    count = (seen & ~sale).astype(np.int16)
    unseen = ~seen
    still = np.flatnonzero(~sale)
    for index in range(stop - 2, first - 1, -1):
        if not still.size:
            break
        seen, sale = closing[index, still] >= 0, sold[index, still] > 0
        count[still] += seen & ~sale
        unseen[still[seen]] = False
        still = still[~sale]
    count[unseen] = UNDEFINED
    return count


def resolve_absent(closing: np.ndarray, first: int, stop: int) -> np.ndarray:
    """Closing stock [D, P] with the days that a complete source left out decided.

    A product belongs to the assortment from its first row among the days `first` … `stop` − 1 on
    (first day of the window up to the day of the figures): from then on an absent product is an
    observed zero, before it is not observed.
    """
    has_row = closing[first:stop] >= 0
    from_day = np.where(has_row.any(axis=0), first + has_row.argmax(axis=0), len(closing))
    absent = closing == ABSENT
    zero = absent & (np.arange(len(closing))[:, None] > from_day)
    zero[stop:] = False
    return np.where(zero, 0, np.where(absent, NOT_OBSERVED, closing)).astype(closing.dtype)


def apply_flags(
    sold: np.ndarray, closing: np.ndarray, unobserved: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Copies of sold and closing [D, P] in which the days of `unobserved` [D, P] are not observed.

    Transfer and books-emptied days are out of every part: sold, observed, stock-out, closing.
    """
    return (
        np.where(unobserved, 0, sold).astype(sold.dtype),
        np.where(unobserved, NOT_OBSERVED, closing).astype(closing.dtype),
    )
