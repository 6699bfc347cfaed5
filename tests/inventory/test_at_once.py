"""Two writers at once, a reader's fixed moment, and connections that die."""

import threading
import time
from datetime import date

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Customer
from inventory import queries, services
from inventory.models import ShopDay, Source
from inventory.services import Recorded
from marketing_ops.lib import clock

DAY = date(2024, 3, 5)


@pytest.fixture
def elsewhere():
    """Run a function on a thread with a connection of its own; join() raises what it raised."""
    threads = []

    def start(function):
        outcome = []

        def run():
            try:
                outcome.append(function())
            except BaseException as error:
                outcome.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        threads.append(thread)
        thread.start()

        def join():
            thread.join(30)
            assert not thread.is_alive(), "still waiting for a lock"
            if isinstance(outcome[0], BaseException):
                raise outcome[0]
            return outcome[0]

        return join

    yield start
    for thread in threads:
        thread.join(30)


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.01)


def waiting_for_advisory_locks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND"
            " database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0]


def shops(count):
    return [
        c.pk for c in Customer.objects.bulk_create([Customer(opened_on=DAY) for _ in range(count)])
    ]


def report(ids, sold=1, source="pos"):
    return services.record_days(
        customers=np.repeat(ids, 2),
        days=np.full(len(ids) * 2, DAY, dtype="datetime64[D]"),
        rows=[np.tile([7, 8], len(ids)), *(np.full(len(ids) * 2, n) for n in (10, 0, sold, 0))],
        source=Source.objects.get(code=source),
        by="a test",
    )


def versions():
    return list(ShopDay.objects.order_by("customer", "version").values_list("version", flat=True))


def test_two_imports_of_the_same_file_at_once_record_it_once(committed, elsewhere, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 7)
    ids = shops(40)
    joins = [elsewhere(lambda: report(ids)) for _ in range(2)]
    results = [join() for join in joins]
    assert results[0] + results[1] == Recorded(new=40, unchanged=40)
    assert versions() == [1] * 40


def test_two_files_that_differ_at_once_leave_one_current_version_each(committed, elsewhere):
    ids = shops(40)
    joins = [elsewhere(lambda n=n: report(ids if n % 2 else ids[::-1], sold=n)) for n in range(4)]
    for join in joins:
        join()
    assert versions() == [1, 2, 3, 4] * 40
    assert ShopDay.objects.filter(superseded_at=None).count() == 40


def test_a_second_writer_waits_for_the_first_and_then_sees_its_word(committed, elsewhere):
    ids = shops(3)
    with transaction.atomic():
        report(ids)
        join = elsewhere(lambda: report(ids))
        wait_until(lambda: waiting_for_advisory_locks() == 1)
    assert join() == Recorded(unchanged=3)


def test_nothing_appears_later_with_a_time_of_receipt_before_a_fixed_moment(committed, elsewhere):
    ids = shops(2)
    with transaction.atomic():
        report(ids[:1])
        join = elsewhere(clock.fix_known_at)
        wait_until(lambda: waiting_for_advisory_locks() == 1)
    known_at = join()
    report(ids[1:])
    found = queries.read_documents(known_at=known_at)
    assert found.customer.tolist() == ids[:1]
    assert ShopDay.objects.get(customer=ids[1]).received_at > known_at


def test_a_moment_cannot_be_fixed_inside_a_transaction(committed):
    with (
        pytest.raises(RuntimeError, match="durable"),
        transaction.atomic(),
    ):
        clock.fix_known_at()


def test_a_connection_killed_in_the_middle_loses_and_doubles_nothing(
    committed, elsewhere, monkeypatch
):
    monkeypatch.setattr(services, "BATCH", 5)
    ids = shops(20)
    third = ids[10:15]
    blocked, pid = threading.Event(), []
    lock_customers = services.lock_customers

    def stop_before_the_third_batch_is_written(customers):
        lock_customers(customers)
        if threading.current_thread() is not threading.main_thread() and customers[0] == third[0]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid.append(cursor.fetchone()[0])
            blocked.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(1, 1)")

    monkeypatch.setattr(services, "lock_customers", stop_before_the_third_batch_is_written)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(1, 1)")
        join = elsewhere(lambda: report(ids))
        assert blocked.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", pid)
        with pytest.raises(DatabaseError):
            join()
    assert sorted(ShopDay.objects.values_list("customer", flat=True)) == ids[:10]
    assert report(ids) == Recorded(new=10, unchanged=10)
    assert versions() == [1] * 20


def test_an_import_that_is_all_or_nothing_leaves_nothing_when_it_fails(committed):
    ids = shops(4)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.lock_customers(ids)
        report(ids[2:])
        report(ids[:2])
        raise ZeroDivisionError
    assert not ShopDay.objects.exists()
