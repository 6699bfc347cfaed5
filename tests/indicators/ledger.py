"""Small ledgers for tests: rows in, a panel and its figures out, without a database."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from inventory.documents import Rows
from inventory.indicators import blocks, figures, panel, rules
from inventory.indicators.blocks import Thresholds
from inventory.queries import Documents
from marketing_ops.lib.periods import make_calendar

KNOWN_AT = datetime(2024, 7, 1, tzinfo=UTC)


def documents(rows, complete=frozenset(), empty=frozenset()) -> Documents:
    """Documents from (customer, day, product, sold, closing) rows.

    `complete`: (customer, day) of complete sources; `empty`: of documents without a row.
    """
    keys = sorted({(row[0], row[1]) for row in rows} | set(empty))
    by_key: dict = {key: [] for key in keys}
    for customer, day, product, sold, closing in rows:
        by_key[customer, day].append((product, sold, closing))
    flat = [row for key in keys for row in sorted(by_key[key])]
    starts = np.cumsum([0] + [len(by_key[key]) for key in keys]).astype(np.int64)
    product, sold, closing = (
        np.array([row[i] for row in flat], np.int32).reshape(-1) for i in range(3)
    )
    nothing = np.zeros(len(flat), np.int32)
    return Documents(
        customer=np.array([key[0] for key in keys], np.int32),
        day=np.array([key[1] for key in keys], "datetime64[D]"),
        source=np.ones(len(keys), np.int32),
        complete=np.array([key in complete for key in keys], bool),
        rows=Rows(product, closing + sold, nothing, sold, nothing, nothing),
        starts=starts,
    )


def first_days(rows) -> dict[int, date]:
    result: dict[int, date] = {}
    for customer, day, *_ in rows:
        result[customer] = min(day, result.get(customer, day))
    return result


def every(*weekdays):
    """The calendar of a shop that has always been delivered on these weekdays."""
    return make_calendar([(date(2019, 1, 1), None, weekdays)])


def build(rows, *, as_of, complete=frozenset(), days=130, rank=None):
    """A panel that ends on `as_of` and holds `days` days."""
    return panel.build(
        [documents(rows, complete)],
        first_day=as_of - timedelta(days=days - 1),
        last_day=as_of,
        known_at=KNOWN_AT,
        rank=rank or {},
        first_ledger=first_days(rows),
    )


def figures_of(built, calendars, as_of, thresholds=None, flags=None) -> dict:
    """{(customer, product): figures with the oracle's names} of a panel."""
    result = {}
    for block in blocks.blocks(
        built,
        as_of=as_of,
        calendars=calendars,
        thresholds=thresholds or Thresholds(),
        flags=flags,
    ):
        columns = figures.columns(block)
        for index in range(len(block)):
            row = {
                name: None if array[index] == -1 else int(array[index])
                for name, array in columns.items()
            }
            pair = int(block.customer[index]), int(block.product[index])
            assert pair not in result
            result[pair] = named(row, block)
    return result


def named(row, block) -> dict:
    """One pair's integers under the oracle's names, the derived figures beside them."""
    result = {"stockout_threshold": row["threshold"]}
    if block.cycles:
        latest = block.cycles[-1]
        for name, start, end in (
            ("cycle", latest.start, latest.end),
            ("window", block.cycles[0].start, latest.end),
        ):
            period = figures.PeriodFigures(
                *(row[f"{name}_{part}"] for part in ("observed", "stockout", "sold", "closing"))
            )
            result |= {
                f"{name}_{key}": getattr(period, key)
                for key in (
                    "observed_days", "stockout_days", "effective_days", "sold", "closing",
                    "ratio_days", "expected_stockout_sales", "satisfaction",
                )
            }  # fmt: skip
            result[f"{name}_start"], result[f"{name}_end"] = start, end
    recent = figures.PeriodFigures(
        row["recent_observed"], row["recent_stockout"], row["recent_sold"], None
    )
    return result | {
        "latest_closing": row["latest_closing"],
        "latest_age": row["latest_age"],
        "days_without_sale": row["days_without_sale"],
        "recent_effective_days": recent.effective_days,
        "recent_sold": row["recent_sold"],
        "week_point_ratio": rules.weekly_point_ratio(
            sunday_closing=row["week_closing"], week_sold=row["week_sold"]
        ),
        "month_point_ratio": rules.monthly_point_ratio(
            month_closing=row["month_closing"], month_sold=row["month_sold"]
        ),
    }
