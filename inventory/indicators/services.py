"""The night's indicators: from the ledger to a published set of results."""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from inventory import queries as ledger
from inventory.indicators import figures, partitions, queries
from inventory.indicators.blocks import Block
from inventory.indicators.models import Figure, ResultSet, Rollup, ShopPeriod
from inventory.indicators.rollups import Cells, RollUp
from inventory.indicators.shards import night_blocks
from inventory.quality.sweep import forget_all_but
from marketing_ops.lib.copying import copy_lines, copy_rows
from marketing_ops.lib.periods import WINDOW_DAYS, is_month_end

log = structlog.get_logger(__name__)

FIGURES = Figure._meta.db_table
# Published sets that are swept away only after so many later ones (month's ends never are).
SETS_TO_KEEP = 7


def open_set(
    *,
    as_of: date,
    known_at: datetime,
    rules: str,
    threshold: int = 1,
    thresholds: Mapping[int, int] | None = None,
    replay: bool = False,
) -> ResultSet:
    """Begin the results of a night; nobody sees them until `publish`.

    `rules` names the rule set, `threshold` is its stock-out threshold in packs and `thresholds`
    those of single products. `replay`: told from an earlier `known_at`, never the current results.
    """
    own = {str(product): packs for product, packs in sorted((thresholds or {}).items())}
    return ResultSet.objects.create(
        as_of=as_of,
        known_at=known_at,
        rules=rules,
        thresholds={"default": threshold, "products": own},
        replay=replay,
        created_at=timezone.now(),
    )


def compute_shard(night, shard: int) -> dict:
    """Compute and write the figures of a shard for `night` (result_set_id, as_of, known_at).

    In the caller's transaction; repeating it replaces what an earlier attempt left.
    """
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    found = night_blocks(result_set, shard)
    with transaction.atomic(), connection.cursor() as cursor:
        ShopPeriod.objects.filter(
            result_set=result_set,
            customer__gte=ledger.customers_of(shard)[0],
            customer__lt=ledger.customers_of(shard)[1],
        ).delete()
        copy_rows(cursor, ShopPeriod._meta.db_table, _shop_periods(result_set, found))
        pairs = partitions.write_shard(
            cursor,
            FIGURES,
            result_set=result_set.pk,
            shard=shard,
            customers=ledger.customers_of(shard),
            columns=_figure_columns(found),
        )
    return {"pairs": pairs, "shops": sum(len(block.shops) for block in found)}


def _figure_columns(found: list[Block]) -> dict[str, tuple]:
    parts = [figures.columns(block) for block in found]

    def joined(arrays, dtype) -> np.ndarray:
        return np.concatenate([np.zeros(0, dtype), *arrays])

    result = {
        "customer_id": (joined([block.customer for block in found], np.int32), "int4"),
        "product_id": (joined([block.product for block in found], np.int32), "int4"),
    }
    for name, pg_type in figures.COLUMNS.items():
        values = joined([part[name] for part in parts], np.int32)
        undefined = None if name == "threshold" else values < 0
        result[name] = values, pg_type, undefined
    return result


def _shop_periods(result_set: ResultSet, found: list[Block]) -> dict[str, tuple]:
    rows = [
        (
            customer,
            block.cycles[-1].start if block.cycles else None,
            block.cycles[-1].end if block.cycles else None,
            block.cycles[0].start if block.cycles else None,
            len(block.cycles),
            days,
        )
        for block in found
        for customer, days in zip(block.shops.tolist(), block.observed_days.tolist(), strict=True)
    ]
    customer, cycle_start, cycle_end, window_start, cycles, days = (
        zip(*rows, strict=True) if rows else [()] * 6
    )

    def dates(values) -> tuple:
        array = np.array(values, "datetime64[D]")
        return array, "date", np.isnat(array)

    return {
        "result_set_id": (np.full(len(rows), result_set.pk), "int8"),
        "customer_id": (np.array(customer, np.int64), "int8"),
        "cycle_start": dates(cycle_start),
        "cycle_end": dates(cycle_end),
        "window_start": dates(window_start),
        "window_end": dates(cycle_end),
        "cycles": (np.array(cycles, np.int64), "int2"),
        "observed_days": (np.array(days, np.int64), "int2"),
    }


def roll_up(night, shard: int = 0) -> dict:
    """Write the roll-ups of a night's figures (all shards must be done); replaces earlier ones.

    A figure belongs to the department and account manager of its cycle's last day; products are
    grouped as on the as-of day.
    """
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    ends = queries.cycle_ends(result_set)
    if not ends:
        return {"rollups": 0}
    customers = np.array(sorted(ends), np.int64)
    products, product_dimensions = queries.product_dimensions(result_set.as_of)
    dimensions = queries.customer_dimensions(ends)
    types = {"customer_id": "int4", "product_id": "int4"} | {
        name: figures.COLUMNS[name]
        for name in figures.COLUMNS
        if name.startswith(("cycle_", "window_"))
    }
    sums = {
        period: RollUp(product_dimensions, dimensions, items=len(products), most_days=WINDOW_DAYS)
        for period in Rollup.PeriodKind.values
    }
    with connection.cursor() as cursor:
        for part in partitions.read_shards(cursor, FIGURES, result_set=result_set.pk, types=types):
            customer = np.searchsorted(customers, part["customer_id"])
            product = np.searchsorted(products, part["product_id"])
            for period, total in sums.items():
                columns = (part[f"{period}_{name}"] for name in figures.PERIOD_COLUMNS)
                total.add(Cells(customer, product, *columns))
    rows = [(period, *row) for period, total in sums.items() for row in total.rows()]
    with transaction.atomic(), connection.cursor() as cursor:
        Rollup.objects.filter(result_set=result_set).delete()
        _copy_rollups(cursor, result_set, rows)
    return {"rollups": len(rows)}


def _copy_rollups(cursor, result_set: ResultSet, rows: list[tuple]) -> None:
    dimensions = (
        "period", "product_dimension", "product_key", "customer_dimension", "customer_key",
    )  # fmt: skip
    names = ["result_set_id", *dimensions, *(rows[0][-1] if rows else ())]
    lines = ((result_set.pk, *row[:-1], *row[-1].values()) for row in rows)
    copy_lines(cursor, Rollup._meta.db_table, names, lines)


def publish(result_set: ResultSet) -> None:
    """Show the set to everybody, in one moment; it becomes the current one if it is the newest.

    A replay, and a night for a day before that of the current results, stand beside them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # One publication at a time: whoever reads the current set below must be the last to.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [FIGURES])
        result_set = ResultSet.objects.select_for_update().get(pk=result_set.pk)
        if result_set.status == ResultSet.Status.COMPLETE:
            return
        partitions.attach(cursor, FIGURES, result_set=result_set.pk, shard_size=ledger.SHARD)
        current = ResultSet.objects.filter(is_current=True).first()
        if not result_set.replay and (current is None or current.as_of <= result_set.as_of):
            ResultSet.objects.filter(is_current=True).update(is_current=False)
            result_set.is_current = True
        result_set.status = ResultSet.Status.COMPLETE
        result_set.kept = is_month_end(result_set.as_of) and not result_set.replay
        result_set.completed_at = timezone.now()
        result_set.save()
        transaction.on_commit(sweep)


def sweep() -> None:
    """Drop old published sets, and of each month's end all but the last completed one.

    What looked false to a night goes when its set is no longer among the recent ones.
    """
    complete = ResultSet.objects.complete().order_by("-completed_at", "-id")
    recent = set(complete.values_list("pk", flat=True)[:SETS_TO_KEEP])
    forget_all_but({
        (result_set.as_of, result_set.known_at)
        for result_set in complete
        if result_set.is_current or result_set.pk in recent
    })  # fmt: skip
    kept_days = set()
    for result_set in complete:
        is_kept = result_set.kept and result_set.as_of not in kept_days
        kept_days |= {result_set.as_of} if result_set.kept else set()
        if not (is_kept or result_set.is_current or result_set.pk in recent):
            try:
                drop_set(result_set)
            except OperationalError as error:
                # Somebody reads it for long: readers come first, the next night sweeps again.
                log.warning("a set is still read", result_set=result_set.pk, error=str(error))


def drop_set(result_set: ResultSet) -> None:
    """Remove a set and all that belongs to it.

    Raises OperationalError where it is still read after two seconds: a longer wait would hold up
    everybody who wants to read any other set.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        partitions.drop(cursor, FIGURES, result_set=result_set.pk)
        result_set.delete()


def drop_unpublished() -> None:
    """Sweep away the sets of nights that were killed; call it where no night is running."""
    for result_set in ResultSet.objects.filter(status=ResultSet.Status.BUILDING):
        drop_set(result_set)


def has_results(as_of: date) -> bool:
    """Whether a night for the day has been published (a replay does not count)."""
    return ResultSet.objects.complete().filter(as_of=as_of, replay=False).exists()
