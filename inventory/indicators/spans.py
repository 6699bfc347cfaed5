"""The weeks and months of shops: a night's step after the closed cycles.

Each shop's span is told from its closed cycles and from what shop and products were; the night
compares all spans that it may have touched with what is stored, and writes those that differ.
So a second night changes nothing, and a late correction, a moved shop or a product that was
classed wrongly are found alike. Definition: docs/algorithms/periods-of-a-shop.md.
"""

from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Min

from brands.models import ProductProperties
from customers.models import CustomerProperties, Post, Route, RouteAssignment
from inventory import queries as ledger
from inventory.indicators.models import (
    ClosedCycle,
    CycleFigure,
    ResultSet,
    ShopPeriod,
    ShopSpan,
    Span,
    SpanSum,
)
from inventory.indicators.rollups import NANO
from marketing_ops.accounts.roles import Role

USUAL_CARTON = 10  # packs, where no properties of a product hold

_TABLES = {
    "cycles": ClosedCycle, "figures": CycleFigure, "spans": ShopSpan, "sums": SpanSum,
    "properties": CustomerProperties, "assignments": RouteAssignment, "routes": Route,
    "posts": Post, "products": ProductProperties,
}  # fmt: skip
# A product in a span as one number: joined by three columns, PostgreSQL compares each cell with
# all products of its span.
_GOOD = (
    "((({span}.start - date '2000-01-01') * 2 + ({span}.kind = 'month')::int)::int8 << 32"
    " | {item}.product_id)"
)
_NAMES = {name: model._meta.db_table for name, model in _TABLES.items()} | {
    "manager": Role.ACCOUNT_MANAGER.value,
    "NANO": NANO,
    "carton": USUAL_CARTON,
    # The week and the month to which a cycle k belongs: those of its last day.
    "span_of": "(VALUES ('week', date_trunc('week', k.cycle_end::timestamp)::date),"
    " ('month', date_trunc('month', k.cycle_end::timestamp)::date))",
    "good_of_span": _GOOD.format(span="s", item="p"),
    "good_of_cell": _GOOD.format(span="c", item="c"),
}
_COLUMNS = "cycles, last_day, department_id, route_id, manager_id, format, area, scale, digest"

# The products of each span, as on its last day.
_GOODS = """
    CREATE TEMPORARY TABLE span_goods ON COMMIT DROP AS
    SELECT s.kind, s.start, p.product_id, {good_of_span} AS good, p.price_class,
           coalesce(p.packs_per_carton, {carton})::int8 AS packs
      FROM unnest(%(kinds)s::text[], %(starts)s::date[], %(stops)s::date[]) AS s(kind, start, stop)
      JOIN {products} p ON p.period @> s.stop
"""
# The spans that differ from what is stored; `cycles` is null where nothing is left of one.
_CHANGED = """
    CREATE TEMPORARY TABLE span_changed ON COMMIT DROP AS
    WITH goods AS (
        SELECT kind, start,
               bit_xor(hash_record_extended(ROW(product_id, price_class, packs), 1)) AS digest
          FROM span_goods GROUP BY kind, start
    ), ended AS (
        SELECT s.kind, s.start, k.customer_id, count(*) AS cycles, max(k.cycle_end) AS last_day,
               bit_xor(hash_record_extended(ROW(k.cycle_start, k.cycle_end, k.digest), 2)) AS digest
          FROM {cycles} k
         CROSS JOIN LATERAL {span_of} AS s(kind, start)
         WHERE k.customer_id >= %(first)s AND k.customer_id < %(after)s
           AND s.start >= CASE s.kind WHEN 'week' THEN %(week)s::date ELSE %(month)s::date END
         GROUP BY s.kind, s.start, k.customer_id
    ), days AS (
        SELECT DISTINCT e.last_day, a.route_id
          FROM ended e JOIN {assignments} a
            ON a.customer_id = e.customer_id AND a.period @> e.last_day
    ), served AS (
        SELECT d.last_day, d.route_id,
               (SELECT held.user_id FROM {posts} held
                 WHERE held.route_id = d.route_id AND held.period @> d.last_day
                   AND held.role = '{manager}' AND held.substitute_for_id IS NULL
                 ORDER BY lower(held.period) DESC, held.id DESC LIMIT 1) AS manager_id
          FROM days d
    ), told AS (
        SELECT e.kind, e.start, e.customer_id, e.cycles::int2, e.last_day, r.department_id,
               a.route_id, v.manager_id, coalesce(p.format, '') AS format,
               coalesce(p.area, '') AS area, coalesce(p.scale, '') AS scale,
               e.digest # coalesce(g.digest, 0) AS digest
          FROM ended e
          LEFT JOIN goods g ON g.kind = e.kind AND g.start = e.start
          LEFT JOIN {properties} p ON p.customer_id = e.customer_id AND p.period @> e.last_day
          LEFT JOIN {assignments} a ON a.customer_id = e.customer_id AND a.period @> e.last_day
          LEFT JOIN {routes} r ON r.id = a.route_id
          LEFT JOIN served v ON v.route_id = a.route_id AND v.last_day = e.last_day
    ), stored AS (
        SELECT * FROM {spans}
         WHERE customer_id >= %(first)s AND customer_id < %(after)s
           AND start >= CASE kind WHEN 'week' THEN %(week)s::date ELSE %(month)s::date END
    )
    SELECT coalesce(t.kind, s.kind) AS kind, coalesce(t.start, s.start) AS start,
           coalesce(t.customer_id, s.customer_id) AS customer_id,
           t.cycles, t.last_day, t.department_id, t.route_id, t.manager_id, t.format, t.area,
           t.scale, t.digest
      FROM told t
      FULL JOIN stored s ON s.kind = t.kind AND s.start = t.start AND s.customer_id = t.customer_id
     WHERE (t.cycles, t.last_day, t.department_id, t.route_id, t.manager_id, t.format, t.area,
            t.scale, t.digest)
           IS DISTINCT FROM
           (s.cycles, s.last_day, s.department_id, s.route_id, s.manager_id, s.format, s.area,
            s.scale, s.digest)
"""
_REMOVE = """
    DELETE FROM {table} t USING span_changed c
     WHERE t.kind = c.kind AND t.start = c.start AND t.customer_id = c.customer_id
"""
_WRITE_SPANS = """
    INSERT INTO {spans} (kind, start, customer_id, {columns})
    SELECT kind, start, customer_id, {columns} FROM span_changed WHERE cycles IS NOT NULL
     ORDER BY kind, start, customer_id
"""
# A cell's closing is that of its last cycle: a cycle without an observed day has no figure. Day
# and stock in one number, so that the greatest is found while summing, without a sort.
_WRITE_SUMS = """
    INSERT INTO {sums} (kind, start, customer_id, price_class, cells, cells_satisfaction,
                        cells_always_out, observed_days, stockout_days, sold, closing,
                        satisfied_sold, daily_sales_nano, sold_and_expected_nano,
                        sold_cartons_nano)
    SELECT c.kind, c.start, c.customer_id, coalesce(g.price_class, 0), count(*),
           count(*) FILTER (WHERE sold > 0 AND stockout < observed),
           count(*) FILTER (WHERE stockout = observed),
           sum(observed), sum(stockout), sum(sold), sum(closing),
           coalesce(sum(sold) FILTER (WHERE stockout < observed), 0),
           sum(sold * {NANO} / observed),
           coalesce(sum(sold * {NANO} * observed / nullif(observed - stockout, 0)), 0),
           sum(sold * {NANO} / coalesce(g.packs, {carton}))
      FROM (SELECT s.kind, s.start, s.customer_id, f.product_id, sum(f.observed)::int8 AS observed,
                   sum(f.stockout)::int8 AS stockout, sum(f.sold)::int8 AS sold,
                   max((f.cycle_end - date '2000-01-01')::int8 << 32 | f.closing) & 4294967295
                       AS closing
              FROM {cycles} k
             CROSS JOIN LATERAL {span_of} AS o(kind, start)
              JOIN span_changed s ON s.customer_id = k.customer_id AND s.kind = o.kind
                   AND s.start = o.start
              JOIN {figures} f ON f.cycle_end = k.cycle_end AND f.customer_id = k.customer_id
             WHERE f.observed > 0 AND k.customer_id >= %(first)s AND k.customer_id < %(after)s
               AND k.cycle_end >= least(%(week)s::date, %(month)s::date)
             GROUP BY s.kind, s.start, s.customer_id, f.product_id) c
      LEFT JOIN span_goods g ON g.good = {good_of_cell}
     GROUP BY c.kind, c.start, c.customer_id, coalesce(g.price_class, 0)
     ORDER BY c.kind, c.start, c.customer_id, coalesce(g.price_class, 0)
"""


def sum_spans(night, shard: int) -> dict:
    """Bring the weeks and months of a shard's shops up to date with a night's closed cycles.

    In the caller's transaction, after closing.close_cycles and services.compute_shard. A replay,
    and a night for a day before that of the current results, change nothing.
    """
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    current = ResultSet.objects.filter(is_current=True).first()
    if result_set.replay or (current is not None and current.as_of > result_set.as_of):
        return {}
    first, after = ledger.customers_of(shard)
    since = _first_touched(result_set, first, after)
    if since is None:
        return {}
    spans = _spans(since, result_set.as_of)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS span_goods, span_changed")
        cursor.execute(
            _GOODS.format(**_NAMES),
            {name: [row[place] for row in spans]
             for place, name in enumerate(("kinds", "starts", "stops"))},
        )  # fmt: skip
        bounds = {"first": first, "after": after}
        bounds |= {kind.value: kind.around(since).start for kind in Span}
        cursor.execute(_CHANGED.format(**_NAMES), bounds)
        cursor.execute("ANALYZE span_goods, span_changed")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        for table in (_NAMES["sums"], _NAMES["spans"]):
            cursor.execute(_REMOVE.format(table=table))
        cursor.execute(_WRITE_SPANS.format(columns=_COLUMNS, **_NAMES))
        written = cursor.rowcount
        cursor.execute(_WRITE_SUMS.format(**_NAMES), bounds)
        return {"spans": written, "span_sums": cursor.rowcount}


def _first_touched(result_set: ResultSet, first: int, after: int) -> date | None:
    """The first last day of a cycle that may have changed; for a shard without spans of all."""
    shops = {"customer__gte": first, "customer__lt": after}
    if not ShopSpan.objects.filter(**shops).exists():
        cycles = ClosedCycle.objects.filter(**shops)
        return cycles.aggregate(day=Min("cycle_end"))["day"]
    periods = ShopPeriod.objects.filter(result_set=result_set, **shops)
    return periods.aggregate(day=Min("window_start"))["day"]


def _spans(since: date, until: date) -> list[tuple[str, date, date]]:
    """(kind, first day, last day) of all weeks and months that touch these days."""
    found = []
    for kind in Span:
        span = kind.around(since)
        while span.start <= until:
            found.append((kind.value, span.start, span.end))
            span = kind.around(span.end + timedelta(days=1))
    return found
