"""One shop × product, day by day: what the ledger says, and how the night counted it.

Pure, given the shop's documents. What the night knew is what a page shows; a version that came
later is shown beside it and counts from the next night on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from inventory.documents import decode
from inventory.indicators.rules import is_stockout
from inventory.models import ShopDay
from marketing_ops.lib.charts import Days


class State(StrEnum):
    """How a day counts for the product."""

    OBSERVED = "observed"
    STOCKOUT = "stockout"
    FLAGGED = "flagged"  # a row, but flagged as false: not observed
    NO_REPORT = "no-report"  # the shop did not report the day
    NOT_IN_REPORT = "not-in-report"  # reported, without this product, by a source with gaps


@dataclass(frozen=True, slots=True)
class Row:
    """A ledger row of the product; all quantities are packs."""

    opening: int
    received: int
    sold: int
    transferred: int
    closing: int
    source: int


@dataclass(frozen=True, slots=True)
class Version:
    """What one arrival made of the day; `row` None: without this product."""

    document: ShopDay
    row: Row | None
    source: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A flag over days `first` to `last`: false sales, or a kept-back pack."""

    first: date
    last: date
    kept_back: bool
    cause: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(slots=True)
class LedgerDay:
    """A day as the night knew it (`version`), the other versions of it, and how it counts."""

    day: date
    state: State
    version: Version | None = None
    others: list[Version] = field(default_factory=list)
    row: Row | None = None
    flags: list[Episode] = field(default_factory=list)
    # A complete source left the product out: no stock and no sale, though there is no row.
    absent: bool = False

    @property
    def observed(self) -> bool:
        return self.state in (State.OBSERVED, State.STOCKOUT)

    @property
    def later(self) -> bool:
        """Whether something came in after the night that the page shows."""
        return any(other.document.version > self._number for other in self.others)

    @property
    def corrections(self) -> int:
        return max(0, self._number - 1)

    @property
    def _number(self) -> int:
        return self.version.document.version if self.version else 0


NOTHING = Row(0, 0, 0, 0, 0, 0)


def ledger_days(
    documents: Sequence[ShopDay],
    *,
    product: int,
    span: Days,
    known_at: datetime | None,
    counted_from: date,
    threshold: int,
    sources: Mapping[int, str],
    flags: Iterable[Episode] = (),
) -> list[LedgerDay]:
    """The days of `span`, oldest first.

    `documents`: all versions of the shop's days, by day and version. `counted_from`: the first day
    of the window; a complete source's silence is a zero only after the product's first row in it.
    `sources`: names by id; a row can be from another source than the arrival it stands in.
    """
    by_day: dict[date, list[Version]] = {}
    for document, row in zip(documents, _rows_of(documents, product), strict=True):
        source = sources.get(row.source if row else document.source_id, "")
        by_day.setdefault(document.day, []).append(Version(document, row, source))
    flags = list(flags)
    days, in_assortment = [], False
    for day in span:
        versions = by_day.get(day, [])
        known = next((v for v in reversed(versions) if _known(v.document, known_at)), None)
        entry = LedgerDay(
            day,
            State.NO_REPORT,
            known,
            [version for version in versions if version is not known],
            flags=[flag for flag in flags if day in flag],
        )
        if known is not None:
            entry.row = known.row
            if known.row is None and known.document.complete and in_assortment:
                entry.absent, entry.row = True, NOTHING
            entry.state = _state(entry, threshold)
            in_assortment = in_assortment or (known.row is not None and day >= counted_from)
        days.append(entry)
    return days


def _state(entry: LedgerDay, threshold: int) -> State:
    if entry.row is None:
        return State.NOT_IN_REPORT
    if any(not flag.kept_back for flag in entry.flags):
        return State.FLAGGED
    out = is_stockout(
        sold=entry.row.sold,
        closing=entry.row.closing,
        threshold=threshold,
        kept_back=any(flag.kept_back for flag in entry.flags),
    )
    return State.STOCKOUT if out else State.OBSERVED


def _known(document: ShopDay, known_at: datetime | None) -> bool:
    if known_at is None:
        return document.superseded_at is None
    return document.received_at <= known_at and (
        document.superseded_at is None or document.superseded_at > known_at
    )


def _rows_of(documents: Sequence[ShopDay], product: int) -> list[Row | None]:
    """The product's row in each document."""
    if not documents:
        return []
    sources = np.array([document.source_id for document in documents], np.int32)
    rows, starts = decode([bytes(document.rows) for document in documents], sources)
    found: list[Row | None] = [None] * len(documents)
    at = np.flatnonzero(rows.product == product)
    places = np.searchsorted(starts, at, side="right") - 1
    for place, index in zip(places.tolist(), at.tolist(), strict=True):
        found[place] = Row(
            int(rows.opening[index]),
            int(rows.received[index]),
            int(rows.sold[index]),
            int(rows.transferred[index]),
            int(rows.closing[index]),
            int(rows.source[index]),
        )
    return found
