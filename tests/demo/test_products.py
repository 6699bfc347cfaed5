import csv
from decimal import Decimal

import pytest
from django.conf import settings

from brands.models import Flag, Stage
from marketing_ops.demo.products import CLASS_FLOORS, ean13, load, price_class


def test_there_are_sixty_products_of_all_classes_stages_and_flags():
    products = load()
    assert len(products) == len({product.name for product in products}) == 60
    assert {product.price_class for product in products} == {1, 2, 3, 4, 5}
    assert {product.stage for product in products} == set(Stage.values)
    assert {flag for product in products for flag in product.flags} == set(Flag.values)


def test_the_price_class_changes_at_the_floor_of_the_allocation_price():
    for number, floor in enumerate(CLASS_FLOORS, start=1):
        at_the_floor = floor / Decimal("0.62")
        assert price_class(at_the_floor + Decimal("0.01")) == number
        assert price_class(at_the_floor - Decimal("0.01")) == number + 1


def test_a_shop_earns_a_tenth_or_a_little_more():
    for product in load():
        assert Decimal("1.09") < product.retail_price / product.wholesale_price < Decimal("1.16")


def test_the_made_up_barcodes_are_valid_and_all_different():
    codes = [
        code
        for product in load()
        for code in (product.pack_barcode, product.carton_barcode, product.second_pack_barcode)
    ]
    assert len(set(codes)) == 180
    for code in codes:
        assert len(code) == 13 and code.startswith("690")
        assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(code)) % 10 == 0
    assert ean13(0) == "6909970000000"


def test_names_brands_and_prices_are_the_published_facts():
    path = settings.SHARED_DATA / "cigarettes.csv"
    if not path.exists():
        pytest.skip(f"{path} is missing: the facts cannot be compared")
    with path.open(encoding="utf-8-sig", newline="") as file:
        facts = {
            (row["name"], row["brand"].split("(")[0], Decimal(row["carton_price_cny"]))
            for row in csv.DictReader(file)
        }
    for product in load():
        assert (product.name, product.brand, product.retail_price) in facts
