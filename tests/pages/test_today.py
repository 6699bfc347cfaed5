"""Today: the person's shops with what needs attention, the worst first and why."""

import gzip
import re
from datetime import date, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from customers.models import DeliveryCalendar, Post
from inventory.indicators.queries import current_set
from inventory.quality.models import Detection, Flag, Sweep
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.clock import received_now
from orders.quotas.models import QuotaDecision
from orders.quotas.services import decide
from tests.pages.conftest import NOW, links_of, text_of
from tests.town import DAY, since

TODAY = NOW.date()
FIRST_LOAD = 150 * 1000  # bytes, gzipped


def cards(response):
    """licence: what the card says, in the order of the page."""
    body = response.content.decode()
    found = re.findall(r'<li class="card">(.*?)</ul>|<li class="card">', body, re.S)
    names = re.findall(r'<h2><a href="/shops/(\w+)/"', body)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", one)).strip() for one in found]
    return dict(zip(names, texts, strict=True))


def chips(response):
    """kind: how many shops."""
    body = response.content.decode()
    return {
        kind: int(count)
        for kind, count in re.findall(r'class="kind why-([\w-]+)".*?<b>(\d+)</b>', body, re.S)
    }


@pytest.mark.parametrize(
    ("person", "title"),
    [
        ("am01", "今天"),
        ("market1", "总览"),
        ("inspector1", "总览"),
        ("district1", "总览"),
        ("shop1", "张江一店"),
    ],
)
def test_the_first_page_is_that_of_the_role_without_a_redirect(district, visit, person, title):
    page = visit(person, "/")
    assert page.status_code == 200
    assert title in re.search(r"<h1[^>]*>(.*?)</h1>", page.content.decode(), re.S)[1]


def test_a_login_without_a_post_gets_no_first_page(district, visit):
    assert visit("nobody", "/").status_code == 403


def test_who_stands_in_for_an_account_manager_sees_their_shops_today(district, visit):
    post = Post.objects.get(user=district.people["am02"])
    Post.objects.create(
        user=district.people["am01"],
        role=Role.ACCOUNT_MANAGER,
        route=district.routes["东二"],
        period=since(TODAY, TODAY + timedelta(days=3)),
        substitute_for=post,
    )
    page = visit("am01", "/")
    assert set(cards(page)) == {"L1", "L2", "L3", "L4"}
    assert set(cards(visit("am01", "/", route=district.routes["东二"].pk))) == {"L3", "L4"}


def test_the_worst_shop_comes_first_with_its_products_and_why(district, visit):
    found = cards(visit("am01", "/"))
    assert list(found) == ["L1", "L2"]
    assert "大前门(软) 一直脱销：90天" in found["L1"]
    assert "利群(新版)" in found["L1"]
    assert "红双喜(硬) 涨库" in found["L2"]
    assert "合理上限28天" in found["L2"]


def test_standing_still_no_data_and_a_silent_shop_are_told_apart(district, visit):
    found = cards(visit("am02", "/"))
    assert "积压：56天没有销售" in found["L3"]
    assert "无数据" in found["L4"]
    assert "无数据" in cards(visit("am03", "/"))["L6"]


def test_nobody_sees_a_shop_of_another_route(district, visit):
    page = visit("am03", "/today/")
    assert set(cards(page)) <= {"L5", "L6"}
    assert not [link for link in links_of(page) if re.match("/shops/L[1-4]", link)]
    other = visit("am03", "/today/", route=district.routes["东一"].pk)
    assert set(cards(other)) <= {"L5", "L6"}, "an answer that is not on offer counts as not given"
    assert visit("shop1", "/today/").status_code == 403


def test_chips_count_the_shops_of_each_kind_and_show_only_these(district, visit):
    page = visit("district1", "/today/")
    counts = chips(page)
    assert counts["always-out"] == 1
    assert counts["no-data"] == 2
    for kind, count in counts.items():
        assert len(cards(visit("district1", "/today/", kind=kind))) == count, kind
    assert len(cards(visit("district1", "/today/", kind="nonsense"))) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二店", ["L2"]),
        ("L2", ["L2"]),
        ("zjyd", ["L1"]),
        ("zhangjiang", ["L1", "L2"]),
        ("川沙", []),
    ],
)
def test_shops_are_found_by_name_licence_and_pinyin(district, visit, text, expected):
    assert list(cards(visit("am01", "/today/", q=text))) == expected


def test_a_search_that_finds_nothing_says_what_to_do(district, visit):
    assert "没有符合条件的客户" in text_of(visit("am01", "/today/", q="没有这样的店"))


def test_of_equally_grave_shops_who_orders_today_comes_first(district, visit, report):
    page = visit("am02", "/today/", kind="no-data")
    assert "今天订货" not in text_of(page)
    # Two shops without data: L4 and L6; TODAY is a Wednesday.
    assert list(cards(visit("district1", "/today/", kind="no-data"))) == ["L4", "L6"]
    DeliveryCalendar.objects.filter(customer=district.shops["L6"]).update(order_weekdays=[3])
    page = visit("district1", "/today/", kind="no-data")
    assert list(cards(page)) == ["L6", "L4"]
    assert "今天订货" in text_of(page)
    DeliveryCalendar.objects.filter(customer=district.shops["L6"]).update(order_weekdays=[4])
    assert "明天订货" in text_of(visit("am03", "/today/"))


def test_a_quota_decided_of_late_is_told_with_what_it_was(district, visit):
    shop, product = district.shops["L1"], district.products["6902"]
    assert "quota" not in chips(visit("am02", "/today/"))
    decide(
        customer=shop.pk, product=product.pk, packs=30, starts_on=TODAY, ends_on=None,
        by="market1", reason="新装修",
    )  # fmt: skip
    words = text_of(visit("am01", "/today/", kind="quota"))
    assert "定量3条，原为2条，06-26起" in words


def test_a_quota_decided_long_ago_is_no_news(district, visit):
    decision = QuotaDecision.objects.get()
    assert decision.period.lower < TODAY - timedelta(days=7)
    words = text_of(visit("am01", "/today/"))
    assert "原为" not in words


def test_a_flag_that_nobody_has_decided_on_is_told_until_somebody_does(district, visit):
    flag = Flag.objects.create(
        cause="transfer",
        customer=district.shops["L2"],
        product=district.products["6902"],
        first_day=DAY - timedelta(days=2),
        last_day=DAY,
        raised_at=received_now(),
        raised_by="market1",
    )
    assert "3天待确认" in text_of(visit("am01", "/today/", kind="flagged"))
    flag.status, flag.decided_at, flag.decided_by = "rejected", received_now(), "market1"
    flag.save()
    assert "flagged" not in chips(visit("am01", "/today/"))


def test_what_the_night_found_is_told_until_somebody_decides_on_its_days(district, visit):
    shop, product = district.shops["L2"], district.products["6902"]
    results = current_set()
    sweep = Sweep.objects.get(as_of=results.as_of, known_at=results.known_at)
    for first in (DAY - timedelta(days=9), DAY - timedelta(days=2)):
        Detection.objects.create(
            sweep=sweep,
            cause="kept-back",
            customer=shop,
            product=product,
            first_day=first,
            last_day=first + timedelta(days=1),
            expected=9,
            found=1,
        )
    assert "4天待确认" in text_of(visit("am01", "/today/", kind="flagged"))
    Flag.objects.create(
        cause="kept-back",
        customer=shop,
        product=product,
        first_day=DAY - timedelta(days=3),
        last_day=DAY,
        status="rejected",
        raised_at=received_now(),
        raised_by="market1",
        decided_at=received_now(),
        decided_by="market1",
    )
    assert "2天待确认" in text_of(visit("am01", "/today/", kind="flagged"))


def test_a_delivery_calendar_changed_after_the_night_counts_at_once(district, visit):
    # 7 packs of 6902 in L5 last a week: enough while the truck comes on Wednesday.
    assert "L5" not in cards(visit("am03", "/today/", kind="out-soon"))
    DeliveryCalendar.objects.filter(customer=district.shops["L5"]).update(
        period=DateRange(date(2019, 1, 1), DAY)
    )
    DeliveryCalendar.objects.create(
        customer=district.shops["L5"],
        order_weekdays=[1],
        delivery_weekdays=[1],
        period=DateRange(DAY, None),
    )
    assert "L5" in cards(visit("am03", "/today/", kind="out-soon"))


def test_before_the_first_night_the_page_says_how_figures_come(stocked, visit):
    assert "夜间计算尚未运行" in text_of(visit("am01", "/"))


def test_who_has_no_shops_is_told_where_they_come_from(district, visit):
    assert "今天没有您的客户" in text_of(visit("inspector1", "/today/"))


def test_in_english_no_chinese_word_of_ours_is_left(district, visit):
    words = text_of(visit("am01", "/", language="en"))
    assert "always out of stock: 90 d" in words
    assert not re.search("脱销|涨库|今天|订货|条", words)


def test_the_first_load_on_a_phone_is_light(district, visit):
    page = visit("am01", "/")
    body = page.content.decode()
    assert "charts-" not in body
    assert "map-" not in body
    total = len(gzip.compress(page.content))
    assets = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', body))
    assert any(".css" in asset for asset in assets)
    assert any(".js" in asset for asset in assets)
    for asset in assets:
        served = visit("am01", asset)
        assert served.status_code == 200, asset
        content = b"".join(served.streaming_content) if served.streaming else served.content
        total += len(gzip.compress(content))
    assert total <= FIRST_LOAD


def test_the_number_of_queries_does_not_grow_with_the_shops(
    district, visit, django_assert_num_queries
):
    for person in ("am03", "district1"):
        visit(person, "/today/")
        with django_assert_num_queries(QUERIES):
            visit(person, "/today/")


# Session and person, posts twice (right and scope), results and rules, routes, shops, managers,
# calendars, changed quotas, flags, barcodes, products.
QUERIES = 14
