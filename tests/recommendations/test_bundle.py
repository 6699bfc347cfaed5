"""What the phone gets to introduce, and what is kept of how it was taken."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from brands.models import Barcode, Brand, Product, ProductProperties
from customers.visits.steps import Bundle, goods_on
from inventory.indicators.models import Figure, ResultSet
from orders.placing.advice import mock_orders
from orders.quotas.models import QuotaDecision
from orders.recommendations import queries
from orders.recommendations.models import Introduction
from orders.recommendations.steps import recommended_in
from tests.api import district
from tests.town import DAY, since
from tests.visits import cast

TODAY = DAY + timedelta(days=1)


@pytest.fixture
def town(db, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: district.NOW)
    monkeypatch.setattr(queries._Kept, "key", None)
    return district.build()


def bundle(town, *licences):
    shops = [town.shops[licence].pk for licence in licences]
    return Bundle(shops, TODAY, town.people["am01"], goods_on(TODAY).products)


def add_product(town, code, *, stage="成熟期", flags=()):
    product = Product.objects.create(name=f"新品{code}", brand=Brand.objects.first())
    Barcode.objects.create(product=product, code=code, period=since())
    ProductProperties.objects.create(
        product=product,
        price_class=3,
        wholesale_price="100",
        retail_price="120",
        stage=stage,
        flags=list(flags),
        period=since(),
    )
    return product


def told(town, licence):
    with translation.override("en"):
        part = recommended_in(bundle(town, licence)).get(town.shops[licence].pk)
    return {one["barcode"]: one for one in part["recommended"]} if part else {}


def test_a_key_brand_that_is_missing_is_recommended_with_its_reason(town):
    add_product(town, "7001", flags=["重点"])
    assert told(town, "L2")["7001"] == {
        "barcode": "7001",
        "packs": 10,
        "reasons": ["A key or assessed brand that was not on this shelf for three months."],
    }


def test_what_shops_of_the_kind_sell_is_recommended_and_their_number_is_told(town, monkeypatch):
    new = add_product(town, "7002", stage="导入期")
    results = ResultSet.objects.get(is_current=True)
    monkeypatch.setattr(queries, "sellers", lambda *_of: {("便利店", "城区", "小", new.pk): 4})
    assert "4 shops of this kind" in told(town, "L2")["7002"]["reasons"][0]
    assert "7002" not in told(town, "L1"), "a shop of another scale"
    assert Figure.objects.filter(result_set=results, customer=town.shops["L2"]).exists()


def test_sellers_are_counted_by_format_area_and_scale(town):
    sold = town.products["6902"]
    ProductProperties.objects.filter(product=sold).update(stage="成长期")
    results = ResultSet.objects.get(is_current=True)
    facts = queries.products_on(TODAY, [sold.pk])
    found = queries.sellers(results, facts)
    assert found["便利店", "城区", "中", sold.pk] == 1
    assert found["便利店", "城区", "小", sold.pk] == 1
    assert ("烟酒商店", "农村", "中", sold.pk) not in found, "L4 reported nothing"


def test_a_shop_that_nobody_knows_anything_of_gets_nothing(town):
    add_product(town, "7001", flags=["重点"])
    assert told(town, "L6") == {}


def test_the_reaction_is_kept_once_and_a_refusal_rests(town):
    add_product(town, "7001", flags=["重点"])
    said = [{"barcode": "7001", "reaction": "refused"}, {"barcode": "6902"}]
    body = cast.least(
        started_at="2024-06-26T09:00:00+08:00",
        ended_at="2024-06-26T09:20:00+08:00",
        licence_no="L2",
        steps={"introduced": {"products": said}},
    )
    answers = [cast.post("am01", body).status_code for _time in range(2)]
    assert answers == [201, 200]
    rows = Introduction.objects.order_by("reaction").values_list(
        "product__barcodes__code", "reaction"
    )
    assert list(rows) == [("6902", "none"), ("7001", "refused")]
    assert "7001" not in told(town, "L2")


def test_a_product_that_nobody_knows_sets_the_visit_aside(town):
    body = cast.least(
        started_at="2024-06-26T09:00:00+08:00",
        ended_at="2024-06-26T09:20:00+08:00",
        steps={"introduced": {"products": [{"barcode": "6902"}, {"barcode": "none"}]}},
    )
    said = cast.post("am01", body)
    assert said.status_code == 422
    assert said.json()["errors"][0]["place"] == "steps.introduced.products[1].barcode"


def test_many_shops_take_as_many_queries_as_one(town):
    recommended_in(bundle(town, "L1"))
    for part, most in ((recommended_in, 9), (mock_orders, 6)):
        with CaptureQueriesContext(connection) as one:
            part(bundle(town, "L1"))
        with CaptureQueriesContext(connection) as all_:
            part(bundle(town, *town.shops))
        assert len(one) == len(all_)
        # Two more are those of goods_on.
        assert len(one) <= most + 3


def test_the_mock_order_brings_the_stock_to_the_target_and_says_why(town):
    with translation.override("en"):
        part = mock_orders(bundle(town, "L1"))[town.shops["L1"].pk]
    line = next(line for line in part["lines"] if line["barcode"] == "6902")
    assert line["in_force"] == 20
    assert line["stock"] is not None
    assert line["advice"] is not None and line["advice"] % 10 == 0
    assert line["reasons"][0].startswith("Target ")
    # Ordered on Sunday the 30th, delivered on Tuesday.
    assert part["delivery"].isoformat() == "2024-07-02"
    assert part["total_limit"] is None


def test_without_a_night_the_quota_in_force_is_still_told(town):
    ResultSet.objects.update(is_current=False)
    quota = QuotaDecision.objects.get(customer=town.shops["L1"])
    part = mock_orders(bundle(town, "L1"))[town.shops["L1"].pk]
    assert [(line["barcode"], line["in_force"], line["advice"]) for line in part["lines"]] == [
        ("6902", quota.packs, None)
    ]
    assert recommended_in(bundle(town, "L1")) == {}
