"""The pieces of a step are each done once, whoever dies on the way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import OperationalError, connection
from django.db.utils import InterfaceError

from marketing_ops.audit.models import Entry
from marketing_ops.audit.services import record
from marketing_ops.runs import services as runs
from marketing_ops.runs import sharding
from marketing_ops.runs.models import Run, Shard

pytestmark = pytest.mark.usefixtures("committed")
WAIT = 20


@pytest.fixture
def run(committed):
    run = runs.start(kind=Run.Kind.NIGHT, title="night", by="test")
    sharding.lay_out(run, "step", range(6))
    runs.progress(run, step="step", done=0, total=6)
    return run


def write_a_row(shard):
    """A shard's work, visible in the database if and only if its transaction committed."""
    record(by="worker", action="did", subject=str(shard))
    return {"rows": 1}


def rows_written():
    return sorted(int(entry.subject) for entry in Entry.objects.all())


def in_thread(pool, function, *args, **kwargs):
    def work():
        try:
            return function(*args, **kwargs)
        finally:
            connection.close()

    return pool.submit(work)


def test_every_shard_is_done_once_and_the_counts_add_up(run):
    assert sharding.take_part(run.pk, {"step": write_a_row}, until_done=True) == 6
    assert rows_written() == [0, 1, 2, 3, 4, 5]
    assert sharding.counts_of(run.pk, "step") == {"rows": 6}
    run.refresh_from_db()
    assert (run.done, run.total) == (6, 6)


def test_a_second_invitation_finds_nothing_to_do(run):
    sharding.take_part(run.pk, {"step": write_a_row}, until_done=True)
    assert sharding.take_part(run.pk, {"step": write_a_row}) == 0
    assert rows_written() == [0, 1, 2, 3, 4, 5]


def test_two_processes_share_the_shards_and_do_none_twice(run):
    first_is_at_work, second_is_done = Event(), Event()

    def slow_first(shard):
        first_is_at_work.set()
        assert second_is_done.wait(WAIT)
        return write_a_row(shard)

    with ThreadPoolExecutor() as pool:
        helper = in_thread(pool, sharding.take_part, run.pk, {"step": slow_first})
        assert first_is_at_work.wait(WAIT)
        assert sharding.take_part(run.pk, {"step": write_a_row}) == 5
        second_is_done.set()
        assert helper.result(WAIT) == 1
    assert rows_written() == [0, 1, 2, 3, 4, 5]


def test_who_waits_takes_over_the_shard_of_a_killed_process(run):
    at_work, killed = Event(), Event()
    victim = []

    def dies(shard):
        write_a_row(shard)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            victim.append(cursor.fetchone()[0])
        at_work.set()
        assert killed.wait(WAIT)
        return write_a_row(shard)

    with ThreadPoolExecutor() as pool:
        helper = in_thread(pool, sharding.take_part, run.pk, {"step": dies})
        assert at_work.wait(WAIT)
        rest = in_thread(pool, sharding.take_part, run.pk, {"step": write_a_row}, until_done=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [victim[0]])
        killed.set()
        assert rest.result(WAIT) == 6
        with pytest.raises((OperationalError, InterfaceError)):
            helper.result(WAIT)
    assert rows_written() == [0, 1, 2, 3, 4, 5]


def test_a_shard_that_fails_leaves_nothing_behind_and_is_done_later(run):
    def fails_at_three(shard):
        write_a_row(shard)
        if shard == 3:
            raise ValueError("the third shard is broken")

    with pytest.raises(ValueError, match="third shard"):
        sharding.take_part(run.pk, {"step": fails_at_three}, until_done=True)
    assert rows_written() == [0, 1, 2]
    sharding.take_part(run.pk, {"step": write_a_row}, until_done=True)
    assert rows_written() == [0, 1, 2, 3, 4, 5]


def in_order(done, run):
    """Works that note in `done` what they did, for the step of the fixture and one after it."""

    def work(step):
        return lambda shard: done.append((step, shard))

    sharding.lay_out(run, "next", range(2))
    return {"step": work("step"), "next": work("next")}


def test_a_step_begins_when_every_shard_that_it_comes_after_is_done(run):
    done, first_is_at_work, go_on = [], Event(), Event()
    works = in_order(done, run)

    def slow_first(shard):
        first_is_at_work.set()
        assert go_on.wait(WAIT)
        done.append(("step", shard))

    with ThreadPoolExecutor() as pool:
        helper = in_thread(pool, sharding.take_part, run.pk, {"step": slow_first})
        assert first_is_at_work.wait(WAIT)
        assert sharding.take_part(run.pk, works, after={"next": ("step",)}) == 5
        waits = in_thread(
            pool, sharding.take_part, run.pk, works, after={"next": ("step",)}, until_done=True
        )
        go_on.set()
        assert helper.result(WAIT) == 1
        assert waits.result(WAIT) == 2
    assert [step for step, _ in done] == ["step"] * 6 + ["next"] * 2


def test_steps_that_do_not_wait_for_each_other_are_done_side_by_side(run):
    done, at_work, go_on = [], Event(), Event()
    works = in_order(done, run)

    def slow(shard):
        at_work.set()
        assert go_on.wait(WAIT)

    Shard.objects.filter(run=run, step="step", number__gt=0).delete()
    with ThreadPoolExecutor() as pool:
        helper = in_thread(pool, sharding.take_part, run.pk, {"step": slow})
        assert at_work.wait(WAIT)
        assert sharding.take_part(run.pk, works) == 2
        go_on.set()
        assert helper.result(WAIT) == 1
    assert done == [("next", 0), ("next", 1)]


def test_nobody_works_for_a_run_that_is_over(run):
    runs.finish(run, error="killed")
    assert sharding.take_part(run.pk, {"step": write_a_row}) == 0
    assert Shard.objects.filter(done_at__isnull=False).count() == 0


def test_a_run_that_raises_is_recorded_as_failed_with_its_reason():
    with (
        pytest.raises(ZeroDivisionError),
        runs.recorded(kind=Run.Kind.IMPORT, title="bad", by="test"),
    ):
        1 / 0  # noqa: B018
    run = Run.objects.get(title="bad")
    assert (run.status, run.error) == (Run.Status.FAILED, "ZeroDivisionError: division by zero")


def test_a_run_whose_process_is_gone_is_called_killed_by_the_next_one():
    gone = runs.start(kind=Run.Kind.IMPORT, title="gone", by="test")
    with runs.recorded(kind=Run.Kind.IMPORT, title="next", by="test") as following:
        gone.refresh_from_db()
        assert (gone.status, gone.error[:6]) == (Run.Status.FAILED, "Killed")
        with ThreadPoolExecutor() as pool:
            in_thread(pool, runs.bury_the_dead).result(WAIT)
        following.refresh_from_db()
        assert following.status == Run.Status.RUNNING, "its process holds its lock"
    following.refresh_from_db()
    assert following.status == Run.Status.DONE


def test_a_run_that_just_begins_is_not_taken_for_dead(monkeypatch):
    start = runs.start

    def start_and_be_looked_at(**told):
        begun = start(**told)
        with ThreadPoolExecutor() as pool:
            in_thread(pool, runs.bury_the_dead).result(WAIT)
        return begun

    monkeypatch.setattr(runs, "start", start_and_be_looked_at)
    with runs.recorded(kind=Run.Kind.IMPORT, title="begins", by="test") as run:
        run.refresh_from_db()
        assert run.status == Run.Status.RUNNING


def test_a_run_that_ends_while_the_dead_are_looked_for_stays_done():
    run = runs.start(kind=Run.Kind.IMPORT, title="ends", by="test")

    def ends_before_its_lock_is_tried(execute, sql, *arguments):
        if "pg_try_advisory_lock" in sql:
            with ThreadPoolExecutor() as pool:
                in_thread(pool, runs.finish, run).result(WAIT)
        return execute(sql, *arguments)

    with connection.execute_wrapper(ends_before_its_lock_is_tried):
        runs.bury_the_dead()
    run.refresh_from_db()
    assert (run.status, run.error) == (Run.Status.DONE, "")


def test_what_a_run_that_is_over_left_undone_is_taken_away_and_its_helper_waited_for(run):
    at_work, go_on = Event(), Event()

    def slow(shard):
        at_work.set()
        assert go_on.wait(WAIT)
        return write_a_row(shard)

    def call_off():
        sharding.call_off()
        return rows_written()

    with ThreadPoolExecutor() as pool:
        helper = in_thread(pool, sharding.take_part, run.pk, {"step": slow})
        assert at_work.wait(WAIT)
        runs.finish(run, error="killed")
        called_off = in_thread(pool, call_off)
        with pytest.raises(TimeoutError):
            called_off.result(0.3)
        go_on.set()
        assert called_off.result(WAIT) == [0], "what the helper was at came before the answer"
        assert helper.result(WAIT) == 1
    assert [(shard.number, shard.counts) for shard in run.shards.all()] == [(0, {"rows": 1})]


def test_a_run_is_done_when_it_goes_on_and_nothing_is_left(run):
    assert not sharding.is_done(run.pk)
    sharding.take_part(run.pk, {"step": write_a_row})
    assert sharding.is_done(run.pk)
    runs.finish(run, error="called off")
    assert not sharding.is_done(run.pk)
