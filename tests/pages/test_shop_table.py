"""The table of shops."""

import re

import pytest

from customers.models import Customer as Shop
from customers.models import CustomerProperties, DeliveryCalendar, Licence, RouteAssignment
from inventory.indicators.models import Figure, Rollup
from inventory.indicators.queries import current_set
from inventory.indicators.rules import SEGMENT_BOUNDS
from marketing_ops.home.shop_sums import shop_sums, together
from marketing_ops.nightly import run_night
from tests.pages.conftest import links_of, text_of
from tests.town import DAY, since


def licences(response):
    """The shops of the table, in its order."""
    table = re.search(r"<tbody.*</tbody>", response.content.decode(), re.S)
    found = re.findall(r'shop-name"><a href="/shops/(\w+)/"', table[0]) if table else []
    return found


def test_the_worst_shop_comes_first_and_one_without_data_last(district, visit):
    page = visit("district1", "/shops/")
    # L1: a product never there and one out half of the week; L6 never reported.
    assert licences(page) == ["L1", "L2", "L3", "L4", "L5", "L6"]
    sums = shop_sums(current_set(), SEGMENT_BOUNDS)
    rates = [sums[district.shops[name].pk].stockout_rate for name in licences(page)[:5]]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0


def test_each_shop_shows_its_worst_products_with_the_reason_and_a_link(district, visit):
    page = visit("district1", "/shops/")
    words = text_of(page)
    # 91 days without the one that was not reported.
    assert "大前门(软) 一直脱销：90天" in words
    # Out since Thursday; the next truck comes on Tuesday, seven days after DAY.
    assert "利群(新版) 可销" in words or "利群(新版) 已脱销" in words
    assert "红双喜(硬) 涨库：存销比" in words
    assert "积压：56天没有销售" in words
    assert "30天无数据" in words
    assert "窗口内没有观测日" in words
    assert "/shops/L1/products/6903/" in links_of(page)


def test_figures_of_a_shop_are_rolled_up_from_its_products_not_averaged(district, visit):
    figures = Figure.objects.filter(customer=district.shops["L1"], result_set=current_set())
    out = sum(figure.window_stockout for figure in figures)
    observed = sum(figure.window_observed for figure in figures)
    words = text_of(visit("am01", "/shops/"))
    assert f"{out}/{observed}" in words
    assert f"观测{out and sum_of('window_observed', district, 'L1', 'L2')}规格日" in words


def sum_of(column, town, *names):
    shops = [town.shops[name] for name in names]
    rows = Figure.objects.filter(customer__in=shops, result_set=current_set())
    return sum(rows.values_list(column, flat=True))


def test_the_sums_over_all_shops_are_those_of_the_nights_roll_up(district):
    results = current_set()
    total = Rollup.objects.get(
        result_set=results, period="window", product_dimension="total", customer_dimension="total"
    )
    ours = together(shop_sums(results, SEGMENT_BOUNDS).values())
    assert ours.stockout_rate == total.stockout_rate
    assert ours.satisfaction == total.satisfaction
    assert ours.ratio_days == total.ratio_days
    assert (ours.cells, ours.always_out) == (total.cells, total.cells_always_out)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"q": "西街"}, ["L5", "L6"]),
        ({"q": "L3"}, ["L3"]),
        ({"area": "农村"}, ["L3", "L4"]),
        ({"format": "便利店"}, ["L1", "L2", "L6"]),
        ({"segment": "none"}, ["L6"]),
        ({"segment": "E", "area": "城区"}, ["L2", "L5"]),
        ({"sort": "licence"}, ["L1", "L2", "L3", "L4", "L5", "L6"]),
        ({"format": "食杂店", "area": "农村"}, []),
        ({"scale": "大"}, ["L3"]),
        ({"scale": "小", "sort": "licence"}, ["L2", "L5"]),
        ({"sort": "unseen", "format": "便利店", "page": "-1"}, ["L1", "L2", "L6"]),
        ({"area": "nowhere", "page": "99"}, ["L1", "L2", "L3", "L4", "L5", "L6"]),
    ],
)
def test_the_table_shows_what_was_asked_for(district, visit, question, expected):
    assert licences(visit("district1", "/shops/", **question)) == expected


def test_the_table_is_filtered_by_department_and_account_manager(district, visit):
    west = district.departments["城西市场部"]
    assert licences(visit("district1", "/shops/", department=west.pk)) == ["L5", "L6"]
    manager = district.people["am02"]
    assert licences(visit("district1", "/shops/", manager=manager.pk, sort="licence")) == [
        "L3",
        "L4",
    ]
    route = district.routes["东二"]
    assert licences(visit("district1", "/shops/", route=route.pk, sort="licence")) == ["L3", "L4"]


def test_nobody_can_ask_for_a_route_outside_their_shops(district, visit):
    page = visit("market2", "/shops/", route=district.routes["东一"].pk)
    assert licences(page) == ["L5", "L6"], "an answer that is not on offer counts as not given"
    assert "东一" not in text_of(page)
    page = visit("market2", "/shops/", manager=district.people["am01"].pk)
    assert licences(page) == ["L5", "L6"]


def test_the_highest_ratio_comes_first_when_asked_for(district, visit):
    page = visit("district1", "/shops/", sort="ratio")
    sums = shop_sums(current_set(), SEGMENT_BOUNDS)
    ratios = [sums[district.shops[name].pk].ratio_days for name in licences(page)[:5]]
    known = [ratio for ratio in ratios if ratio is not None]
    assert known == sorted(known, reverse=True)
    assert 'aria-sort="descending"' in page.content.decode()


def test_a_filter_that_fits_nobody_says_what_to_do(district, visit):
    words = text_of(visit("district1", "/shops/", q="没有这样的店"))
    assert "没有符合条件的客户" in words
    assert "请去掉一个筛选条件" in words


def test_before_the_first_night_the_page_says_how_to_get_figures(stocked, visit):
    words = text_of(visit("district1", "/shops/"))
    assert "还没有指标：夜间计算尚未运行。" in words
    assert "script/manage nightly" in words


def test_who_has_no_shops_is_told_where_shops_come_from(district, visit):
    words = text_of(visit("inspector1", "/shops/"))
    assert "今天没有您的客户" in words
    assert "督察计划" in words


def test_in_english_no_chinese_word_of_ours_is_left(district, visit):
    words = text_of(visit("district1", "/shops/", language="en"))
    assert "Shops, the worst first" in words
    assert "always out of stock: 90 d" in words
    assert "脱销" not in words and "配送" not in words


def test_the_number_of_queries_does_not_grow_with_the_shops(
    district, visit, django_assert_num_queries, report
):
    visit("district1", "/shops/")  # the sums of a set and the rows are made once per process
    with django_assert_num_queries(QUERIES):
        visit("district1", "/shops/")
    steady = [(DAY, 5, 0, 1)]
    for number in range(30):
        shop = Shop.objects.create(opened_on=since().lower)
        Licence.objects.create(customer=shop, number=f"N{number}", period=since())
        CustomerProperties.objects.create(
            customer=shop, name="店", format="其他", area="城区", scale="小", period=since()
        )
        DeliveryCalendar.objects.create(
            customer=shop, order_weekdays=[1], delivery_weekdays=[3], period=since()
        )
        RouteAssignment.objects.create(customer=shop, route=district.routes["西一"], period=since())
        report(shop, {district.products["6902"]: steady})
    run_night(as_of=DAY, by="test")
    visit("district1", "/shops/")
    with django_assert_num_queries(QUERIES):
        page = visit("district1", "/shops/")
    assert len(licences(page)) == 25
    assert len(licences(visit("district1", "/shops/", page=2))) == 11


# Session and person, posts twice (right and scope), results and rules, routes and who holds them,
# the shops found, saved views, how often master data was written, then of the page: shops,
# managers, calendars.
QUERIES = 14
