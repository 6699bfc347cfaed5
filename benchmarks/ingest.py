"""Ingest and cold read of the ledger, beside rows by COPY and row-by-row inserts, in one run.

    python benchmarks/ingest.py [--shops 5000] [--products 60] [--days 92]

Uses the server of DATABASE_URL and makes a scratch database there, dropped at the end.
"""

import argparse
import io
import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import django
import numpy as np
from django.core.management import call_command
from django.db import connection
from psycopg2.extras import execute_batch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("SECRET_KEY", "only for the benchmark")
django.setup()

from customers.models import Customer  # noqa: E402
from inventory import queries, services  # noqa: E402
from inventory.models import Source  # noqa: E402

SCRATCH = "benchmark_ingest"
FIRST_DAY = date(2024, 1, 1)
ROW_TABLE = """
    CREATE TABLE scratch_row (
        customer_id int, day date, product_id int, opening int, received int, sold int,
        transferred int, source_id int, received_at timestamptz DEFAULT now(),
        PRIMARY KEY (customer_id, day, product_id))"""
ON_CONFLICT = """
    ON CONFLICT (customer_id, day, product_id) DO UPDATE SET opening = EXCLUDED.opening,
        received = EXCLUDED.received, sold = EXCLUDED.sold, transferred = EXCLUDED.transferred"""


def day_of(shops, products, number):
    """One day of a district: customers, days, rows (product, opening, received, sold, moved)."""
    random = np.random.default_rng(number)
    customers = np.repeat(shops, products)
    # Every shop carries half of twice as many products.
    product = (np.arange(len(customers)) % products) * 2 + customers % 2 + 1
    opening = random.integers(5, 60, len(customers))
    sold = random.integers(0, 6, len(customers)) % (opening + 1)
    received = np.where(random.random(len(customers)) < 0.14, 20, 0)
    days = np.full(len(customers), FIRST_DAY + timedelta(number), dtype="datetime64[D]")
    return customers, days, [product, opening, received, sold, np.zeros_like(sold)]


def documents(data, source):
    customers, days, rows = data
    return services.record_days(
        customers=customers, days=days, rows=rows, source=source, by="benchmark"
    )


def rows_by_copy(data):
    """COPY into a temporary table, then INSERT … ON CONFLICT, 30,000 rows a transaction."""
    customers, days, rows = data
    table = np.column_stack([customers, *rows])
    for first in range(0, len(table), 30_000):
        part = table[first : first + 30_000]
        text = io.StringIO(
            "".join(f"{c}\t{days[0]}\t{p}\t{o}\t{r}\t{s}\t{t}\t1\n" for c, p, o, r, s, t in part)
        )
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "CREATE TEMP TABLE arrival (customer_id int, day date, product_id int, opening"
                " int, received int, sold int, transferred int, source_id int) ON COMMIT DROP"
            )
            cursor.copy_expert("COPY arrival FROM STDIN", text)
            cursor.execute(
                "INSERT INTO scratch_row (customer_id, day, product_id, opening, received, sold,"
                " transferred, source_id) SELECT * FROM arrival" + ON_CONFLICT
            )
            cursor.execute("COMMIT")


def row_by_row(data, limit):
    """One INSERT a row, a hundred of them a round trip, one transaction."""
    customers, days, rows = data
    lines = [
        (int(c), days[0].item(), *map(int, numbers), 1)
        for c, numbers in zip(customers[:limit], zip(*rows, strict=True), strict=False)
    ]
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        execute_batch(
            cursor.cursor,
            "INSERT INTO scratch_row (customer_id, day, product_id, opening, received, sold,"
            " transferred, source_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)" + ON_CONFLICT,
            lines,
        )
        cursor.execute("COMMIT")


def timed(work):
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def single_shops(shops, products, source, day):
    """Median milliseconds of one shop's day, committed alone."""
    customers, days, rows = day_of(shops, products, day)
    spent = []
    for i in range(min(200, len(shops))):
        part = slice(i * products, (i + 1) * products)
        one = customers[part], days[part], [column[part] for column in rows]
        spent.append(timed(lambda one=one: documents(one, source))[0])
    return float(np.median(spent)) * 1000, float(np.quantile(spent, 0.95)) * 1000


def run(shops, products, days):
    call_command("migrate", verbosity=0)
    Customer.objects.bulk_create([Customer(opened_on=FIRST_DAY) for _ in range(shops)])
    ids = np.array(Customer.objects.order_by("pk").values_list("pk", flat=True))
    source = Source.objects.get(code="pos")
    with connection.cursor() as cursor:
        cursor.execute(ROW_TABLE)

    rates = []
    for number in range(days):
        data = day_of(ids, products, number)
        seconds, _ = timed(lambda data=data: documents(data, source))
        rates.append(len(data[0]) / seconds)
    again, recorded = timed(lambda: documents(data, source))
    by_copy, _ = timed(lambda: rows_by_copy(data))
    sample = min(len(data[0]), 30_000)
    later = day_of(ids, products, days)
    one_by_one, _ = timed(lambda: row_by_row(later, sample))
    single = single_shops(ids, products, source, days)

    rate, copy_rate, row_rate = np.median(rates), len(data[0]) / by_copy, sample / one_by_one
    print(f"one day: {shops} shops x {products} products = {len(data[0]):,} rows; {days} days")
    print(f"documents, batches of 500         {rate:>10,.0f} rows/s")
    print(f"  the same day again (unchanged)  {len(data[0]) / again:>10,.0f} rows/s  {recorded}")
    print(
        f"rows, COPY + ON CONFLICT          {copy_rate:>10,.0f} rows/s  1 : {rate / copy_rate:.1f}"
    )
    print(f"rows, one INSERT each             {row_rate:>10,.0f} rows/s  1 : {rate / row_rate:.1f}")
    print(f"one shop's day, own commit: median {single[0]:.2f} ms, 95 % under {single[1]:.2f} ms")

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_shopday")
        cursor.execute("SELECT pg_total_relation_size('inventory_shopday')")
        size = cursor.fetchone()[0]
    middle = [(lo, lo + 1250) for lo in range(int(ids[0]), int(ids[-1]) + 1, 1250)]
    read, total = 0.0, 0
    for shard in middle:
        seconds, found = timed(lambda shard=shard: queries.read_documents(customers=shard))
        read, total = read + seconds, total + len(found.rows.product)
    print(f"store: {size / 2**20:,.0f} MB for {total:,} rows")
    print(f"cold read in {len(middle)} shards: {read:.2f} s, {total / read:,.0f} rows/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--products", type=int, default=60)
    parser.add_argument("--days", type=int, default=92)
    options = parser.parse_args()
    original = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{SCRATCH}"')
        cursor.execute(f'CREATE DATABASE "{SCRATCH}"')
    connection.close()
    connection.settings_dict["NAME"] = SCRATCH
    try:
        run(options.shops, options.products, options.days)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{SCRATCH}"')


if __name__ == "__main__":
    main()
