"""Weeks and months of shops: the worked table, the oracle's loops, and what a night rewrites."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from brands.models import ProductProperties
from customers.models import CustomerProperties, Post, RouteAssignment
from inventory import queries as ledger
from inventory.indicators import closing, services
from inventory.indicators.models import NANO, ClosedCycle, ShopSpan, SpanSum
from inventory.indicators.spans import sum_spans
from tests.indicators import oracle
from tests.indicators.conftest import night, now
from tests.indicators.test_night import AS_OF, late_days, oldest
from tests.town import LONG_AGO, PRODUCTS, SHOPS

pytestmark = pytest.mark.django_db

DOC = Path(__file__).resolve().parents[2] / "docs" / "algorithms" / "periods-of-a-shop.md"
SUMS = [field.attname for field in SpanSum._meta.concrete_fields]


def told(as_of=AS_OF, **options):
    """A night with closed cycles and spans; the counts of the latter."""
    result_set = night(as_of, publish=False, **options)
    fixed = SimpleNamespace(result_set_id=result_set.pk)
    counts = defaultdict(int)
    for shard in ledger.shards():
        closing.close_cycles(fixed, shard)
        for name, count in sum_spans(fixed, shard).items():
            counts[name] += count
    services.publish(result_set)
    return dict(counts)


def stored():
    """All rows of both tables, as bytes would compare."""
    return (
        sorted(ShopSpan.objects.values_list(*[f.attname for f in ShopSpan._meta.concrete_fields])),
        sorted(SpanSum.objects.values_list(*SUMS)),
    )


def worked_rows():
    lines = DOC.read_text("utf-8").split("test_spans.py -->\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("row", worked_rows(), ids=lambda row: row[0])
def test_the_worked_table(town, row):
    cycles, *wanted = row
    shop = town.shops["L1"]
    product = {"A": town.products["6902"].pk, "B": town.products["6904"].pk}
    result_set = services.open_set(as_of=AS_OF, known_at=now(), rules="level@1", threshold=1)
    found = [one.split() for one in cycles.split("; ")]
    ends = sorted({date.fromisoformat(f"2024-{day}") for day, *_rest in found})
    with connection.cursor() as cursor:
        closing._ensure_months(cursor, np.array(ends, "M8[D]"))
        for day, name, *figures in found:
            cursor.execute(
                "INSERT INTO indicators_cyclefigure VALUES (%s, %s, %s, 1, %s, %s, %s, %s)",
                [f"2024-{day}", shop.pk, product[name], *figures],
            )
    for end in ends:
        ClosedCycle.objects.create(
            customer=shop, cycle_start=end - timedelta(days=6), cycle_end=end, rules="level@1",
            as_of=AS_OF, known_at=result_set.known_at, digest=end.toordinal(),
        )  # fmt: skip
    sum_spans(SimpleNamespace(result_set_id=result_set.pk), 0)
    june = SpanSum.objects.get(kind="month", start=date(2024, 6, 1))
    assert [
        "—" if figure is None else str(figure)
        for figure in (
            june.cells, june.cells_satisfaction, june.cells_always_out, june.observed_days,
            june.stockout_days, june.sold, june.closing, june.ratio_days, june.satisfaction,
            june.stockout_rate, Fraction(june.sold_cartons_nano, NANO),
        )
    ] == wanted  # fmt: skip


def by_loops(reported, as_of):
    """{(kind, first day, shop, class): sums} in plain loops over the ledger's rows.

    Quotients are floored cell by cell, in thousand-millionths.
    """
    class_of = {
        town_product.pk: (PRODUCTS[code][2], PRODUCTS[code][5])
        for code, town_product in reported.town.products.items()
    }
    sums = {}
    for licence, shop in reported.town.shops.items():
        rows = reported.rows.get(shop.pk, [])
        if not rows:
            continue
        calendar = [(SHOPS[licence][-1], None, SHOPS[licence][-2])]
        cycles = oracle.window(calendar, min(row[0] for row in rows), as_of)
        if not cycles:
            continue
        seen, _members = oracle.observations(
            rows, begins=cycles[0][0], as_of=as_of, complete_days=reported.complete[shop.pk]
        )
        for product, days in seen.items():
            cells = {}
            for first, last in cycles:
                inside = {day: value for day, value in days.items() if first <= day <= last}
                monday = last
                while monday.isoweekday() != 1:
                    monday -= timedelta(days=1)
                for span in (("week", monday), ("month", last.replace(day=1))):
                    cells.setdefault(span, []).append(oracle.period_figures(inside, first, last, 1))
            price_class, packs = class_of[product]
            for span, parts in cells.items():
                parts = [part for part in parts if part["observed_days"]]
                if not parts:
                    continue
                observed = sum(part["observed_days"] for part in parts)
                out = sum(part["stockout_days"] for part in parts)
                sold = sum(part["sold"] for part in parts)
                total = sums.setdefault((*span, shop.pk, price_class), defaultdict(int))
                total["cells"] += 1
                total["observed_days"] += observed
                total["stockout_days"] += out
                total["sold"] += sold
                total["closing"] += parts[-1]["closing"]
                total["daily_sales_nano"] += sold * NANO // observed
                total["sold_cartons_nano"] += sold * NANO // packs
                total["cells_always_out"] += out == observed
                if out < observed and sold:
                    total["cells_satisfaction"] += 1
                    total["satisfied_sold"] += sold
                    total["sold_and_expected_nano"] += sold * NANO * observed // (observed - out)
    return sums


def test_all_sums_are_those_of_plain_loops_over_the_ledger(reported):
    counts = told()
    wanted = by_loops(reported, AS_OF)
    found = {
        (row.kind, row.start, row.customer_id, row.price_class): row
        for row in SpanSum.objects.all()
    }
    assert found.keys() == wanted.keys()
    assert counts["span_sums"] == len(found) > 40
    for key, sums in wanted.items():
        for name in SUMS[4:]:
            assert getattr(found[key], name) == sums[name], (key, name)


def test_a_shop_has_the_properties_of_the_last_day_of_its_last_cycle(reported):
    shop = reported.town.shops[_licence(reported, oldest(reported))]
    moved = date(2024, 6, 10)
    new = reported.town.routes["西一"]
    RouteAssignment.objects.filter(customer=shop).update(period=DateRange(LONG_AGO, moved))
    RouteAssignment.objects.create(customer=shop, route=new, period=DateRange(moved, None))
    told()
    for span in ShopSpan.objects.filter(customer=shop):
        assert (span.route == new) == (span.last_day >= moved)
        assert span.department_id == span.route.department_id
        assert span.manager == Post.objects.get(route=span.route).user
        own = CustomerProperties.objects.get(customer=shop)
        assert (span.format, span.area, span.scale) == (own.format, own.area, own.scale)


def _licence(reported, pk):
    return next(licence for licence, shop in reported.town.shops.items() if shop.pk == pk)


def test_the_same_night_again_changes_nothing(reported):
    told()
    before = stored()
    assert before[1]
    assert told() == {"spans": 0, "span_sums": 0}
    assert stored() == before


def test_night_by_night_and_all_at_once_give_the_same(reported):
    for back in (9, 4, 0):
        told(AS_OF - timedelta(days=back))
    step_by_step = stored()
    ShopSpan.objects.all().delete()
    SpanSum.objects.all().delete()
    told()
    assert stored() == step_by_step


def test_a_late_day_rewrites_its_shops_week_and_month_and_no_other(reported):
    told()
    before = {key[:4]: key for key in stored()[1]}
    late_days(reported)
    counts = told()
    assert 2 <= counts["spans"] <= 4
    changed = {key[2] for key in stored()[1] if before.get(key[:4]) != key}
    assert changed == {oldest(reported)}


def test_a_product_put_into_another_class_moves_its_sums(reported):
    told()
    ProductProperties.objects.filter(product=reported.town.products["6903"]).update(price_class=5)
    told()
    again = by_loops(reported, AS_OF)
    moved = {(*key[:3], 5 if key[3] == 4 else key[3]): sums for key, sums in again.items()}
    found = {
        (row.kind, row.start, row.customer_id, row.price_class): row.sold
        for row in SpanSum.objects.all()
    }
    assert found == {key: sums["sold"] for key, sums in moved.items()}


def test_replays_and_nights_for_past_days_change_nothing(reported):
    assert told(replay=True) == {}
    assert stored() == ([], [])
    told()
    before = stored()
    late_days(reported)
    assert told(AS_OF - timedelta(days=2)) == {}
    assert stored() == before


def test_spans_of_cycles_that_are_gone_go_too(reported):
    told()
    shop = oldest(reported)
    last = ShopSpan.objects.filter(customer=shop, kind="week").order_by("start").last()
    ClosedCycle.objects.filter(customer=shop, cycle_end__gte=last.start).delete()
    result_set = night(AS_OF)
    sum_spans(SimpleNamespace(result_set_id=result_set.pk), 0)
    assert not ShopSpan.objects.filter(customer=shop, start__gte=last.start).exists()
    assert not SpanSum.objects.filter(customer=shop, start__gte=last.start).exists()
