"""One shop's page."""

from datetime import date, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange

from customers.models import Licence
from inventory.indicators.models import Figure
from inventory.indicators.queries import current_set
from inventory.quality.models import Flag
from marketing_ops.home.writing import in_days, share
from marketing_ops.lib.clock import received_now
from marketing_ops.lib.quantities import show
from marketing_ops.nightly import run_night
from orders.quotas.models import Recommendation, RuleSet
from orders.quotas.rules import QuotaRules
from tests.pages.conftest import CUT, SILENT_DAY, course, links_of, text_of
from tests.town import DAY, LONG_AGO


def test_the_head_says_what_the_shop_is(district, visit):
    words = text_of(visit("am01", "/shops/L1/"))
    for expected in ("张江一店", "L1", "便利店 · 城区 · 中", "顺达便利", "am01", "城东市场部"):
        assert expected in words
    # Delivered on Tuesdays; DAY is one.
    assert "星期二 下次2024-07-02" in words
    assert "13个周期" in words


def test_every_figure_of_a_product_is_the_stored_one(district, visit):
    words = text_of(visit("am01", "/shops/L1/"))
    results = current_set()
    for code in ("6902", "6903", "6904"):
        product, shop = district.products[code], district.shops["L1"]
        figure = Figure.objects.get(result_set=results, customer=shop, product=product)
        advice = Recommendation.objects.get(result_set=results, customer=shop, product=product)
        size = 20 if code == "6904" else 10
        row = words[words.index(product.name) :]
        expected = [
            show(figure.latest_closing, size),
            in_days(figure.days_of_stock),
            f"{figure.window_stockout}/{figure.window_observed}",
            share(figure.window.satisfaction),
            in_days(figure.window.ratio_days),
            show(figure.window_sold, size),
            show(advice.quota, size),
            show(advice.target_level, size),
        ]
        place = 0
        for value in expected:
            place = row.index(value, place)


def test_the_quota_in_force_stands_beside_the_recommended_one(district, visit):
    words = text_of(visit("am01", "/shops/L1/"))
    assert "生效定量" in words
    assert "2条" in words


def test_products_are_sorted_by_what_needs_attention_or_by_one_figure(district, visit):
    def order(**questions):
        links = links_of(visit("am01", "/shops/L1/", **questions))
        return [link.split("/")[4] for link in links if "/products/" in link]

    assert order()[:2] == ["6904", "6903"], "what sells and is out comes before what never was"
    assert order(sort="satisfaction")[0] == "6904"
    assert order(sort="nonsense") == order()


def test_orders_say_what_was_cut(district, visit):
    words = text_of(visit("am01", "/shops/L1/"))
    assert f"{CUT - timedelta(days=2)} · 2个规格 · 1个未足额 · {CUT}到货" in words
    assert f"{DAY - timedelta(days=2)} · 2个规格 · {DAY}到货" in words
    assert "红双喜(硬) 3条 1条4包" in words


def test_findings_of_the_ledger_stand_on_the_page(district, visit):
    assert "2024-06-15 · 未观测" in text_of(visit("am01", "/shops/L1/"))


def test_a_shop_without_a_ledger_says_what_to_do(district, visit):
    words = text_of(visit("am03", "/shops/L6/"))
    assert "该客户还没有指标" in words
    assert "人工采集清单" in words
    assert "没有订单记录" in words


def test_a_former_licence_number_leads_to_the_present_one(district, visit):
    shop = district.shops["L2"]
    Licence.objects.filter(customer=shop).update(
        period=DateRange(date(2024, 5, 1), None), number="NEW2"
    )
    Licence.objects.create(customer=shop, number="L2", period=DateRange(LONG_AGO, date(2024, 5, 1)))
    page = visit("am01", "/shops/L2/")
    assert (page.status_code, page.url) == (302, "/shops/NEW2/")
    page = visit("am01", "/shops/L2/products/6902/")
    assert (page.status_code, page.url) == (302, "/shops/NEW2/products/6902/")


def test_the_page_speaks_english_too(district, visit):
    words = text_of(visit("am01", "/shops/L1/", language="en"))
    assert "Products, the worst first" in words
    assert "Convenience store · Urban · Medium" in words
    assert "13 cycles" in words


def test_before_the_first_night_the_shop_can_be_looked_at(stocked, visit):
    words = text_of(visit("am01", "/shops/L1/"))
    assert "张江一店" in words
    assert "该客户还没有指标" in words


def test_the_number_of_queries_does_not_grow_with_the_products(
    district, visit, django_assert_num_queries
):
    visit("am01", "/shops/L1/")
    visit("am01", "/shops/L2/")
    with django_assert_num_queries(QUERIES):
        visit("am01", "/shops/L1/")
    with django_assert_num_queries(QUERIES - 3):
        visit("am01", "/shops/L2/")  # has no orders, so no products of orders either


QUERIES = 28


def test_the_small_line_shows_the_observed_days_of_the_last_28_and_no_others(
    district, visit, report
):
    page = visit("am01", "/shops/L1/")
    for line in page.context["lines"]:
        assert len(line.course) == 28
        seen = [stock for stock in line.course if stock is not None]
        assert len(seen) == line.figure.recent_observed == 27, "2024-06-15 was not reported"
        assert line.course[-1] == line.figure.latest_closing
    silent = (SILENT_DAY - DAY).days - 1
    assert all(line.course[silent] is None for line in page.context["lines"])
    assert page.content.decode().count('class="spark"') == 3


def test_the_small_line_of_a_complete_source_falls_to_zero_and_flagged_days_are_gaps(
    stocked, visit, report
):
    shop, town = stocked.shops["L5"], stocked
    days = [DAY - timedelta(days=n) for n in range(60, -1, -1)]
    other = course(days, opening=90, supply={}, sells=lambda day: 1)
    # Its last row lies before the 28 days: the report of the other says that there is none.
    once = [(days[5], 2, 0, 2)]
    report(shop, {town.products["6901"]: once, town.products["6902"]: other}, source="pos-complete")
    Flag.objects.create(
        cause="transfer",
        customer=shop,
        product=town.products["6902"],
        first_day=DAY - timedelta(days=3),
        last_day=DAY - timedelta(days=1),
        raised_at=received_now(),
        raised_by="market1",
    )
    run_night(as_of=DAY, by="test")
    lines = {line.product.barcode: line for line in visit("am03", "/shops/L5/").context["lines"]}
    assert lines["6901"].course == [0] * 28
    assert lines["6902"].course[-5:] == [33, None, None, None, 29]
    for line in lines.values():
        known = sum(stock is not None for stock in line.course)
        assert known == line.figure.recent_observed


def test_the_change_is_what_the_recommendation_would_do_to_the_quota_in_force(district, visit):
    lines = {line.product.barcode: line for line in visit("am01", "/shops/L1/").context["lines"]}
    own = lines["6902"]
    assert own.change == own.quota - 20
    assert lines["6904"].change is None


def test_a_ratio_outside_the_range_of_its_class_is_marked(district, visit):
    assert "高于合理范围" in text_of(visit("am01", "/shops/L2/"))
    published = RuleSet.objects.get()
    rules = dict(QuotaRules().to_json(), reasonable_days=[[3, 365]] * 5)
    RuleSet.objects.filter(pk=published.pk).update(status="superseded")
    draft = RuleSet.objects.create(
        version=2,
        name="wide",
        status="published",
        starts_on=DAY,
        body=rules,
        published_at=received_now(),
        published_by="admin1",
    )
    run_night(as_of=DAY, by="test")
    words = text_of(visit("am01", "/shops/L2/"))
    assert f"@{draft.version}" in words
    assert "高于合理范围" not in words
    assert "涨库" not in words
