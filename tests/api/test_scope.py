"""Every address of the API × every person: who gets what, and nothing of another's shop.

A new address without a rule here fails.
"""

import json
from datetime import date
from itertools import pairwise

import pytest
from django.urls import reverse

from customers.models import Post
from marketing_ops import api_urls
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.rest.paging import Keyset
from tests.api.conftest import SEES, program
from tests.town import SHOPS, since

EVERYBODY = set(SEES) - {"nobody"}
AT_WORK = EVERYBODY - {"shop1"}
WHOLE = {"district1", "admin1"}

# Lists: who gets an answer, 200; the others 403.
LISTS = {
    "api-me": EVERYBODY,
    "api-shops": EVERYBODY,
    "api-brands": EVERYBODY,
    "api-products": EVERYBODY,
    "api-events": AT_WORK,
    "api-result-sets": AT_WORK,
    "api-figures": AT_WORK,
    "api-shop-figures": AT_WORK,
    "api-shop-periods": AT_WORK,
    "api-roll-ups": AT_WORK,
    "api-order-figures": AT_WORK,
    "api-social-figures": WHOLE,
    "api-recommendations": AT_WORK,
    "api-quotas": AT_WORK,
    "api-order-lines": AT_WORK,
    "api-findings": AT_WORK,
    "api-flags": AT_WORK,
    "api-detections": AT_WORK,
    "api-runs": WHOLE,
}
# One thing of a shop: who may ask at all; whose the shop is not is answered 404.
OF_A_SHOP = {
    "api-shop": EVERYBODY,
    "api-ledger": AT_WORK,
    "api-pair-figures": AT_WORK,
    "api-cycles": AT_WORK,
    "api-pair-recommendation": AT_WORK,
}
OTHERS = {"api-product": EVERYBODY, "api-run": WHOLE}
# About nobody but oneself (test_tokens.py), or about no data at all.
OWN = {"api-own-tokens", "api-own-token"}
PUBLIC = {"api-schema", "api-token", "api-unknown"}
# Whom a visit belongs to is a rule of its own: tests/visits/test_rights.py walks these.
VISITS = {
    "api-visits",
    "api-visits-day",
    "api-visits-counts",
    "api-visits-session",
    "api-set-aside",
    "api-set-aside-one",
    "api-conflicts",
    "api-conflict",
    "api-confidential",
    "api-visit",
    "api-visit-photo",
}


def test_every_address_has_a_rule_here():
    named = {pattern.name for pattern in api_urls.urlpatterns}
    assert named == {*LISTS, *OF_A_SHOP, *OTHERS, *OWN, *PUBLIC, *VISITS}


def test_every_list_has_pages():
    for pattern in api_urls.urlpatterns:
        if pattern.name in LISTS.keys() - {"api-me"}:
            assert issubclass(pattern.callback.cls.pagination_class, Keyset), pattern.name


def of(name, licence):
    if name == "api-shop":
        return reverse(name, args=[licence])
    return reverse(name, kwargs={"licence_no": licence, "barcode": "6902"})


def test_who_is_not_known_gets_401_everywhere_but_at_the_public_addresses(ask):
    for name in LISTS:
        assert ask(None, reverse(name)).status_code == 401, name
    for name in OF_A_SHOP:
        assert ask(None, of(name, "L1")).status_code == 401, name
    for name in ("api-own-tokens", "api-product", "api-run", "api-own-token"):
        args = [] if name == "api-own-tokens" else ["1"]
        assert ask(None, reverse(name, args=args)).status_code in {401, 405}, name
    assert program(None).delete(reverse("api-own-token", args=[1])).status_code == 401
    assert ask(None, reverse("api-schema")).status_code == 200


@pytest.mark.parametrize("person", SEES)
def test_each_person_gets_what_the_rule_says_and_no_more(ask, person):
    for name, people in LISTS.items():
        expected = 200 if person in people else 403
        assert ask(person, reverse(name)).status_code == expected, name
    for name, people in OF_A_SHOP.items():
        for licence in ("L1", "L5", "X9"):
            own = 200 if licence in SEES[person] else 404
            expected = own if person in people else 403
            assert ask(person, of(name, licence)).status_code == expected, (name, licence)
    assert ask(person, reverse("api-product", args=["6902"])).status_code == (
        200 if person in EVERYBODY else 403
    )
    run = ask("admin1", reverse("api-runs")).json()["results"][0]["id"]
    assert ask(person, reverse("api-run", args=[run])).status_code == (
        200 if person in WHOLE else 403
    )


def test_anothers_shop_and_no_shop_get_the_same_answer(ask):
    for name in OF_A_SHOP:
        foreign, missing = ask("am01", of(name, "L5")), ask("am01", of(name, "X9"))
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()


def tries(town):
    """Questions by which one could try to reach another's shop."""
    west, foreign = town.departments["城西市场部"].pk, town.people["am03"].pk
    yield {}
    yield from ({"licence_no": licence} for licence in ("L1", "L3", "L5"))
    yield from ({"q": "L"}, {"q": "西街"}, {"q": "%"})
    yield from ({"department": west}, {"manager": foreign}, {"route": town.routes["西一"].pk})
    yield from ({"segment": "E"}, {"segment": "none"}, {"format": "食杂店"})
    yield from ({"on": "2024-06-01"}, {"barcode": "6902"})
    yield from (
        {"customers_by": "department"},
        {"customers_by": "manager", "customer_key": foreign},
    )
    yield from ({"ordering": "-shop"}, {"ordering": "-id"}, {"ordering": "-licence_no"})


def licences_in(answer):
    if isinstance(answer, dict):
        found = {answer["licence_no"]} if "licence_no" in answer else set()
        return found.union(*map(licences_in, answer.values()))
    if isinstance(answer, list):
        return set().union(*map(licences_in, answer))
    return set()


@pytest.mark.parametrize("person", ["am01", "market2", "inspector1", "shop1"])
def test_no_filter_order_or_search_reaches_anothers_shop(town, person):
    client = program(person)
    hidden = [name for licence, (name, *_) in SHOPS.items() if licence not in SEES[person]]
    answered = 0
    for name in LISTS.keys() - {"api-brands", "api-products", "api-result-sets", "api-runs"}:
        for questions in tries(town):
            answer = client.get(reverse(name), questions)
            if answer.status_code != 200:
                assert answer.status_code in {400, 403}
                continue
            answered += 1
            assert licences_in(answer.json()) <= SEES[person], (name, questions)
            text = json.dumps(answer.json(), ensure_ascii=False)
            assert not [shop for shop in hidden if shop in text], (name, questions)
    assert answered > 10


def test_a_cursor_of_anothers_page_reaches_none_of_their_rows(ask):
    for name in ("api-figures", "api-shops", "api-findings", "api-order-lines"):
        first = ask("district1", reverse(name), page_size=1).json()
        cursor = first["next"].partition("cursor=")[2].partition("&")[0].replace("%3D", "=")
        seen = ask("am03", reverse(name), cursor=cursor)
        assert licences_in(seen.json()) <= SEES["am03"]


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


def test_nothing_can_be_changed_by_the_reading_addresses(town):
    client = program("admin1")
    for name in LISTS:
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(reverse(name)).status_code == 405, name
    for name in OF_A_SHOP:
        assert client.delete(of(name, "L1")).status_code == 405


def test_pages_follow_each_other_without_gap_or_repetition(town):
    client = program("district1")
    for name in LISTS.keys() - {"api-me", "api-runs", "api-result-sets"}:
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
