"""The same indicators in the two usual ways, from a table with a row per shop, product and day.

Beside the night's way they tell what it is worth: set-based SQL in PostgreSQL, and a loop over
pairs through Django's ORM. Both work in a database of their own, a copy of the district with the
ledger unnested into rows in the order of arrival; it is made once (some minutes, 4 GB) and kept.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from django.db import connection, models

from benchmarks import district
from inventory import queries as ledger
from inventory.indicators import figures
from inventory.indicators.blocks import shop_windows
from inventory.indicators.queries import calendars
from inventory.indicators.rules import RECENT_DAYS
from marketing_ops.lib.copying import copy_rows
from marketing_ops.lib.periods import (
    WINDOW_DAYS,
    last_complete_month,
    last_complete_week,
)

DAY = timedelta(days=1)
COLUMNS = tuple(figures.COLUMNS)


class LedgerRow(models.Model):
    customer_id = models.IntegerField()
    product_id = models.IntegerField()
    day = models.DateField()
    opening = models.IntegerField()
    received = models.IntegerField()
    sold = models.IntegerField()
    closing = models.IntegerField()

    class Meta:
        managed = False
        app_label = "benchmarks"
        db_table = "benchmark_row"

    def __str__(self):
        return f"{self.customer_id} {self.product_id} {self.day}"


class ShopSpan(models.Model):
    """The latest cycle and the window of a shop, as of the day of the figures."""

    customer_id = models.IntegerField(primary_key=True)
    cycle_start = models.DateField()
    cycle_end = models.DateField()
    window_start = models.DateField()

    class Meta:
        managed = False
        app_label = "benchmarks"
        db_table = "benchmark_shop"

    def __str__(self):
        return f"{self.customer_id}"


_TABLES = """
    CREATE TABLE benchmark_row (
        id bigint GENERATED ALWAYS AS IDENTITY, customer_id int NOT NULL, product_id int NOT NULL,
        day date NOT NULL, opening int NOT NULL, received int NOT NULL, sold int NOT NULL,
        closing int NOT NULL);
    CREATE TABLE benchmark_shop (customer_id int PRIMARY KEY, cycle_start date NOT NULL,
        cycle_end date NOT NULL, window_start date NOT NULL)
"""
_KEY = """
    ALTER TABLE benchmark_row ADD PRIMARY KEY (id), ADD UNIQUE (customer_id, product_id, day);
    VACUUM ANALYZE benchmark_row; ANALYZE benchmark_shop
"""
# The latest closing stock of some days: the largest of (day, packs) in one number.
_LAST = "max((r.day - date '2000-01-01')::bigint << 32 | r.closing) FILTER (WHERE {when})"
_OUT = "r.sold = 0 AND r.closing <= 1"
_SQL = """
    CREATE UNLOGGED TABLE benchmark_figure AS
    WITH sums AS (
        SELECT r.customer_id, r.product_id,
               count(*) FILTER (WHERE {cycle}) AS cycle_observed,
               count(*) FILTER (WHERE {cycle} AND {out}) AS cycle_stockout,
               sum(r.sold) FILTER (WHERE {cycle}) AS cycle_sold,
               {cycle_last} AS cycle_last,
               count(*) FILTER (WHERE {window}) AS window_observed,
               count(*) FILTER (WHERE {window} AND {out}) AS window_stockout,
               sum(r.sold) FILTER (WHERE {window}) AS window_sold,
               {window_last} AS window_last,
               count(*) FILTER (WHERE {recent}) AS recent_observed,
               count(*) FILTER (WHERE {recent} AND {out}) AS recent_stockout,
               sum(r.sold) FILTER (WHERE {recent}) AS recent_sold,
               {last} AS last,
               max(r.day) FILTER (WHERE r.sold > 0 AND {ever}) AS last_sale,
               count(*) FILTER (WHERE {week}) AS week_observed,
               sum(r.sold) FILTER (WHERE {week}) AS week_sold,
               {week_last} AS week_last,
               count(*) FILTER (WHERE {month}) AS month_observed,
               sum(r.sold) FILTER (WHERE {month}) AS month_sold,
               {month_last} AS month_last,
               min(s.window_start) AS window_start
          FROM benchmark_row r JOIN benchmark_shop s USING (customer_id)
         WHERE r.day BETWEEN %(first)s AND %(as_of)s
         GROUP BY r.customer_id, r.product_id)
    SELECT customer_id, product_id,
           cycle_observed, CASE WHEN cycle_observed > 0 THEN cycle_stockout END AS cycle_stockout,
           cycle_sold, cycle_last & 4294967295 AS cycle_closing,
           window_observed,
           CASE WHEN window_observed > 0 THEN window_stockout END AS window_stockout,
           window_sold, window_last & 4294967295 AS window_closing,
           recent_observed,
           CASE WHEN recent_observed > 0 THEN recent_stockout END AS recent_stockout,
           recent_sold, last & 4294967295 AS latest_closing,
           %(as_of)s - date '2000-01-01' - (last >> 32) AS latest_age,
           (SELECT count(*) FROM benchmark_row r
             WHERE r.customer_id = sums.customer_id AND r.product_id = sums.product_id
               AND r.day > coalesce(last_sale, window_start - 1)
               AND r.day <= %(as_of)s) AS days_without_sale,
           week_observed, CASE WHEN week_observed = 7 THEN week_sold END AS week_sold,
           CASE WHEN week_observed = 7 THEN week_last & 4294967295 END AS week_closing,
           month_observed, CASE WHEN month_observed = %(month_days)s THEN month_sold END AS month_sold,
           CASE WHEN month_observed = %(month_days)s THEN month_last & 4294967295 END AS month_closing
      FROM sums WHERE last IS NOT NULL
"""  # noqa: E501


@contextmanager
def beside(place: district.Place) -> Iterator[None]:
    """Work in the database with the rows, made if it is not there; then in the one before."""
    before = connection.settings_dict["NAME"]
    name = place.database.removesuffix("_copy") + "_rows"
    if not _is_there(name):
        print(f"making {name}: the ledger as rows", flush=True)
        district.create(name, place.database.removesuffix("_copy"))
        district.connect(name)
        _fill(place)
    district.connect(name)
    try:
        yield
    finally:
        district.connect(before)


def _is_there(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            return False
    before = connection.settings_dict["NAME"]
    district.connect(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'benchmark_row'")
        complete = cursor.fetchone()[0] == 2
    district.connect(before)
    return complete


def _fill(place: district.Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        shops, first_days = ledger.first_ledger_days()
        windows = shop_windows(
            zip(shops.tolist(), first_days.tolist(), strict=True),
            calendars((0, int(shops.max()) + 1)),
            place.as_of,
        )
        spans = [
            (shop, window[-1].start, window[-1].end, window[0].start)
            for shop, window in windows.items()
        ]
        cursor.executemany("INSERT INTO benchmark_shop VALUES (%s, %s, %s, %s)", spans)
        for back in range(place.days - 1, -1, -1):
            days = np.full(len(shops), np.datetime64(place.as_of) - back)
            documents = ledger.read_documents(shop_days=(shops, days))
            rows = documents.rows
            copy_rows(
                cursor,
                "benchmark_row",
                {
                    "customer_id": (documents.customer[documents.document], "int4"),
                    "product_id": (rows.product, "int4"),
                    "day": (documents.day[documents.document], "date"),
                    **{
                        name: (getattr(rows, name), "int4")
                        for name in ("opening", "received", "sold", "closing")
                    },
                },
            )
        for statement in _KEY.split(";"):
            cursor.execute(statement)


def _spans(place: district.Place) -> dict[str, tuple]:
    """(first, last) day of the periods that are the same for all shops."""
    week, month = last_complete_week(place.as_of), last_complete_month(place.as_of)
    return {
        "recent": (place.as_of - (RECENT_DAYS - 1) * DAY, place.as_of),
        "week": (week.start, week.end),
        "month": (month.start, month.end),
    }


def by_sql(place: district.Place) -> None:
    """All pairs in one statement, written into a table."""
    when = {
        "cycle": "r.day BETWEEN s.cycle_start AND s.cycle_end",
        "window": "r.day BETWEEN s.window_start AND s.cycle_end",
        "ever": "r.day >= s.window_start",
    }
    spans = _spans(place)
    for name, (first, last) in spans.items():
        when[name] = f"r.day BETWEEN date '{first}' AND date '{last}'"
    lasts = {
        f"{name}_last": _LAST.format(when=when[name])
        for name in ("cycle", "window", "week", "month")
    }
    sql = _SQL.format(out=_OUT, last=_LAST.format(when=when["ever"]), **when, **lasts)
    first = min(place.as_of - (WINDOW_DAYS + 6) * DAY, *(span[0] for span in spans.values()))
    month_days = (spans["month"][1] - spans["month"][0]).days + 1
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS benchmark_figure")
        cursor.execute(sql, {"first": first, "as_of": place.as_of, "month_days": month_days})


def sql_figures() -> dict[tuple[int, int], tuple]:
    """What by_sql wrote, by pair: COLUMNS without the threshold."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, product_id, {', '.join(COLUMNS[1:])} FROM benchmark_figure"
        )
        return {row[:2]: tuple(_whole(value) for value in row[2:]) for row in cursor}


def _whole(value) -> int | None:
    return None if value is None else int(value)


def by_orm(pairs: Iterable[tuple[int, int]], place: district.Place) -> dict:
    """One pair after the other: its rows as objects, a plain loop over them; by pair as above."""
    spans = _spans(place)
    result = {}
    for customer, product in pairs:
        shop = ShopSpan.objects.get(customer_id=customer)
        first = min(shop.window_start, *(span[0] for span in spans.values()))
        rows = list(
            LedgerRow.objects.filter(
                customer_id=customer, product_id=product, day__gte=first, day__lte=place.as_of
            ).order_by("day")
        )
        cycle = _sums(rows, shop.cycle_start, shop.cycle_end)
        window = _sums(rows, shop.window_start, shop.cycle_end)
        recent, week, month = (_sums(rows, *spans[name]) for name in ("recent", "week", "month"))
        mine = [row for row in rows if row.day >= shop.window_start]
        sales = [row.day for row in mine if row.sold > 0]
        still = [row for row in mine if not sales or row.day > sales[-1]]
        month_days = (spans["month"][1] - spans["month"][0]).days + 1
        result[customer, product] = (
            *cycle,
            *window,
            *recent[:3],
            mine[-1].closing,
            (place.as_of - mine[-1].day).days,
            len(still),
            week[0],
            *(week[2:] if week[0] == 7 else (None, None)),
            month[0],
            *(month[2:] if month[0] == month_days else (None, None)),
        )
    return result


def _sums(rows: list[LedgerRow], first, last) -> tuple:
    """Observed, stock-out, sold, closing."""
    inside = [row for row in rows if first <= row.day <= last]
    if not inside:
        return 0, None, None, None
    out = sum(1 for row in inside if row.sold == 0 and row.closing <= 1)
    return len(inside), out, sum(row.sold for row in inside), inside[-1].closing
