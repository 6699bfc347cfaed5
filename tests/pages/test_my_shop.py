"""The retail customer's own page."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from customers.models import Post
from customers.scope import own_shops_of
from inventory.indicators.models import Figure
from inventory.indicators.queries import current_set
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.quantities import show
from orders.quotas.services import decide
from tests.pages.conftest import CUT, links_of, text_of
from tests.town import DAY, since

PATH = "/my-shop/"
# What only those at work speak of.
INTERNAL = re.compile(r"segment|flag|satisfaction|rules|cluster|ratio|\bA\b|@|東|东一|L5|西街|L2")


def own(visit, **questions):
    return visit("shop1", PATH, language="en", **questions)


def test_the_page_says_what_the_shopkeeper_asks(district, visit):
    words = text_of(own(visit))
    assert "张江一店" in words
    # Ordered on Sundays, brought on Tuesdays; today is Wednesday the 26th.
    assert "Next order day 2024-06-30 Sunday each Sunday" in words
    assert "Next delivery 2024-07-02 Tuesday each Tuesday" in words
    assert "Your account manager am01" in words


def test_what_runs_out_before_the_delivery_comes_first(district, visit):
    words = text_of(own(visit))
    soon = words.index("Runs out before the delivery of 2024-07-02 Tuesday")
    # 1 pack left of a product that sells 3 a day; 14 packs of the other last until Tuesday.
    assert words[soon:].startswith(
        "Runs out before the delivery of 2024-07-02 Tuesday 利群(新版) : lasts for about 1 day "
        "My products"
    )


def test_the_stock_and_sales_are_those_of_the_night(district, visit):
    words = text_of(own(visit))
    figure = Figure.objects.get(
        result_set=current_set(),
        customer=district.shops["L1"],
        product=district.products["6902"],
    )
    with translation.override("en"):
        stock, sold = show(figure.latest_closing, 10), show(figure.recent_sold, 10)
    lasts = int(figure.days_of_stock)
    assert f"红双喜(硬) {stock} {lasts} days {sold} 27 days known 2 ct" in words


def test_the_quota_in_force_and_its_next_change_are_told(district, visit):
    assert "2 ct" in text_of(own(visit))
    decide(
        customer=district.shops["L1"].pk,
        product=district.products["6902"].pk,
        packs=30,
        starts_on=date(2024, 7, 2),
        by="market1",
        reason="旺季",
    )
    words = text_of(own(visit))
    assert "from 07-02: 3 ct" in words
    assert "旺季" not in words
    assert "market1" not in words


def test_a_product_with_a_quota_and_no_stock_is_listed_too(district, visit):
    decide(
        customer=district.shops["L1"].pk,
        product=district.products["6901"].pk,
        packs=5,
        starts_on=date(2024, 6, 1),
        by="market1",
        reason="x",
    )
    assert "中华(软) — — — 5 pk" in text_of(own(visit))


def test_the_last_orders_say_what_was_asked_for_and_what_came(district, visit):
    words = text_of(own(visit))
    assert f"{CUT - timedelta(days=2)} · delivered {CUT} · 1 not in full" in words
    assert "红双喜(硬) 3 ct 1 ct 4 pk" in words


def test_what_stands_still_and_what_was_never_there_is_told(district, visit):
    words = text_of(own(visit))
    assert "1 product was not in stock for a long time" in words
    Post.objects.filter(role=Role.CUSTOMER).update(customer=district.shops["L3"])
    words = text_of(own(visit))
    assert "Does not sell 红双喜(硬) : not sold for 56 days, 3 ct 9 pk in stock" in words


def test_nothing_internal_and_nothing_of_another_shop(district, visit):
    answer = own(visit)
    assert INTERNAL.findall(text_of(answer)) == []
    links = {link for link in links_of(answer) if link.startswith(("/shops", "/rules", "/today"))}
    assert links <= {"/shops/L1/sell-through/"}


@pytest.mark.parametrize("licence", ["L2", "L5", "X9", "'"])
def test_another_shop_cannot_be_asked_for(district, visit, licence):
    assert own(visit, shop=licence).status_code == 404


def test_who_has_several_shops_chooses_one(district, visit):
    Post.objects.create(
        user=district.people["shop1"],
        role=Role.CUSTOMER,
        customer=district.shops["L4"],
        period=since(),
    )
    links = [link for link in links_of(own(visit)) if link.startswith("?shop=")]
    assert links == ["?shop=L4", "?shop=L1"]
    assert "川沙烟酒" in text_of(own(visit, shop="L4"))
    assert "张江一店" not in text_of(own(visit, shop="L4"))


def test_who_also_works_here_finds_only_the_own_shop_on_this_page(district, visit):
    user = district.people["am03"]
    Post.objects.create(
        user=user, role=Role.CUSTOMER, customer=district.shops["L1"], period=since()
    )
    assert "张江一店" in text_of(visit("am03", PATH))
    assert visit("am03", PATH, shop="L5").status_code == 404
    assert visit("am03", "/shops/L5/").status_code == 200


def test_a_shop_without_figures_says_where_they_come_from(district, visit):
    Post.objects.filter(role=Role.CUSTOMER).update(customer=district.shops["L6"])
    words = text_of(own(visit))
    assert "We do not know your stock yet" in words
    assert "No order of yours is known here yet" in words


def test_before_the_first_night_the_page_stands(stocked, visit):
    assert "We do not know your stock yet" not in text_of(own(visit))  # a quota is known
    assert "张江一店" in text_of(own(visit))


def test_a_late_night_is_told_in_plain_words(district, visit, clock):
    clock.now += timedelta(days=2)
    words = text_of(own(visit))
    assert f"Newer figures are late. You see those of {DAY}." in words


def test_only_retail_customers_own_shops(town):
    on = date(2024, 6, 26)
    assert not own_shops_of(AnonymousUser(), on=on).exists()
    assert not own_shops_of(town.people["admin1"], on=on).exists()
    assert [*own_shops_of(town.people["shop1"], on=on)] == [town.shops["L1"]]


def test_the_number_of_queries_does_not_grow_with_the_products(
    district, visit, django_assert_num_queries
):
    own(visit)
    with django_assert_num_queries(QUERIES):
        own(visit)


QUERIES = 18
