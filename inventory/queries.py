"""Reading the ledger in bulk: documents by binary COPY, decoded all at once."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

import numpy as np
from django.db import connection
from django.db.models import Max

from customers.models import Customer
from inventory.documents import Rows, decode
from marketing_ops.lib.copying import HEADER, TRAILER, read_columns

# Customers are divided by their ids, so that a new one never moves another to a new shard.
SHARD = 1250

_PREFIX = np.dtype(
    [
        ("fields", ">i2"),
        ("customer_size", ">i4"),
        ("customer", ">i4"),
        ("day_size", ">i4"),
        ("day", ">i4"),
        ("source_size", ">i4"),
        ("source", ">i4"),
        ("complete_size", ">i4"),
        ("complete", "?"),
        ("rows_size", ">i4"),
    ]
)
_EPOCH = np.datetime64("2000-01-01", "D")


@dataclass(frozen=True)
class Documents:
    """M shop-days, sorted by customer and day, with their R rows, sorted by product within.

    `customer` int32[M], `day` datetime64[D][M], `source` int32[M] (of the latest arrival),
    `complete` bool[M] (an absent product had no stock and no sale), `rows` (six int32[R]),
    `starts` int64[M + 1]: document i is rows[starts[i]:starts[i + 1]].
    """

    customer: np.ndarray
    day: np.ndarray
    source: np.ndarray
    complete: np.ndarray
    rows: Rows
    starts: np.ndarray

    def __len__(self):
        return len(self.customer)

    @property
    def document(self) -> np.ndarray:
        """int64[R]: the document of each row."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))


def read_documents(
    *,
    customers: tuple[int, int] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    known_at: datetime | None = None,
    since: datetime | None = None,
    shop_days: tuple[np.ndarray, np.ndarray] | None = None,
) -> Documents:
    """The ledger as it was known at `known_at` (None: now).

    Narrowed to customers with first <= id < last, days first_day to last_day (inclusive), versions
    received after `since`, and `shop_days` (customers int[K], days datetime64[D][K]).
    """
    where, parameters = _narrowed(customers, first_day, last_day, known_at, since)
    source = "inventory_shopday s"
    if shop_days is not None:
        source = (
            "unnest(%s::bigint[], %s::date[]) AS t(customer, day) JOIN inventory_shopday s"
            " ON s.customer_id = t.customer AND s.day = t.day"
        )
        wanted = np.asarray(shop_days[0]).tolist(), np.asarray(shop_days[1], "M8[D]").tolist()
        parameters = [*wanted, *parameters]
    return _documents(
        _copy(
            "SELECT s.customer_id::int4, s.day, s.source_id::int4, s.complete, s.rows"
            f" FROM {source} WHERE {' AND '.join(where)}",
            parameters,
        )
    )


def last_documents(
    customers: Sequence[int],
    *,
    before: date,
    first_day: date,
    most: int,
    known_at: datetime | None = None,
) -> Documents:
    """Of each customer the last documents (at most `most`) of the days from `first_day` up to
    `before` (exclusive), as they were known at `known_at` (None: now)."""
    where, parameters = _narrowed(None, first_day, before - timedelta(days=1), known_at, None)
    return _documents(
        _copy(
            "SELECT s.customer_id::int4, s.day, s.source_id::int4, s.complete, s.rows"
            " FROM unnest(%s::bigint[]) AS t(customer) CROSS JOIN LATERAL (SELECT s.* FROM"
            " inventory_shopday s WHERE s.customer_id = t.customer"
            f" AND {' AND '.join(where)} ORDER BY s.day DESC LIMIT %s) AS s",
            [list(customers), *parameters, most],
        )
    )


def changed_shop_days(
    *,
    since: datetime | None,
    known_at: datetime | None = None,
    customers: tuple[int, int] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Shop-days of which something was received after `since` (None: ever), up to `known_at`.

    Returns customer int32[M], day datetime64[D][M], sorted, each shop-day once.
    """
    where, parameters = _narrowed(customers, first_day, last_day, known_at, since)
    with connection.cursor() as cursor:
        found = read_columns(
            cursor,
            "SELECT s.customer_id::int4, s.day FROM inventory_shopday s"
            f" WHERE {' AND '.join(where)}",
            {"customer": "int4", "day": "date"},
            parameters,
        )
    order = np.lexsort((found["day"], found["customer"]))
    return found["customer"][order], found["day"][order]


def first_ledger_days(
    *, customers: tuple[int, int] | None = None, known_at: datetime | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The first day with a document of each shop that has one: customer int32[S], day [S]."""
    where, parameters = _narrowed(None, None, None, known_at, None)
    first, last = customers or (0, np.iinfo(np.int32).max)
    with connection.cursor() as cursor:
        found = read_columns(
            cursor,
            "SELECT c.id::int4, f.day FROM customers_customer c CROSS JOIN LATERAL ("
            "SELECT s.day FROM inventory_shopday s WHERE s.customer_id = c.id"
            f" AND {' AND '.join(where)} ORDER BY s.day LIMIT 1) AS f"
            " WHERE c.id >= %s AND c.id < %s ORDER BY 1",
            {"customer": "int4", "day": "date"},
            [*parameters, int(first), int(last)],
        )
    return found["customer"], found["day"]


def shards() -> list[int]:
    """The numbers of the shards that have customers; a shard is the unit of the night's work."""
    last = Customer.objects.aggregate(last=Max("pk"))["last"]
    return [] if last is None else list(range(last // SHARD + 1))


def customers_of(shard: int) -> tuple[int, int]:
    """The customers of a shard: first <= id < last."""
    return shard * SHARD, (shard + 1) * SHARD


def _narrowed(customers, first_day, last_day, known_at, since) -> tuple[list[str], list]:
    where, parameters = ["s.superseded_at IS NULL"], []
    if known_at is not None:
        where = ["s.received_at <= %s AND (s.superseded_at IS NULL OR s.superseded_at > %s)"]
        parameters = [known_at, known_at]
    if customers is not None:
        where.append("s.customer_id >= %s AND s.customer_id < %s")
        parameters += [int(customers[0]), int(customers[1])]
    for condition, value in (
        ("s.day >= %s", first_day),
        ("s.day <= %s", last_day),
        ("s.received_at > %s", since),
    ):
        if value is not None:
            where.append(condition)
            parameters.append(value)
    return where, parameters


def _copy(select: str, parameters: list) -> memoryview:
    buffer = BytesIO()
    with connection.cursor() as cursor:
        query = cursor.mogrify(select, parameters).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT binary)", buffer)
    return buffer.getbuffer()


def _documents(buffer: memoryview) -> Documents:
    # The only loop over documents: each one's place depends on the length of the one before.
    size_at, step = _PREFIX.itemsize - 4, _PREFIX.itemsize
    size_of = struct.Struct(">i").unpack_from
    positions, sizes, position, end = [], [], len(HEADER), len(buffer) - len(TRAILER)
    while position < end:
        (size,) = size_of(buffer, position + size_at)
        positions.append(position)
        sizes.append(size)
        position += step + size
    places = np.array(positions, dtype=np.int64)
    raw = np.frombuffer(buffer, np.uint8)
    prefix = raw[places[:, None] + np.arange(step)].view(_PREFIX).reshape(-1)
    customer = prefix["customer"].astype(np.int32)
    day = prefix["day"].astype(np.int64)
    order = np.lexsort((day, customer))
    bodies = [
        buffer[start : start + size]
        for start, size in zip(
            (places[order] + step).tolist(),
            np.array(sizes, dtype=np.int64)[order].tolist(),
            strict=True,
        )
    ]
    source = prefix["source"][order].astype(np.int32)
    rows, starts = decode(bodies, source)
    return Documents(
        customer[order], _EPOCH + day[order], source, prefix["complete"][order], rows, starts
    )
