"""What a night leaves behind: the same figures every time, and never half of them."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from inventory.indicators import services as indicators
from inventory.indicators.models import Figure, ResultSet
from inventory.indicators.queries import current_set
from inventory.quality.models import Sweep
from inventory.quality.queries import was_searched
from marketing_ops.lib.clock import received_now
from marketing_ops.nightly import run_night
from marketing_ops.runs.models import Run
from orders.quotas import services as quotas
from orders.quotas.models import Recommendation
from tests.town import DAY


@pytest.fixture
def town(town, ledger):
    return ledger(town)


def night(as_of=DAY, **options):
    return run_night(as_of=as_of, by="test", **options)


def test_the_same_night_again_gives_the_same_bytes(town, export):
    night()
    first = export()
    night()
    assert export() == first
    assert len(first.splitlines()) == 1 + 6 * 4


def test_a_night_for_a_past_day_does_not_replace_the_current_results(town, export):
    night()
    before = current_set()
    night(DAY - timedelta(days=10))
    assert current_set() == before
    assert b"2024-06-0" in export(DAY - timedelta(days=10))


def test_the_next_day_takes_the_place_of_the_day_before(town):
    night(DAY - timedelta(days=1))
    night()
    assert current_set().as_of == DAY


def test_a_late_correction_changes_its_pair_and_no_other(town, upload, rows):
    night()
    before = rows()
    shop, product = town.shops["L1"], town.products["6902"]
    upload([(shop.pk, DAY - timedelta(days=1), product.pk, 50, 0, 9)])
    night()
    after = rows()
    changed = {key for key in before if before[key] != after[key]}
    # The reasons of a pair may name its shop's and its peers' figures, so sold is what counts.
    sold = {key for key in changed if before[key]["window_sold"] != after[key]["window_sold"]}
    assert sold == {("L1", "6902")}


def test_a_night_told_from_an_earlier_time_knows_only_what_was_known_then(town, upload, export):
    night()
    before = export()
    then = received_now()
    shop, product = town.shops["L1"], town.products["6902"]
    upload([(shop.pk, DAY - timedelta(days=1), product.pk, 50, 0, 9)])
    night()
    corrected = export()
    assert corrected != before
    current = current_set()
    night(known_at=then)
    assert current_set() == current, "a replay never becomes current"
    assert export() == before, "the set completed last is the one exported for the day"


def test_what_looked_false_is_known_as_long_as_the_results_are(town, monkeypatch):
    night(DAY - timedelta(days=20))
    night()

    def stopped(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(quotas, "publish_results", stopped)
    with pytest.raises(RuntimeError):
        night()
    monkeypatch.undo()
    sets = ResultSet.objects.complete().values_list("as_of", "known_at")
    assert sets.count() == 2
    assert all(was_searched(*fixed) for fixed in sets)
    night()
    indicators.sweep()
    assert set(Sweep.objects.values_list("as_of", "known_at")) == set(sets.all())


def test_a_night_before_the_first_rules_says_so(town):
    with pytest.raises(CommandError, match="1990-01-01"):
        call_command("nightly", "--as-of", "1990-01-01")


def test_a_day_without_a_row_is_not_a_zero(town, upload, rows):
    night()
    before = rows()["L5", "6903"]
    shop, product = town.shops["L5"], town.products["6903"]
    # A whole further cycle passes without a word from the shop.
    night(DAY + timedelta(days=7))
    after = rows(DAY + timedelta(days=7))["L5", "6903"]
    assert before["cycle_observed_days"] == "7"
    assert (after["cycle_observed_days"], after["cycle_sold"]) == ("0", "")
    assert after["cycle_satisfaction"] == ""
    upload([(shop.pk, DAY + timedelta(days=1), product.pk, 0, 0, 0)])
    night(DAY + timedelta(days=7))
    after = rows(DAY + timedelta(days=7))["L5", "6903"]
    assert (after["cycle_observed_days"], after["cycle_stockout_days"]) == ("1", "1")


def test_a_step_that_fails_leaves_the_results_of_before_and_says_why(town, monkeypatch):
    night(DAY - timedelta(days=1))
    before = current_set()

    def broken(*args):
        raise ArithmeticError("no quota today")

    monkeypatch.setattr(quotas, "recommend", broken)
    with pytest.raises(ArithmeticError):
        night()
    assert current_set() == before
    run = Run.objects.filter(kind=Run.Kind.NIGHT).first()
    assert (run.status, run.step) == (Run.Status.FAILED, "quotas")
    assert "no quota today" in run.error
    monkeypatch.undo()
    night()
    assert current_set().as_of == DAY


def test_the_night_after_a_broken_one_sweeps_up_what_it_left(town, monkeypatch):
    monkeypatch.setattr(quotas, "recommend", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        night()
    left = ResultSet.objects.get()
    monkeypatch.undo()
    night()
    assert not ResultSet.objects.filter(pk=left.pk).exists()
    assert not Figure.objects.filter(result_set_id=left.pk).exists()
    assert ResultSet.objects.get().is_current


def test_every_pair_of_the_figures_has_its_recommendation(town):
    night()
    result_set = current_set()
    figures = set(Figure.objects.filter(result_set=result_set).values_list("customer", "product"))
    advised = set(
        Recommendation.objects.filter(result_set=result_set).values_list("customer", "product")
    )
    assert figures == advised
    assert len(figures) == 24


def test_an_empty_district_has_a_night_too(db):
    run = night()
    assert run.status == Run.Status.DONE
    assert current_set().as_of == DAY
