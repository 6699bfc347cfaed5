"""One shop × product: days, indicators with their reasons, quota."""

import re
from datetime import timedelta

import pytest

from brands.models import Barcode
from inventory.indicators.models import Figure
from inventory.indicators.queries import current_set
from inventory.quality.models import Detection, Flag, Sweep
from marketing_ops.lib.clock import received_now
from marketing_ops.nightly import run_night
from orders.quotas.models import Recommendation
from orders.quotas.reasons import words as reason_words
from tests.pages.conftest import FIRST, SILENT_DAY, course, links_of, text_of
from tests.town import DAY

L1_6902 = "/shops/L1/products/6902/"
L1_6904 = "/shops/L1/products/6904/"


def figure_of(town, shop, product):
    return Figure.objects.get(
        result_set=current_set(),
        customer=town.shops[shop],
        product=town.products[product],
    )


def day_row(page, day):
    """The ledger's row of a day, as a reader reads it."""
    row = re.search(rf'<tr id="day-{day}".*?</tr>', page.content.decode(), re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row[0])).strip()


def test_each_indicator_shows_its_formula_in_figures(district, visit):
    words = text_of(visit("am01", L1_6904))
    figure = figure_of(district, "L1", "6904")
    window, cycle = figure.window, figure.cycle
    # 7 packs a week at 3 a day: sold out on the third day, four days without.
    assert (cycle.sold, cycle.stockout_days, cycle.observed_days) == (7, 4, 7)
    assert "7包 ÷ 3天 × 4天 = 9.3包" in words
    assert "7包 ÷ (7包 + 9.3包) = 42.9%" in words
    assert "7天 − 4天 = 3天" in words
    assert f"{window.closing}包 ÷ ({window.sold}包 ÷ {window.observed_days}天) = 0.0天" in words


def test_the_reason_names_days_threshold_and_rules(district, visit):
    page = visit("am01", L1_6904)
    words = text_of(page)
    results = current_set()
    assert f"脱销线1包 · 规则{results.rules}" in words
    assert "2024-06-18 – 2024-06-24: 7天中观测7天; 脱销日： 06-21 , 06-22 , 06-23 , 06-24" in words
    assert "#day-2024-06-21" in links_of(page)
    assert 'id="day-2024-06-21"' in page.content.decode()


def test_the_latest_figures_name_their_days_too(district, visit):
    page = visit("am01", L1_6902)
    words = text_of(page)
    # The last 28 days, the last whole week, the last whole month; 2024-06-15 was not reported.
    assert "2024-05-29 – 2024-06-25: 28天中观测27天; 未观测： 06-15" in words
    assert "2024-06-17 – 2024-06-23: 7天中观测7天" in words
    assert "2024-05-01 – 2024-05-31: 31天中观测31天" in words


def test_many_days_without_a_report_are_told_as_one(district, visit):
    page = visit("am02", "/shops/L4/products/6902/")
    assert "未观测： 05-27 – 06-23" in text_of(page)
    assert "#day-2024-06-23" in links_of(page)


def test_the_ratio_says_the_range_of_its_class(district, visit):
    assert "所属价类的合理范围：3天至28天。" in text_of(visit("am01", L1_6904))


def test_what_cannot_be_reckoned_is_a_dash_with_the_reason(district, visit):
    words = text_of(visit("am01", "/shops/L1/products/6903/"))
    assert "没有销售，库存0包：没有存销比。" in words
    assert "全部脱销：没有有效销售天数可依。" in words
    assert re.search(r"存销比（天） 最近周期 — 窗口 —", words)


def test_the_days_shown_add_up_to_the_figures(district, visit):
    for shop, code in (("L1", "6902"), ("L1", "6904"), ("L3", "6902")):
        person = "am01" if shop == "L1" else "am02"
        page = visit(person, f"/shops/{shop}/products/{code}/")
        figure = figure_of(district, shop, code)
        counted = page.context["window_days"]
        assert counted.observed == figure.window_observed
        assert len(counted.out) == figure.window_stockout
        sold = sum(entry.row.sold for entry in counted.days if entry.observed)
        assert sold == figure.window_sold


def test_the_page_says_what_needs_attention_as_the_table_does(district, visit):
    assert "一直脱销：90天" in text_of(visit("am01", "/shops/L1/products/6903/"))
    assert "一直脱销：" not in text_of(visit("am01", L1_6902))


def test_a_day_without_a_report_is_not_a_zero(district, visit):
    page = visit("am01", L1_6902)
    assert day_row(page, SILENT_DAY).endswith("— — — — 未观测：未上报")
    assert "7天 − 0天" in text_of(page)


def test_the_quota_shows_every_reason_and_who_decided_what_is_in_force(district, visit):
    page = visit("am01", L1_6902, language="en")
    words = text_of(page)
    advice = Recommendation.objects.get(
        result_set=current_set(),
        customer=district.shops["L1"],
        product=district.products["6902"],
    )
    reasons = reason_words(advice.row, packs_per_carton=10)
    assert page.context["reasons"], reasons
    for reason in page.context["reasons"]:
        assert reason in words
    assert "by market1, since 2024-05-01" in words
    assert "按上季度销量核定" in words
    assert "A recommendation changes nothing by itself." in words


def test_a_correction_shows_the_older_version_of_the_day(district, visit, report):
    shop, product = district.shops["L1"], district.products["6902"]
    day = DAY - timedelta(days=3)
    before = day_row(visit("am01", L1_6902), day)
    report(shop, {product: [(day, 9, 0, 5)]}, by="am01")
    page = visit("am01", L1_6902)
    # The night did not know of it: its figures stand, and the page says so.
    assert "夜间计算后有更正" in day_row(page, day)
    assert "从下一次夜间计算起计入" in text_of(page)
    assert "第2版，店铺POS上传" in day_row(page, day)
    assert before.split()[2:6] == day_row(page, day).split()[2:6]
    run_night(as_of=DAY, by="test")
    page = visit("am01", L1_6902)
    row = day_row(page, day)
    assert row.split()[2:6] == ["9包", "0包", "5包", "4包"]
    assert "更正1次" in row
    assert "第1版" in row
    assert "从下一次夜间计算起计入" not in text_of(page)


def test_a_flagged_day_is_not_observed_and_says_why(district, visit):
    day = DAY - timedelta(days=5)
    Flag.objects.create(
        cause="transfer",
        customer=district.shops["L1"],
        product=district.products["6902"],
        first_day=day,
        last_day=day,
        raised_at=received_now(),
        raised_by="market1",
    )
    run_night(as_of=DAY, by="test")
    page = visit("am01", L1_6902)
    assert "未观测：已标记 调拨、代买代卖" in day_row(page, day)
    assert "market1提出" in text_of(page)
    figure = figure_of(district, "L1", "6902")
    assert page.context["window_days"].observed == figure.window_observed
    assert sum(e.row.sold for e in page.context["window_days"].days if e.observed) == (
        figure.window_sold
    )


def test_a_detection_is_open_until_somebody_has_decided_on_it(district, visit):
    results, day = current_set(), DAY - timedelta(days=5)
    of_days = {
        "cause": "transfer",
        "customer": district.shops["L1"],
        "product": district.products["6902"],
        "first_day": day,
        "last_day": day,
    }
    sweep, _created = Sweep.objects.get_or_create(as_of=DAY, known_at=results.known_at)
    Detection.objects.create(sweep=sweep, expected=10, found=40, **of_days)
    assert "夜间检查发现，待人裁定" in text_of(visit("am01", L1_6902))
    flag = Flag.objects.create(**of_days, raised_at=received_now(), raised_by="am01")
    assert "夜间检查发现，am01也已提出，待人裁定" in text_of(visit("am01", L1_6902))
    flag.status, flag.decided_at, flag.decided_by = "rejected", received_now(), "market1"
    flag.save()
    words = text_of(visit("am01", L1_6902))
    assert "夜间检查发现，market1裁定：" in words and "待人裁定" not in words


def test_a_kept_back_pack_does_not_hide_the_stock_out(stocked, visit, report):
    shop, product = stocked.shops["L5"], stocked.products["6903"]
    days = [DAY - timedelta(days=n) for n in range(40, -1, -1)]
    report(shop, {product: course(days, opening=5, supply={}, sells=lambda day: 0)})
    Flag.objects.create(
        cause="kept-back",
        customer=shop,
        product=product,
        first_day=days[10],
        last_day=days[20],
        raised_at=received_now(),
        raised_by="am03",
    )
    run_night(as_of=DAY, by="test")
    page = visit("am03", "/shops/L5/products/6903/")
    assert "脱销日 刻意留有库存" in day_row(page, days[15])
    figure = figure_of(stocked, "L5", "6903")
    assert len(page.context["window_days"].out) == figure.window_stockout > 0


def test_a_complete_sources_absent_product_is_an_observed_zero(stocked, visit, report):
    shop, town = stocked.shops["L5"], stocked
    days = [DAY - timedelta(days=n) for n in range(30, -1, -1)]
    other = course(days, opening=90, supply={}, sells=lambda day: 1)
    once = [(days[5], 2, 0, 2)]
    report(shop, {town.products["6901"]: once, town.products["6902"]: other}, source="pos-complete")
    run_night(as_of=DAY, by="test")
    page = visit("am03", "/shops/L5/products/6901/")
    figure = figure_of(town, "L5", "6901")
    assert page.context["window_days"].observed == figure.window_observed
    assert len(page.context["window_days"].out) == figure.window_stockout
    assert "脱销日" in day_row(page, days[6])
    assert "未观测：上报中没有" in day_row(page, days[4])


def test_the_chart_marks_stock_outs_unobserved_days_deliveries_and_events(district, visit):
    page = visit("am01", L1_6904)
    body = page.content.decode()
    for kind in ("stock", "sales", "delivery", "out", "out-strip", "unseen", "event"):
        assert f'class="shape-{kind}"' in body
    assert "东街修路" in text_of(page)
    figure = figure_of(district, "L1", "6904")
    assert figure.window_stockout > 0
    assert f"脱销{page.context['summary']['out']}天" in text_of(page)
    # Nothing that a strict content policy would refuse.
    assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=", body)


def test_a_product_that_the_shop_never_had_says_so(district, visit):
    words = text_of(visit("am01", "/shops/L2/products/6901/"))
    assert "该店没有这个规格的记录" in words
    assert "没有建议" in words


def test_before_the_first_night_orders_and_quota_can_be_read(stocked, visit):
    words = text_of(visit("am01", L1_6902))
    assert "2条" in words
    assert "按上季度销量核定" in words


def test_the_code_of_an_older_design_leads_to_the_present_one(district, visit):
    Barcode.objects.create(
        product=district.products["6902"],
        code="6902B",
        period=type(Barcode.objects.get(code="6902").period)(FIRST, None),
    )
    page = visit("am01", L1_6902)
    assert (page.status_code, page.url) == (302, "/shops/L1/products/6902B/")


@pytest.mark.parametrize("path", [L1_6902, "/shops/L1/products/6903/"])
def test_the_number_of_queries_does_not_grow_with_the_days(
    district, visit, django_assert_num_queries, path
):
    visit("am01", path)
    with django_assert_num_queries(QUERIES):
        visit("am01", path)


QUERIES = 28
