"""The quota's rule sets, to look at."""

from dataclasses import fields
from datetime import date

import pytest
from django.utils import translation

from brands.models import Product
from orders.quotas.models import RuleSet
from orders.quotas.rule_words import PARAMETERS, written
from orders.quotas.rules import QuotaRules
from orders.quotas.services import draft, publish
from tests.pages.conftest import links_of, text_of


def second(**values) -> RuleSet:
    rules = QuotaRules(**values)
    return draft(name="夏季", starts_on=date(2024, 7, 1), rules=rules, by="admin1")


def test_every_parameter_of_a_rule_set_is_told_once():
    told = [parameter.name for group in PARAMETERS for parameter in group.parameters]
    assert sorted(told) == sorted(field.name for field in fields(QuotaRules)), (
        "describe the parameter in orders/quotas/rule_words.py"
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_parameter_is_written_with_value_unit_and_meaning(language):
    rules = QuotaRules(stockout_threshold_by_product={7: 2})
    with translation.override(language):
        for _group, lines in written(rules, None, {7: "红双喜"}):
            for line in lines:
                assert line.value
                assert str(line.parameter.label) and str(line.parameter.unit)
                assert len(str(line.parameter.meaning)) >= 8
                assert line.before == ""


def test_values_are_written_as_people_read_them():
    rules = QuotaRules(stockout_threshold_by_product={7: 2, 8: -1}, classes_by_policy=())
    with translation.override("en"):
        values = {
            line.parameter.name: line.value
            for _group, lines in written(rules, None, {7: "红双喜"})
            for line in lines
        }
    assert values["method"] == "by a target level (level)"
    assert values["supply_cut_below"] == "90%"
    assert values["segment_from"] == "A from 50%, B from 20%, C from 5%, D above 0%, E at 0%"
    assert values["raise_limit"] == "A 3 times, B 2 times, C 1.5 times, D 1 times, E 1 times"
    assert values["classes_by_policy"] == "none"
    assert values["flags_by_policy"] == "scarce products, pilot products"
    assert values["stockout_threshold_by_product"] == "红双喜: 2, 8: −1"
    assert values["variance_squared"] == "0.04"
    assert values["reasonable_days"].startswith("Class 1 3 to 28, Class 2 3 to 28")


def test_the_list_says_which_version_holds_and_who_published_it(town, visit):
    drafted = second(memory=900)
    words = text_of(visit("am01", "/rules/", language="en"))
    assert f"{drafted.version} · 夏季 Draft 2024-07-01 — —" in words
    assert words.count("in force today") == 1
    assert f"/rules/{drafted.version}/" in links_of(visit("am01", "/rules/"))


def test_a_version_says_what_differs_from_the_one_before(town, visit):
    product = Product.objects.first()
    version = second(memory=900, stockout_threshold_by_product={product.pk: 3}).version
    words = text_of(visit("am01", f"/rules/{version}/", language="en"))
    assert f"Other thresholds of single products: none → {product.name}: 3 Memory: 80% → 90%" in (
        words
    )
    assert "This version uses the other method" in words


def test_the_first_version_has_nothing_to_differ_from(town, visit):
    words = text_of(visit("am01", "/rules/1/", language="en"))
    assert "What differs" not in words
    assert "Stock-out threshold" in words


def test_a_draft_that_is_not_valid_says_why(town, visit):
    drafted = second()
    RuleSet.objects.filter(pk=drafted.pk).update(body={"memory": 5})
    words = text_of(visit("am01", f"/rules/{drafted.version}/", language="en"))
    assert "This draft is not valid yet memory : 5 must be a whole number" in words


def test_a_version_that_nobody_made_is_not_found(town, visit):
    assert visit("am01", "/rules/99/").status_code == 404


def test_the_quota_and_the_head_of_a_page_lead_to_the_rules_that_made_them(district, visit):
    links = links_of(visit("am01", "/shops/L1/products/6902/"))
    assert links.count("/rules/1/") == 2
    assert "/rules/1/" not in links_of(visit("shop1", "/my-shop/"))


def test_who_published_a_version_is_named(town, visit):
    drafted = second()
    publish(drafted, by="admin1")
    town.people["admin1"].display_name = "李管理"
    town.people["admin1"].save()
    assert "李管理" in text_of(visit("am01", "/rules/"))
    assert "李管理" in text_of(visit("am01", f"/rules/{drafted.version}/"))


def test_the_number_of_queries_does_not_grow_with_the_versions(
    town, visit, django_assert_num_queries
):
    for _ in range(3):
        second()
    for path, queries in (("/rules/", QUERIES_LIST), ("/rules/2/", QUERIES_ONE)):
        visit("am01", path)
        with django_assert_num_queries(queries):
            visit("am01", path)


QUERIES_LIST, QUERIES_ONE = 8, 10
