"""What does not fit in a shop's day; pure, on arrays. Definitions: docs/algorithms/quality.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from inventory.documents import Rows
from inventory.queries import Documents

# Products without a row for so long no longer belong to a shop's assortment.
ASSORTMENT_DAYS = 91
CARRIED = np.dtype([("product", "<i4"), ("first", "<i4"), ("last", "<i4")])


@dataclass(frozen=True)
class Cells:
    """Shop-product-days with what was expected and found there, sorted; all of length K.

    `customer`, `product` int32, `day` datetime64[D], `expected` and `found` int32 packs.
    """

    customer: np.ndarray
    day: np.ndarray
    product: np.ndarray
    expected: np.ndarray
    found: np.ndarray

    def by_shop_day(self) -> dict[tuple[int, date], tuple[list, list, list]]:
        """{(customer, day): (products, expected, found)}."""
        if not len(self.customer):
            return {}
        begins = np.flatnonzero(
            np.append(
                True,
                (self.customer[1:] != self.customer[:-1]) | (self.day[1:] != self.day[:-1]),
            )
        )
        parts = [
            [part.tolist() for part in np.split(column, begins[1:])]
            for column in (self.product, self.expected, self.found)
        ]
        keys = zip(self.customer[begins].tolist(), self.day[begins].tolist(), strict=True)
        return dict(zip(keys, zip(*parts, strict=True), strict=True))


def continuity_breaks(documents: Documents) -> Cells:
    """Rows whose opening stock is not the closing stock of the same product the day before.

    A product without a row the day before was not observed then: no break.
    """
    document, rows = documents.document, documents.rows
    before = _index_of(documents, documents.customer, documents.day - 1)
    yesterday = before[document]
    at = _row_of(documents, yesterday, rows.product)
    broken = np.flatnonzero((at >= 0) & (rows.closing[at] != rows.opening))
    where = document[broken]
    return Cells(
        documents.customer[where],
        documents.day[where],
        rows.product[broken],
        rows.closing[at[broken]],
        rows.opening[broken],
    )


def missing_products(documents: Documents, carried: dict[int, np.ndarray]) -> Cells:
    """Products of the shop's assortment without a row in a document that is not complete.

    `carried`: for each customer its products (CARRIED, sorted by product; days since 1970). A
    product belongs to the assortment of a day from its first ledger day on, unless its last one
    lies more than 91 days before.
    """
    partial = np.flatnonzero(~documents.complete)
    none = np.empty(0, CARRIED)
    own = [carried.get(customer, none) for customer in documents.customer[partial].tolist()]
    lengths = np.fromiter(map(len, own), np.int64, len(own))
    due = np.concatenate([*own, none])
    document = np.repeat(partial, lengths)
    day = documents.day[document].astype(np.int64)
    belongs = (due["first"] <= day) & (due["last"] > day - ASSORTMENT_DAYS)
    document, product = document[belongs], due["product"][belongs]
    absent = _row_of(documents, document, product) < 0
    where = document[absent]
    nothing = np.zeros(len(where), dtype=np.int32)
    return Cells(documents.customer[where], documents.day[where], product[absent], nothing, nothing)


def carry_on(carried: dict[int, np.ndarray], documents: Documents) -> dict[int, np.ndarray]:
    """`carried` with the products and days of `documents`; only the customers that changed."""
    if not len(documents):
        return {}
    touched, place = np.unique(documents.customer, return_inverse=True)
    known = [carried.get(customer, np.empty(0, CARRIED)) for customer in touched.tolist()]
    old = np.concatenate(known)
    owner = np.repeat(np.arange(len(touched)), [len(rows) for rows in known])
    width = int(max(documents.rows.product.max(), old["product"].max(initial=0))) + 1
    first = np.full(len(touched) * width, np.iinfo(np.int32).max, dtype=np.int32)
    last = np.full(len(first), -1, dtype=np.int32)
    code = np.repeat(place * width, np.diff(documents.starts)) + documents.rows.product
    day = np.repeat(documents.day.astype(np.int64).astype(np.int32), np.diff(documents.starts))
    # Documents of a shop come by day, and of equal places the last assignment stays.
    last[code] = day
    first[code[::-1]] = day[::-1]
    code = owner * width + old["product"]
    first[code] = np.minimum(first[code], old["first"])
    last[code] = np.maximum(last[code], old["last"])
    there = np.flatnonzero(last >= 0)
    merged = np.empty(len(there), CARRIED)
    merged["product"], merged["first"], merged["last"] = there % width, first[there], last[there]
    bounds = np.searchsorted(there, np.arange(len(touched) + 1) * width).tolist()
    return {
        customer: merged[start:stop]
        for customer, start, stop in zip(touched.tolist(), bounds[:-1], bounds[1:], strict=True)
        if not np.array_equal(carried.get(customer), merged[start:stop])
    }


def unobserved_days(
    due: Iterable[tuple[int, date, date]], customers: np.ndarray, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Days without a document of shops that were due to upload: customer int32, day, sorted.

    `due`: (customer, first day, last day), both inside; `customers`, `days`: the shop-days there
    are.
    """
    spans = [span for span in due if span[1] <= span[2]]
    if not spans:
        return np.empty(0, np.int32), np.empty(0, "datetime64[D]")
    begin, end = min(span[1] for span in spans), max(span[2] for span in spans)
    shops = np.unique([span[0] for span in spans])
    place = dict(zip(shops.tolist(), range(len(shops)), strict=True))
    missing = np.zeros((len(shops), (end - begin).days + 1), dtype=bool)
    for customer, first, last in spans:
        missing[place[customer], (first - begin).days : (last - begin).days + 1] = True
    row = np.minimum(np.searchsorted(shops, customers), len(shops) - 1)
    column = (days - np.datetime64(begin)).astype(np.int64)
    known = (shops[row] == customers) & (column >= 0) & (column < missing.shape[1])
    missing[row[known], column[known]] = False
    row, column = np.nonzero(missing)
    return shops[row].astype(np.int32), np.datetime64(begin) + column


def contradictions(manual: Rows, upload: Rows) -> tuple[list, list, list]:
    """Products that both report with another sale or closing stock: products, closings of both."""
    product, mine, theirs = np.intersect1d(
        manual.product, upload.product, assume_unique=True, return_indices=True
    )
    ours, other = manual.take(mine), upload.take(theirs)
    differs = (ours.sold != other.sold) | (ours.closing != other.closing)
    return (
        product[differs].tolist(),
        ours.closing[differs].tolist(),
        other.closing[differs].tolist(),
    )


def _index_of(documents: Documents, customers, days) -> np.ndarray:
    """The document of each (customer, day), -1 where there is none."""
    if not len(documents):
        return np.full(len(customers), -1)

    def key(customer, day):
        return (customer.astype(np.int64) << 20) | day.astype(np.int64)

    keys, wanted = key(documents.customer, documents.day), key(customers, days)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def _row_of(documents: Documents, document, products) -> np.ndarray:
    """The row of each (document, product), -1 where there is none (or the document is -1)."""
    if not len(documents.rows.product):
        return np.full(len(products), -1)

    def key(document, product):
        return (document.astype(np.int64) << 32) | product.astype(np.int64)

    keys = key(documents.document, documents.rows.product)
    wanted = key(document, products)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((document >= 0) & (keys[at] == wanted), at, -1)
