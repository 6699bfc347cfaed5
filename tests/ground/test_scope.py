"""Who sees which shops: decided in customers/scope.py, by the posts held on the day."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from customers.dated import change
from customers.models import Post, RouteAssignment
from customers.scope import ALLOWED, Action, customers_of, may
from marketing_ops.accounts.roles import Role
from tests.town import TODAY

SEES = {
    "am01": {"L1", "L2"},
    "am02": {"L3", "L4"},
    "am03": {"L5", "L6"},
    "market1": {"L1", "L2", "L3", "L4"},
    "market2": {"L5", "L6"},
    "inspector1": set(),
    "district1": {"L1", "L2", "L3", "L4", "L5", "L6"},
    "admin1": {"L1", "L2", "L3", "L4", "L5", "L6"},
    "shop1": {"L1"},
    "nobody": set(),
}


def seen(town, user, on=TODAY):
    ids = set(customers_of(user, on=on).values_list("pk", flat=True))
    return {licence for licence, shop in town.shops.items() if shop.pk in ids}


@pytest.mark.parametrize("name", SEES)
def test_each_person_sees_their_own_shops_and_no_other(town, name):
    assert seen(town, town.people[name]) == SEES[name]


def test_who_is_not_logged_in_sees_nothing(town):
    assert seen(town, AnonymousUser()) == set()
    assert not may(AnonymousUser(), Action.SEE_SHOPS, on=TODAY)


def test_who_was_switched_off_sees_nothing_though_the_post_still_stands(town):
    person = town.people["district1"]
    person.is_active = False
    assert seen(town, person) == set()
    assert not may(person, Action.SEE_SHOPS, on=TODAY)


def test_a_moved_shop_belongs_to_the_old_manager_until_the_day_before(town):
    change(
        RouteAssignment,
        {"customer": town.shops["L2"]},
        {"route": town.routes["东二"]},
        effective=TODAY,
    )
    yesterday = TODAY - timedelta(days=1)
    assert seen(town, town.people["am01"], on=yesterday) == {"L1", "L2"}
    assert seen(town, town.people["am01"]) == {"L1"}
    assert seen(town, town.people["am02"]) == {"L2", "L3", "L4"}


def test_a_substitute_sees_both_routes_while_it_lasts_and_not_a_day_longer(town):
    end = TODAY + timedelta(days=7)
    Post.objects.create(
        user=town.people["am02"],
        role=Role.ACCOUNT_MANAGER,
        route=town.routes["东一"],
        period=DateRange(TODAY, end),
        substitute_for=town.people["am01"].posts.get(),
    )
    assert seen(town, town.people["am02"], on=TODAY) == {"L1", "L2", "L3", "L4"}
    assert seen(town, town.people["am02"], on=end - timedelta(days=1)) == {"L1", "L2", "L3", "L4"}
    assert seen(town, town.people["am02"], on=end) == {"L3", "L4"}


def test_a_substitute_without_an_end_is_refused_by_the_database(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            user=town.people["am02"],
            role=Role.ACCOUNT_MANAGER,
            route=town.routes["东一"],
            period=DateRange(TODAY, None),
            substitute_for=town.people["am01"].posts.get(),
        )


def test_a_post_whose_scope_does_not_fit_its_role_is_refused_by_the_database(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            user=town.people["nobody"], role=Role.MARKET_MANAGER, period=DateRange(TODAY, None)
        )


def test_two_posts_add_up(town):
    Post.objects.create(
        user=town.people["shop1"],
        role=Role.CUSTOMER,
        customer=town.shops["L5"],
        period=DateRange(TODAY, None),
    )
    assert seen(town, town.people["shop1"]) == {"L1", "L5"}


def test_every_action_is_decided(town):
    assert set(ALLOWED) == set(Action)


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        (
            Action.SEE_SHOPS,
            {"am01", "am02", "am03", "market1", "market2", "inspector1", "district1", "admin1"}
            | {"shop1"},
        ),
        (
            Action.SEE_FIGURES,
            {"am01", "am02", "am03", "market1", "market2", "inspector1", "district1", "admin1"},
        ),
        (Action.SEE_RUNS, {"district1", "admin1"}),
        (Action.KEEP_MASTER_DATA, {"admin1"}),
    ],
)
def test_each_action_is_allowed_to_its_roles_and_no_other(town, action, roles):
    allowed = {name for name, user in town.people.items() if may(user, action, on=TODAY)}
    assert allowed == roles


def test_whose_shops_costs_two_queries_however_many_shops(town, django_assert_num_queries):
    with django_assert_num_queries(2):
        list(customers_of(town.people["market1"], on=TODAY))
