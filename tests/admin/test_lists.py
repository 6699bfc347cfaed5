"""Lists of the admin ask the database a bounded number of times, however many rows they show."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer, Licence, WorkDay
from marketing_ops.audit.models import Entry
from marketing_ops.audit.tracked import COUNT_UP_TO, CappedPaginator
from tests.admin.conftest import address
from tests.town import since

MOST = 20  # of any list: session, person, rights, count, rows, filters


def queries_of(client, path, **asked):
    client.get(path, asked)  # content types and the like are read once
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path, asked).status_code == 200
    return len(caught)


def test_no_list_asks_more_often_than_is_agreed(admin1, town):
    for model in admin.site._registry:
        path = address(model, "changelist")
        assert queries_of(admin1, path) <= MOST, model


@pytest.mark.parametrize("rows", [40])
def test_more_rows_are_no_more_queries(admin1, town, rows):
    def counts():
        return {
            model: queries_of(admin1, address(model, "changelist"))
            for model in (Customer, Licence, WorkDay, Entry, *_of_people())
        }

    before = counts()
    for number in range(rows):
        shop = Customer.objects.create(opened_on="2024-01-01")
        Licence.objects.create(customer=shop, number=f"M{number}", period=since())
        WorkDay.objects.create(
            day=timezone.localdate() + timedelta(days=number), is_workday=False, name="休息"
        )
        Entry.objects.create(at=timezone.now(), actor="x", action="y", subject="z")
        for model in _of_people():
            _one_more(model, town, shop, number)
    after = counts()
    assert after == before


def _of_people():
    from customers.models import Post
    from marketing_ops.accounts.models import User

    return User, Post


def _one_more(model, town, shop, number):
    from customers.models import Post
    from marketing_ops.accounts.models import User

    if model is User:
        User.objects.create(username=f"more{number}")
    else:
        person = User.objects.get(username=f"more{number}")
        Post.objects.create(user=person, role="customer", customer=shop, period=since())


def test_search_finds_shops_by_licence_and_name(admin1, town):
    def found(words):
        page = admin1.get(address(Customer, "changelist"), {"q": words})
        return [row.shop_licence for row in page.context["cl"].result_list]

    assert found("L3") == ["L3"]
    assert sorted(found("川沙")) == ["L3", "L4"]


def test_rows_are_filtered_by_when_they_hold(admin1, town):
    page = address(Licence, "changelist")
    for holds, count in (("today", 6), ("past", 0), ("future", 0)):
        rows = admin1.get(page, {"holds": holds}).context["cl"].result_list
        assert len(rows) == count


def test_counting_ends_where_nobody_turns_pages():
    class Rows:
        def order_by(self):
            return self

        def __getitem__(self, piece):
            assert piece == slice(None, COUNT_UP_TO + 1)
            return type("Counted", (), {"count": lambda self: COUNT_UP_TO + 1})()

    assert CappedPaginator(Rows(), 50).count == COUNT_UP_TO + 1
