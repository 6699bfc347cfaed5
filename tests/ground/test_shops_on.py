"""The shops of a day, with what held on that day."""

from datetime import date, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange

from customers.dated import change
from customers.models import Post, RouteAssignment
from customers.queries import shops_on
from marketing_ops.accounts.roles import Role
from tests.town import TODAY


def row(town, licence, day=TODAY):
    return shops_on(day).loc[town.shops[licence].pk]


def test_a_shop_comes_with_the_properties_of_the_day(town):
    shop = row(town, "L3")
    assert (shop.licence, shop["name"], shop.format, shop.area, shop.scale) == (
        "L3",
        "川沙超市",
        "超市",
        "农村",
        "大",
    )
    assert shop.manager == town.people["am02"].pk
    assert shop.department == town.departments["城东市场部"].pk


def test_a_shop_that_is_not_open_yet_is_not_there(town):
    assert town.shops["L6"].pk in shops_on(date(2024, 5, 15)).index
    assert town.shops["L6"].pk not in shops_on(date(2024, 5, 14)).index


def test_a_figure_of_yesterday_belongs_to_who_served_the_shop_yesterday(town):
    owner = {"customer": town.shops["L1"]}
    change(RouteAssignment, owner, {"route": town.routes["西一"]}, effective=TODAY)
    assert row(town, "L1", TODAY - timedelta(days=1)).manager == town.people["am01"].pk
    assert row(town, "L1").manager == town.people["am03"].pk


def test_a_substitute_does_not_take_over_the_figures(town):
    Post.objects.create(
        user=town.people["am03"],
        role=Role.ACCOUNT_MANAGER,
        route=town.routes["东一"],
        period=DateRange(TODAY, TODAY + timedelta(days=7)),
        substitute_for=town.people["am01"].posts.get(),
    )
    assert row(town, "L1").manager == town.people["am01"].pk


def test_an_empty_district_is_an_empty_table(db):
    assert list(shops_on(TODAY).index) == []
