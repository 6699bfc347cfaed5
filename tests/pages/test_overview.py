"""The overview: its numbers are those of the closed cycles, each leads down, nobody sees more."""

import json
import re
from collections import defaultdict
from datetime import date
from fractions import Fraction
from urllib.parse import parse_qs, urlsplit

import pytest

from customers.models import Customer as Shop
from customers.models import CustomerProperties, DeliveryCalendar, Licence, RouteAssignment
from inventory.indicators.models import CycleFigure, SpanSum
from marketing_ops.home.writing import in_days, share
from marketing_ops.nightly import run_night
from tests.pages.conftest import links_of, text_of
from tests.town import DAY, since

MAY = {"month": "2024-05"}
PAGES = ("/overview/", "/overview/map.json", "/overview/shops/", "/overview/products/",
         "/overview/cells/")  # fmt: skip


def cells(town, *, first, last, shops=None):
    """{(shop, product): [figures of its cycles, in order]} that ended in the period."""
    wanted = [shop.pk for name, shop in town.shops.items() if shops is None or name in shops]
    found = defaultdict(list)
    for row in CycleFigure.objects.filter(
        cycle_end__range=(first, last), customer__in=wanted
    ).order_by("cycle_end"):
        found[row.customer_id, row.product_id].append(row)
    return found


def figures(cells):
    """(out, observed, rate, satisfaction, ratio, always out) by plain loops."""
    out = observed = closing = always = 0
    daily = expected = satisfied = Fraction(0)
    for rows in cells.values():
        days, missing = sum(r.observed for r in rows), sum(r.stockout for r in rows)
        sold = sum(r.sold for r in rows)
        out, observed, closing = out + missing, observed + days, closing + rows[-1].closing
        daily += Fraction(sold, days)
        always += missing == days
        if sold and missing < days:
            satisfied += sold
            expected += sold + Fraction(sold, days - missing) * missing
    return out, observed, Fraction(out, observed), satisfied / expected, closing / daily, always


MAY_DAYS = {"first": date(2024, 5, 1), "last": date(2024, 5, 31)}


def test_without_a_question_the_last_complete_month_is_shown(district, visit):
    words = text_of(visit("district1", "/overview/"))
    assert "2024年5月" in words


@pytest.mark.parametrize(
    ("question", "span"),
    [
        (MAY, MAY_DAYS),
        ({"week": "2024-W22"}, {"first": date(2024, 5, 27), "last": date(2024, 6, 2)}),
    ],
)
def test_tiles_are_rolled_up_from_the_cycles_that_ended_in_the_period(
    district, visit, question, span
):
    words = text_of(visit("district1", "/overview/", **question))
    found = cells(district, **span)
    out, observed, rate, satisfaction, ratio, always = figures(found)
    assert f"脱销率 {share(rate)} " in words
    assert f"观测{observed}规格日，其中脱销{out}" in words
    assert f"销售满足度 {share(satisfaction)} " in words
    assert in_days(ratio) in words
    assert f"({always}/{len(found)})" in words
    shops = len({shop for shop, _product in found})
    assert f"({shops}/6)" in words, "L6 never reported, and is counted"


def test_a_period_is_compared_with_the_one_before_and_an_undefined_figure_stays_a_dash(
    district, visit
):
    may = figures(cells(district, **MAY_DAYS))
    april = figures(cells(district, first=date(2024, 4, 1), last=date(2024, 4, 30)))
    words = text_of(visit("district1", "/overview/", **MAY))
    change = may[2] / april[2] - 1
    sign = "+" if change > 0 else ""
    assert f"环比{sign}{share(change)}（{share(april[2])}）" in words
    assert "同比" not in words, "a year before nothing was known"
    nothing = text_of(visit("district1", "/overview/", month="2024-05", scale="大", area="城区"))
    assert "没有符合条件的客户" in nothing


def test_an_account_manager_sees_the_route_and_a_market_manager_the_department(district, visit):
    for person, shops in (("am01", {"L1", "L2"}), ("market1", {"L1", "L2", "L3", "L4"})):
        out, observed, *_rest = figures(cells(district, **MAY_DAYS, shops=shops))
        words = text_of(visit(person, "/overview/", **MAY))
        assert f"观测{observed}规格日，其中脱销{out}" in words
        assert "西街" not in words and "城西市场部" not in words
        names = {shop[4] for shop in visit(person, "/overview/map.json", **MAY).json()["shops"]}
        assert not names & {"西街小店", "西街新店"}
        for path in PAGES[2:]:
            assert "西街" not in text_of(visit(person, path, **MAY))


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_at_work_here_sees_nothing(district, visit, path):
    assert visit(None, path).status_code == 302
    assert visit("shop1", path).status_code == 403
    assert visit("nobody", path).status_code == 403


def test_an_inspector_without_shops_gets_empty_pages(district, visit):
    for path in PAGES:
        assert visit("inspector1", path).status_code == 200
    assert "今天没有您的客户" in text_of(visit("inspector1", "/overview/"))
    assert visit("inspector1", "/overview/map.json").json()["shops"] == []


@pytest.mark.parametrize(
    ("question", "shops"),
    [
        ({"area": "农村"}, {"L3", "L4"}),
        ({"format": "便利店"}, {"L1", "L2", "L6"}),
        ({"scale": "小"}, {"L2", "L5"}),
        ({"area": "农村", "scale": "大"}, {"L3"}),
    ],
)
def test_filters_narrow_every_number(district, visit, question, shops):
    out, observed, *_rest = figures(cells(district, **MAY_DAYS, shops=shops))
    words = text_of(visit("district1", "/overview/", **MAY, **question))
    assert f"观测{observed}规格日，其中脱销{out}" in words
    assert f"/{len(shops)})" in words
    listed = visit("district1", "/overview/shops/", **MAY, **question)
    assert set(licences(listed)) == shops


def licences(response):
    return re.findall(r'shop-name"><a href="/shops/(\w+)/"', response.content.decode())


def test_departments_and_account_managers_of_the_period_are_filters(district, visit):
    west = district.departments["城西市场部"]
    page = visit("district1", "/overview/shops/", **MAY, department=west.pk)
    assert set(licences(page)) == {"L5", "L6"}
    manager = district.people["am02"]
    page = visit("district1", "/overview/shops/", **MAY, manager=manager.pk)
    assert set(licences(page)) == {"L3", "L4"}
    page = visit("market2", "/overview/shops/", **MAY, manager=manager.pk)
    assert set(licences(page)) == {"L5", "L6"}, "what is not on offer counts as not given"


def test_a_price_class_is_summed_alone(district, visit):
    page = visit("district1", "/overview/", **MAY, price_class="4")
    assert '<option value="4" selected>四类</option>' in page.content.decode()
    words = text_of(page)
    assert "价类: 四类" in words
    sums = SpanSum.objects.filter(kind="month", start=date(2024, 5, 1), price_class=4)
    out = sum(row.stockout_days for row in sums)
    assert f"观测{sum(row.observed_days for row in sums)}规格日，其中脱销{out}" in words


def test_bars_and_segments_lead_to_just_as_many_shops(district, visit):
    body = visit("district1", "/overview/", **MAY).content.decode()
    followed = 0
    for address, count in re.findall(r'<a href="(/overview/shops/[^"]*)">(\d+)</a>', body):
        query = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
        page = visit("district1", "/overview/shops/", **{k: v[0] for k, v in query.items()})
        assert len(licences(page)) == int(count), address
        followed += 1
    assert followed >= 6
    without = visit("district1", "/overview/shops/", **MAY, data="none")
    assert licences(without) == ["L6"]


def test_cells_always_out_are_listed_with_their_way_to_the_days(district, visit):
    page = visit("district1", "/overview/cells/", **MAY, which="out")
    assert "/shops/L1/products/6903/" in links_of(page)
    always = figures(cells(district, **MAY_DAYS))[-1]
    assert f"{always}个客户×规格" in text_of(page)
    left = visit("district1", "/overview/cells/", month="2024-06", which="left")
    assert "/shops/L3/products/6902/" in links_of(left), "nothing was sold there in June"


def test_products_are_summed_like_all_else_and_stand_worst_first(district, visit):
    found = cells(district, **MAY_DAYS)
    words = text_of(visit("district1", "/overview/products/", **MAY))
    places = []
    for code in ("6903", "6904", "6902"):
        product = district.products[code]
        out, observed, rate, *_rest = figures_or_none(
            {key: rows for key, rows in found.items() if key[1] == product.pk}
        )
        assert f"{share(rate)} ({out}/{observed})" in words
        places.append(words.index(product.name))
    assert places == sorted(places)


def figures_or_none(found):
    out = sum(row.stockout for rows in found.values() for row in rows)
    observed = sum(row.observed for rows in found.values() for row in rows)
    return out, observed, Fraction(out, observed)


def test_the_map_has_each_shop_with_its_segment_of_the_period(district, visit):
    CustomerProperties.objects.update(latitude=31.2, longitude=121.5)
    data = visit("district1", "/overview/map.json", **MAY).json()
    found = {shop[4]: data["groups"][shop[2]]["letter"] for shop in data["shops"]}
    assert len(found) == 6
    assert found["西街新店"] == ""
    assert found["西街小店"] == "E"
    assert set(data["areas"]) == {"城东市场部", "城西市场部"}
    assert data["shops"][0][5].startswith("/shops/L")


def test_a_period_that_nobody_knows_or_that_makes_no_sense_is_answered_by_the_usual_one(
    district, visit
):
    for question in (
        {"month": "1999-01"}, {"month": "2024-13"}, {"week": "2024-W60"}, {"week": "x"},
        {"month": "0000-00"},
    ):  # fmt: skip
        page = visit("district1", "/overview/", **question)
        assert page.status_code == 200
        assert "2024年5月" in text_of(page)


def test_a_running_period_says_so(district, visit):
    words = text_of(visit("district1", "/overview/", month="2024-06"))
    assert "本期尚未结束" in words


def test_before_the_first_night_and_before_the_first_cycle_the_page_says_what_to_do(stocked, visit):
    for path in (PAGES[0], *PAGES[2:]):
        assert "还没有周、月指标" in text_of(visit("district1", path))
    assert visit("district1", "/overview/map.json").json() == {
        "groups": [], "areas": [], "shops": [],
    }  # fmt: skip


def test_in_english_no_chinese_word_of_ours_is_left(district, visit):
    for path in (PAGES[0], *PAGES[2:]):
        words = text_of(visit("district1", path, language="en", **MAY))
        assert "脱销" not in words and "客户" not in words and "规格" not in words
    shapes = visit("district1", "/overview/map.json", language="en").json()["groups"]
    assert json.dumps(shapes).isascii()


def test_the_number_of_queries_does_not_grow_with_the_shops(
    district, visit, django_assert_max_num_queries, report
):
    visit("district1", "/overview/", **MAY)  # the arrays of a set are read once per process
    with django_assert_max_num_queries(QUERIES):
        visit("district1", "/overview/", **MAY)
    with django_assert_max_num_queries(QUERIES_OF_A_LIST):
        visit("district1", "/overview/shops/", **MAY)
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
        report(shop, {district.products["6902"]: [
            (date(2024, 5, day), 5, 0, 0) for day in range(1, 29)
        ]})  # fmt: skip
    run_night(as_of=DAY, by="test")
    visit("district1", "/overview/", **MAY)
    with django_assert_max_num_queries(QUERIES):
        page = visit("district1", "/overview/", **MAY)
    assert "(35/36)" in text_of(page)
    with django_assert_max_num_queries(QUERIES_OF_A_LIST):
        visit("district1", "/overview/shops/", **MAY)


QUERIES = 15
QUERIES_OF_A_LIST = 14
