"""Reads for the figures from orders, as arrays: nothing here goes row by row."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection

from inventory import queries as ledger
from inventory.indicators import partitions
from inventory.indicators.models import Figure, ResultSet
from marketing_ops.lib.copying import read_columns
from orders.quotas.models import QuotaDecision

_LINES = """
    SELECT customer_id::int4, product_id::int4, ordered_on, requested::int4, supplied::int4
      FROM orders_orderline
     WHERE ordered_on BETWEEN %(first)s AND %(last)s AND received_at <= %(known_at)s
       AND (superseded_at IS NULL OR superseded_at > %(known_at)s)
"""


@dataclass(frozen=True)
class Lines:
    """Order lines: customer, product, requested, supplied int32 [N], day datetime64[D] [N]."""

    customer: np.ndarray
    product: np.ndarray
    day: np.ndarray
    requested: np.ndarray
    supplied: np.ndarray


@dataclass(frozen=True)
class Packs:
    """A number of packs of pairs: customer, product, packs int [N]; each pair once."""

    customer: np.ndarray
    product: np.ndarray
    packs: np.ndarray


def lines(first: date, last: date, known_at: datetime) -> Lines:
    """The lines ordered from `first` to `last`, as they were known at `known_at`.

    Read as they are: to sum them here takes a tenth of what PostgreSQL takes to group them.
    """
    types = {"customer": "int4", "product": "int4", "day": "date"}
    types |= dict.fromkeys(("requested", "supplied"), "int4")
    parameters = {"first": first, "last": last, "known_at": known_at}
    with connection.cursor() as cursor:
        return Lines(**read_columns(cursor, _LINES, types, parameters))


def limits(day: date, known_at: datetime) -> Packs:
    """The quotas in force on a day, as known then."""
    rows = (
        QuotaDecision.objects.known(known_at)
        .on(day)
        .values_list("customer_id", "product_id", "packs")
    )
    table = np.array(list(rows), np.int64).reshape(-1, 3)
    return Packs(table[:, 0], table[:, 1], table[:, 2])


def closings(customers: np.ndarray, day: date, known_at: datetime) -> Packs:
    """The stock at a day's close of what the shops reported; nothing for a product left out."""
    days = np.full(len(customers), np.datetime64(day))
    documents = ledger.read_documents(shop_days=(customers, days), known_at=known_at)
    return Packs(
        documents.customer[documents.document], documents.rows.product, documents.rows.closing
    )


def sample(result_set: ResultSet, points: np.ndarray) -> dict[str, np.ndarray]:
    """The night's figures of the information points, −1 where undefined, by product and shop."""
    names = ["cycle_stockout", "week_sold", "week_closing", "month_sold", "month_closing"]
    types = dict.fromkeys(("customer_id", "product_id", *names), "int4")
    with connection.cursor() as cursor:
        parts = list(
            partitions.read_shards(
                cursor,
                Figure._meta.db_table,
                result_set=result_set.pk,
                types=types,
                customers=points,
            )
        )
    nothing = np.zeros(0, np.int32)
    found = {name: np.concatenate([nothing, *(part[name] for part in parts)]) for name in types}
    order = np.lexsort((found["customer_id"], found["product_id"]))
    return {name: values[order] for name, values in found.items()}
