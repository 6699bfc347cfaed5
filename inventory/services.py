"""Writing the ledger: arrivals become versions of shop-days, whole and exactly once.

Order of locks, the same for every writer: the lanes of the customers (ascending), then the clock
(shared). A night takes the clock exclusively for a moment, so that nothing can later appear with a
time of receipt at or before its own `known_at`.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import numpy as np
from django.db import connection, transaction

from inventory.documents import Rows, content_hashes, decode, encode, overlay
from inventory.models import ManualCollection, ShopDay, Source
from marketing_ops.audit import services as audit
from marketing_ops.lib.clock import received_now

# A namespace of PostgreSQL's advisory locks.
LANE_LOCK = 7_310_001
# Customers share lanes, so that a transaction over a whole district needs few entries of the
# server's lock table.
LANES = 256
BATCH = 500
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "customer_id, day, version, received_at, source_id, complete, by, run_id, content_hash, rows, "
    "reported"
)


@dataclass(frozen=True)
class Recorded:
    """Numbers of shop-days: first word, a further version, nothing that was not known."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other):
        return Recorded(
            self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged
        )


def record_days(*, customers, days, rows, source: Source, by: str, run: int | None = None):
    """Record what `source` reports of whole shop-days. Returns Recorded.

    One entry per ledger row, in any order: `customers` int[N] (ids), `days` datetime64[D][N],
    `rows` five int[N]: product (ids), opening, received, sold, transferred, in packs. Rows of one
    product in one shop-day (two barcodes of it) are added up. A shop-day must come in one call
    with all that its source says of it: a part of it would be a version of its own.

    What is known afterwards: the arrival's rows, over those known before; rows of other products
    stay unless the source is complete. An arrival that says the same as any earlier one of its
    source for that shop-day changes nothing, so a retry or an old file never undoes a correction.
    Manual rows of a day on the manual-collection list prevail over uploads; the upload is kept
    beside them as `reported`.

    Commits every 500 shop-days, unless called inside a transaction: such a caller locks all its
    customers first (lock_customers). Raises ValueError for a number that cannot be, before
    anything is written.
    """
    customers, days, rows = _arrival(customers, days, rows, source)
    begins = np.ones(len(customers), dtype=bool)
    begins[1:] = (customers[1:] != customers[:-1]) | (days[1:] != days[:-1])
    starts = np.append(np.flatnonzero(begins), len(customers))
    total = Recorded()
    for first in range(0, len(starts) - 1, BATCH):
        bounds = starts[first : first + BATCH + 1]
        part = slice(bounds[0], bounds[-1])
        total += _record_batch(
            customers[bounds[:-1]],
            days[bounds[:-1]],
            rows.take(part),
            bounds - bounds[0],
            source,
            by,
            run,
        )
    return total


def lock_customers(customers) -> None:
    """Take the writers' locks of `customers` (ids) for the rest of the caller's transaction."""
    lanes = np.unique(np.asarray(customers) % LANES).tolist()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, lane) FROM (SELECT unnest(%s::int[]) AS lane"
            " ORDER BY 1) AS lanes",
            [LANE_LOCK, lanes],
        )


@transaction.atomic
def release_manual_day(*, customer: int, day: date, at: datetime, by: str, why: str) -> bool:
    """Decide that `day` of `customer` no longer goes by its manual rows. False: it did not.

    The latest upload that was kept beside them becomes what is known, as a further version.
    """
    lock_customers([customer])
    released = ManualCollection.objects.filter(
        customer_id=customer, day=day, released_at__isnull=True
    ).update(released_at=at, released_by=by, why=why)
    if not released:
        return False
    audit.record(by=by, action="release manual day", subject=f"shop-day {customer} {day}", why=why)
    upload = (
        ShopDay.objects.filter(
            customer_id=customer,
            day=day,
            reported__isnull=False,
            source__kind__in=[Source.Kind.POS, Source.Kind.GROUP],
        )
        .select_related("source")
        .order_by("-version")
        .first()
    )
    if upload is not None:
        said, starts = decode([bytes(upload.reported)], np.array([upload.source_id]))
        _record_batch(
            np.array([customer], dtype=np.int32),
            np.array([day], dtype="datetime64[D]"),
            said,
            starts,
            upload.source,
            by,
            None,
            again=True,
        )
    return True


def list_manual_days(*, customers, days, at: datetime, by: str) -> int:
    """Put shop-days (int[N], datetime64[D][N]) on the manual-collection list; how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_manualcollection"
            " (customer_id, day, listed_at, listed_by, released_by, why)"
            " SELECT c, d, %s, %s, '', '' FROM unnest(%s::bigint[], %s::date[]) AS t(c, d)"
            " ORDER BY c, d ON CONFLICT (customer_id, day) DO NOTHING",
            [at, by, np.asarray(customers).tolist(), _dates(days)],
        )
        return cursor.rowcount


def _dates(days) -> list[date]:
    return np.asarray(days, dtype="datetime64[D]").tolist()


def _arrival(customers, days, rows, source) -> tuple[np.ndarray, np.ndarray, Rows]:
    """The arrival checked, sorted by shop-day and product, one row per product."""
    customers = np.asarray(customers, dtype=np.int64)
    days = np.asarray(days, dtype="datetime64[D]")
    numbers = [np.asarray(column, dtype=np.int64) for column in rows]
    if len(numbers) != 5 or any(len(column) != len(customers) for column in (days, *numbers)):
        raise ValueError(
            "record_days needs five columns (product, opening, received, sold, transferred), "
            "each as long as customers and days."
        )
    order = np.lexsort((numbers[0], days, customers))
    customers, days = customers[order], days[order]
    numbers = [column[order] for column in numbers]
    first = np.ones(len(customers), dtype=bool)
    first[1:] = (
        (customers[1:] != customers[:-1])
        | (days[1:] != days[:-1])
        | (numbers[0][1:] != numbers[0][:-1])
    )
    if not first.all():
        begins = np.flatnonzero(first)
        customers, days = customers[begins], days[begins]
        numbers = [numbers[0][begins], *(np.add.reduceat(n, begins) for n in numbers[1:])]
    product, opening, received, sold, transferred = numbers
    closing = opening + received - sold + transferred
    bad = (opening < 0) | (received < 0) | (sold < 0) | (closing < 0)
    for column in numbers:
        bad |= np.abs(column) > np.iinfo(np.int32).max
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(
            f"Shop {customers[at]}, {days[at]}, product {product[at]}: opening {opening[at]}, "
            f"received {received[at]}, sold {sold[at]}, transferred {transferred[at]} leave "
            f"{closing[at]} packs. Only transferred may be negative: reject the row when checking."
        )
    small = [column.astype(np.int32) for column in numbers]
    return customers, days, Rows(*small, np.full(len(customers), source.pk, dtype=np.int32))


@transaction.atomic
def _record_batch(customers, days, rows, starts, source, by, run, *, again=False) -> Recorded:
    """Record M shop-days: customers int[M], days [M], rows of document i at starts[i]:[i + 1].

    `again` records even what was said before (a decision brings an old word back).
    """
    lock_customers(customers)
    hashes = content_hashes(rows, starts)
    known = _known_versions(customers, days)
    fresh = [
        i
        for i, said in enumerate(hashes)
        if again or i not in known or (source.pk, said) not in known[i].said
    ]
    if not fresh:
        return Recorded(unchanged=len(hashes))
    received_at = received_now()
    sources = np.full(len(hashes), source.pk, dtype=np.int32)
    documents = encode(rows, starts, sources)
    changed = [i for i in fresh if i in known]
    merged = _merge(changed, known, rows, starts, source, days, customers) if changed else {}
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE inventory_shopday SET superseded_at = %s WHERE id = ANY(%s)",
                [received_at, [known[i].id for i in changed]],
            )
    lines = []
    who, length, rank = by.encode(), struct.Struct(">i").pack, customers.tolist()
    days2000 = (days - np.datetime64("2000-01-01", "D")).astype(int).tolist()
    microseconds = (received_at - _EPOCH) // timedelta(microseconds=1)
    middle = struct.Struct(">iqiqi?i").pack
    head = struct.Struct(">hiqiiii").pack
    run_field = length(-1) if run is None else struct.pack(">iq", 8, run)
    for i in fresh:
        version, complete, document, reported = 1, source.complete, documents[i], None
        if i in known:
            version, complete = known[i].version + 1, source.complete or known[i].complete
            if merged[i] != document:
                document, reported = merged[i], document
        lines += (
            head(11, 8, rank[i], 4, days2000[i], 4, version),
            middle(8, microseconds, 8, source.pk, 1, complete, len(who)),
            who,
            run_field,
            length(32),
            hashes[i],
            length(len(document)),
            document,
            length(-1) if reported is None else length(len(reported)) + reported,
        )
    stream = BytesIO(b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(lines) + b"\xff\xff")
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY inventory_shopday ({_COLUMNS}) FROM STDIN WITH (FORMAT binary)", stream
        )
    return Recorded(len(fresh) - len(changed), len(changed), len(hashes) - len(fresh))


@dataclass(slots=True)
class _Known:
    """What is known of one shop-day: its current version, and all that was ever said of it."""

    id: int = 0
    version: int = 0
    source: int = 0
    complete: bool = False
    rows: bytes = b""
    said: frozenset = frozenset()


def _known_versions(customers, days) -> dict[int, _Known]:
    """By position in the arrays, for those shop-days of which anything is known."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.i - 1, s.id, s.version, s.source_id, s.complete, s.content_hash,"
            " s.superseded_at IS NULL, CASE WHEN s.superseded_at IS NULL THEN s.rows END"
            " FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS t(customer, day, i)"
            " JOIN inventory_shopday s ON s.customer_id = t.customer AND s.day = t.day",
            [customers.tolist(), _dates(days)],
        )
        found = cursor.fetchall()
    known: dict[int, _Known] = {}
    for i, pk, version, source, complete, said, current, rows in found:
        entry = known.setdefault(i, _Known())
        entry.said |= {(source, bytes(said))}
        if current:
            entry.id, entry.version, entry.source = pk, version, source
            entry.complete, entry.rows = complete, bytes(rows)
    return known


def _merge(changed, known, rows, starts, source, days, customers) -> dict[int, bytes]:
    """The whole days as known after this arrival, encoded, for the positions in `changed`."""
    index = np.array(changed)
    own = np.array([known[i].source for i in changed], dtype=np.int32)
    before, before_starts = decode([known[i].rows for i in changed], own)
    before_document = np.repeat(np.arange(len(index)), np.diff(before_starts))
    keep = np.zeros(len(before_document), dtype=bool)
    if source.kind in (Source.Kind.POS, Source.Kind.GROUP):
        manual = list(Source.objects.filter(kind=Source.Kind.MANUAL).values_list("pk", flat=True))
        listed = _listed(customers[index], days[index])
        keep = np.isin(before.source, manual) & listed[before_document]
    if source.complete:
        # Its absent products had no stock and no sale: what was known of them is replaced too.
        before, before_document, keep = before.take(keep), before_document[keep], keep[keep]
    lengths = np.diff(starts)
    number = np.full(len(lengths), -1)
    number[index] = np.arange(len(index))
    document = np.repeat(number, lengths)
    chosen = document >= 0
    after, after_document = overlay(
        (before, before_document), (rows.take(chosen), document[chosen]), keep
    )
    after_starts = np.searchsorted(after_document, np.arange(len(index) + 1))
    encoded = encode(after, after_starts, np.full(len(index), source.pk, dtype=np.int32))
    return dict(zip(changed, encoded, strict=True))


def _listed(customers, days) -> np.ndarray:
    """bool[M]: whether the shop-day is on the manual-collection list and not released."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.i - 1 FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY"
            " AS t(customer, day, i) JOIN inventory_manualcollection m"
            " ON m.customer_id = t.customer AND m.day = t.day AND m.released_at IS NULL",
            [customers.tolist(), _dates(days)],
        )
        listed = np.zeros(len(customers), dtype=bool)
        listed[[row[0] for row in cursor.fetchall()]] = True
    return listed
