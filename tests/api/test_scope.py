"""What lists tell whom, and how they come in pages and orders.

That no address gives anybody more than what is theirs: tests/site/test_walk.py.
"""

from datetime import date
from itertools import pairwise

import pytest
from django.urls import reverse

from customers.models import Post
from marketing_ops import api_urls
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.rest.paging import Keyset
from tests.api.conftest import program
from tests.town import since

LISTS = {
    "api-me",
    "api-shops",
    "api-brands",
    "api-products",
    "api-events",
    "api-result-sets",
    "api-figures",
    "api-shop-figures",
    "api-shop-periods",
    "api-roll-ups",
    "api-order-figures",
    "api-social-figures",
    "api-recommendations",
    "api-quotas",
    "api-order-lines",
    "api-findings",
    "api-flags",
    "api-detections",
    "api-runs",
}


def test_every_list_has_pages():
    for pattern in api_urls.urlpatterns:
        if pattern.name in LISTS - {"api-me"}:
            assert issubclass(pattern.callback.cls.pagination_class, Keyset), pattern.name


@pytest.mark.parametrize(
    ("person", "departments", "managers", "total"),
    [
        ("am01", set(), {"am01"}, False),
        ("market1", {"城东市场部"}, {"am01", "am02"}, False),
        ("market2", {"城西市场部"}, {"am03"}, False),
        ("inspector1", set(), set(), False),
        ("district1", {"城东市场部", "城西市场部"}, {"am01", "am02", "am03"}, True),
    ],
)
def test_sums_are_shown_for_the_groups_that_are_ones_own(ask, person, departments, managers, total):
    for name in ("api-roll-ups", "api-order-figures"):
        rows = ask(person, reverse(name), page_size=1000).json()["results"]
        groups = {}
        for row in rows:
            group = row["customers_group"]
            groups.setdefault(group["dimension"], set()).add(group["name"])
        assert groups.get("department", set()) == departments
        assert groups.get("manager", set()) == managers
        assert ({"total", "format", "area", "scale"} <= groups.keys()) is total


def test_the_sum_of_a_manager_who_served_elsewhere_too_is_not_the_departments(town, ask):
    Post.objects.create(
        user=town.people["am02"],
        role=Role.ACCOUNT_MANAGER,
        route=town.routes["西一"],
        period=since(),
    )
    rows = ask("market1", reverse("api-roll-ups"), page_size=1000).json()["results"]
    names = {row["customers_group"]["name"] for row in rows}
    assert "am01" in names
    assert "am02" not in names


def test_an_event_names_the_persons_own_shops_only(ask):
    events = ask("am01", reverse("api-events")).json()["results"]
    assert {event["title"] for event in events} == {"fair", "road"}
    assert ask("am01", reverse("api-events"), licence_no="L5").json()["results"] == []


def test_who_is_switched_off_is_nobody(town):
    client = program("am01")
    assert client.get("/api/shops/").status_code == 200
    town.people["am01"].is_active = False
    town.people["am01"].save()
    assert client.get("/api/shops/").status_code == 401


def test_a_post_that_ended_yesterday_shows_nothing_today(town, ask):
    Post.objects.filter(user=town.people["am01"]).update(period=since(end=date(2024, 6, 26)))
    assert ask("am01", "/api/shops/").status_code == 403


def test_pages_follow_each_other_without_gap_or_repetition(town):
    client = program("district1")
    for name in LISTS - {"api-me", "api-runs", "api-result-sets"}:
        whole = client.get(reverse(name), {"page_size": 1000}).json()["results"]
        paged, answer = [], client.get(reverse(name), {"page_size": 2})
        while answer.json()["next"] and len(paged) < 30:
            paged += answer.json()["results"]
            answer = client.get(answer.json()["next"])
        paged += answer.json()["results"]
        assert paged == whole[: len(paged)], name
        assert len(paged) == len(whole) or len(paged) >= 30


def test_each_ordering_orders_and_its_opposite_turns_it_round(town):
    client = program("district1")
    for name, ordering, key in (
        ("api-shops", "licence_no", lambda row: row["licence_no"]),
        ("api-shops", "opened_on", lambda row: row["opened_on"]),
        ("api-findings", "-day", lambda row: row["day"]),
        ("api-order-lines", "-ordered_on", lambda row: row["ordered_on"]),
    ):
        keys = [
            key(row) for row in client.get(reverse(name), {"ordering": ordering}).json()["results"]
        ]
        assert len(set(keys)) > 1
        assert all(before <= after for before, after in pairwise(keys)), (name, ordering)
