"""The worked tables of docs/algorithms run as tests: each row is a case.

`<!-- worked: NAME -->` stands above a table. NAME is the full name of a function, or of one of the
readers below, which take a table's own notation. Columns that begin with an arrow are what it must
return. In cells: whole numbers and fractions, yes and no, — for undefined, `;` between items of a
list, `:` inside a pair; everything else is text.
"""

import importlib
import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from inventory.indicators import figures, rollups, rules
from inventory.indicators.blocks import Flags, Thresholds
from inventory.indicators.rollups import Cells, Dimension, RollUp
from inventory.market import rules as market
from marketing_ops.lib import periods
from orders.indicators import rules as orders
from tests.indicators import ledger

DOCS = Path(__file__).resolve().parents[2] / "docs" / "algorithms"
MARK = re.compile(r"<!-- worked: (\S+) -->\n((?:\|.*\n)+)")


def cases():
    for path in sorted(DOCS.glob("*.md")):
        for name, table in MARK.findall(path.read_text(encoding="utf-8")):
            lines = [
                [cell.strip() for cell in line.strip().strip("|").split("|")]
                for line in table.splitlines()
            ]
            header, _, *rows = lines
            for number, row in enumerate(rows, 1):
                yield pytest.param(
                    name, header, row, id=f"{path.stem} {name.rpartition('.')[2]} {number}"
                )


def item(text):
    if text == "—":
        return None
    if text in ("yes", "no"):
        return text == "yes"
    if ":" in text:
        return tuple(item(part.strip()) for part in text.split(":"))
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return Fraction(text) if re.fullmatch(r"-?\d+/\d+", text) else text


def cell(text):
    return [item(part.strip()) for part in text.split(";")] if ";" in text else item(text)


@pytest.mark.parametrize("name, header, row", list(cases()))
def test_worked_table(name, header, row):
    given = {
        column: text for column, text in zip(header, row, strict=True) if not column.startswith("→")
    }
    wanted = [text for column, text in zip(header, row, strict=True) if column.startswith("→")]
    if name in READERS:
        assert [str(value) for value in READERS[name](**given)] == wanted
        return
    module, _, function = name.rpartition(".")
    values = {key: cell(text) for key, text in given.items()}
    positional = [
        values.pop(key) for key in ("ratios", "values", "orders", "ratio") if key in values
    ]
    if function == "change":
        positional, values = list(values.values()), {}
    found = getattr(importlib.import_module(module), function)(*positional, **values)
    assert found == cell(wanted[0])


def shown(value):
    return "—" if value is None else str(value)


def calendar(text):
    """`2 from 2019-01-01; 4 from 2024-06-12`: each holds until the next one begins."""
    parts = [part.split(" from ") for part in text.split("; ")]
    starts = [date.fromisoformat(start) for _, start in parts]
    ends = [*starts[1:], None]
    return periods.make_calendar(
        (start, end, [int(day) for day in days.split()])
        for (days, _), start, end in zip(parts, starts, ends, strict=True)
    )


def cycles_of(*, first_ledger_day, as_of, **given):
    found = periods.cycles(
        calendar(given["calendar"]),
        first_ledger_day=date.fromisoformat(first_ledger_day),
        until=date.fromisoformat(as_of),
    )
    return [", ".join(f"{cycle.start} to {cycle.end}" for cycle in found) or "—"]


def window_of(*, first_ledger_day, as_of, **given):
    found = periods.window(
        calendar(given["calendar"]),
        first_ledger_day=date.fromisoformat(first_ledger_day),
        as_of=date.fromisoformat(as_of),
    )
    return [found[0].start, found[-1].end, len(found)]


def period_of(*, days, threshold):
    """One cycle of a shop that began on its first day, through panel and kernel."""
    first = date(2024, 6, 4)
    rows, complete, flagged, kept = [], set(), [], []
    for number, text in enumerate(days.split()):
        day = first + timedelta(days=number)
        # A second product makes every day but the unobserved ones a document.
        if text != "·":
            rows.append((1, day, 2, 0, 5))
        if text == "a":
            complete.add((1, day))
        elif text == "!":
            rows.append((1, day, 1, 3, 3))
            flagged.append(day)
        elif text != "·":
            sold, closing = text.rstrip("k").split("/")
            rows.append((1, day, 1, int(sold), int(closing)))
            if text.endswith("k"):
                kept.append(day)
    as_of = first + timedelta(days=6)
    # A row on the day before: where the first day has none, the cycle still begins in the ledger.
    rows.append((1, first - timedelta(days=1), 2, 0, 5))
    marks = flagged + kept
    flags = Flags(
        customer=np.full(len(marks), 1, np.int32),
        product=np.full(len(marks), 1, np.int32),
        first=np.array(marks, "M8[D]"),
        last=np.array(marks, "M8[D]"),
        kept_back=np.array([day in kept for day in marks], bool),
    )
    built = ledger.build(rows, as_of=as_of, complete=complete)
    found = ledger.figures_of(
        built,
        {1: periods.make_calendar([(date(2019, 1, 1), None, [2])])},
        as_of,
        Thresholds(int(threshold)),
        flags,
    )
    nothing = {"cycle_observed_days": 0}
    pair = found.get((1, 1), nothing)
    return [
        shown(pair.get(f"cycle_{name}"))
        for name in (
            "observed_days", "stockout_days", "effective_days", "sold", "closing",
            "expected_stockout_sales", "satisfaction",
        )
    ]  # fmt: skip


def rolled_up(*, cells):
    table = np.array(
        [
            [-1 if number == "—" else int(number) for number in one.split()]
            for one in cells.split("; ")
        ]
    )
    everything = Dimension.of("total", [None])
    shops = Dimension.of("total", [None] * len(table))
    total = RollUp([everything], [shops], items=1, most_days=91)
    total.add(Cells(np.arange(len(table)), np.zeros(len(table), int), *table.T))
    ((*_, numbers),) = total.rows()
    daily_sales = Fraction(numbers["daily_sales_nano"], rollups.NANO)
    return [
        numbers["closing"],
        daily_sales,
        shown(rules.rolled_ratio_days(closing=numbers["closing"], daily_sales=daily_sales)),
        shown(
            rules.rolled_satisfaction(
                sold=numbers["satisfied_sold"],
                sold_and_expected=Fraction(numbers["sold_and_expected_nano"], rollups.NANO),
            )
        ),
        shown(
            rules.stockout_rate(
                stockout_days=numbers["stockout_days"], observed_days=numbers["observed_days"]
            )
        ),
        numbers["cells"] - numbers["cells_observed"],
        numbers["cells"] - numbers["cells_satisfaction"],
        numbers["cells_always_out"],
    ]


def _estimate(found):
    if found is None:
        return ["—", "—", "—"]
    low, high = (
        "—" if end is None else f"{Decimal(end.numerator) / Decimal(end.denominator):.4f}"
        for end in (found.low, found.high)
    )
    return [found.value, low, high]


def _sample(text):
    return [item(part.strip()) for part in text.split(";")]


def social_total(*, sample, supplied_to_all, customers):
    return _estimate(
        market.social_total(
            _sample(sample), supplied_to_all=int(supplied_to_all), customers=int(customers)
        )
    )


def social_ratio(*, sample, customers):
    return _estimate(market.social_ratio(_sample(sample), customers=int(customers)))


def repeat_demand(*, now, before):
    def customers(text):
        return [int(part) for part in text.split(";") if part != "—"]

    found = orders.repeat_demand(now=customers(now), before=customers(before))
    return [shown(found.rate), found.returning]


READERS = {
    reader.__name__: reader
    for reader in (
        cycles_of, window_of, period_of, rolled_up, social_total, social_ratio, repeat_demand,
    )
}  # fmt: skip


def test_every_family_of_indicators_has_worked_tables():
    marked = {path.stem for path in DOCS.glob("*.md") if MARK.search(path.read_text("utf-8"))}
    assert marked >= {
        "periods", "stockouts", "stock-to-sales-ratios", "comparisons", "roll-ups",
        "social-stock", "order-indicators",
    }  # fmt: skip


def test_exported_periods_have_a_column_for_each_figure():
    period = figures.PeriodFigures(7, 2, 30, 20)
    assert [getattr(period, name) for name in figures.PERIOD_EXPORT] == [
        7, 2, 5, 30, 20, Fraction(14, 3), 12, Fraction(5, 7),
    ]  # fmt: skip
