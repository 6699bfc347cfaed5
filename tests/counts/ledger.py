"""A shop's day in the ledger, as the tests of counts write it."""

import numpy as np

from inventory.models import Source
from inventory.services import record_days


def record(town, licence, day, rows, *, source="pos"):
    """`rows`: {barcode: (opening, received, sold)}."""
    products = [town.products[code].pk for code in rows]
    opening, received, sold = (np.array(column) for column in zip(*rows.values(), strict=True))
    return record_days(
        customers=np.full(len(rows), town.shops[licence].pk),
        days=np.full(len(rows), day, dtype="M8[D]"),
        rows=(products, opening, received, sold, np.zeros(len(rows), int)),
        source=Source.objects.get(code=source),
        by="test",
    )
