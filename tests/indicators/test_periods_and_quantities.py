"""Calendars that cannot be, cycles that fit without gaps, and packs as people write them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from marketing_ops.lib import periods, quantities
from marketing_ops.lib.periods import make_calendar

NEW_YEAR = date(2024, 1, 1)
DATES = st.dates(date(2023, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    "entries, message",
    [
        ([(NEW_YEAR, None, [0])], "1 .Monday. to 7"),
        ([(NEW_YEAR, NEW_YEAR, [1])], "ends on or before its start"),
        ([(NEW_YEAR, None, [1]), (date(2024, 2, 1), None, [2])], "still holds on 2024-02-01"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_with_the_cure(entries, message):
    with pytest.raises(ValueError, match=message):
        make_calendar(entries)


@given(
    changes=st.lists(
        st.tuples(DATES, st.sets(st.integers(1, 7))),
        min_size=1,
        max_size=4,
        unique_by=lambda c: c[0],
    ),
    first=DATES,
    as_of=DATES,
)
def test_cycles_follow_each_other_without_gap_and_begin_on_planned_days(changes, first, as_of):
    changes = sorted(changes)
    ends = [start for start, _ in changes[1:]] + [None]
    calendar = make_calendar(
        (start, end, days) for (start, days), end in zip(changes, ends, strict=True)
    )
    cycles = periods.cycles(calendar, first_ledger_day=first, until=as_of)
    for earlier, later in pairwise(cycles):
        assert later.start - earlier.end == timedelta(days=1)
    for cycle in cycles:
        assert first <= cycle.start <= cycle.end <= as_of
        assert periods.delivery_days(calendar, cycle.start, cycle.end) == [cycle.start]
    window = periods.window(calendar, first_ledger_day=first, as_of=as_of)
    assert window == tuple(
        cycle for cycle in cycles if (cycles[-1].end - cycle.start).days < periods.WINDOW_DAYS
    )


@given(day=DATES)
def test_the_last_complete_week_and_month_are_over_and_the_next_ones_are_not(day):
    week, month = periods.last_complete_week(day), periods.last_complete_month(day)
    assert week.start.isoweekday() == 1
    assert week.days == 7
    assert week.end <= day < week.end + timedelta(days=7)
    assert month.start.day == 1
    assert periods.is_month_end(month.end)
    assert month.end <= day < periods.month(month.end + timedelta(days=1)).end


def test_the_next_delivery_may_be_weeks_away():
    calendar = make_calendar([(NEW_YEAR, date(2024, 2, 1), [1]), (date(2024, 3, 1), None, [5])])
    assert periods.next_delivery(calendar, date(2024, 1, 1)) == date(2024, 1, 8)
    assert periods.next_delivery(calendar, date(2024, 1, 30)) == date(2024, 3, 1)
    assert periods.next_delivery(make_calendar([]), NEW_YEAR) is None


@pytest.mark.parametrize(
    "packs, shown",
    [(32, "3 ct 2 pk"), (0, "0 pk"), (-12, "−1 ct 2 pk"), (30, "3 ct"), (None, "—")],
)
def test_packs_are_shown_in_cartons_and_packs(packs, shown):
    with translation.override("en"):
        assert quantities.show(packs, 10) == shown


def test_a_case_is_250_cartons():
    with translation.override("en"):
        assert quantities.show(5_123, 10, with_cases=True) == "2 cs 12 ct 3 pk"
    assert quantities.to_packs(cases=2, cartons=12, packs=3, packs_per_carton=10) == 5_123


@given(packs=st.integers(-10_000, 10_000), per_carton=st.integers(1, 50))
def test_what_is_shown_can_be_typed_in_again(packs, per_carton):
    with translation.override("en"):
        shown = quantities.show(packs, per_carton, with_cases=True)
    assert quantities.parse(shown, per_carton) == packs


@pytest.mark.parametrize("text, packs", [("3条2包", 32), ("1箱", 2_500), ("-5", -5), (" 7 包", 7)])
def test_chinese_quantities_can_be_typed_in(text, packs):
    assert quantities.parse(text, 10) == packs


@pytest.mark.parametrize("text", ["", "条", "3.5", "2包3条", "=1+1", "3条x"])
def test_anything_else_is_no_quantity(text):
    with pytest.raises(ValueError, match="is not a quantity"):
        quantities.parse(text, 10)
