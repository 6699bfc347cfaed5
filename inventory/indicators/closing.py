"""Closed cycles: the figures of every completed delivery cycle, kept for years.

A night closes the cycles that ended since the last one, and writes again those of its windows
whose figures are no longer the same: late or corrected days, flags, other thresholds. Each cycle
names the rule set that made it. Cycles older than the window stay as they are.
"""

from datetime import date

import numpy as np
from django.db import connection, transaction

from inventory import queries as ledger
from inventory.indicators.blocks import Block
from inventory.indicators.figures import PERIOD_COLUMNS
from inventory.indicators.models import ClosedCycle, CycleFigure, ResultSet
from inventory.indicators.shards import night_blocks
from marketing_ops.lib.copying import copy_rows, read_columns
from marketing_ops.lib.periods import month

CYCLES, FIGURES = ClosedCycle._meta.db_table, CycleFigure._meta.db_table
# A shop's cycle: all that tells one from another.
CYCLE = np.dtype([("customer", "i4"), ("start", "M8[D]"), ("end", "M8[D]"), ("digest", "i8")])


def close_cycles(night, shard: int) -> dict:
    """Bring the closed cycles of a shard up to date with a night (result_set_id).

    In the caller's transaction. A replay, and a night for a day before that of the current
    results, change nothing: closed cycles tell what is known now.
    """
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    current = ResultSet.objects.filter(is_current=True).first()
    if result_set.replay or (current is not None and current.as_of > result_set.as_of):
        return {}
    blocks = [block for block in night_blocks(result_set, shard) if block.cycles]
    if not blocks:
        return {}
    computed = np.concatenate([_cycles_of(block) for block in blocks])
    first_day = min(block.cycles[0].start for block in blocks)
    starts = {
        customer: np.datetime64(block.cycles[0].start)
        for block in blocks
        for customer in block.shops.tolist()
    }
    with transaction.atomic(), connection.cursor() as cursor:
        stored = _stored(cursor, ledger.customers_of(shard), first_day)
        fresh = computed[~np.isin(computed, stored)]
        # A shop's calendar may have been changed for the past: its cycles that reach into the
        # window and no longer exist go, like those that are written again.
        begins = np.array([
            starts.get(customer, np.datetime64("NaT")) for customer in stored["customer"].tolist()
        ], "M8[D]")  # fmt: skip
        stale = stored[~np.isin(stored, computed) & (stored["end"] >= begins)]
        _remove(cursor, stale)
        _ensure_months(cursor, fresh["end"])
        _write_cycles(cursor, result_set, fresh)
        rows = sum(_write_figures(cursor, block, fresh) for block in blocks)
    return {"cycles": len(fresh), "cycle_figures": rows}


def _cycles_of(block: Block) -> np.ndarray:
    """CYCLE [C × S]: the cycles of a block's shops, with digests of their figures."""
    result = np.empty((len(block.cycles), len(block.shops)), CYCLE)
    result["customer"] = block.shops
    result["start"] = np.array([[cycle.start] for cycle in block.cycles], "M8[D]")
    result["end"] = np.array([[cycle.end] for cycle in block.cycles], "M8[D]")
    result["digest"] = _digests(block)
    return result.reshape(-1)


def _digests(block: Block) -> np.ndarray:
    """int64 [C, S]: a sum of hashes over a shop's pairs, whatever their order.

    Of the figures from ledger rows alone: the zeros of complete sources belong to a window's
    assortment and would make old cycles look changed whenever the window moves on.
    """
    totals = block.figures.reported
    hashed = np.zeros(totals.observed.shape, np.uint64)
    for number, values in enumerate((block.product, block.threshold, *totals.arrays)):
        hashed = (hashed ^ values.astype(np.int64).astype(np.uint64)) * np.uint64(
            0x9E3779B97F4A7C15 + 2 * number
        )
        hashed ^= hashed >> np.uint64(29)
    hashed[totals.observed == 0] = 0
    first = np.flatnonzero(np.r_[True, block.shop[1:] != block.shop[:-1]])
    result = np.zeros((len(hashed), len(block.shops)), np.uint64)
    result[:, block.shop[first]] = np.add.reduceat(hashed, first, axis=1)
    return result.view(np.int64)


def _stored(cursor, customers: tuple[int, int], first_day: date) -> np.ndarray:
    found = read_columns(
        cursor,
        f"SELECT customer_id::int4, cycle_start, cycle_end, digest FROM {CYCLES}"
        " WHERE customer_id >= %s AND customer_id < %s AND cycle_end >= %s",
        {"customer": "int4", "start": "date", "end": "date", "digest": "int8"},
        [*customers, first_day],
    )
    result = np.empty(len(found["customer"]), CYCLE)
    for name, values in found.items():
        result[name] = values
    return result


def _remove(cursor, cycles: np.ndarray) -> None:
    chosen = [cycles["customer"].tolist(), cycles["end"].tolist()]
    for table in (FIGURES, CYCLES):
        cursor.execute(
            f"DELETE FROM {table} t USING unnest(%s::int[], %s::date[]) AS gone(customer, day)"
            " WHERE t.customer_id = gone.customer AND t.cycle_end = gone.day",
            chosen,
        )


def _ensure_months(cursor, days: np.ndarray) -> None:
    """Make the partitions of the months in which cycles end."""
    for first in sorted({month(day).start for day in np.unique(days).tolist()}):
        last = month(first).end
        name = f"{FIGURES}_{first:%Y_%m}"
        if _exists(cursor, name):
            continue
        # Two shards may need the same new month: the second waits, and finds it there.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
        if not _exists(cursor, name):
            cursor.execute(f"CREATE TABLE {name} (LIKE {FIGURES} INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {FIGURES} ATTACH PARTITION {name}"
                f" FOR VALUES FROM ('{first}') TO (date '{last}' + 1)"
            )


def _exists(cursor, table: str) -> bool:
    """Asked of the catalogue itself: to_regclass goes on saying no, within a transaction that it
    said so before, after another one has made the table."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s AND pg_table_is_visible(oid))",
        [table],
    )
    return cursor.fetchone()[0]


def _write_cycles(cursor, result_set: ResultSet, cycles: np.ndarray) -> None:
    cursor.execute(
        f"INSERT INTO {CYCLES}"
        " (customer_id, cycle_start, cycle_end, digest, rules, as_of, known_at)"
        " SELECT *, %s, %s, %s FROM unnest(%s::int[], %s::date[], %s::date[], %s::bigint[])",
        [
            result_set.rules,
            result_set.as_of,
            result_set.known_at,
            *(cycles[name].tolist() for name in ("customer", "start", "end", "digest")),
        ],
    )


def _write_figures(cursor, block: Block, fresh: np.ndarray) -> int:
    """Write the pairs of a block in those of its cycles that are fresh; days not seen have none."""
    rows = 0
    for number, cycle in enumerate(block.cycles):
        shops = fresh["customer"][fresh["end"] == np.datetime64(cycle.end)]
        totals = block.figures.cycles[number]
        chosen = np.flatnonzero(np.isin(block.customer, shops) & (totals.observed > 0))
        kinds = ("int2", "int2", "int4", "int4")
        rows += copy_rows(
            cursor,
            FIGURES,
            {
                "cycle_end": (np.full(len(chosen), cycle.end, "M8[D]"), "date"),
                "customer_id": (block.customer[chosen], "int4"),
                "product_id": (block.product[chosen], "int4"),
                "threshold": (np.clip(block.threshold[chosen], -1, 32767), "int2"),
                **{
                    name: (values[chosen], kind)
                    for name, values, kind in zip(PERIOD_COLUMNS, totals.arrays, kinds, strict=True)
                },
            },
        )
    return rows
