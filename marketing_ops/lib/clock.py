"""The time of receipt of whatever is bitemporal: shop-days, order lines, events.

A night takes this clock exclusively for a moment to fix its `known_at`; writers share it from
before they read the time until they commit. So nothing can appear later with a time of receipt at
or before a night's `known_at`.
"""

from datetime import datetime

from django.db import connection

CLOCK_LOCK = 7_310_002
"""The namespace of the PostgreSQL advisory lock; its number in it is 0."""


def received_now() -> datetime:
    """The time of receipt for what the caller's transaction writes.

    Call it inside the transaction, as late as possible and after all other locks: a night that
    fixes its known_at waits for the transaction to end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [CLOCK_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
