"""Nights on the town: written figures against the oracle, publication, sweeping, closed cycles."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from customers import queries as customers
from customers.models import Customer, DeliveryCalendar
from inventory import queries as ledger
from inventory.indicators import closing, services, shards
from inventory.indicators.models import (
    NANO,
    ClosedCycle,
    CycleFigure,
    Figure,
    ResultSet,
    Rollup,
    ShopPeriod,
)
from inventory.quality.models import Flag
from tests.indicators import oracle
from tests.indicators.conftest import night, now
from tests.town import LONG_AGO, SHOPS

pytestmark = pytest.mark.django_db

AS_OF = date(2024, 6, 25)
PERIOD = (
    "observed_days", "stockout_days", "effective_days", "sold", "closing", "ratio_days",
    "expected_stockout_sales", "satisfaction",
)  # fmt: skip


def written(result_set) -> dict:
    """{(customer, product): figures under the oracle's names} as the tables hold them."""
    periods = {period.customer_id: period for period in ShopPeriod.objects.filter(
        result_set=result_set
    )}  # fmt: skip
    found = {}
    for figure in Figure.objects.filter(result_set=result_set):
        shop = periods[figure.customer_id]
        row = {"stockout_threshold": figure.threshold}
        if shop.cycles:
            row |= {
                f"{name}_{part}": getattr(getattr(figure, name), part)
                for name in ("cycle", "window")
                for part in PERIOD
            }
            row |= {
                name: getattr(shop, name)
                for name in ("cycle_start", "cycle_end", "window_start", "window_end")
            }
        found[figure.customer_id, figure.product_id] = row | {
            "latest_closing": figure.latest_closing,
            "latest_age": figure.latest_age,
            "days_without_sale": figure.days_without_sale,
            "recent_effective_days": figure.recent.effective_days,
            "recent_sold": figure.recent_sold,
            "week_point_ratio": figure.weekly_point_ratio,
            "month_point_ratio": figure.monthly_point_ratio,
        }
    return found


def wanted(reported, as_of, flagged=()) -> dict:
    """The same by the oracle; `flagged`: (customer, product, first, last, kept back)."""

    def covers(customer, kept_back):
        return lambda product, day: any(
            (customer, product) == flag[:2] and flag[2] <= day <= flag[3] and flag[4] == kept_back
            for flag in flagged
        )

    result = {}
    for licence, shop in reported.town.shops.items():
        rows = reported.rows.get(shop.pk, [])
        if not rows:
            continue
        opened, weekdays = SHOPS[licence][-1], SHOPS[licence][-2]
        found = oracle.shop_figures(
            rows,
            [(opened, None, weekdays)],
            as_of,
            first_ledger_day=min(row[0] for row in rows),
            complete_days=reported.complete[shop.pk],
            unobserved=covers(shop.pk, False),
            kept_back=covers(shop.pk, True),
        )
        result |= {(shop.pk, product): figures for product, figures in found.items()}
    return result


def oldest(reported) -> int:
    """The shop with the longest history."""
    return min(reported.rows, key=lambda shop: min(row[0] for row in reported.rows[shop]))


def late_days(reported, back=10):
    """Late or corrected days of a shop, with products that it may never have had."""
    shop = oldest(reported)
    products = [product.pk for product in reported.town.products.values()]
    for days_back in (back, back + 1):
        rows = [(AS_OF - timedelta(days=days_back), product, 7, 13) for product in products]
        reported.report(shop, rows, complete=False)


def test_what_a_night_writes_agrees_with_the_oracle(reported):
    found = written(night(AS_OF))
    assert len(found) > 6
    assert found == wanted(reported, AS_OF)


def test_late_and_corrected_days_and_a_new_day_are_in_the_next_night(reported):
    night(AS_OF - timedelta(days=3))
    late_days(reported)
    assert written(night(AS_OF)) == wanted(reported, AS_OF)


def test_a_night_for_a_past_day_and_time_is_the_same_again(reported):
    known_at = now()
    first = written(night(AS_OF, known_at=known_at))
    late_days(reported)
    assert written(night(AS_OF + timedelta(days=2))) != first
    again = night(AS_OF, known_at=known_at, replay=True)
    assert written(again) == first
    assert not again.is_current


def test_flags_take_days_out_and_a_rejected_flag_gives_them_back(reported):
    pairs = sorted(wanted(reported, AS_OF))
    flagged = [
        (*pairs[0], AS_OF - timedelta(days=20), AS_OF - timedelta(days=9), False),
        (*pairs[-1], AS_OF - timedelta(days=60), AS_OF - timedelta(days=2), True),
    ]
    flags = [
        Flag.objects.create(
            cause="kept-back" if kept_back else "transfer",
            customer_id=customer,
            product_id=product,
            first_day=first,
            last_day=last,
            raised_at=datetime.fromisoformat("2024-01-01T00:00+08:00"),
            raised_by="am01",
        )
        for customer, product, first, last, kept_back in flagged
    ]
    plain = wanted(reported, AS_OF)
    with_flags = wanted(reported, AS_OF, flagged)
    assert with_flags != plain
    assert written(night(AS_OF)) == with_flags
    for flag in flags:
        flag.status, flag.decided_by = Flag.Status.REJECTED, "market1"
        flag.decided_at = flag.raised_at
        flag.save()
    assert written(night(AS_OF)) == plain


def test_a_lost_or_foreign_panel_is_built_again(reported):
    first = written(night(AS_OF))
    path = shards.queries.panel_path(0)
    path.write_bytes(b"no panel")
    assert written(night(AS_OF)) == first


def rollup_rows(result_set):
    return sorted(
        Rollup.objects.filter(result_set=result_set).values_list(
            *(field.name for field in Rollup._meta.fields if field.name not in ("id", "result_set"))
        )
    )


def test_results_do_not_depend_on_how_the_shops_are_sharded(reported, monkeypatch):
    whole = night(AS_OF)
    monkeypatch.setattr(ledger, "SHARD", 2)
    parts = night(AS_OF)
    assert len(ledger.shards()) > 2
    assert written(parts) == written(whole)
    assert rollup_rows(parts) == rollup_rows(whole)


def test_rollups_are_sums_over_cells(reported):
    result_set = night(AS_OF)
    areas = customers.shops_on(AS_OF)["area"].to_dict()
    classes = dict(
        (product.pk, product.properties.get().price_class)
        for product in reported.town.products.values()
    )
    sums = defaultdict(lambda: defaultdict(Fraction))
    for figure in Figure.objects.filter(result_set=result_set):
        group = sums[str(classes[figure.product_id]), areas[figure.customer_id]]
        window = figure.window
        group["cells"] += 1
        if not window.observed_days:
            continue
        group["cells_observed"] += 1
        group["observed_days"] += window.observed_days
        group["stockout_days"] += window.stockout_days
        group["sold"] += window.sold
        group["closing"] += window.closing
        group["daily_sales"] += Fraction(window.sold, window.observed_days)
        group["cells_always_out"] += window.always_out
        if window.satisfaction is not None:
            group["cells_satisfaction"] += 1
            group["satisfied_sold"] += window.sold
            group["expected"] += window.expected_stockout_sales
    rows = Rollup.objects.filter(
        result_set=result_set,
        period="window",
        product_dimension="class",
        customer_dimension="area",
    )
    assert {(row.product_key, row.customer_key) for row in rows} == set(sums)
    for row in rows:
        group = sums[row.product_key, row.customer_key]
        for name in (
            "cells", "cells_observed", "observed_days", "stockout_days", "sold", "closing",
            "cells_always_out", "cells_satisfaction", "satisfied_sold",
        ):  # fmt: skip
            assert getattr(row, name) == group[name], name
        rounding = Fraction(91, NANO)
        assert 0 <= group["daily_sales"] - Fraction(row.daily_sales_nano, NANO) <= rounding
        total = group["satisfied_sold"] + group["expected"]
        assert 0 <= total - Fraction(row.sold_and_expected_nano, NANO) <= rounding


def test_only_a_newer_night_becomes_the_current_one(reported):
    first = night(AS_OF)
    assert first.is_current
    past = night(AS_OF - timedelta(days=7))
    replay = night(AS_OF + timedelta(days=1), replay=True)
    first.refresh_from_db()
    assert (first.is_current, past.is_current, replay.is_current) == (True, False, False)
    again = night(AS_OF)
    first.refresh_from_db()
    assert (first.is_current, again.is_current) == (False, True)


def test_a_night_that_was_killed_is_seen_by_nobody_and_swept_away(reported):
    killed = night(AS_OF, publish=False)
    assert not Figure.objects.filter(result_set=killed).exists()
    assert not services.has_results(AS_OF)
    services.drop_unpublished()
    assert not ResultSet.objects.exists()
    night(AS_OF)
    assert services.has_results(AS_OF)


def test_a_shard_done_twice_is_there_once(reported):
    result_set = night(AS_OF, publish=False)
    services.compute_shard(SimpleNamespace(result_set_id=result_set.pk), 0)
    services.publish(result_set)
    services.publish(result_set)
    assert written(result_set) == wanted(reported, AS_OF)


def test_old_sets_are_swept_away_but_not_the_months_ends(reported, monkeypatch):
    monkeypatch.setattr(services, "SETS_TO_KEEP", 2)
    for day in (date(2024, 5, 31), date(2024, 6, 1), date(2024, 6, 2), date(2024, 6, 3)):
        night(day)
    services.sweep()
    assert [result_set.as_of.isoformat() for result_set in ResultSet.objects.order_by("as_of")] == [
        "2024-05-31", "2024-06-02", "2024-06-03",
    ]  # fmt: skip
    days = {figure.result_set.as_of for figure in Figure.objects.all()}
    assert date(2024, 6, 1) not in days


def close(result_set):
    return closing.close_cycles(SimpleNamespace(result_set_id=result_set.pk), 0)


def test_closed_cycles_hold_every_cycle_of_the_window_once(reported):
    result_set = night(AS_OF)
    close(result_set)
    assert close(night(AS_OF)) == {"cycles": 0, "cycle_figures": 0}
    found = written(result_set)
    for (customer, product), row in found.items():
        if not row.get("cycle_observed_days"):
            continue
        kept = CycleFigure.objects.get(
            cycle_end=row["cycle_end"], customer=customer, product=product
        )
        assert kept.figures.satisfaction == row["cycle_satisfaction"]
        assert kept.figures.ratio_days == row["cycle_ratio_days"]
    assert set(ClosedCycle.objects.values_list("rules", flat=True)) == {"level@1"}


def test_a_late_day_rewrites_the_cycle_that_it_touches_and_no_other(reported):
    close(night(AS_OF))
    before = dict(ClosedCycle.objects.values_list("pk", "digest"))
    late_days(reported)
    fresh = close(night(AS_OF))
    assert 1 <= fresh["cycles"] <= 2
    touched = ClosedCycle.objects.exclude(pk__in=before)
    assert {cycle.customer_id for cycle in touched} == {oldest(reported)}
    late = AS_OF - timedelta(days=10)
    cycle = touched.get(cycle_start__lte=late, cycle_end__gte=late)
    assert CycleFigure.objects.filter(
        customer=cycle.customer, cycle_end=cycle.cycle_end
    ).count() == len(reported.town.products)


def test_a_calendar_changed_for_the_past_moves_the_closed_cycles(reported):
    close(night(AS_OF))
    shop = Customer.objects.get(pk=oldest(reported))
    changed = date(2024, 6, 1)
    DeliveryCalendar.objects.filter(customer=shop).update(period=DateRange(LONG_AGO, changed))
    DeliveryCalendar.objects.create(
        customer=shop, order_weekdays=[3], delivery_weekdays=[5], period=DateRange(changed, None)
    )
    close(night(AS_OF))
    ends = ClosedCycle.objects.filter(customer=shop, cycle_start__gte=changed).order_by("cycle_end")
    assert [end.isoformat() for end in ends.values_list("cycle_end", flat=True)] == [
        "2024-06-13", "2024-06-20",
    ]  # fmt: skip
    kept = CycleFigure.objects.filter(customer=shop, cycle_end__gt=changed)
    assert set(kept.values_list("cycle_end", flat=True)) <= {
        date(2024, 6, 6), date(2024, 6, 13), date(2024, 6, 20),
    }  # fmt: skip


@pytest.mark.parametrize("weekdays", [[2, 5], [1, 4], [6], [1, 2, 3, 4, 5, 6, 7]])
def test_closed_cycles_never_overlap_whatever_calendar_is_corrected(reported, weekdays):
    as_of = AS_OF + timedelta(days=2)
    close(night(as_of))
    DeliveryCalendar.objects.update(delivery_weekdays=weekdays)
    close(night(as_of))
    assert close(night(as_of)) == {"cycles": 0, "cycle_figures": 0}
    ends = {}
    for cycle in ClosedCycle.objects.order_by("customer", "cycle_start"):
        assert cycle.cycle_start > ends.get(cycle.customer_id, date.min)
        ends[cycle.customer_id] = cycle.cycle_end


def test_a_replay_closes_nothing(reported):
    assert close(night(AS_OF, replay=True)) == {}
    assert not ClosedCycle.objects.exists()
