"""What was requested and supplied district-wide, by day and product.

The sums over millions of order lines are kept with each night's results, so that the next night
and every what-if add only what has arrived since. They are whole numbers: added up in steps or at
once they are the same to the last pack. An order counts on the day of its delivery, because what
arrived decides whether a shop ran out; without one, on its own day.
"""

from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection

from inventory.indicators.models import ResultSet
from marketing_ops.lib.copying import read_columns
from orders.quotas.gather import Products, Supply
from orders.quotas.models import SupplySums

# A window reaches back 91 days from the latest cycle, which may have ended some weeks ago.
DAYS_BACK = 182
# A delivery later than so many days after its order is not taken for an answer to it; and sums
# are kept for so many days ahead.
LONGEST_LEAD = 31
DAY = timedelta(days=1)

_LINES = """
    SELECT coalesce(delivered_on, ordered_on) AS day, product_id::int4,
           sum({sign} requested)::int8, sum({sign} supplied)::int8
      FROM orders_orderline
     WHERE ordered_on >= %(first)s AND ordered_on <= %(last)s
       AND coalesce(delivered_on, ordered_on) BETWEEN ordered_on AND ordered_on + %(lead)s
       AND {known}
     GROUP BY 1, 2
"""
_ALL = _LINES.format(
    sign="",
    known="received_at <= %(until)s AND (superseded_at IS NULL OR superseded_at > %(until)s)",
)
# What is known at the later time and was not at the earlier, less what no longer is.
_SINCE = _LINES.format(
    sign="CASE WHEN received_at > %(since)s THEN 1 ELSE -1 END *",
    known="""(received_at > %(since)s AND received_at <= %(until)s
              AND (superseded_at IS NULL OR superseded_at > %(until)s)
           OR superseded_at > %(since)s AND superseded_at <= %(until)s
              AND received_at <= %(since)s)""",
)


def supply_of(as_of: date, known_at: datetime, products: Products) -> Supply:
    """The sums as of a day, from all order lines as they were known at `known_at`."""
    first, last = as_of - (DAYS_BACK - 1) * DAY, as_of + LONGEST_LEAD * DAY
    grids = np.zeros((2, (last - first).days + 1, len(products.number)), np.int64)
    base = _latest_kept(as_of, known_at, first)
    if base is None:
        _add(grids, first, last, products, _ALL, until=known_at)
    else:
        _add_kept(grids, first, products, base)
        since = base.result_set.known_at
        _add(grids, first, last, products, _SINCE, since=since, until=known_at)
        # Of the days that the kept sums do not reach, all lines count, not the latest only.
        beyond = base.first_day + base.days * DAY
        if beyond <= last:
            grids[:, (beyond - first).days :] = 0
            _add(grids, beyond, last, products, _ALL, until=known_at)
    sums = [np.zeros((grids.shape[1] + 1, grids.shape[2]), np.int64) for _ in range(2)]
    for total, grid in zip(sums, grids, strict=True):
        np.cumsum(grid, axis=0, out=total[1:])
    return Supply(first, *sums)


def _latest_kept(as_of: date, known_at: datetime, first: date) -> SupplySums | None:
    """The kept sums from which the fewest lines are missing, None where none are of use."""
    kept = SupplySums.objects.select_related("result_set").filter(
        result_set__status=ResultSet.Status.COMPLETE,
        result_set__known_at__lte=known_at,
        result_set__as_of__gte=as_of - LONGEST_LEAD * DAY,
        first_day__lte=first,
    )
    return kept.order_by("-result_set__known_at", "-result_set__as_of").first()


def _add(grids, first: date, last: date, products: Products, sql: str, **times) -> None:
    """Add the lines of the days `first` to `last`, the last of the grids' rows."""
    with connection.cursor() as cursor:
        found = read_columns(
            cursor,
            sql,
            {"day": "date", "product": "int4", "requested": "int8", "supplied": "int8"},
            {"first": first - LONGEST_LEAD * DAY, "last": last, "lead": LONGEST_LEAD} | times,
        )
    here = (found["day"] >= np.datetime64(first)) & (found["day"] <= np.datetime64(last))
    behind = (np.datetime64(last) - found["day"][here]).astype(np.int64)
    place = products.place(found["product"][here])
    for grid, name in zip(grids, ("requested", "supplied"), strict=True):
        np.add.at(grid, (len(grid) - 1 - behind, place), found[name][here])


def _add_kept(grids, first: date, products: Products, base: SupplySums) -> None:
    place = products.place(np.frombuffer(base.products, np.int32))
    skip = (first - base.first_day).days
    for grid, kept in zip(grids, (base.requested, base.supplied), strict=True):
        rows = np.frombuffer(kept, np.int64).reshape(base.days, -1)[skip:]
        rows = rows[: len(grid)]
        grid[: len(rows), place] += rows


def keep(result_set: ResultSet, supply: Supply, products: Products) -> None:
    """Keep the sums of a night beside its results."""
    requested, supplied = (
        np.diff(sums, axis=0).astype(np.int64) for sums in (supply.requested, supply.supplied)
    )
    SupplySums.objects.update_or_create(
        result_set=result_set,
        defaults={
            "first_day": supply.first_day,
            "days": len(requested),
            "products": products.number.astype(np.int32).tobytes(),
            "requested": requested.tobytes(),
            "supplied": supplied.tobytes(),
        },
    )
