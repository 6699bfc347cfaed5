"""The file of the ledger: checked as a whole, then recorded shop-day by shop-day."""

from contextlib import nullcontext

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.keyed import Keys
from inventory.documents import decode
from inventory.models import Source
from inventory.services import BATCH, lock_customers, record_days
from inventory.uploads.spool import ROW, Spool
from marketing_ops.lib import values
from marketing_ops.lib.cells import Cells
from marketing_ops.lib.importing import Column, Job, Kind, Problem, doubled

DEFAULT_SOURCE = "pos"
NUMBERS = ("opening", "received", "sold", "transferred")

COLUMNS = (
    Column("day", ("日期",), values.day),
    Column("licence_no", ("许可证号", "许可证号码"), values.code(30)),
    Column("barcode", ("条码", "条形码"), values.code(20)),
    Column("opening", ("期初库存", "期初"), values.whole_number()),
    Column("received", ("购进", "进货"), values.whole_number()),
    Column("sold", ("销售", "销量"), values.whole_number()),
    Column("closing", ("期末库存", "期末"), values.whole_number()),
    Column(
        "transferred",
        ("调拨",),
        values.whole_number(-values.MAX_PACKS),
        required=False,
        empty=0,
    ),
    Column("source", ("来源",), values.text(60), required=False, empty=DEFAULT_SOURCE),
)


def load(job: Job) -> None:
    """Check every row of the file, then record the good ones.

    Recorded in batches of shop-days, each of them a transaction, so that others wait for no more
    than one; a killed import is completed by running it again. A trial run, and all or nothing,
    are one transaction.
    """
    keys = Keys(job.today)
    with Spool(keys.licences.all_owners()) as spool:
        sources = _check_rows(job, keys, spool)
        _check_doubles(job, keys, spool)
        if job.may_write:
            whole = job.all_or_nothing or job.dry_run
            with transaction.atomic() if whole else nullcontext():
                if whole:
                    lock_customers(keys.licences.all_owners())
                _write(job, spool, sources)
                if job.dry_run:
                    transaction.set_rollback(True)
    job.settle()


LEDGER = Kind("ledger", gettext_lazy("Ledger"), COLUMNS, load)


def _check_rows(job: Job, keys: Keys, spool: Spool) -> dict[int, Source]:
    """Spool the rows that are right in themselves; returns the sources that occur, by id."""
    known = list(Source.objects.all())
    by_name = {source.name: source for source in known} | {source.code: source for source in known}
    default = by_name[DEFAULT_SOURCE].pk

    def source_id(text: str) -> int:
        found = by_name.get(text) or by_name.get(text.lower())
        return found.pk if found else -1

    def unknown_source(_at: int) -> str:
        return _("This source is not known. Possible are: %(sources)s.") % {
            "sources": ", ".join(f"{source.code} ({source.name})" for source in known)
        }

    for chunk, table in job.chunks():
        cells = Cells(chunk, table, COLUMNS)
        rows = np.empty(len(chunk), ROW)
        days, rows["customer"], rows["code"], rows["product"] = keys.find(cells, "day")
        rows["day"] = days.astype(np.int64)
        for name in NUMBERS:
            rows[name] = cells.numbers(name)
        rows["source"] = default
        if "source" in cells:
            rows["source"] = cells.numbers("source", source_id)
            cells.reject(rows["source"] < 0, "source", unknown_source)
        _check_balance(cells, rows)
        rows["line"] = cells.lines()
        job.reject(cells.problems)
        spool.add(rows[~cells.bad])
    return {source.pk: source for source in known}


def _check_balance(cells: Cells, rows: np.ndarray) -> None:
    closing = cells.numbers("closing")
    balance = rows["opening"] + rows["received"] - rows["sold"] + rows["transferred"]

    def broken(at: int) -> str:
        numbers = {name: int(rows[name][at]) for name in NUMBERS}
        return _(
            "The balance is broken: opening %(opening)d + received %(received)d − sold %(sold)d "
            "+ transferred %(transferred)d = %(balance)d. Correct the row at its source."
        ) % {**numbers, "balance": int(balance[at])}

    cells.reject(balance != closing, "closing", broken)


def _check_doubles(job: Job, keys: Keys, spool: Spool) -> None:
    """Sort each part by shop, day and barcode, and reject rows of one key in the file."""
    codes = list(keys.packs.periods)
    for done, (number, rows) in enumerate(spool.read(), start=1):
        rows = rows[np.lexsort((rows["line"], rows["code"], rows["day"], rows["customer"]))]
        same_key = _same_as_before(rows, ("customer", "day", "code"))
        if same_key.any():
            rows = _without_doubles(job, codes, rows, same_key)
        spool.replace(number, rows)
        job.progress("check", done, spool.parts)


def _same_as_before(rows: np.ndarray, names) -> np.ndarray:
    """bool[N]: whether a row has the values of the row before it."""
    same = np.zeros(len(rows), dtype=bool)
    same[1:] = True
    for name in names:
        same[1:] &= rows[name][1:] == rows[name][:-1]
    return same


def _without_doubles(job: Job, codes: list[str], rows, same_key) -> np.ndarray:
    group = np.cumsum(~same_key) - 1
    first = np.flatnonzero(~same_key)
    differs = np.zeros(len(rows), dtype=bool)
    for name in (*NUMBERS, "source"):
        differs |= rows[name] != rows[name][first[group]]
    contradicts = np.zeros(len(first), dtype=bool)
    np.logical_or.at(contradicts, group, differs)
    rejected = contradicts[group] | same_key
    first_line = rows["line"][first]
    job.reject(
        [
            Problem(
                int(rows["line"][at]),
                "barcode",
                codes[rows["code"][at]],
                doubled(int(first_line[group[at]]), equal=not contradicts[group[at]]),
            )
            for at in np.flatnonzero(rejected).tolist()
        ]
    )
    return rows[~rejected]


def _write(job: Job, spool: Spool, sources: dict[int, Source]) -> None:
    """Record the spooled rows, a batch of shop-days at a time."""
    total, done = sum(spool.lengths), 0
    for _number, rows in spool.read():
        for source in np.unique(rows["source"]).tolist():
            chosen = rows[rows["source"] == source]
            begins = ~_same_as_before(chosen, ("customer", "day"))
            starts = np.append(np.flatnonzero(begins), len(chosen))
            for at in range(0, len(starts) - 1, BATCH):
                bounds = starts[at : at + BATCH + 1]
                batch = chosen[bounds[0] : bounds[-1]]
                _write_batch(job, batch, bounds - bounds[0], sources[source])
                done += len(batch)
                job.progress("write", done, total)


@transaction.atomic
def _write_batch(job: Job, rows: np.ndarray, starts: np.ndarray, source: Source) -> None:
    """Record whole shop-days, shop-day i at rows[starts[i]:starts[i + 1]], and count their rows:
    new and changed ones against what was known, in the same transaction."""
    shops, days = rows["customer"][starts[:-1]], rows["day"][starts[:-1]].astype("datetime64[D]")
    lock_customers(shops)
    before = _current(shops, days)
    recorded = record_days(
        customers=rows["customer"],
        days=rows["day"].astype("datetime64[D]"),
        rows=[rows[name] for name in ("product", *NUMBERS)],
        source=source,
        by=job.by,
        run=job.run.pk if job.run else None,
    )
    lengths = np.diff(starts)
    known = np.zeros(len(lengths), dtype=bool)
    known[list(before)] = True
    changed = np.zeros(len(lengths), dtype=bool)
    if recorded.changed:
        after = _current(shops, days)
        changed[[i for i in before if after[i][0] != before[i][0]]] = True
    job.count("new", int(lengths[~known].sum()))
    job.count("unchanged", int(lengths[known & ~changed].sum()))
    if changed.any():
        _count_changed(job, rows, np.repeat(np.arange(len(lengths)), lengths), changed, before)


def _current(shops: np.ndarray, days: np.ndarray) -> dict[int, tuple[int, int, bytes]]:
    """(version, source, document) of the shop-days of which anything is known, by position."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.i - 1, s.version, s.source_id, s.rows"
            " FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS t(customer, day, i)"
            " JOIN inventory_shopday s ON s.customer_id = t.customer AND s.day = t.day"
            " AND s.superseded_at IS NULL",
            [shops.tolist(), days.tolist()],
        )
        return {i: (version, source, bytes(rows)) for i, version, source, rows in cursor}


def _count_changed(job: Job, rows, document: np.ndarray, changed: np.ndarray, before) -> None:
    """Count the rows of changed shop-days, product by product against the former version."""
    chosen = changed[document]
    rows, document = rows[chosen], document[chosen].astype(np.int64)
    numbers = np.flatnonzero(changed)
    former, starts = decode(
        [before[i][2] for i in numbers.tolist()],
        np.array([before[i][1] for i in numbers.tolist()]),
    )
    known = np.repeat(numbers, np.diff(starts)) << 32 | former.product.astype(np.int64)
    keys, row_of = np.unique(document << 32 | rows["product"], return_inverse=True)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found = known[at] == keys
    same = found.copy()
    for name in NUMBERS:
        sums = np.bincount(row_of, weights=rows[name], minlength=len(keys)).astype(np.int64)
        same &= sums == getattr(former, name)[at]
    job.count("new", int((~found)[row_of].sum()))
    job.count("changed", int((found & ~same)[row_of].sum()))
    job.count("unchanged", int(same[row_of].sum()))
