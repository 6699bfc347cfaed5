"""Columns in and out of PostgreSQL by binary COPY."""

import numpy as np
import pytest
from django.db import connection

from marketing_ops.lib.copying import copy_lines, copy_rows, read_columns

pytestmark = pytest.mark.django_db


@pytest.fixture
def cursor(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE target (id int4, small int2, big int8, on_day date, at timestamptz,"
            " flag bool) ON COMMIT DROP"
        )
        yield cursor


def test_rows_with_every_pattern_of_nulls_arrive_as_they_were(cursor):
    number = np.arange(200_000)
    columns = {
        "id": (number, "int4"),
        "small": (number % 30_000 - 15_000, "int2", number % 3 == 0),
        "big": (number * 10**10, "int8", number % 5 == 0),
        "on_day": (np.datetime64("1999-12-20") + number % 40, "date", number % 7 == 0),
        "at": (np.datetime64("2024-06-25T02:03:04.000005") + number, "timestamptz"),
        "flag": (number % 2 == 0, "bool"),
    }
    assert copy_rows(cursor, "target", columns) == 200_000
    cursor.execute(
        "SELECT count(*), count(small), count(big), count(on_day), sum(small), sum(big),"
        " min(on_day), max(on_day), count(*) FILTER (WHERE flag), min(at)::text FROM target"
    )
    kept = {name: ~mask[0] if mask else slice(None) for name, (_, _, *mask) in columns.items()}
    cursor_row = cursor.fetchone()
    assert cursor_row[:6] == (
        200_000,
        int(kept["small"].sum()),
        int(kept["big"].sum()),
        int(kept["on_day"].sum()),
        int(columns["small"][0][kept["small"]].sum()),
        sum(columns["big"][0][kept["big"]].tolist()),
    )
    days = columns["on_day"][0][kept["on_day"]]
    assert cursor_row[6:9] == (days.min().item(), days.max().item(), 100_000)
    cursor.execute("SELECT small, big, on_day FROM target WHERE id = 31")
    row = cursor.fetchone()
    assert row == (31 - 15_000, 31 * 10**10, columns["on_day"][0][31].item())


def test_what_is_read_is_what_was_written(cursor):
    number = np.arange(-5, 5)
    written = {
        "id": (number, "int4"),
        "small": (number, "int2"),
        "big": (number * 2**40, "int8"),
        "on_day": (np.datetime64("2000-01-01") + number, "date"),
        "at": (np.datetime64("2000-01-01T00:00:00", "us") + number * 10**9, "timestamptz"),
        "flag": (number > 0, "bool"),
    }
    copy_rows(cursor, "target", written)
    found = read_columns(
        cursor,
        "SELECT * FROM target WHERE id >= %s ORDER BY id",
        {name: pg_type for name, (_, pg_type) in written.items()},
        [-3],
    )
    for name, (values, _) in written.items():
        assert (found[name] == values[2:]).all(), name
        assert found[name].dtype.isnative


def test_a_value_that_does_not_fit_is_refused_and_not_cut_off(cursor):
    with pytest.raises(ValueError, match="does not fit into int2"):
        copy_rows(cursor, "target", {"small": (np.array([40_000]), "int2")})


def test_columns_of_unequal_length_are_refused(cursor):
    columns = {"id": (np.arange(3), "int4"), "small": (np.arange(2), "int2")}
    with pytest.raises(ValueError, match="unequal length"):
        copy_rows(cursor, "target", columns)


@pytest.mark.parametrize(
    "select",
    ["SELECT NULL::int4", "SELECT 1::int8", "SELECT 1::int4 UNION ALL SELECT NULL", "SELECT 1, 2"],
)
def test_a_query_that_does_not_give_what_was_said_is_refused(cursor, select):
    with pytest.raises(ValueError, match=r"null|another|is not"):
        read_columns(cursor, select, {"id": "int4"})


def test_no_rows_are_no_rows(cursor):
    assert copy_rows(cursor, "target", {"id": (np.zeros(0, int), "int4")}) == 0
    assert len(read_columns(cursor, "SELECT id FROM target", {"id": "int4"})["id"]) == 0


def test_texts_arrive_as_they_were_whatever_they_hold(cursor):
    cursor.execute("CREATE TEMP TABLE words (number int4, word text) ON COMMIT DROP")
    words = ["城区", "a\tb", "two\nlines\r", r"\N", "back\\slash", "", None]
    copy_lines(cursor, "words", ("number", "word"), enumerate(words))
    cursor.execute("SELECT word FROM words ORDER BY number")
    assert [word for (word,) in cursor.fetchall()] == words
