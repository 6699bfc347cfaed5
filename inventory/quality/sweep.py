"""The night's search for false data: every shard looks, then the jumps of all are matched."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO

import numpy as np
from django.db import connection, transaction

from customers.models import DeliveryCalendar
from inventory import queries as ledger
from inventory.indicators.queries import calendars
from inventory.indicators.shards import shard_panel
from inventory.quality import detectors
from inventory.quality.detectors import Episodes
from inventory.quality.grid import Grid, lay_out
from inventory.quality.models import Cause, Detection, Sweep
from marketing_ops.lib.periods import WINDOW_DAYS

TAKE = np.dtype([("customer", "<i4"), ("product", "<i4"), ("day", "<i4"), ("packs", "<i4")])
GIVE = np.dtype(
    [
        ("customer", "<i4"),
        ("product", "<i4"),
        ("day", "<i4"),
        ("sold", "<i4"),
        ("usual", "<f8"),
        ("spread", "<f8"),
    ]
)
SHOPS_AT_ONCE = 100
_COLUMNS = (
    "sweep_id, cause, customer_id, product_id, first_day, last_day, expected, found, side,"
    " partner_id"
)


@dataclass(frozen=True)
class Seen:
    """What looks false in one shard, and its halves of transfers (TAKE, GIVE; days since 1970)."""

    books: Episodes
    kept: Episodes
    received: Episodes
    takes: np.ndarray
    gives: np.ndarray


def first_day(as_of: date) -> date:
    """The first day that a sweep reads: the window's earliest, and a fortnight before it."""
    return as_of - timedelta(days=WINDOW_DAYS + 20)


def look(grid: Grid, order_days: np.ndarray, supplied: np.ndarray) -> Seen:
    """Run the detectors over a grid: order_days bool[D, S], supplied int32[D, P] by delivery.

    In pieces of some shops, because what a detector lays out then stays in the processor's cache;
    nothing is compared between shops here.
    """
    pieces = [
        (slots.start, _look(part, order_days[:, shops], supplied[:, slots]))
        for shops, slots, part in grid.parts(SHOPS_AT_ONCE)
    ]
    joined = {}
    for name in ("books", "kept", "received"):
        found = [(start, getattr(seen, name)) for start, seen in pieces]
        columns = [
            (start + one.slot, one.first, one.last, one.expected, one.found) for start, one in found
        ]
        joined[name] = Episodes(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    return Seen(
        **joined,
        takes=np.concatenate([seen.takes for _, seen in pieces]),
        gives=np.concatenate([seen.gives for _, seen in pieces]),
    )


def _look(grid: Grid, order_days: np.ndarray, supplied: np.ndarray) -> Seen:
    shape = grid.closing.shape
    books = detectors.books_emptied(grid, order_days, supplied)
    falsified = books.cells(shape)
    received = detectors.receipts_above_supply(grid, supplied, falsified)
    # On the first days it may be the stock of a book that was emptied before.
    received = received.where(received.first > detectors.BACK_WITHIN)
    sales, usual = detectors.sales_far_outside(grid, falsified)
    kept = detectors.kept_back(grid, falsified)
    takes, gives = np.empty(len(received.slot), TAKE), np.empty(len(sales.slot), GIVE)
    for table, episodes in ((takes, received), (gives, sales)):
        table["customer"] = grid.customer[episodes.slot]
        table["product"] = grid.product[episodes.slot]
        table["day"] = grid.first_day.astype(int) + episodes.first
    takes["packs"] = received.found - received.expected
    gives["sold"] = sales.found
    gives["usual"], gives["spread"] = usual.T
    return Seen(books, kept, received, takes, gives)


def look_shard(night, shard: int, *, supplied) -> dict:
    """Search a shard for false data as of `night.as_of`, from what was known at `night.known_at`.

    `supplied`: four arrays, customer, product, day of delivery, packs, of the shard's order lines
    delivered from first_day(as_of) to `as_of`, as known then; lines without a day of delivery
    are left out. Replaces what an earlier try for the same night and shard wrote.
    """
    grid = _read(night, shard)
    lines, counts = StringIO(), {}
    with transaction.atomic():
        # A row of the shard's own: shards of one night must not wait for each other.
        own = {"as_of": night.as_of, "known_at": night.known_at, "shard": shard}
        Sweep.objects.bulk_create([Sweep(**own)], ignore_conflicts=True)
        sweep = Sweep.objects.select_for_update().get(**own)
        sweep.gives, sweep.complete = b"", False
        if len(grid.shops):
            seen = look(grid, _order_days(grid), grid.place(*supplied))
            sweep.gives = seen.gives.tobytes()
            for cause, side, episodes in (
                (Cause.BOOKS_EMPTIED, "", seen.books),
                (Cause.KEPT_BACK, "", seen.kept),
                (Cause.TRANSFER, Detection.Side.TOOK, seen.received),
            ):
                counts[cause.value] = len(episodes.slot)
                _write_lines(lines, sweep.pk, cause, side, grid, episodes)
        sweep.save(update_fields=["gives", "complete"])
        Detection.objects.filter(sweep=sweep).delete()
        lines.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY quality_detection ({_COLUMNS}) FROM STDIN", lines)
    return counts


@transaction.atomic
def match_transfers(night, shard: int = 0) -> dict:
    """Find for the receipts above supply of all shards the shops that gave; closes the sweeps.

    Sweeps that a later one of the same day or of a week later replaced are deleted.
    """
    sweeps = Sweep.objects.filter(as_of=night.as_of, known_at=night.known_at).order_by("shard")
    parts = [np.frombuffer(bytes(sweep.gives), GIVE) for sweep in sweeps.select_for_update()]
    gives = np.concatenate([np.empty(0, GIVE), *parts])
    transfers = Detection.objects.filter(sweep__in=sweeps, cause=Cause.TRANSFER)
    transfers.filter(side=Detection.Side.GAVE).delete()
    rows = list(
        transfers.order_by("customer", "product", "first_day").values_list(
            "pk", "customer_id", "product_id", "first_day", "found", "expected", "sweep_id"
        )
    )
    takes = np.array(
        [
            (customer, product, np.datetime64(day, "D").astype(int), found - expected)
            for _pk, customer, product, day, found, expected, _sweep in rows
        ],
        dtype=TAKE,
    )
    # A day on which a shop both took and sold far too much is flagged already.
    cell = ["customer", "product", "day"]
    gives = gives[~np.isin(gives[cell], takes[cell])]
    partner = detectors.match_jumps(takes, gives)
    found = np.flatnonzero(partner >= 0).tolist()
    transfers.update(partner=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE quality_detection d SET partner_id = t.partner"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, partner) WHERE d.id = t.id",
            [
                [rows[take][0] for take in found],
                [int(gives["customer"][partner[take]]) for take in found],
            ],
        )
    Detection.objects.bulk_create(
        [
            Detection(
                sweep_id=rows[take][6],
                cause=Cause.TRANSFER,
                customer_id=int(give["customer"]),
                product_id=int(give["product"]),
                first_day=rows[take][3],
                last_day=rows[take][3],
                expected=round(give["usual"]),
                found=int(give["sold"]),
                side=Detection.Side.GAVE,
                partner_id=rows[take][1],
            )
            for take, give in ((take, gives[partner[take]]) for take in found)
        ],
        batch_size=5000,
    )
    sweeps.update(complete=True)
    return {"transfers": len(rows), "matched": len(found)}


def _read(night, shard: int) -> Grid:
    """The grid, out of the shard's panel; that is free for others during the search."""
    first = first_day(night.as_of)
    with shard_panel(
        shard,
        as_of=night.as_of,
        known_at=night.known_at,
        calendars=calendars(ledger.customers_of(shard)),
        first_day=first,
    ) as panel:
        return lay_out(panel, first, night.as_of)


def forget_all_but(nights: Collection[tuple[date, datetime]]) -> None:
    """Drop the searches of all nights but these: their as-of days and known-at times."""
    known = Sweep.objects.values_list("pk", "as_of", "known_at")
    old = [pk for pk, as_of, known_at in known if (as_of, known_at) not in nights]
    Detection.objects.filter(sweep__in=old).delete()
    Sweep.objects.filter(pk__in=old).delete()


def _order_days(grid: Grid) -> np.ndarray:
    """bool[D, S]: the shops' order days by their dated calendars."""
    days = grid.first_day + np.arange(len(grid.closing))
    weekday = (days.astype(int) + 3) % 7 + 1
    result = np.zeros((len(days), len(grid.shops)), dtype=bool)
    calendars = DeliveryCalendar.objects.filter(customer__in=grid.shops.tolist()).values_list(
        "customer_id", "period", "order_weekdays"
    )
    falls_on = {number: weekday == number for number in range(1, 8)}
    for customer, period, weekdays in calendars:
        holds = np.logical_or.reduce([falls_on[number] for number in weekdays])
        if period.lower is not None:
            holds &= days >= np.datetime64(period.lower)
        if period.upper is not None:
            holds &= days < np.datetime64(period.upper)
        result[:, np.searchsorted(grid.shops, customer)] |= holds
    return result


def _write_lines(lines, sweep, cause, side, grid, episodes) -> None:
    columns = (
        grid.customer[episodes.slot],
        grid.product[episodes.slot],
        np.datetime_as_string(grid.first_day + episodes.first),
        np.datetime_as_string(grid.first_day + episodes.last),
        episodes.expected,
        episodes.found,
    )
    for row in zip(*(column.tolist() for column in columns), strict=True):
        lines.write("\t".join(map(str, (sweep, cause, *row, side, "\\N"))) + "\n")
