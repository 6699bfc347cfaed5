"""The panel: the ledger of a shard's shops as arrays, day × pair.

A cache and nothing else: it is built from the documents of the ledger, kept up to date with those
that arrive, and can be thrown away at any time. Why so: docs/adr/0003-panel-and-results.md.

`sold[day, slot]` and `closing[day, slot]` hold packs; a `closing` of NOT_OBSERVED or ABSENT (see
kernel.py) has no row behind it. Beside these two, of which indicators are made, stand `opening` and
`received` for the search for false data (quality/sweep.py); they are 0 where there is no row. The
slots of a shop lie side by side, with some spare ones at the
end (product 0) so that a new product needs no new layout; shops with the same calendar lie side by
side too, so that a block of them is a slice.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import numpy as np

from inventory.documents import ranges
from inventory.indicators.kernel import ABSENT, NOT_OBSERVED

SPARE_DAYS = 35  # room for new days before old ones are dropped
# Above it the arrays are int32; the sum of two such numbers still fits into 16 bits.
NARROW_LIMIT = 16_000
NO_DOCUMENT, DOCUMENT, COMPLETE = 0, 1, 2  # state of a shop's day


class Panel:
    """See the module. `first_day` is the day of row 0; rows `days` and later are still empty.

    `customer` int32 [S] with `rank` int32 [S] (the order of calendars at the time of the layout),
    `starts` int32 [S + 1] (slots of shop i: starts[i] … starts[i + 1] − 1), `first_ledger`
    datetime64[D] [S], `product` int32 [P], `state` uint8 [capacity, S], `sold`, `closing`,
    `opening` and `received` [capacity, P]. `known_at`: all that was received up to then is in, and
    nothing later.
    """

    ARRAYS = (
        "customer", "rank", "starts", "first_ledger", "product", "state",
        "sold", "closing", "opening", "received",
    )  # fmt: skip
    PACKS = ("sold", "closing", "opening", "received")

    def __init__(self, *, known_at: datetime, first_day, days: int, arrays: Mapping):
        self.known_at = known_at
        self.first_day = np.datetime64(first_day, "D")
        self.days = days
        self.customer, self.rank, self.starts, self.first_ledger = (
            arrays[name] for name in self.ARRAYS[:4]
        )
        self.product, self.state = arrays["product"], arrays["state"]
        self.sold, self.closing, self.opening, self.received = (arrays[name] for name in self.PACKS)
        self._by_id = np.argsort(self.customer, kind="stable")
        self._slot_table = None

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in self.ARRAYS}

    @property
    def capacity(self) -> int:
        return len(self.sold)

    @property
    def last_day(self) -> np.datetime64:
        return self.first_day + (self.days - 1)

    def day_index(self, day) -> int:
        """The row of a day; below zero or ≥ `days` where the panel does not hold it."""
        return int((np.datetime64(day, "D") - self.first_day).astype(int))

    def shop_index(self, customers: np.ndarray) -> np.ndarray:
        """Positions of customers, −1 where the panel does not hold one."""
        customers = np.asarray(customers)
        if not len(self.customer):
            return np.full(len(customers), -1)
        place = np.searchsorted(self.customer, customers, sorter=self._by_id)
        found = self._by_id[np.minimum(place, len(self.customer) - 1)]
        return np.where(self.customer[found] == customers, found, -1)

    def slots(self, shops: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Slots of (shop position, product) pairs, −1 where a shop has none for the product."""
        ids, table = self._table()
        place = np.minimum(np.searchsorted(ids, products), len(ids) - 1)
        return np.where(ids[place] == products, table[shops, place], -1)

    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        if self._slot_table is None:
            used = np.flatnonzero(self.product)
            ids, place = np.unique(self.product[used], return_inverse=True)
            if not len(ids):
                ids = np.zeros(1, np.int32)
            table = np.full((len(self.customer), len(ids)), -1, np.int32)
            table[self.shop_of_slot()[used], place] = used
            self._slot_table = ids, table
        return self._slot_table

    def shop_of_slot(self) -> np.ndarray:
        """The shop position of each slot, int32 [P]."""
        return np.repeat(np.arange(len(self.customer), dtype=np.int32), np.diff(self.starts))

    def first_days(self) -> Iterable[tuple[int, date]]:
        """(customer, first ledger day) of each shop."""
        days = self.first_ledger.astype(object).tolist()
        return zip(self.customer.tolist(), days, strict=True)

    def observed_days(self, until) -> np.ndarray:
        """Days with a document up to `until` that the panel holds, per shop."""
        return np.count_nonzero(self.state[: self.day_index(until) + 1], axis=0)

    def refresh(
        self,
        documents,
        *,
        last_day,
        known_at: datetime,
        rank: Mapping[int, int],
        first_ledger: Mapping[int, object],
    ) -> "Panel":
        """Take in shop-days, whole, as they are known at `known_at`; empty days up to `last_day`.

        Returns this panel, changed in place, or a new one where the documents did not fit into
        the layout (new shops, more new products than spare slots, larger numbers, more days).
        `documents`: inventory.queries.Documents; those before the panel's first day only tell a
        shop's first ledger day. `rank` orders new shops, `first_ledger` tells their first day.
        """
        last_day = max(np.datetime64(last_day, "D"), self.last_day)
        shops = self.shop_index(documents.customer)
        inside = (documents.day >= self.first_day) & (documents.day <= last_day)
        row_document = documents.document
        wanted = inside[row_document]
        fits = (
            self.day_index(last_day) < self.capacity
            and bool((shops >= 0).all())
            and (self.sold.dtype == np.int32 or _largest(documents.rows, wanted) <= NARROW_LIMIT)
            and self._take_spare_slots(shops[row_document[wanted]], documents.rows.product[wanted])
        )
        if not fits:
            panel = self._with_room(documents, wanted, last_day, rank, first_ledger)
            return panel.refresh(
                documents, last_day=last_day, known_at=known_at, rank={}, first_ledger={}
            )
        self.days = self.day_index(last_day) + 1
        np.minimum.at(self.first_ledger, shops, documents.day)
        self._write(documents, shops, inside, row_document, wanted)
        self.known_at = known_at
        return self

    def _take_spare_slots(self, shops: np.ndarray, products: np.ndarray) -> bool:
        """Give each new pair the next spare slot of its shop; False if one shop lacks them."""
        missing = self.slots(shops, products) < 0
        if not missing.any():
            return True
        shops, products = _pairs(shops[missing], products[missing])
        used = np.add.reduceat((self.product != 0).astype(np.int64), self.starts[:-1])
        _, first, count = np.unique(shops, return_index=True, return_counts=True)
        nth = np.arange(len(shops)) - np.repeat(first, count)
        slot = self.starts[shops] + used[shops] + nth
        if (slot >= self.starts[shops + 1]).any():
            return False
        self.product[slot] = products
        self._slot_table = None
        return True

    def _write(self, documents, shops, inside, row_document, wanted) -> None:
        day = (documents.day - self.first_day).astype(np.int64)
        width = self.sold.shape[1]
        # A document says everything about its shop's day: first nothing is known, then its rows.
        where = shops[inside]
        count = np.diff(self.starts)[where]
        cells = ranges(day[inside] * width + self.starts[where], count)
        absent = np.where(documents.complete[inside], ABSENT, NOT_OBSERVED)
        for name in self.PACKS:
            unknown = np.repeat(absent, count) if name == "closing" else 0
            getattr(self, name).reshape(-1)[cells] = unknown
        self.state[day[inside], where] = np.where(documents.complete[inside], COMPLETE, DOCUMENT)
        document = row_document[wanted]
        slot = self.slots(shops[document], documents.rows.product[wanted])
        cells = day[document] * width + slot
        for name in self.PACKS:
            getattr(self, name).reshape(-1)[cells] = getattr(documents.rows, name)[wanted]

    def _with_room(self, documents, wanted, last_day, rank, first_ledger) -> "Panel":
        """The same content in a layout with room for the documents as well."""
        row_document = documents.document[wanted]
        used = np.flatnonzero(self.product)
        wide = self.sold.dtype == np.int32 or _largest(documents.rows, wanted) > NARROW_LIMIT
        old = dict(zip(self.customer.tolist(), self.rank.tolist(), strict=True))
        panel = lay_out(
            customers=np.concatenate([self.customer, documents.customer]),
            rank={**rank, **old},
            pair_customers=np.concatenate(
                [self.customer[self.shop_of_slot()[used]], documents.customer[row_document]]
            ),
            pair_products=np.concatenate([self.product[used], documents.rows.product[wanted]]),
            first_day=self._first_day_to_keep(last_day),
            last_day=last_day,
            known_at=self.known_at,
            dtype=np.int32 if wide else np.int16,
        )
        panel.set_first_ledger(first_ledger)
        self.copy_into(panel)
        return panel

    def _first_day_to_keep(self, last_day) -> np.datetime64:
        """When the days run out, as many old ones are dropped as the panel had room for."""
        if self.day_index(last_day) < self.capacity:
            return self.first_day
        return max(self.first_day, last_day - (self.capacity - SPARE_DAYS - 1))

    def set_first_ledger(self, first_ledger: Mapping[int, object]) -> None:
        """Note the first ledger days (customer -> day) of the shops that the panel holds."""
        for customer, day in first_ledger.items():
            place = self.shop_index(np.array([customer]))[0]
            if place >= 0:
                self.first_ledger[place] = day

    def copy_into(self, panel: "Panel") -> None:
        """Write all that this panel knows into one whose layout holds its shops and pairs."""
        if not len(self.customer):
            return
        shops = panel.shop_index(self.customer)
        np.minimum.at(panel.first_ledger, shops, self.first_ledger)
        first = max(self.first_day, panel.first_day)
        mine, theirs = self.day_index(first), panel.day_index(first)
        days = min(self.days - mine, panel.capacity - theirs)
        if days <= 0:
            return
        panel.days = max(panel.days, theirs + days)
        to = slice(theirs, theirs + days)
        state = self.state[mine : mine + days]
        panel.state[to, shops] = state
        # Spare slots know the days of complete documents too: there their product was absent.
        complete = np.zeros((days, len(panel.customer)), bool)
        complete[:, shops] = state == COMPLETE
        for day in np.flatnonzero(complete.any(axis=1)):
            panel.closing[theirs + day, np.repeat(complete[day], np.diff(panel.starts))] = ABSENT
        used = np.flatnonzero(self.product)
        slots = panel.slots(shops[self.shop_of_slot()[used]], self.product[used])
        for name in self.PACKS:
            getattr(panel, name)[to, slots] = getattr(self, name)[mine : mine + days, used]


def _pairs(major: np.ndarray, minor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct (major, minor) pairs, sorted; both are small whole numbers ≥ 0."""
    if not len(major):
        return np.zeros(0, np.int64), np.zeros(0, np.int32)
    # A table of marks instead of a sort: there are millions of rows and few pairs.
    wide = int(minor.max()) + 1
    known = np.flatnonzero(np.bincount(minor, minlength=wide))
    place = np.zeros(wide, np.int64)
    place[known] = np.arange(len(known))
    seen = np.zeros((int(major.max()) + 1) * len(known), bool)
    seen[major.astype(np.int64) * len(known) + place[minor]] = True
    pairs = np.flatnonzero(seen)
    return pairs // len(known), known[pairs % len(known)].astype(np.int32)


def _largest(rows, wanted) -> int:
    """The largest number of packs among the wanted rows."""
    return max(int(getattr(rows, name)[wanted].max(initial=0)) for name in Panel.PACKS)


def lay_out(
    *,
    known_at: datetime,
    first_day,
    last_day,
    customers: np.ndarray,
    rank: Mapping[int, int],
    pair_customers: np.ndarray,
    pair_products: np.ndarray,
    dtype=np.int16,
) -> Panel:
    """A panel with slots for the pairs, and spare ones, in which nothing is observed yet.

    `customers` and the pairs may be given several times; shops are ordered by `rank`, then id.
    """
    known = np.unique(customers).astype(np.int32)
    order = np.array([rank.get(customer, 0) for customer in known.tolist()], np.int32)
    position = np.empty(len(known), np.int64)
    position[np.lexsort((known, order))] = np.arange(len(known))
    shops, products = _pairs(position[np.searchsorted(known, pair_customers)], pair_products)
    count = np.bincount(shops, minlength=len(known))
    starts = np.zeros(len(known) + 1, np.int32)
    np.cumsum(count + 2 + count // 20, out=starts[1:])
    product = np.zeros(starts[-1], np.int32)
    nth = np.arange(len(shops)) - np.repeat(np.cumsum(count) - count, count)
    product[starts[shops] + nth] = products
    first_day, last_day = np.datetime64(first_day, "D"), np.datetime64(last_day, "D")
    days = int((last_day - first_day).astype(int)) + 1
    by_position = np.argsort(position)
    return Panel(
        known_at=known_at,
        first_day=first_day,
        days=days,
        arrays={
            "customer": known[by_position],
            "rank": order[by_position],
            "starts": starts,
            "first_ledger": np.full(len(known), np.datetime64("9999-12-31"), "datetime64[D]"),
            "product": product,
            "state": np.zeros((days + SPARE_DAYS, len(known)), np.uint8),
            "closing": np.full((days + SPARE_DAYS, len(product)), NOT_OBSERVED, dtype),
            **{
                name: np.zeros((days + SPARE_DAYS, len(product)), dtype)
                for name in Panel.PACKS
                if name != "closing"
            },
        },
    )


def build(
    parts: Iterable,
    *,
    first_day,
    last_day,
    known_at: datetime,
    rank: Mapping[int, int],
    first_ledger: Mapping[int, object],
) -> Panel:
    """A panel of the days `first_day` to `last_day` from the documents of its shops.

    `parts`: Documents of some shops each, so that the decoded rows of a whole shard are never in
    memory at once.
    """
    nobody = np.zeros(0, np.int32)
    period = {"first_day": first_day, "last_day": last_day, "known_at": known_at}
    empty = lay_out(
        customers=nobody, rank={}, pair_customers=nobody, pair_products=nobody, **period
    )
    panels = [empty]
    for documents in parts:
        panels.append(
            empty.refresh(
                documents,
                last_day=last_day,
                known_at=known_at,
                rank=rank,
                first_ledger=first_ledger,
            )
        )
    if len(panels) <= 2:
        return panels[-1]
    used = [np.flatnonzero(panel.product) for panel in panels]
    whole = lay_out(
        customers=np.concatenate([panel.customer for panel in panels]),
        rank=rank,
        pair_customers=np.concatenate([
            panel.customer[panel.shop_of_slot()[slots]]
            for panel, slots in zip(panels, used, strict=True)
        ]),
        pair_products=np.concatenate([
            panel.product[slots] for panel, slots in zip(panels, used, strict=True)
        ]),
        dtype=max(panel.sold.dtype for panel in panels),
        **period,
    )  # fmt: skip
    for panel in panels:
        panel.copy_into(whole)
    return whole
