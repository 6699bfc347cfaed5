import json

import pytest

from orders.quotas.rules import QuotaRules, RulesError


def test_rules_survive_the_way_through_json():
    rules = QuotaRules(
        method="mean",
        stockout_threshold_by_product={17: 3, 4: 0},
        classes_by_policy=(),
        flags_by_policy=("scarce",),
        order_unit="pack",
        service_level=975,
        reasonable_days=((5, 40), (4, 30), (3, 28), (3, 21), (2, 21)),
    )
    assert QuotaRules.from_json(json.loads(json.dumps(rules.to_json()))) == rules


def test_the_json_of_equal_rules_is_equal_to_the_byte():
    one = QuotaRules(stockout_threshold_by_product={17: 3, 4: 0}).to_json()
    other = QuotaRules(stockout_threshold_by_product={4: 0, 17: 3}).to_json()
    assert json.dumps(one) == json.dumps(other)


def test_an_empty_body_is_the_default_rule_set():
    assert QuotaRules.from_json({}) == QuotaRules()


@pytest.mark.parametrize(
    ("body", "field", "cure"),
    [
        ({"method": "average"}, "method", "use one of: mean, level"),
        ({"methud": "mean"}, "methud", "remove it, or use one of"),
        ({"service_level": 0.95}, "service_level", "whole number from 500 to 999, in permille"),
        ({"service_level": True}, "service_level", "whole number"),
        ({"new_shop_days": -1}, "new_shop_days", "0: no shop is new"),
        ({"segment_from": [50, 200, 500]}, "segment_from", "sort it downwards"),
        ({"segment_from": [500, 200]}, "segment_from", "must be 3 whole numbers"),
        ({"raise_limit": "all"}, "raise_limit", "must be 5 whole numbers"),
        ({"classes_by_policy": [6]}, "classes_by_policy", "must be a list of: 1, 2, 3, 4, 5"),
        ({"classes_by_policy": [1, 1]}, "classes_by_policy", "name each once"),
        ({"flags_by_policy": 1}, "flags_by_policy", "must be a list of: scarce, pilot"),
        ({"stockout_threshold_by_product": {"x": 1}}, "stockout_threshold_by_product", "'x'"),
        ({"stockout_threshold_by_product": [1]}, "stockout_threshold_by_product", "an object"),
        ({"least_packs": 20, "most_packs": 10}, "least_packs", "lower it"),
        ({"reasonable_days": [3, 28]}, "reasonable_days", "five pairs of whole days"),
        ({"reasonable_days": [[3, 28]] * 4}, "reasonable_days", "five pairs of whole days"),
        ({"reasonable_days": [[3.5, 28]] * 5}, "reasonable_days", "five pairs of whole days"),
        ({"reasonable_days": "wide"}, "reasonable_days", "five pairs of whole days"),
        ({"reasonable_days": [[3, 28]] * 4 + [[28, 3]]}, "reasonable_days", "class 5 must rise"),
        ({"reasonable_days": [[3, 366]] * 5}, "reasonable_days", "within 0 to 365"),
        ([], "body", "is not an object"),
    ],
)
def test_a_wrong_rule_is_named_by_its_field_with_the_cure(body, field, cure):
    with pytest.raises(RulesError) as caught:
        QuotaRules.from_json(body)
    assert set(caught.value.problems) == {field}
    assert cure in caught.value.problems[field]


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(RulesError) as caught:
        QuotaRules.from_json({"method": "?", "cover": 1, "memory": None})
    assert set(caught.value.problems) == {"method", "cover", "memory"}


def test_each_price_class_has_its_own_reasonable_range():
    rules = QuotaRules.from_json({"reasonable_days": [[7, 45], [5, 35], [3, 28], [3, 28], [2, 21]]})
    assert rules.reasonable_range(1) == (7, 45)
    assert rules.reasonable_range(5) == (2, 21)
    assert rules.reasonable_range(None) is None
