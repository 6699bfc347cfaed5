"""The time of receipt, and the moment up to which a night knows everything.

Whatever is bitemporal (shop-days, order lines, events) takes its `received_at` from here. Writers
hold the clock's lock shared until they commit, a night takes it exclusively for a moment: so
nothing can later appear with a time of receipt at or before the night's `known_at`, and a night
told again with that `known_at` finds the same rows.
"""

from datetime import datetime

from django.db import connection, transaction

_LOCK = 7_310_002  # a namespace of PostgreSQL's advisory locks


def received_now() -> datetime:
    """The time of receipt for what the caller's transaction writes.

    Call it as late as possible and after all other locks; the transaction keeps it to its end.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def fix_known_at() -> datetime:
    """A moment such that whatever is received up to it is already committed and readable.

    Must not be called inside a transaction (RuntimeError): it would hold up every writer.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
