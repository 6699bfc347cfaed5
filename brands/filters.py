"""Which products: the filters that every list of products, and of what belongs to them, shares."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from brands.models import Barcode, Flag, PriceClass, Product, ProductProperties, Stage
from marketing_ops.lib.rest.filters import Choice, Declared, Text, Whole


class ProductFilters(Declared):
    barcode = Text(label="A barcode of the product's pack or carton, a present or a former one.")
    brand = Whole(label="Id of a brand.")
    product = Whole(label="Id of a product.")
    price_class = Choice(PriceClass, label="Price class, 1 to 5.")
    stage = Choice(Stage, label="Life-cycle stage.")
    flag = Choice(Flag, label="A management flag that the product has.")


def matching_products(asked: Mapping[str, Any], day: date) -> QuerySet[Product] | None:
    """The products that fit what was asked of ProductFilters, as on `day`; None: all of them."""
    facts: dict[str, Any] = {}
    if "price_class" in asked:
        facts["price_class"] = int(asked["price_class"])
    if "stage" in asked:
        facts["stage"] = asked["stage"]
    if "flag" in asked:
        facts["flags__contains"] = [asked["flag"]]
    wanted = []
    if facts:
        holding = ProductProperties.objects.on(day).filter(product_id=OuterRef("pk"), **facts)
        wanted.append(Exists(holding))
    if "barcode" in asked:
        codes = Barcode.objects.filter(product_id=OuterRef("pk"), code=asked["barcode"])
        wanted.append(Exists(codes))
    if "brand" in asked:
        wanted.append(Q(brand_id=asked["brand"]))
    if "product" in asked:
        wanted.append(Q(pk=asked["product"]))
    return Product.objects.filter(*wanted) if wanted else None
