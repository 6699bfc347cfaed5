"""The night's check of the ledger, and what people say of flags."""

from datetime import timedelta
from io import StringIO

import numpy as np
from django.db import connection, transaction

from inventory import queries as ledger
from inventory.documents import decode
from inventory.models import Source
from inventory.quality import queries
from inventory.quality.findings import (
    CARRIED,
    carry_on,
    continuity_breaks,
    contradictions,
    missing_products,
)
from inventory.quality.models import Carried, Cause, Checked, Detection, Finding, Flag
from inventory.services import list_manual_days
from marketing_ops.audit import services as audit
from marketing_ops.lib.clock import received_now
from marketing_ops.lib.periods import WINDOW_DAYS

NIGHT = "night"


def find_shard(night, shard: int) -> dict:
    """Check what a shard received since it was last checked, up to `night.known_at`.

    Writes the findings of the shop-days touched, and those of unobserved days in the 91 days up
    to `night.as_of`, which go on the manual-collection list. All in one transaction, so a killed
    shard is simply checked again; the same ledger gives the same findings. A night told from an
    earlier known_at finds nothing new and changes nothing.
    """
    customers = ledger.customers_of(shard)
    with transaction.atomic():
        # Created once per shard; the row is the lock against a second check at the same time.
        Checked.objects.bulk_create([Checked(shard=shard)], ignore_conflicts=True)
        checked = Checked.objects.select_for_update().get(shard=shard)
        if checked.known_at is not None and night.known_at < checked.known_at:
            return {}
        counts = _check_touched(customers, checked.known_at, night.known_at)
        counts["not-observed"] = _check_unobserved(customers, night)
        checked.known_at = night.known_at
        checked.save(update_fields=["known_at"])
    return {kind: count for kind, count in counts.items() if count}


def _check_touched(customers, since, known_at) -> dict:
    """Check the shop-days received after `since`; None: all of the shard, for the first time."""
    touched = judged = None
    if since is None:
        read = ledger.read_documents(known_at=known_at, customers=customers)
    else:
        touched = ledger.changed_shop_days(since=since, known_at=known_at, customers=customers)
        # A break lies between two days: those after a touched day are judged again too.
        judged = _distinct(touched, 0, 1)
        read = ledger.read_documents(
            shop_days=_distinct(touched, -1, 0, 1), known_at=known_at, customers=customers
        )
    if not len(read):
        return {}
    carried = {
        pk: np.frombuffer(bytes(rows), CARRIED)
        for pk, rows in Carried.objects.filter(
            pk__gte=customers[0], pk__lt=customers[1]
        ).values_list("pk", "rows")
    }
    news = carry_on(carried, read)
    Carried.objects.bulk_create(
        [Carried(customer_id=pk, rows=rows.tobytes()) for pk, rows in news.items()],
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["rows"],
    )
    missing = missing_products(read, {**carried, **news}).by_shop_day()
    counts = {}
    for kind, scope, findings in (
        (Finding.Kind.CONTINUITY, judged, continuity_breaks(read).by_shop_day()),
        (Finding.Kind.MISSING_PRODUCT, touched, missing),
        (Finding.Kind.MANUAL_CONTRADICTED, touched, _contradicted(customers, known_at, touched)),
    ):
        there = Finding.objects.filter(
            kind=kind, customer__gte=customers[0], customer__lt=customers[1]
        )
        if scope is not None:
            within = set(zip(scope[0].tolist(), scope[1].tolist(), strict=True))
            findings = {key: lists for key, lists in findings.items() if key in within}
            there = there.filter(pk__in=_on(scope, kind))
        counts[kind] = _write(kind, there, findings, known_at)
    return counts


def _check_unobserved(customers, night) -> int:
    first = night.as_of - timedelta(days=WINDOW_DAYS - 1)
    shops, days = queries.not_observed(
        customers=customers, first_day=first, last_day=night.as_of, known_at=night.known_at
    )
    list_manual_days(customers=shops, days=days, at=night.known_at, by=NIGHT)
    keys = zip(shops.tolist(), days.tolist(), strict=True)
    there = Finding.objects.filter(
        kind=Finding.Kind.NOT_OBSERVED,
        customer__gte=customers[0],
        customer__lt=customers[1],
        day__range=(first, night.as_of),
    )
    return _write(
        Finding.Kind.NOT_OBSERVED, there, {key: ([], [], []) for key in keys}, night.known_at
    )


def _contradicted(customers, known_at, touched) -> dict:
    """Manual rows that a later upload reports otherwise, by shop-day."""
    wanted, parameters = "", []
    if touched is not None:
        wanted = " AND (m.customer_id, m.day) IN (SELECT * FROM unnest(%s::bigint[], %s::date[]))"
        parameters = [touched[0].tolist(), touched[1].tolist()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.customer_id, s.day, o.kind = ANY(%s), s.source_id,"
            " coalesce(s.reported, s.rows) FROM (SELECT DISTINCT m.customer_id, m.day"
            " FROM inventory_shopday m JOIN inventory_source o ON o.id = m.source_id"
            " WHERE o.kind = %s AND m.customer_id >= %s AND m.customer_id < %s"
            f" AND m.received_at <= %s{wanted}) AS t"
            " JOIN inventory_shopday s ON s.customer_id = t.customer_id AND s.day = t.day"
            " JOIN inventory_source o ON o.id = s.source_id"
            " WHERE s.received_at <= %s ORDER BY s.customer_id, s.day, s.version",
            [
                [Source.Kind.POS, Source.Kind.GROUP],
                Source.Kind.MANUAL,
                *customers,
                known_at,
                *parameters,
                known_at,
            ],
        )
        arrivals = cursor.fetchall()
    by_hand, found = {}, {}
    for customer, day, upload, source, said in arrivals:
        rows, _starts = decode([bytes(said)], np.array([source]))
        if not upload:
            by_hand[customer, day] = rows
            found.pop((customer, day), None)
        elif (customer, day) in by_hand:
            found[customer, day] = contradictions(by_hand[customer, day], rows)
    return {key: lists for key, lists in found.items() if lists[0]}


def _distinct(shop_days, *offsets) -> tuple[np.ndarray, np.ndarray]:
    """The shop-days so many days later, each once."""
    customers, days = shop_days
    keys = [(customers.astype(np.int64) << 20) | (days + n).astype(np.int64) for n in offsets]
    keys = np.unique(np.concatenate(keys))
    return (keys >> 20).astype(np.int32), (keys & 0xFFFFF).astype("datetime64[D]")


def _on(shop_days, kind) -> list[int]:
    """The ids of the findings of a kind on shop-days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.id FROM unnest(%s::bigint[], %s::date[]) AS t(customer, day)"
            " JOIN quality_finding f ON f.customer_id = t.customer AND f.day = t.day"
            " WHERE f.kind = %s",
            [shop_days[0].tolist(), shop_days[1].tolist(), kind],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _write(kind, there, findings: dict, known_at) -> int:
    """Make the findings of the queryset `there` those of `findings`; equal ones stay untouched."""
    same, gone = set(), []
    for finding in there.iterator():
        key = finding.customer_id, finding.day
        if findings.get(key) == (finding.products, finding.expected, finding.found):
            same.add(key)
        else:
            gone.append(finding.pk)
    Finding.objects.filter(pk__in=gone).delete()
    lines = StringIO()
    for (customer, day), lists in sorted(findings.items()):
        if (customer, day) not in same:
            arrays = ("{" + ",".join(map(str, numbers)) + "}" for numbers in lists)
            lines.write("\t".join((kind, str(customer), str(day), *arrays, str(known_at))) + "\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY quality_finding (kind, customer_id, day, products, expected, found, found_at)"
            " FROM STDIN",
            lines,
        )
    return len(findings)


@transaction.atomic
def raise_flag(
    *, cause: str, customer: int, product: int, first_day, last_day, by: str, why: str, **evidence
) -> Flag:
    """Take days of a shop's product for false, whatever the detectors say; open until decided."""
    if last_day < first_day:
        raise ValueError(f"The flag ends on {last_day}, before it begins on {first_day}.")
    flag = Flag.objects.create(
        cause=Cause(cause),
        customer_id=customer,
        product_id=product,
        first_day=first_day,
        last_day=last_day,
        evidence=evidence,
        raised_at=received_now(),
        raised_by=by,
        why=why,
    )
    audit.record(by=by, action="raise flag", subject=f"flag {flag.pk}", why=why)
    return flag


@transaction.atomic
def decide_flag(*, flag: int, status: str, by: str, why: str) -> Flag:
    """Uphold or reject an open flag, once. Not by who raised it (PermissionError)."""
    flag = Flag.objects.select_for_update().get(pk=flag)
    if flag.status != Flag.Status.OPEN:
        raise ValueError(
            f"Flag {flag.pk} was {flag.status} by {flag.decided_by}: raise another one instead."
        )
    if status == Flag.Status.OPEN:
        raise ValueError("A decision is upheld or rejected.")
    if flag.raised_by == by:
        raise PermissionError(f"{by} raised flag {flag.pk}: someone else decides on it.")
    flag.status, flag.decided_by, flag.why = Flag.Status(status), by, why
    flag.decided_at = received_now()
    flag.save(update_fields=["status", "decided_at", "decided_by", "why"])
    audit.record(by=by, action=f"flag {status}", subject=f"flag {flag.pk}", why=why)
    return flag


@transaction.atomic
def decide_detection(*, detection: Detection, status: str, by: str, why: str) -> Flag:
    """Uphold or reject what a sweep detected: its days become a flag, decided at once."""
    flag = raise_flag(
        cause=detection.cause,
        customer=detection.customer_id,
        product=detection.product_id,
        first_day=detection.first_day,
        last_day=detection.last_day,
        by=NIGHT,
        why="",
        expected=detection.expected,
        found=detection.found,
        side=detection.side,
        partner=detection.partner_id,
    )
    return decide_flag(flag=flag.pk, status=status, by=by, why=why)
