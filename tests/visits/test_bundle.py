"""What the phone takes along: all shops of the person, the planned ones first, in few queries."""

from datetime import date
from time import perf_counter

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from customers.dated import change
from customers.models import (
    Customer,
    CustomerProperties,
    DeliveryCalendar,
    Licence,
    Post,
    RouteAssignment,
)
from customers.visits import bundle as bundle_module
from customers.visits.day_plan import Planned
from customers.visits.models import Promise
from marketing_ops.accounts.roles import Role
from tests.town import LONG_AGO, TODAY, since
from tests.visits.cast import VISITS, program, send

pytestmark = pytest.mark.usefixtures("town", "clock")
DAY = f"{VISITS}day/"


def licences(answer):
    return [shop["licence_no"] for shop in answer.json()["shops"]]


def test_all_of_ones_own_shops_are_in_it_and_nobody_elses(town):
    said = program("am01").get(DAY)
    assert said.status_code == 200
    assert licences(said) == ["L1", "L2"]
    assert said.json()["user"]["username"] == "am01"
    assert said.json()["day"] == "2024-06-28"
    assert said.json()["steps"][0] == {"name": "greeting", "item": "ask", "title": "Greeting"}
    assert [good["barcode"] for good in said.json()["products"]] == ["6901", "6904", "6902", "6903"]
    first = said.json()["shops"][0]
    assert (first["name"], first["format"], first["area"]) == ("张江一店", "便利店", "城区")
    # Orders on Sunday, delivered on Tuesday.
    assert (first["next_order"], first["next_delivery"]) == ("2024-06-30", "2024-07-02")
    assert first["last_visit"] is None
    assert first["planned"] is False


def test_who_stands_in_has_the_other_shops_too(town):
    Post.objects.create(
        user=town.people["am01"],
        role=Role.ACCOUNT_MANAGER,
        route=town.routes["东二"],
        period=DateRange(TODAY, date(2024, 7, 8)),
        substitute_for=Post.objects.get(user=town.people["am02"]),
    )
    assert licences(program("am01").get(DAY)) == ["L1", "L2", "L3", "L4"]
    assert licences(program("am01").get(DAY, {"day": "2024-07-08"})) == ["L1", "L2"]


def test_another_day_shows_no_shop_that_is_not_ones_own_today(town):
    change(
        RouteAssignment,
        {"customer": town.shops["L1"]},
        {"route": town.routes["东二"]},
        effective=TODAY,
    )
    assert licences(program("am01").get(DAY, {"day": "2024-06-20"})) == ["L2"]
    assert licences(program("am02").get(DAY, {"day": "2024-06-20"})) == ["L3", "L4"]


def test_a_closed_shop_is_not_visited(town):
    Customer.objects.filter(pk=town.shops["L1"].pk).update(closed_on="2024-06-27")
    assert licences(program("am01").get(DAY)) == ["L2"]


def test_the_planned_shops_come_first_in_the_order_of_travel(town, monkeypatch):
    plan = {town.shops["L2"].pk: Planned(1, "stock-outs", "09:30–10:00")}
    monkeypatch.setattr(bundle_module, "planned_on", lambda user, day: plan)
    first, second = program("am01").get(DAY).json()["shops"]
    assert (first["licence_no"], first["planned"], first["position"]) == ("L2", True, 1)
    assert (first["why"], first["window"]) == ("stock-outs", "09:30–10:00")
    assert (second["licence_no"], second["planned"], second["position"]) == ("L1", False, None)


def test_the_last_visit_and_what_was_promised_are_told():
    steps = {
        "promises": {"made": [{"text": "tags", "due_on": "2024-06-27"}, {"text": "a shelf"}]},
        "closing": {"effect": "new tags"},
    }
    send(started_at="2024-06-20T10:00:00+08:00", ended_at="2024-06-20T10:09:00+08:00", steps=steps)
    send(started_at="2024-06-19T10:00:00+08:00", ended_at="2024-06-19T10:09:00+08:00")
    kept, _open = Promise.objects.order_by("pk")
    shop = program("am01").get(DAY).json()["shops"][0]
    assert shop["last_visit"] == {"day": "2024-06-20", "by": "am01", "words": "new tags"}
    tags, shelf = shop["steps"]["promises"]["open"]
    assert tags == {"id": kept.pk, "text": "tags", "due_on": "2024-06-27", "overdue": True}
    assert shelf["overdue"] is False


def test_it_is_asked_for_again_for_nothing_as_long_as_nothing_changed(clock):
    client = program("am01")
    first = client.get(DAY)
    clock.now = clock.now.replace(minute=30)
    again = client.get(DAY, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    send()
    assert client.get(DAY, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_day_is_a_day():
    assert program("am01").get(DAY, {"day": "tomorrow"}).status_code == 400
    assert program("am01").get(DAY, {"dya": "2024-06-28"}).status_code == 400


def add_shops(town, route, first, count):
    """More shops on a route."""
    numbers = range(first, first + count)
    Customer.objects.bulk_create(Customer(pk=n, opened_on=LONG_AGO) for n in numbers)
    RouteAssignment.objects.bulk_create(
        RouteAssignment(customer_id=n, route=town.routes[route], period=since()) for n in numbers
    )
    Licence.objects.bulk_create(
        Licence(customer_id=n, number=f"M{n}", period=since()) for n in numbers
    )
    CustomerProperties.objects.bulk_create(
        CustomerProperties(
            customer_id=n, name=f"店{n}", format="便利店", area="城区", scale="中", period=since()
        )
        for n in numbers
    )
    DeliveryCalendar.objects.bulk_create(
        DeliveryCalendar(
            customer_id=n, order_weekdays=[n % 5 + 1], delivery_weekdays=[n % 7 + 1], period=since()
        )
        for n in numbers
    )


def test_300_shops_take_as_many_queries_as_two_and_little_time(town):
    client = program("am01")
    client.get(DAY)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(DAY)
    add_shops(town, "东一", 1000, 298)
    with CaptureQueriesContext(connection) as many:
        answer = client.get(DAY)
    assert len(answer.json()["shops"]) == 300
    assert len(many) == len(few) <= 30
    times = []
    for _time in range(3):
        begun = perf_counter()
        client.get(DAY)
        times.append(perf_counter() - begun)
    # 150 shops are to take at most 0.3 s; this allows for a machine that is busy.
    assert min(times) < 1.2
