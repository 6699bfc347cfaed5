"""Blocks: all pairs of a panel whose shops have the same delivery cycles, with their figures.

Pure. A block is computed in one go, because its periods are the same days for all its pairs; most
blocks are slices of the panel. Night, what-if and quota engine work on the same blocks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from inventory.indicators import kernel
from inventory.indicators.kernel import UNDEFINED, Totals
from inventory.indicators.panel import COMPLETE, Panel
from inventory.indicators.rules import RECENT_DAYS
from marketing_ops.lib import periods
from marketing_ops.lib.periods import WINDOW_DAYS, Calendar, Period

# How far back a window may reach: a shop without a complete cycle for longer has no figures.
HORIZON_DAYS = 2 * WINDOW_DAYS


@dataclass(frozen=True)
class Flags:
    """Episodes of false data: arrays [N]; `first` and `last` are datetime64[D], both inside.

    `kept_back` bool: days of a kept-back pack (stock-out days whatever the threshold); the others
    (transfer, books-emptied) are not observed in every part.
    """

    customer: np.ndarray
    product: np.ndarray
    first: np.ndarray
    last: np.ndarray
    kept_back: np.ndarray

    @classmethod
    def none(cls) -> "Flags":
        nothing, no_days = np.zeros(0, np.int32), np.zeros(0, "datetime64[D]")
        return cls(nothing, nothing, no_days, no_days, np.zeros(0, bool))


@dataclass(frozen=True)
class Thresholds:
    """The stock-out threshold in packs: a default, and some products' own."""

    default: int = 1
    of_product: tuple[tuple[int, int], ...] = ()

    def of(self, products: np.ndarray) -> np.ndarray:
        """The threshold of each product, int32 [P]."""
        result = np.full(len(products), self.default, np.int32)
        for product, threshold in self.of_product:
            result[products == product] = threshold
        return result


@dataclass(frozen=True)
class Figures:
    """All sums of P pairs. Totals have periods [C] or none; single arrays are [P].

    `cycles` (the window's, oldest first), `reported` (the same from ledger rows alone, without the
    zeros of complete sources: it does not change when the window moves on), `window`, `running`
    (the days so far of the cycle under way), `recent` (28 days ending on the day of the figures),
    `week` and `month` (the last complete ones), `latest_closing` and how many days before the day
    of the figures it was (`latest_age`), `days_without_sale`, and `has_row`: whether there is a
    ledger row in the window or later, flagged or not.
    """

    cycles: Totals
    reported: Totals
    window: Totals
    running: Totals
    recent: Totals
    week: Totals
    month: Totals
    latest_closing: np.ndarray
    latest_age: np.ndarray
    days_without_sale: np.ndarray
    has_row: np.ndarray

    def take(self, chosen: np.ndarray) -> "Figures":
        """The figures of the chosen pairs."""
        return Figures(**{
            name: part.take(chosen) if isinstance(part, Totals) else part[chosen]
            for name, part in vars(self).items()
        })  # fmt: skip

    def put(self, chosen: np.ndarray, other: "Figures") -> None:
        """Replace the figures of the chosen pairs by another's."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            if isinstance(mine, Totals):
                mine.put(chosen, theirs)
            else:
                mine[chosen] = theirs


@dataclass(frozen=True)
class Plan:
    """The periods of a block as day indexes of its panel; `stop` is the day after `as_of`."""

    cycles: np.ndarray
    first: int
    stop: int
    recent: tuple[int, int]
    week: tuple[int, int]
    month: tuple[int, int]


@dataclass(frozen=True)
class Block:
    """Pairs of shops with the same cycles: `cycles` oldest first, empty for a too new shop.

    `customer`, `product`, `threshold` int32 [P]; `shops` int32 [S] (customers, distinct) and
    `shop` int32 [P] (index into them); `observed_days` int32 [S]: days with a document up to
    `as_of`, counted up to 91; `first_ledger` datetime64[D] [S].
    """

    as_of: date
    cycles: tuple[Period, ...]
    customer: np.ndarray
    product: np.ndarray
    threshold: np.ndarray
    shops: np.ndarray
    shop: np.ndarray
    observed_days: np.ndarray
    first_ledger: np.ndarray
    figures: Figures

    def __len__(self) -> int:
        return len(self.product)

    @cached_property
    def cycle(self) -> Totals:
        """The latest cycle's totals [P]; all UNDEFINED for a shop without a complete cycle."""
        if self.cycles:
            return self.figures.cycles[-1]
        return Totals(*(np.full(len(self), UNDEFINED, np.int32) for _ in range(4)))

    @property
    def month_days(self) -> int:
        """Days of the calendar month that `figures.month` is about."""
        return periods.last_complete_month(self.as_of).days

    @property
    def running_days(self) -> int:
        """Days up to `as_of` of the cycle under way (`figures.running`)."""
        return (self.as_of - self.cycles[-1].end).days if self.cycles else 0

    @property
    def lengths(self) -> np.ndarray:
        """Days of each cycle, int [C]."""
        return np.array(periods.lengths(self.cycles), np.int64)


def shop_windows(
    first_days: Iterable[tuple[int, date]], calendars: Mapping[int, Calendar], as_of: date
) -> dict[int, tuple[Period, ...]]:
    """The window of each shop from (customer, first ledger day); equal ones are one object."""
    earliest = as_of - timedelta(days=HORIZON_DAYS)
    known: dict = {}
    distinct: dict = {}
    result = {}
    for customer, first in first_days:
        # A history longer than the horizon makes no difference, so its shops share one window.
        calendar, first = calendars.get(customer, ()), max(first, earliest)
        key = id(calendar), first  # shops share a few calendars, whose contents take long to hash
        if key not in known:
            window = periods.window(calendar, first_ledger_day=first, as_of=as_of)
            known[key] = distinct.setdefault(window, window)
        result[customer] = known[key]
    return result


def first_day_needed(windows: Iterable[tuple[Period, ...]], as_of: date) -> date:
    """The first day that a panel must hold for these windows and the other periods."""
    starts = {window[0].start for window in windows if window}
    month = periods.last_complete_month(as_of)
    return min({month.start, as_of - WINDOW_DAYS * periods.DAY} | starts)


def blocks(
    panel: Panel,
    *,
    as_of: date,
    calendars: Mapping[int, Calendar],
    thresholds: Thresholds,
    flags: Flags | None = None,
    earlier_days: Mapping[int, int] | None = None,
) -> Iterator[Block]:
    """The blocks of a panel as of a day, in the order of the panel.

    A pair belongs to the figures if it has a ledger row in the window or later up to `as_of` (for
    a shop without a complete cycle: in the 91 days up to it). `flags` None: as reported.
    `earlier_days`: days with a document before the panel's first, of shops with under 91 in it.
    """
    groups: dict[int, list[int]] = {}
    windows = shop_windows(panel.first_days(), calendars, as_of)
    for shop, customer in enumerate(panel.customer.tolist()):
        groups.setdefault(id(windows[customer]), []).append(shop)
    for shops in groups.values():
        cycles = windows[int(panel.customer[shops[0]])]
        block = _block(panel, as_of, cycles, np.array(shops), thresholds, flags, earlier_days or {})
        if len(block):
            yield block


def _block(panel, as_of, cycles, shops, thresholds, flags, earlier_days) -> Block:
    slots = _slots(panel, shops)
    product = panel.product[slots]
    plan = _plan(panel, cycles, as_of)
    sold, closing = panel.sold[:, slots], panel.closing[:, slots]
    threshold = thresholds.of(product)
    figures = compute(sold, closing, plan, threshold)
    special = _special(panel, shops, slots, closing, plan, flags or Flags.none())
    if special is not None:
        chosen, unobserved, kept_back = special
        figures.put(
            chosen,
            compute(
                sold[:, chosen], closing[:, chosen], plan, threshold[chosen], unobserved, kept_back
            ),
        )
    real = np.flatnonzero((figures.has_row) & (product != 0))
    shop = np.repeat(np.arange(len(shops), dtype=np.int32), np.diff(panel.starts)[shops])[real]
    return Block(
        as_of=as_of,
        cycles=cycles,
        customer=panel.customer[shops][shop],
        product=product[real],
        threshold=threshold[real],
        shops=panel.customer[shops],
        shop=shop,
        observed_days=_history(panel, as_of, shops, earlier_days),
        first_ledger=panel.first_ledger[shops],
        figures=figures.take(real),
    )


def _history(panel: Panel, as_of: date, shops: np.ndarray, earlier_days) -> np.ndarray:
    """Days with a document up to `as_of`, at most 91: the same however much a panel holds."""
    earlier = np.array([earlier_days.get(customer, 0) for customer in panel.customer[shops]])
    return np.minimum(panel.observed_days(as_of)[shops] + earlier, WINDOW_DAYS).astype(np.int32)


def _slots(panel: Panel, shops: np.ndarray):
    """The slots of the shops: a slice where they lie side by side, else their indexes."""
    if len(shops) == shops[-1] - shops[0] + 1:
        return slice(int(panel.starts[shops[0]]), int(panel.starts[shops[-1] + 1]))
    return np.concatenate([np.arange(panel.starts[shop], panel.starts[shop + 1]) for shop in shops])


def _plan(panel: Panel, cycles: tuple[Period, ...], as_of: date) -> Plan:
    def span(period: Period) -> tuple[int, int]:
        return panel.day_index(period.start), panel.day_index(period.end) + 1

    stop = panel.day_index(as_of) + 1
    edges = [span(cycle)[0] for cycle in cycles] + [span(cycles[-1])[1]] if cycles else [stop]
    first = edges[0] if cycles else max(0, stop - WINDOW_DAYS)
    week, month = periods.last_complete_week(as_of), periods.last_complete_month(as_of)
    plan = Plan(
        cycles=np.array(edges, np.int64),
        first=first,
        stop=stop,
        recent=(max(0, stop - RECENT_DAYS), stop),
        week=span(week),
        month=span(month),
    )
    if min(plan.first, plan.week[0], plan.month[0]) < 0 or stop > panel.days:
        raise ValueError(
            f"The panel holds {panel.first_day} to {panel.last_day}, too few days for {as_of}: "
            "build it again with more"
        )
    return plan


def compute(
    sold: np.ndarray,
    closing: np.ndarray,
    plan: Plan,
    threshold: np.ndarray,
    unobserved: np.ndarray | None = None,
    kept_back: np.ndarray | None = None,
) -> Figures:
    """The figures of pairs from their days; `unobserved` and `kept_back` bool [D, P] are flags."""
    latest_closing, latest_day = kernel.last_observed(closing, plan.first, plan.stop)
    has_row = latest_day >= 0
    reported = None
    if unobserved is not None:
        rows_only = kernel.apply_flags(sold, closing, unobserved)
        reported = kernel.cycle_totals(*rows_only, plan.cycles, threshold, kept_back)
        closing = kernel.resolve_absent(closing, plan.first, plan.stop)
        sold, closing = kernel.apply_flags(sold, closing, unobserved)
        latest_closing, latest_day = kernel.last_observed(closing, plan.first, plan.stop)
    edges = plan.cycles.tolist()
    # All periods in one go: each day is looked at once.
    others = [(edges[-1], plan.stop), plan.recent, plan.week, plan.month]
    totals = kernel.period_totals(sold, closing, [*pairwise(edges), *others], threshold, kept_back)
    cycles = totals[: len(edges) - 1]
    running, recent, week, month = (totals[number] for number in range(-len(others), 0))
    return Figures(
        cycles=cycles,
        reported=reported or cycles.copy(),
        window=kernel.window_totals(cycles),
        running=running,
        recent=recent,
        week=week,
        month=month,
        latest_closing=latest_closing,
        latest_age=np.where(latest_day >= 0, plan.stop - 1 - latest_day, UNDEFINED),
        days_without_sale=kernel.days_without_sale(sold, closing, plan.first, plan.stop),
        has_row=has_row,
    )


def _special(panel, shops, slots, closing, plan, flags) -> tuple | None:
    """(pairs of the block, unobserved, kept back) for the few that need more than plain sums:

    those that a complete source left out on some day, and those with a flag.
    """
    pairs = closing.shape[1]
    chosen = np.zeros(pairs, bool)
    rows = slice(plan.first, plan.stop)
    if (panel.state[rows, shops] == COMPLETE).any():
        chosen |= (closing[rows] == kernel.ABSENT).any(axis=0) & (panel.product[slots] != 0)
    place = np.full(len(panel.product), -1)
    place[slots] = np.arange(pairs)
    shop = panel.shop_index(flags.customer)
    slot = np.where(shop >= 0, panel.slots(np.maximum(shop, 0), flags.product), -1)
    flagged = np.where(slot >= 0, place[slot], -1)
    chosen[flagged[flagged >= 0]] = True
    if not chosen.any():
        return None
    columns = np.flatnonzero(chosen)
    masks = np.zeros((2, len(closing), len(columns)), bool)
    for episode in np.flatnonzero(flagged >= 0):
        first = max(0, panel.day_index(flags.first[episode]))
        stop = max(0, panel.day_index(flags.last[episode]) + 1)
        column = np.searchsorted(columns, flagged[episode])
        masks[int(flags.kept_back[episode]), first:stop, column] = True
    return columns, masks[0], masks[1]
