"""Writing what is collected by hand. Every repeat of the same changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.counts import queries
from inventory.counts.models import PointWeek, PointWeekLine
from inventory.models import Source
from inventory.services import Recorded, list_manual_days, lock_customers, record_days
from marketing_ops.audit import services as audit

MANUAL = "manual"  # the code of the source that the first migration wrote
_WEEK_LOCK = 7_310_041


class Refused(Exception):
    """This cannot be entered; the text says why and what to do instead."""


@dataclass(frozen=True)
class Entry:
    """A product's numbers, in packs: they balance (rules.balance)."""

    product: int
    opening: int
    received: int
    sold: int
    closing: int
    transferred: int = 0
    price: Decimal | None = None


@transaction.atomic
def collect_day(
    *, customer: int, day: date, entries: Sequence[Entry], by: str, at: datetime, today: date
) -> Recorded:
    """Enter a missing day of a shop into the ledger, as of the manual source. Raises Refused.

    The day stays on the manual-collection list, so these rows prevail over a later upload.
    """
    lock_customers([customer])
    if not queries.may_be_entered(customer, day, today=today):
        raise Refused(
            _(
                "This day is not asked for: it is older than two weeks, not over yet, or an upload "
                "has told it meanwhile. Who doubts an upload asks for a trace."
            )
        )
    if not entries:
        raise Refused(_("Enter at least one product: what was sold, or what is left."))
    columns = ("product", "opening", "received", "sold", "transferred")
    recorded = record_days(
        customers=np.full(len(entries), customer),
        days=np.full(len(entries), day, dtype="datetime64[D]"),
        rows=[np.array([getattr(one, name) for one in entries]) for name in columns],
        source=Source.objects.get(code=MANUAL),
        by=by,
    )
    list_manual_days(customers=[customer], days=[day], at=at, by=by)
    if recorded.new + recorded.changed:
        subject = f"shop-day {customer} {day}"
        audit.record(by=by, action="collect day", subject=subject, products=len(entries))
    return recorded


@transaction.atomic
def collect_week(
    *, customer: int, monday: date, entries: Sequence[Entry], by: str, at: datetime, today: date
) -> bool:
    """Enter an information point's week; False: it stood so already. Raises Refused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_WEEK_LOCK, customer])
    if monday not in queries.weeks_back(today) or not queries.is_point(customer, monday):
        raise Refused(
            _(
                "This week is not asked for: it is not over, older than four weeks, or the shop "
                "was no information point then."
            )
        )
    if not entries:
        raise Refused(_("Enter at least one product: what was sold, or what is left."))
    known = PointWeek.objects.filter(customer=customer, monday=monday, superseded_at=None).first()
    columns = ("product_id", "opening", "received", "sold", "closing", "price")
    said = sorted(
        (one.product, one.opening, one.received, one.sold, one.closing, one.price)
        for one in entries
    )
    if known is not None:
        if sorted(known.lines.values_list(*columns)) == said:
            return False
        PointWeek.objects.filter(pk=known.pk).update(superseded_at=at)
    week = PointWeek.objects.create(customer_id=customer, monday=monday, by=by, entered_at=at)
    PointWeekLine.objects.bulk_create(
        PointWeekLine(week=week, **dict(zip(columns, line, strict=True))) for line in said
    )
    return True
