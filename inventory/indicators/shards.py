"""A shard of the ledger as a panel and as blocks: what the night and every what-if work on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import numpy as np

from inventory import queries as ledger
from inventory.indicators import blocks, panel, queries
from inventory.indicators.blocks import Block, Thresholds
from inventory.indicators.models import ResultSet
from inventory.indicators.panel import Panel
from inventory.indicators.panel_store import PanelFile
from marketing_ops.lib.periods import WINDOW_DAYS, Calendar

# Window, the cycle that may be under way, and a week of room for nights told for a past day.
PANEL_DAYS = WINDOW_DAYS + 14
# Shops whose documents are decoded at once when a panel is built: bounds the memory.
SHOPS_AT_ONCE = 250
# What keeping_blocks keeps; None: nothing is kept.
MOST_KEPT = 8
_kept: dict[tuple, list[Block]] | None = None


@contextmanager
def shard_panel(
    shard: int,
    *,
    as_of: date,
    known_at: datetime,
    calendars: Mapping[int, Calendar],
    first_day: date | None = None,
) -> Iterator[Panel]:
    """The panel of a shard as the ledger was known at `known_at`, with the days for `as_of`.

    `calendars`: those of the shard's customers (queries.calendars), which order the panel.
    `first_day`: the first that is wanted, where that is before the windows.

    The file on this machine is brought up to date; where it knows more than it should, or begins
    too late, a panel is built for this one use instead.
    """
    customers = ledger.customers_of(shard)
    with PanelFile(queries.panel_path(shard)).locked() as file:
        kept = file.load(queries.ledger_anchor)
        if kept is not None and _can_follow(kept, as_of, known_at):
            fresh = kept
            if kept.known_at < known_at or kept.last_day < np.datetime64(as_of):
                file.begin()
                fresh = _refreshed(kept, customers, as_of, known_at, calendars)
                file.save(fresh, kept, queries.ledger_anchor(known_at))
            if _reaches_back(fresh, calendars, as_of, first_day):
                yield fresh
                return
        fresh = _built(customers, as_of, known_at, calendars, first_day)
        if kept is None or (known_at >= kept.known_at and np.datetime64(as_of) >= kept.last_day):
            file.save(fresh, None, queries.ledger_anchor(known_at))
        yield fresh


def _can_follow(kept: Panel, as_of: date, known_at: datetime) -> bool:
    """Whether refreshing is right (nothing known too early) and cheaper than building."""
    days_behind = (np.datetime64(as_of) - kept.last_day).astype(int)
    return kept.known_at <= known_at and days_behind <= panel.SPARE_DAYS


def _reaches_back(kept: Panel, calendars, as_of: date, first_day: date | None) -> bool:
    windows = blocks.shop_windows(kept.first_days(), calendars, as_of)
    needed = blocks.first_day_needed(windows.values(), as_of)
    return bool(kept.first_day <= np.datetime64(min(needed, first_day or needed)))


def _refreshed(kept: Panel, customers, as_of: date, known_at: datetime, calendars) -> Panel:
    rank = _ranks(calendars)
    last = kept.last_day.item()
    # Of the days that the panel holds, what arrived since; of later days, all there is.
    late = ledger.read_documents(
        customers=customers, last_day=last, known_at=known_at, since=kept.known_at
    )
    fresh = _taken_in(kept, late, last, known_at, rank)
    if as_of > last:
        new = ledger.read_documents(
            customers=customers,
            first_day=last + timedelta(days=1),
            last_day=as_of,
            known_at=known_at,
        )
        fresh = _taken_in(fresh, new, as_of, known_at, rank)
    return fresh


def _taken_in(kept: Panel, documents, last_day: date, known_at: datetime, rank) -> Panel:
    strangers = np.unique(documents.customer[kept.shop_index(documents.customer) < 0])
    first_days = {}
    if len(strangers):
        span = int(strangers[0]), int(strangers[-1]) + 1
        first_days = _first_days(span, known_at)
    return kept.refresh(
        documents, last_day=last_day, known_at=known_at, rank=rank, first_ledger=first_days
    )


def _built(
    customers: tuple[int, int],
    as_of: date,
    known_at: datetime,
    calendars,
    wanted_from: date | None,
) -> Panel:
    """A panel from the documents, with as many days as the windows of its shops need."""
    first_days = _first_days(customers, known_at)
    first_day = min(
        blocks.first_day_needed(
            blocks.shop_windows(first_days.items(), calendars, as_of).values(), as_of
        ),
        as_of - timedelta(days=PANEL_DAYS - 1),
        wanted_from or as_of,
    )
    parts = (
        ledger.read_documents(
            customers=(start, min(start + SHOPS_AT_ONCE, customers[1])),
            first_day=first_day,
            last_day=as_of,
            known_at=known_at,
        )
        for start in range(*customers, SHOPS_AT_ONCE)
    )
    return panel.build(
        (part for part in parts if len(part)),
        first_day=first_day,
        last_day=as_of,
        known_at=known_at,
        rank=_ranks(calendars),
        first_ledger=first_days,
    )


def _first_days(customers: tuple[int, int], known_at: datetime) -> dict[int, date]:
    shops, days = ledger.first_ledger_days(customers=customers, known_at=known_at)
    return dict(zip(shops.tolist(), days.tolist(), strict=True))


def _ranks(calendars: Mapping[int, Calendar]) -> dict[int, int]:
    """The order of shops in a panel: those with the same weekdays side by side."""
    return {
        customer: sum(1 << weekday for weekday in calendar[-1].weekdays)
        for customer, calendar in calendars.items()
    }


def shard_blocks(
    shard: int,
    *,
    as_of: date,
    known_at: datetime,
    thresholds: Thresholds,
    raw: bool = False,
) -> Iterator[Block]:
    """The blocks of a shard: what figures, quotas and what-ifs are made of.

    `raw`: the ledger as reported, no flag applied. Blocks hold copies of what they need.
    """
    flags = None if raw else queries.flags_in_force(shard, as_of, known_at)
    calendars = queries.calendars(ledger.customers_of(shard))
    with shard_panel(shard, as_of=as_of, known_at=known_at, calendars=calendars) as current:
        yield from blocks.blocks(
            current,
            as_of=as_of,
            calendars=calendars,
            thresholds=thresholds,
            flags=flags,
            earlier_days=_earlier_days(current, as_of, known_at),
        )


@contextmanager
def keeping_blocks() -> Iterator[None]:
    """While this lasts, the process keeps the blocks that it makes for the steps of a night.

    Indicators, closed cycles and quotas are made of the same ones. Of the first MOST_KEPT shards,
    about 30 MB each.
    """
    global _kept
    _kept = {}
    try:
        yield
    finally:
        _kept = None


def night_blocks(result_set: ResultSet, shard: int) -> list[Block]:
    """The blocks of a shard for the night of a result set; nobody may change them."""
    key = result_set.pk, result_set.created_at, shard
    if _kept is not None and key in _kept:
        return _kept[key]
    found = list(
        shard_blocks(
            shard,
            as_of=result_set.as_of,
            known_at=result_set.known_at,
            thresholds=result_set.stockout_thresholds,
        )
    )
    if _kept is not None and len(_kept) < MOST_KEPT:
        _kept[key] = found
    return found


def _earlier_days(current: Panel, as_of: date, known_at: datetime) -> dict[int, int]:
    """Days with a document before the panel's first, of shops that have few in it."""
    few = current.observed_days(as_of) < WINDOW_DAYS
    few &= current.first_ledger < current.first_day
    return queries.days_before(current.customer[few].tolist(), current.first_day.item(), known_at)
