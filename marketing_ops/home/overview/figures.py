"""The figures of the overview: sums over shops, by groups and classes, and how they are spread.

Made of arrays (inventory/indicators/span_reads.py) and kept per process for each question; what
comes out are plain numbers, put into words by the page.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from inventory.indicators import rules
from inventory.indicators.models import NANO
from inventory.indicators.span_reads import (
    COLUMNS,
    DIMENSIONS,
    PROPERTIES,
    Shops,
    Sums,
    added,
    read_others,
    read_span,
    sums_of,
    total,
)
from marketing_ops.home.overview import period
from marketing_ops.home.overview.asked import Asked
from marketing_ops.home.overview.kept import Kept
from marketing_ops.home.overview.period import Calendar

WORST = 10
KEPT = 128
NO_SEGMENT = "none"
_PLACE = {name: place for place, name in enumerate(COLUMNS)}
# Bounds of the classes of each histogram: a shop is in the last class whose bound it reaches; the
# rates in per cent, the ratio in days. Of the stock-out rate, 0 is a class of its own.
BOUNDS = {
    "stockout": (0, 0, 5, 10, 15, 20, 30, 50),
    "satisfaction": (0, 50, 70, 80, 90, 95, 100),
    "ratio": (0, 3, 5, 7, 10, 14, 21, 28),
}


@dataclass(frozen=True)
class PerShop:
    """[S] shops with their sums, `values` int64 [len(COLUMNS), S]."""

    shops: Shops
    values: np.ndarray

    def column(self, name: str) -> np.ndarray:
        return self.values[_PLACE[name]]

    @property
    def has_data(self) -> np.ndarray:
        return self.column("observed_days") > 0

    def parts(self, figure: str) -> tuple[np.ndarray, np.ndarray]:
        """Above and below the line of a figure, int64 [S]; below is 0 where it is undefined."""
        above, below, factor = {
            "stockout": ("stockout_days", "observed_days", 1),
            "satisfaction": ("satisfied_sold", "sold_and_expected_nano", NANO),
            "ratio": ("closing", "daily_sales_nano", NANO),
        }[figure]
        return self.column(above) * factor, self.column(below)

    def classes(self, figure: str) -> np.ndarray:
        """int [S]: the class of a histogram (a place in BOUNDS), −1 where undefined."""
        above, below = self.parts(figure)
        scaled = above if figure == "ratio" else above * 100
        found = np.where(below > 0, 0, -1)
        for place, bound in enumerate(BOUNDS[figure][1:], 1):
            reached = scaled > 0 if bound == 0 else scaled >= bound * below
            found[(below > 0) & reached] = place
        return found

    def segments(self, bounds: tuple[Fraction, ...]) -> np.ndarray:
        """int [S]: 0 to 4 for A to E, 5 without an observed day; as rules.stockout_segment."""
        out, observed = self.parts("stockout")
        found = np.where(out > 0, 3, 4)
        for place, bound in reversed(list(enumerate(bounds))):
            found[out * bound.denominator >= bound.numerator * observed] = place
        found[observed == 0] = 5
        return found

    def order(self, figure: str) -> np.ndarray:
        """Places of the shops, the worst first; shops without the figure last; then by id."""
        if figure in ("sold", "out"):
            name = "sold_cartons_nano" if figure == "sold" else "cells_always_out"
            keys = -self.column(name).astype(float)
            keys[~self.has_data] = np.inf
        else:
            above, below = self.parts(figure)
            keys = np.full(len(above), np.inf)
            there = below > 0
            keys[there] = above[there] / below[there] * (1 if figure == "satisfaction" else -1)
        # Of shops that are out alike, the one with more stock-out days is the worse.
        return np.lexsort((self.shops.customer, -self.column("stockout_days"), keys))


SEGMENT_CODES = (*(segment.value for segment in rules.Segment), NO_SEGMENT)


@dataclass(frozen=True)
class Group:
    """The shops of one value of a dimension (`key`; 0 or "": none) or the cells of a class."""

    key: int | str
    shops: int
    with_data: int
    sums: Sums


@dataclass(frozen=True)
class Overview:
    """`before`, `year_before`: the same question of another period, None where there is none."""

    total: Sums
    before: Sums | None
    year_before: Sums | None
    shops: int
    with_data: int
    segments: dict[str, int]
    histograms: dict[str, list[int]]  # by class, at the end those without the figure
    groups: dict[str, list[Group]]
    trend: list[tuple[Calendar, Sums]]
    worst: list[tuple[int, Sums]]


def per_shop(asked: Asked) -> PerShop:
    """The shops that were asked for, with and without data; their sums over the asked class."""
    calendar = asked.calendar
    arrays = read_span(asked.results, calendar.kind, calendar.start)
    others = read_others(asked.results, calendar.kind, calendar.span)
    shops = arrays.shops.joined(others)
    nothing = np.zeros((len(COLUMNS), len(others)), np.int64)
    values = np.concatenate([arrays.per_shop(asked.price_class), nothing], axis=1)
    mask = asked.mask(shops)
    return PerShop(shops.chosen(mask), values[:, mask])


_overviews = Kept(KEPT)


def overview(asked: Asked) -> Overview:
    """The figures of a question; of the last KEPT questions they are at hand."""
    return _overviews.get(asked.key, lambda: _told(asked))


def _told(asked: Asked) -> Overview:
    found = per_shop(asked)
    calendar = asked.calendar
    course = [(one, _total_of(asked, one)) for one in period.trend(calendar, asked.known)]
    known = dict(course)
    segments = np.bincount(found.segments(asked.bounds), minlength=len(SEGMENT_CODES))
    worst = [place for place in found.order("stockout")[:WORST].tolist() if found.has_data[place]]
    return Overview(
        total=total(found.values),
        before=_beside(asked, calendar.moved(-1), known),
        year_before=_beside(asked, calendar.year_before, known),
        shops=len(found.shops),
        with_data=int(found.has_data.sum()),
        segments=dict(zip(SEGMENT_CODES, segments.tolist(), strict=True)),
        histograms={figure: _histogram(found, figure) for figure in BOUNDS},
        groups={name: _groups(found, name) for name in DIMENSIONS}
        | {"price_class": _classes(asked)},
        trend=course,
        worst=list(
            zip(found.shops.customer[worst].tolist(), sums_of(found.values[:, worst]), strict=True)
        ),
    )


def _beside(asked: Asked, other: Calendar | None, known: dict[Calendar, Sums]) -> Sums | None:
    if not period.is_known(other, asked.known):
        return None
    found = known.get(other) or _total_of(asked, other)
    return found if found.cells else None


def _total_of(asked: Asked, calendar: Calendar) -> Sums:
    arrays = read_span(asked.results, calendar.kind, calendar.start)
    chosen = asked.mask(arrays.shops)[arrays.shop]
    if asked.price_class is not None:
        chosen = chosen & (arrays.price_class == asked.price_class)
    return total(arrays.values[:, chosen])


def _histogram(found: PerShop, figure: str) -> list[int]:
    classes = found.classes(figure)
    counts = np.bincount(classes[classes >= 0], minlength=len(BOUNDS[figure])).tolist()
    return [*counts, int((classes < 0).sum())]


def _groups(found: PerShop, name: str) -> list[Group]:
    codes = found.shops.by[name]
    keys, place = np.unique(codes, return_inverse=True)
    shops = np.bincount(place, minlength=len(keys)).tolist()
    with_data = np.bincount(place[found.has_data], minlength=len(keys)).tolist()
    sums = sums_of(added(found.values, place, len(keys)))
    labels = ["", *PROPERTIES[name]] if name in PROPERTIES else None
    return [
        Group(labels[key] if labels else key, *counts)
        for key, *counts in zip(keys.tolist(), shops, with_data, sums, strict=True)
    ]


def _classes(asked: Asked) -> list[Group]:
    """By price class, whatever class was asked for."""
    arrays = read_span(asked.results, asked.calendar.kind, asked.calendar.start)
    chosen = asked.mask(arrays.shops)[arrays.shop]
    keys, place = np.unique(arrays.price_class[chosen], return_inverse=True)
    shops = np.bincount(place, minlength=len(keys)).tolist()
    sums = sums_of(added(arrays.values[:, chosen], place, len(keys)))
    return [
        Group(key, count, count, one)
        for key, count, one in zip(keys.tolist(), shops, sums, strict=True)
    ]
