"""The geometry of charts, and the chart of one product."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_ops.home.chart import Band, draw
from marketing_ops.home.days import LedgerDay, Row, State
from marketing_ops.lib.charts import Days, Quantities, runs

START = date(2024, 3, 1)


def day(number):
    return START + timedelta(days=number)


def test_days_lie_side_by_side_without_gaps_or_overlaps():
    for length in (1, 7, 91, 97, 119):
        span = Days(START, day(length - 1))
        edge = 0.0
        for one in span:
            assert float(span.left(one)[:-1]) == pytest.approx(edge, abs=1e-9)
            edge += float(span.width(one, one)[:-1])
        assert edge == pytest.approx(100)


def test_a_run_of_days_is_as_wide_as_its_days_together():
    span = Days(START, day(90))
    whole = sum(float(span.width(one, one)[:-1]) for one in span)
    assert float(span.width(START, day(90))[:-1]) == pytest.approx(whole)


def test_a_chart_without_a_day_is_refused():
    with pytest.raises(ValueError, match="needs a day"):
        Days(day(1), START)


def test_what_lies_outside_is_cut_off():
    span = Days(day(10), day(20))
    assert span.clip(day(0), day(12)) == (day(10), day(12))
    assert span.clip(day(0), day(9)) is None


@given(st.lists(st.integers(0, 20_000), max_size=20), st.sampled_from([1, 5, 10, 20]))
def test_a_scale_holds_all_values_with_few_round_steps(values, unit):
    scale = Quantities.for_values(values, height=150, unit=unit)
    highest = max(values, default=0)
    assert scale.top >= max(highest, 1)
    assert 2 <= len(scale.ticks) <= 5
    assert scale.ticks[0] == 0 and scale.ticks[-1] == scale.top
    if highest >= 2 * unit:
        assert all(tick % unit == 0 for tick in scale.ticks), "whole cartons"
    for value in values:
        assert 0 <= scale.y(value) <= 150
        assert (scale.length(value) > 0) == (value > 0), "a pack is never drawn as nothing"


@given(st.sets(st.integers(0, 60)))
def test_runs_are_unbroken_and_complete(chosen):
    days = [day(n) for n in range(61)]
    found = runs(days, lambda d: (d - START).days in chosen)
    covered = {
        (first + timedelta(days=n) - START).days
        for first, last in found
        for n in range((last - first).days + 1)
    }
    assert covered == chosen
    assert all(later[0] - earlier[1] > timedelta(days=1) for earlier, later in pairwise(found))


def entry(number, state=State.OBSERVED, **row):
    values = {"opening": 0, "received": 0, "sold": 0, "transferred": 0, "closing": 0, "source": 1}
    return LedgerDay(day(number), state, row=Row(**{**values, **row}) if row else None)


def test_each_mark_stands_at_its_day():
    days = [
        entry(0, closing=12, sold=3),
        entry(1, closing=26, sold=0, received=14),
        entry(2, State.STOCKOUT, closing=1),
        entry(3, State.STOCKOUT, closing=1),
        entry(4, State.NO_REPORT),
        entry(5, State.FLAGGED, closing=9, sold=9),
    ]
    chart = draw(days, events=[Band(day(-9), day(1), "修路")], packs_per_carton=10)
    kinds = [(band.kind, band.x, band.width) for band in chart.bands]
    sixth = "16.67%"
    assert ("event", "0.00%", "33.33%") in kinds
    assert ("unseen", "66.67%", "33.33%") in kinds, "the flagged day is not observed either"
    assert ("out", "33.33%", "33.34%") in kinds
    assert [(m.kind, m.x) for m in chart.marks] == [("delivery", "25.00%")]
    assert {bar.x for bar in chart.bars if bar.kind == "stock"} == {
        "0.00%", sixth, "33.33%", "50.00%", "83.33%",
    }  # fmt: skip
    assert [shape.words for shape in chart.scale[:1]] == ["0包"]
    assert len(chart.days) == 6
    assert "未观测" in chart.days[4].words


def test_a_product_with_nothing_but_zeros_can_be_drawn():
    chart = draw([entry(0, closing=0)], events=[], packs_per_carton=10)
    assert chart.bars == []


def test_an_event_without_an_end_reaches_to_the_last_day():
    chart = draw(
        [entry(n, closing=5) for n in range(4)],
        events=[Band(day(3), None, "修路")],
        packs_per_carton=10,
    )
    assert chart.bands[0].width == "25.00%"
    assert chart.names[0].kind == "name-end", "written to the left, where there is room"
