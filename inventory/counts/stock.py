"""The last known stock of shops, from the ledger itself: of all of a person's shops in one read."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from inventory.queries import last_documents
from marketing_ops.lib.periods import WINDOW_DAYS

# So many of a shop's last reported days tell what it deals in; a complete till names everything
# each day, and a till that tells only what moved has told most of it in four weeks.
LAST_DAYS = 28

# {product: (packs, day)}
Shelf = dict[int, tuple[int, date]]


def last_stock(
    customers: Sequence[int], *, before: date, known_at: datetime | None = None
) -> dict[int, Shelf]:
    """Of each customer with a report in the three months before the day: each product it dealt in,
    with the last known closing stock and its day.

    A product that a complete report does not name had none left on that day.
    """
    found = last_documents(
        customers,
        before=before,
        first_day=before - timedelta(days=WINDOW_DAYS),
        most=LAST_DAYS,
        known_at=known_at,
    )
    if not len(found):
        return {}
    document = found.document
    shop, product = found.customer[document], found.rows.product
    # Documents are sorted by customer and day, so of each pair the last row is the latest.
    order = np.lexsort((document, product, shop))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (shop[order][1:] != shop[order][:-1]) | (product[order][1:] != product[order][:-1])
    rows = order[last]
    shop, product, document = shop[rows], product[rows], document[rows]
    packs, day = found.rows.closing[rows].copy(), found.day[document].copy()
    newest = _last_complete(found)[np.searchsorted(np.unique(found.customer), shop)]
    gone = newest > document
    packs[gone], day[gone] = 0, found.day[newest[gone]]
    shelves: dict[int, Shelf] = {}
    lines = zip(shop.tolist(), product.tolist(), packs.tolist(), day.tolist(), strict=True)
    for pk, one, left, seen in lines:
        shelves.setdefault(pk, {})[one] = left, seen
    return shelves


def _last_complete(found) -> np.ndarray:
    """int[S]: of each customer, in order, the index of its last complete document, −1: none."""
    customers, begins = np.unique(found.customer, return_index=True)
    place = np.where(found.complete, np.arange(len(found)), -1)
    return np.maximum.reduceat(place, begins) if len(customers) else place
