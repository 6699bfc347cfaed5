"""Closed cycles: the month's table is made once, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from django.db import connection, transaction

from inventory.indicators.closing import _ensure_months
from tests.night.test_killed import another_connection, until

DAYS = np.array(["2031-05-04"], "M8[D]")
MONTH = "indicators_cyclefigure_2031_05"


@pytest.fixture
def no_month(committed):
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {MONTH}")


def somebody_waits_for_an_advisory_lock():
    with another_connection() as other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        return cursor.fetchone()


def test_two_shards_that_need_a_new_month_at_once_make_it_once(no_month):
    made, commit = Event(), Event()

    def make(then=lambda: None):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                _ensure_months(cursor, DAYS)
                then()
        finally:
            connection.close()

    def hold():
        made.set()
        assert commit.wait(60)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(make, hold)
        assert made.wait(60)
        second = pool.submit(make)
        until(somebody_waits_for_an_advisory_lock)
        commit.set()
        first.result(60)
        second.result(60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = %s", [MONTH])
        assert cursor.fetchone() == (1,)
