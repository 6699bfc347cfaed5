"""Which shop-product-days are flagged, which shop-days were not observed."""

from datetime import date, datetime

import numpy as np
from django.db import connection

from inventory import queries as ledger
from inventory.quality.findings import unobserved_days


def not_observed(
    *, customers: tuple[int, int], first_day: date, last_day: date, known_at: datetime | None
) -> tuple[np.ndarray, np.ndarray]:
    """Days without a document, of the shops that were due to upload: customer int32[K], day [K].

    A shop is due while it is open and its properties say that it uploads, from its first ledger
    day on; one that has none yet from the first ledger day of the district on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, greatest(c.opened_on, lower(p.period), %(first)s),"
            " least(c.closed_on, upper(p.period) - 1, %(last)s)"
            " FROM customers_customer c JOIN customers_customerproperties p"
            " ON p.customer_id = c.id AND p.uploads AND p.period && daterange(%(first)s, %(last)s,"
            " '[]') WHERE c.id >= %(low)s AND c.id < %(high)s",
            {"first": first_day, "last": last_day, "low": customers[0], "high": customers[1]},
        )
        spans = cursor.fetchall()
    shops, begun = ledger.first_ledger_days(known_at=known_at)
    if not len(shops):
        return np.empty(0, np.int32), np.empty(0, "datetime64[D]")
    begins = dict(zip(shops.tolist(), begun.tolist(), strict=True))
    district = begun.min().item()
    due = [(shop, max(first, begins.get(shop, district)), last) for shop, first, last in spans]
    there = ledger.changed_shop_days(
        since=None, known_at=known_at, customers=customers, first_day=first_day, last_day=last_day
    )
    return unobserved_days(due, *there)
