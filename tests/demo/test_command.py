from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from marketing_ops.demo.fill import fill
from marketing_ops.demo.management.commands import demo
from marketing_ops.runs.models import Run
from tests.demo.conftest import AS_OF

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in the district
JUST_AFTER_MIDNIGHT = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # 00:30 there


@pytest.fixture
def nights(monkeypatch, settings):
    """The demo at noon of the day after AS_OF; the nights it asks for, as a set that grows."""
    settings.DEMO = True
    asked: list[date] = []
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    monkeypatch.setattr(demo, "run_night", lambda *, as_of, by: asked.append(as_of))
    monkeypatch.setattr(demo.indicators, "has_results", lambda day: day in asked)
    return asked


def start():
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def test_an_empty_database_is_filled_up_to_yesterday_and_its_night_is_run(monkeypatch, nights, db):
    made = []
    monkeypatch.setattr(demo, "filled", lambda: None)
    monkeypatch.setattr(demo, "fill", lambda district, by, say: made.append(district.as_of))
    start()
    assert made == [AS_OF] and nights == [AS_OF]


def test_a_second_start_keeps_the_data_and_repeats_no_night(run, nights):
    start()
    start()
    assert nights == [AS_OF]
    assert Run.objects.filter(kind=Run.Kind.DEMO).count() == 1


def test_a_start_on_a_later_day_keeps_the_data_and_runs_the_night_then_due(
    run, nights, monkeypatch
):
    start()
    monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(days=3))
    assert str(AS_OF) in start()
    assert nights == [AS_OF, AS_OF + timedelta(days=3)]


def test_shortly_after_midnight_the_night_that_still_counts_is_run_too(run, nights, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: JUST_AFTER_MIDNIGHT)
    start()
    assert nights == [AS_OF - timedelta(days=1), AS_OF]


def test_outside_the_demo_nothing_is_filled(settings, db):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        start()
    assert not Run.objects.exists()


def test_a_database_in_use_is_refused_in_words(town, nights, district, monkeypatch):
    monkeypatch.setattr(demo.district, "generate", lambda *, as_of: district)
    monkeypatch.setattr(demo, "fill", fill)
    with pytest.raises(CommandError, match="DATABASE_URL"):
        start()
    assert nights == []
