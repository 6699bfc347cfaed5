"""Counts and the collection by hand in the API."""

import pytest

from inventory.models import ShopDay
from tests.counts.ledger import record
from tests.counts.test_pages import MISSING, WEEK, missing, told  # noqa: F401 (fixture)
from tests.town import DAY
from tests.visits.cast import program, send

pytestmark = pytest.mark.usefixtures("town", "clock")
SHEET = f"/api/collection/days/L1/{MISSING}/"


def test_the_days_that_are_due_are_listed_and_leave_the_list_when_entered(town, missing):  # noqa: F811
    due = program("am01").get("/api/collection/days/", {"told": "false"}).json()["results"]
    assert [(one["shop"]["licence_no"], one["day"]) for one in due] == [
        ("L1", "2024-06-27"),
        ("L1", "2024-06-26"),
    ]
    assert program("am02").get("/api/collection/days/").json()["results"] == []
    sheet = program("am01").get(SHEET).json()
    assert sheet["asked_for"] is True
    first = sheet["lines"][0]
    assert (first["opening"], first["received"], first["sold"]) == (11, 20, None)
    said = {"lines": [{"barcode": "6902", "sold": 5}, {"barcode": "6903", "closing": 4}]}
    for _time in range(2):
        assert program("am01").post(SHEET, said, format="json").status_code == 200
    assert told(town, MISSING) == {"6902": (11, 20, 5, 26), "6903": (5, 0, 1, 4)}
    assert ShopDay.objects.filter(day=MISSING).count() == 1
    assert (
        len(program("am01").get("/api/collection/days/", {"told": "false"}).json()["results"]) == 1
    )


def test_a_line_that_cannot_be_is_named_and_nothing_is_written(missing):  # noqa: F811
    for line, field in (
        ({"barcode": "6902", "sold": 99}, "lines.sold"),
        ({"barcode": "9999", "sold": 1}, "lines.barcode"),
        ({"barcode": "6902"}, "lines.sold"),
    ):
        said = program("am01").post(SHEET, {"lines": [line]}, format="json")
        assert said.status_code == 400
        assert [error["field"] for error in said.json()["errors"]] == [field]
    assert not ShopDay.objects.filter(day=MISSING).exists()


def test_only_who_serves_the_shop_enters_it(missing):  # noqa: F811
    body = {"lines": [{"barcode": "6902", "sold": 1}]}
    assert program("market1").post(SHEET, body, format="json").status_code == 403
    assert program("am02").post(SHEET, body, format="json").status_code == 404
    assert program("market1").get(SHEET).status_code == 200


def test_an_information_points_week_is_entered_once(town):
    record(town, "L1", WEEK, {"6902": (10, 0, 2)})
    address = f"/api/collection/weeks/L1/{WEEK}/"
    line = {"barcode": "6902", "opening": 10, "sold": 4, "price": "88.50"}
    for _time in range(2):
        said = program("am01").post(address, {"lines": [line]}, format="json")
        assert said.status_code == 200
    (kept,) = said.json()["lines"]
    assert (kept["opening"], kept["sold"], kept["closing"], kept["price"]) == (10, 4, 6, "88.50")


def test_counts_are_those_of_visits_that_one_sees(town):
    record(town, "L1", DAY, {"6902": (10, 4, 3)})
    send(steps={"stock_count": {"lines": [{"barcode": "6902", "packs": 9}]}})
    rows = program("am01").get("/api/stock-counts/").json()["results"]
    assert [(row["expected"], row["counted"]) for row in rows] == [(None, 9)]
    assert program("am02").get("/api/stock-counts/").json()["results"] == []
    assert len(program("market1").get("/api/stock-counts/").json()["results"]) == 1
