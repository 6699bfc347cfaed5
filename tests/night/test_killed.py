"""Worker, broker and database may go at any point: the next night is as if nothing had been."""

import os
import signal
import socket
from contextlib import contextmanager
from threading import Event, Thread

import psycopg2
import pytest
from celery import Celery
from django.db import connection

from inventory.indicators.models import ResultSet
from marketing_ops import broker
from marketing_ops.nightly import _call_helpers, help_with, run_night
from marketing_ops.runs import services as runs
from marketing_ops.runs import sharding
from marketing_ops.runs.models import Run, Shard
from tests.night.conftest import WAIT, spread_over_shards
from tests.town import DAY

NO_BROKER = "redis://127.0.0.1:1/0"
CALENDARS = "customers_deliverycalendar"


@pytest.fixture
def town(committed_town, ledger):
    return ledger(spread_over_shards(committed_town))


@contextmanager
def another_connection():
    database = connection.settings_dict
    other = psycopg2.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"] or None,
        host=database["HOST"],
        port=database["PORT"],
    )
    try:
        yield other
    finally:
        other.close()


@contextmanager
def stopped_at(table):
    """Whoever reads `table` waits until this ends: a night can be met in its middle."""
    with another_connection() as other, other.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def until(condition):
    """Wait for a condition of another process; fails after a minute."""
    tick = Event()
    for _attempt in range(WAIT * 20):
        if condition():
            return
        tick.wait(0.05)
    raise AssertionError("what the test waits for did not happen within a minute")


def waiting_for(table, number=1):
    """Whether so many processes are held up at the table."""

    def condition():
        with another_connection() as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
                [table],
            )
            return cursor.fetchone()[0] >= number

    return condition


def somebody_waits_for_a_row():
    with another_connection() as other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        return cursor.fetchone()


def test_without_a_broker_the_night_runs_in_its_own_process(town, start, export):
    run_night(as_of=DAY, by="test")
    expected = export()
    process = start("nightly", "--as-of", f"{DAY}", REDIS_URL=NO_BROKER)
    assert process.wait(WAIT) == 0, process.log.read_text()
    assert export() == expected
    assert Run.objects.filter(kind=Run.Kind.NIGHT, status=Run.Status.DONE).count() == 2


def test_a_broker_that_freezes_while_helpers_are_called_does_not_hold_up_the_night(
    monkeypatch, settings
):
    monkeypatch.setattr(broker, "answers", lambda: True)  # it froze the moment after
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        assert options["socket_timeout"] <= 10
        app = Celery("frozen", broker=f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        app.conf.broker_transport_options = options | {"socket_timeout": 0.2}
        monkeypatch.setattr(help_with, "apply_async", app.task(help_with.run).apply_async)
        calls = Thread(target=_call_helpers, args=(1, 5), daemon=True)
        calls.start()
        calls.join(WAIT)
        assert not calls.is_alive()


def test_a_night_killed_in_its_middle_is_healed_by_the_next(town, start, export):
    with stopped_at(CALENDARS):
        process = start("nightly", "--as-of", f"{DAY}", REDIS_URL=NO_BROKER)
        until(waiting_for(CALENDARS))
        process.kill()
        process.wait(WAIT)
    assert not ResultSet.objects.complete().exists()
    run_night(as_of=DAY, by="test")
    killed = Run.objects.get(status=Run.Status.FAILED)
    assert "Killed" in killed.error
    after_a_kill = export()
    run_night(as_of=DAY, by="test")
    assert export() == after_a_kill
    assert ResultSet.objects.exclude(status=ResultSet.Status.COMPLETE).count() == 0


def test_a_night_whose_database_connections_are_cut_fails_and_the_next_heals(town, start, export):
    with stopped_at(CALENDARS):
        process = start("nightly", "--as-of", f"{DAY}", REDIS_URL=NO_BROKER)
        until(waiting_for(CALENDARS))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE NOT granted AND relation = %s::regclass",
                [CALENDARS],
            )
        assert process.wait(WAIT) != 0
    assert not ResultSet.objects.complete().exists()
    run_night(as_of=DAY, by="test")
    assert len(export().splitlines()) == 1 + 8 * 4
    assert ResultSet.objects.get().is_current


def test_the_next_night_waits_for_what_a_helper_of_a_killed_one_is_at(town):
    killed = runs.start(kind=Run.Kind.NIGHT, title="killed", by="test")
    sharding.lay_out(killed, "indicators", [0, 1])
    night = Thread(target=_night_on_a_thread)
    with another_connection() as helper, helper.cursor() as cursor:
        cursor.execute("SELECT * FROM runs_shard WHERE number = 0 FOR UPDATE")
        night.start()
        until(somebody_waits_for_a_row)
        killed.refresh_from_db()
        assert killed.status == Run.Status.FAILED, "no further helper begins with it"
        assert not ResultSet.objects.exists()
    night.join(WAIT)
    assert ResultSet.objects.get().is_current
    assert not killed.shards.exists()


def test_two_nights_at_once_wait_for_each_other_and_agree(town, start, export):
    run_night(as_of=DAY, by="test")
    expected = export()
    both = [start("nightly", "--as-of", f"{DAY}", REDIS_URL=NO_BROKER) for _ in range(2)]
    assert [process.wait(WAIT) for process in both] == [0, 0], both[0].log.read_text()
    assert export() == expected
    assert ResultSet.objects.filter(is_current=True).count() == 1


@pytest.mark.celery
def test_a_killed_worker_costs_nothing_and_the_night_goes_on(town, start, export):
    run_night(as_of=DAY, by="test")
    expected = export()
    worker = start(
        "-A", "marketing_ops", "worker", "--concurrency", "1", "--loglevel", "WARNING",
        "-n", f"killed-{os.getpid()}@%h", module="celery",
    )  # fmt: skip
    night = Thread(target=_night_on_a_thread)
    with stopped_at(CALENDARS):
        night.start()
        # The night's own process is held up at one shard, the worker at another.
        until(waiting_for(CALENDARS, 2))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(WAIT)
    night.join(WAIT)
    assert not night.is_alive()
    assert export() == expected
    run = Run.objects.filter(kind=Run.Kind.NIGHT).first()
    assert run.status == Run.Status.DONE
    assert not Shard.objects.filter(run=run, done_at=None).exists()


def _night_on_a_thread():
    try:
        run_night(as_of=DAY, by="test")
    finally:
        connection.close()
