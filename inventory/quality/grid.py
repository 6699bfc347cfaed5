"""A shard's ledger laid out for the detectors: day x (shop, product)."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from inventory.queries import Documents


@dataclass(frozen=True)
class Grid:
    """D days from `first_day` on, P slots sorted by customer and product, S shops.

    `customer`, `product` int32[P]; `shop` int32[P], the slot's place in `shops` int32[S], and
    `bounds` int64[S + 1]: the slots of shop i are bounds[i]:bounds[i + 1]. `opening`, `received`,
    `sold` int32[D, P] packs, 0 where not observed; `closing` int32[D, P], -1 where not observed.
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


def lay_out(documents: Documents, first_day: date, last_day: date) -> Grid:
    """The documents' rows from `first_day` to `last_day` as a Grid; none may lie outside."""
    rows, lengths = documents.rows, np.diff(documents.starts)
    shops, shop_of_document = np.unique(documents.customer, return_inverse=True)
    products, place = _places(rows.product)
    # (shop, product) as one number; those that occur are the slots, in this order.
    shop_base = (shop_of_document * len(products)).astype(np.int32)
    code = np.repeat(shop_base, lengths) + place[rows.product]
    there = np.zeros(len(shops) * len(products), dtype=bool)
    there[code] = True
    slots = np.flatnonzero(there)
    slot = (np.cumsum(there, dtype=np.int32) - 1)[code]
    shop = slots // max(len(products), 1)
    first = np.datetime64(first_day, "D")
    shape = (np.datetime64(last_day, "D") - first).astype(int) + 1, len(slots)
    # Places in the flat tables: numpy fills those twice as fast as (day, slot) pairs.
    day_base = (documents.day - first).astype(np.int64) * len(slots)
    cell = np.repeat(day_base, lengths) + slot
    tables = [np.zeros(shape, dtype=np.int32) for _ in range(3)]
    closing = np.full(shape, -1, dtype=np.int32)
    numbers = (rows.opening, rows.received, rows.sold, rows.closing)
    for table, column in zip((*tables, closing), numbers, strict=True):
        table.reshape(-1)[cell] = column
    return Grid(
        first,
        shops[shop].astype(np.int32),
        products[slots % max(len(products), 1)].astype(np.int32),
        shops,
        shop.astype(np.int32),
        np.searchsorted(shop, np.arange(len(shops) + 1)),
        *tables,
        closing,
    )


def _places(products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct products, and the place of each id among them; ids are small, so no sort."""
    known = np.zeros(int(products.max(initial=0)) + 1, dtype=bool)
    known[products] = True
    return np.flatnonzero(known), np.cumsum(known, dtype=np.int32) - 1
