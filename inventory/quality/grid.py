"""A shard's ledger laid out for the detectors: day x (shop, product)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from inventory.indicators.panel import Panel


@dataclass(frozen=True)
class Grid:
    """D days from `first_day` on, P slots sorted by customer and product, S shops.

    `customer`, `product` int32[P]; `shop` int32[P], the slot's place in `shops` int32[S], and
    `bounds` int64[S + 1]: the slots of shop i are bounds[i]:bounds[i + 1]. `opening`, `received`,
    `sold` [D, P] packs, 0 where not observed; `closing` [D, P], -1 where not observed. The four are
    int16 or int32, in either case wide enough for the sum of two.
    """

    first_day: np.datetime64
    customer: np.ndarray
    product: np.ndarray
    shops: np.ndarray
    shop: np.ndarray
    bounds: np.ndarray
    opening: np.ndarray
    received: np.ndarray
    sold: np.ndarray
    closing: np.ndarray

    @property
    def observed(self) -> np.ndarray:
        return self.closing >= 0

    def parts(self, shops: int) -> Iterator[tuple[slice, slice, "Grid"]]:
        """The grid in pieces of so many shops: (its shops, its slots, the piece)."""
        for first in range(0, len(self.shops), shops):
            own = slice(first, min(first + shops, len(self.shops)))
            slots = slice(int(self.bounds[own.start]), int(self.bounds[own.stop]))
            yield (
                own,
                slots,
                Grid(
                    self.first_day,
                    self.customer[slots],
                    self.product[slots],
                    self.shops[own],
                    self.shop[slots] - own.start,
                    self.bounds[own.start : own.stop + 1] - slots.start,
                    *(
                        table[:, slots]
                        for table in (self.opening, self.received, self.sold, self.closing)
                    ),
                ),
            )

    def by_shop(self, cells: np.ndarray) -> np.ndarray:
        """int64[D, S]: how many of a shop's cells (bool[D, P]) hold on each day."""
        return np.add.reduceat(cells, self.bounds[:-1], axis=1, dtype=np.int64)

    def place(self, customers, products, days, packs) -> np.ndarray:
        """int32[D, P]: packs of (customer, product, day) added up where the grid has the cell."""
        table = np.zeros(self.closing.shape, dtype=np.int32)
        if not len(self.customer):
            return table
        own = (self.customer.astype(np.int64) << 32) | self.product
        key = (np.asarray(customers, dtype=np.int64) << 32) | np.asarray(products, dtype=np.int64)
        slot = np.minimum(np.searchsorted(own, key), len(own) - 1)
        row = (np.asarray(days, dtype="datetime64[D]") - self.first_day).astype(np.int64)
        inside = (own[slot] == key) & (row >= 0) & (row < len(table))
        np.add.at(table, (row[inside], slot[inside]), np.asarray(packs)[inside])
        return table


def lay_out(panel: Panel, first_day: date, last_day: date) -> Grid:
    """What a panel holds of the days `first_day` to `last_day` (none before its own first)."""
    start, stop = panel.day_index(first_day), panel.day_index(last_day) + 1
    if start < 0 or stop > panel.days:
        raise ValueError(
            f"The panel holds {panel.first_day} to {panel.last_day}, not all days from {first_day} "
            f"to {last_day}: build it again with more"
        )
    shop_of_slot = panel.shop_of_slot()
    used = np.flatnonzero((panel.closing[start:stop] >= 0).any(axis=0) & (panel.product != 0))
    customer, product = panel.customer[shop_of_slot[used]], panel.product[used]
    order = np.lexsort((product, customer))
    used, customer, product = used[order], customer[order], product[order]
    shops, shop = np.unique(customer, return_inverse=True)
    closing = panel.closing[start:stop, used]
    np.maximum(closing, -1, out=closing)  # a complete source's absent product has no row either
    return Grid(
        np.datetime64(first_day, "D"),
        customer,
        product,
        shops,
        shop.astype(np.int32),
        np.searchsorted(shop, np.arange(len(shops) + 1)),
        *(getattr(panel, name)[start:stop, used] for name in ("opening", "received", "sold")),
        closing,
    )
