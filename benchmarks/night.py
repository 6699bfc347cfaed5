"""The night: cold and warm, in one process and with helpers, beside SQL and an ORM loop.

    python benchmarks/night.py [--shops 5000] [--products 120] [--days 98] [--all-lines]
                               [--without-rows] [--patience 0]

On the servers of DATABASE_URL and REDIS_URL (nobody else may use that broker meanwhile), or on
embedded ones. `--all-lines` gives the district an order line for every carried product at every
order (4 million instead of 1.5), `--without-rows` leaves out the comparison, `--patience S` waits
before each measurement up to S seconds until others leave the machine alone.
"""

import argparse
import random
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import servers

if __name__ == "__main__":
    servers.ensure()

from django.db import connection

from benchmarks import district, measure, rows
from inventory.indicators import figures
from inventory.indicators.models import Figure, ResultSet
from inventory.indicators.queries import panel_path
from marketing_ops import nightly
from orders.quotas.models import Recommendation

FIGURES_ONLY = ("indicators", "quotas")
NIGHTS = 3  # as many as the district keeps days back
SAMPLE = 300  # pairs of the ORM loop
_ALL_LINES = """
    INSERT INTO orders_orderline (customer_id, product_id, ordered_on, requested, supplied,
                                  delivered_on, status, payment, received_at)
    SELECT l.customer_id, c.product_id, l.ordered_on, 10, 10, min(l.delivered_on), '', '',
           min(l.received_at)
      FROM orders_orderline l
      JOIN (SELECT DISTINCT customer_id, product_id FROM inventory_ledger_row WHERE day = %s) c
           USING (customer_id)
     GROUP BY 1, 2, 3 ON CONFLICT DO NOTHING
"""


def figures_only(as_of, *, alone: bool):
    """Indicators and quotas of all pairs, from the start of a night to results swapped in."""
    chosen = [step for step in nightly.STEPS if step.name in FIGURES_ONLY]
    with mock.patch.object(nightly, "STEPS", chosen):
        if not alone:
            return nightly.run_night(as_of=as_of, by="benchmark")
        with mock.patch.object(nightly, "_call_helpers"):
            return nightly.run_night(as_of=as_of, by="benchmark")


def without_panels() -> None:
    shutil.rmtree(panel_path(0).parent, ignore_errors=True)


def scene(options, *, helper: bool, after_cold=lambda place: None):
    """(cold timings, warm timings) of indicators and quotas on a fresh copy of the district."""
    place = use(options)
    without_panels()
    with measure.worker(1) if helper else nullcontext(0) as worker:

        def run(day):
            return measure.timed(
                lambda: figures_only(day, alone=not helper),
                worker=worker,
                patience=options.patience,
            )

        cold, warm = [run(place.as_of)], []
        after_cold(place)
        for number in range(NIGHTS):
            district.arrive(place, number)
            warm.append(run(district.later_day(place, number)))
    return cold, warm


def use(options):
    place = district.use(shops=options.shops, products=options.products, days=options.days)
    if options.all_lines:
        with connection.cursor() as cursor:
            cursor.execute(_ALL_LINES, [place.as_of])
            print(f"{cursor.rowcount:,} more order lines", flush=True)
            cursor.execute("VACUUM ANALYZE orders_orderline")
    return place


def compare(place, options) -> tuple[list, float]:
    """Timings of SQL and seconds of the ORM loop for all pairs; stops where figures differ."""
    ours = {
        (row[0], row[1]): row[2:]
        for row in Figure.objects.filter(
            result_set=ResultSet.objects.get(is_current=True)
        ).values_list("customer_id", "product_id", *list(figures.COLUMNS)[1:])
    }
    with rows.beside(place):
        sql = [measure.timed(lambda: rows.by_sql(place), patience=options.patience)]
        theirs = rows.sql_figures()
        pairs = random.Random(1).sample(sorted(ours), min(SAMPLE, len(ours)))
        found = {}
        orm = measure.timed(
            lambda: found.update(rows.by_orm(pairs, place)), patience=options.patience
        )
    differ = {pair for pair in ours.keys() | theirs.keys() if ours.get(pair) != theirs.get(pair)}
    differ |= {pair for pair in pairs if ours[pair] != found[pair]}
    print(
        f"{len(ours):,} pairs of the night and of SQL and {len(pairs)} of the ORM loop compared in"
        f" {len(figures.COLUMNS) - 1} columns: {len(differ)} differ"
    )
    if differ:
        sys.exit(f"for example {min(differ)}: {ours.get(min(differ))} {theirs.get(min(differ))}")
    return sql, orm.wall / len(pairs) * len(ours)


def whole_nights(options) -> tuple[list, list, measure.Memory]:
    """(cold timings, warm timings, memory) of whole nights in a worker with two processes."""
    place = use(options)
    without_panels()
    with measure.worker(2) as pid, measure.Memory(pid) as memory:

        def run(day):
            return measure.timed(
                lambda: measure.whole_night(day), worker=pid, patience=options.patience
            )

        cold, warm = [run(place.as_of)], []
        for number in range(NIGHTS):
            district.arrive(place, number)
            warm.append(run(district.later_day(place, number)))
        memory.look()
    return cold, warm, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--products", type=int, default=120)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--all-lines", action="store_true")
    parser.add_argument("--without-rows", action="store_true")
    parser.add_argument("--patience", type=float, default=0)
    options = parser.parse_args()
    others: list = []

    def against_rows(place):
        if not options.without_rows:
            others.append(compare(place, options))

    alone = scene(options, helper=False, after_cold=against_rows)
    pairs = Recommendation.objects.filter(result_set__is_current=True).count()
    helped = scene(options, helper=True)
    nights = whole_nights(options)

    line, middle = measure.line, measure.middle
    print(f"\n{pairs:,} pairs of {options.shops:,} shops, {options.days} days")
    print("indicators and quotas of all of them, from the start to results swapped in:")
    print(line("cold (no panels), one process", alone[0], "≤ 15 s"))
    print(line("cold, with a second process", helped[0], "≤ 15 s"))
    print(line("warm (a new day, 250 late), one process", alone[1], "≤ 3 s"))
    print(line("warm, with a second process", helped[1], "≤ 3 s"))
    for sql, orm in others:
        print("indicators alone, from rows:")
        print(line("set-based SQL (PostgreSQL may use both cores)", sql))
        print(f"{'loop through the ORM, extrapolated':46}{orm:7.0f} s")
        for name, warm in (("one process", alone[1]), ("two processes", helped[1])):
            own = middle(warm).wall
            print(
                f"  the warm night, {name}: {middle(sql).wall / own:.1f} × faster than SQL (goal"
                f" ≥ 10), {orm / own:.0f} × faster than the ORM loop (goal ≥ 500)"
            )
    print("the whole night, in a Celery worker with two processes:")
    print(line("the first one (cold, all cycles closed)", nights[0]))
    print(line("warm", nights[1], "≤ 10 s"))
    memory = nights[2]
    peaks = " + ".join(f"{peak:.0f}" for peak in memory.ours.values())
    print(
        f"peak memory: worker {peaks} MB (pages of panels counted in each), PostgreSQL's sessions"
        f" {memory.servers:.0f} MB; together {memory.total:.0f} MB (goal ≤ 2048)"
    )


if __name__ == "__main__":
    main()
