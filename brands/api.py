"""Brands and products in the API; never without a login (tobacco advertising)."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from brands.filters import ProductFilters, matching_products
from brands.models import Barcode, Brand, PriceClass, Product, ProductProperties
from customers.api import ON, NamedSerializer
from customers.rest import ApiList, ApiView
from customers.scope import Action
from marketing_ops.lib.rest.filters import Day, Declared, Text, read_day
from marketing_ops.lib.rest.paging import Key

# Where nothing is known of a product: what most have.
PACKS_PER_CARTON = 10


class ProductNameSerializer(serializers.Serializer):
    """A product as others name it; a redesign changes the barcode, never the id."""

    id = serializers.IntegerField()
    barcode = serializers.CharField(help_text="Of its pack, the newest design; empty: it has none.")
    name = serializers.CharField()
    packs_per_carton = serializers.IntegerField()


def named_products(products: Collection[int], day: date) -> dict[int, dict]:
    """What ProductNameSerializer says of products: as on a day, else the nearest to it."""
    codes: dict[int, str] = {}
    for row in Barcode.objects.filter(product_id__in=products, kind=Barcode.Kind.PACK).order_by(
        "period", "code"
    ):
        if row.product_id not in codes or row.period.lower <= day:
            codes[row.product_id] = row.code
    packs: dict[int, int] = {}
    for row in ProductProperties.objects.filter(product_id__in=products).order_by("period"):
        if row.product_id not in packs or row.period.lower <= day:
            packs[row.product_id] = row.packs_per_carton
    names = Product.objects.filter(pk__in=products).values_list("pk", "name")
    return {
        pk: {
            "id": pk,
            "barcode": codes.get(pk, ""),
            "name": name,
            "packs_per_carton": packs.get(pk, PACKS_PER_CARTON),
        }
        for pk, name in names
    }


def name_products(rows: Iterable, day: date) -> None:
    """Give each row with a `product_id` its `named_product`."""
    rows = list(rows)
    names = named_products({row.product_id for row in rows} - {None}, day)
    for row in rows:
        row.named_product = names.get(row.product_id)


def product_or_404(barcode: str) -> int:
    """The id of the product that has, or had, this code on its pack or carton."""
    if "\0" not in barcode:
        found = Barcode.objects.filter(code=barcode).order_by("-period")
        for pk in found.values_list("product_id", flat=True)[:1]:
            return pk
    raise Http404


class BrandFilters(Declared):
    q = Text(label="Part of the name.")

    def narrowed(self, queryset, asked):
        return queryset.filter(name__icontains=asked["q"].strip()) if "q" in asked else queryset


class BrandList(ApiList):
    """All brands."""

    requires = Action.SEE_SHOPS
    queryset = Brand.objects.all()
    serializer_class = NamedSerializer
    filterset_class = BrandFilters
    orderings = {"name": (Key("name", str), Key("pk")), "id": (Key("pk"),)}


class ProductSerializer(ProductNameSerializer):
    """A product as it is on a day; what is not known of it then is null."""

    brand = NamedSerializer()
    pack_barcodes = serializers.ListField(child=serializers.CharField())
    carton_barcodes = serializers.ListField(child=serializers.CharField())
    price_class = serializers.ChoiceField(
        choices=PriceClass.choices, allow_null=True, source="facts.price_class"
    )
    wholesale_price = serializers.DecimalField(
        max_digits=9,
        decimal_places=2,
        allow_null=True,
        source="facts.wholesale_price",
        help_text="Yuan per carton.",
    )
    retail_price = serializers.DecimalField(
        max_digits=9,
        decimal_places=2,
        allow_null=True,
        source="facts.retail_price",
        help_text="Suggested; yuan per carton.",
    )
    stage = serializers.CharField(source="facts.stage")
    flags = serializers.ListField(child=serializers.CharField(), source="facts.flags")


NOTHING_KNOWN = ProductProperties(packs_per_carton=PACKS_PER_CARTON)


def describe(products: list[Product], day: date) -> None:
    """Give each product what ProductSerializer says of it, as on `day`."""
    ids = [product.pk for product in products]
    facts = {
        row.product_id: row for row in ProductProperties.objects.on(day).filter(product_id__in=ids)
    }
    codes: dict[tuple, list[str]] = {}
    for row in Barcode.objects.on(day).filter(product_id__in=ids).order_by("period", "code"):
        codes.setdefault((row.product_id, row.kind), []).append(row.code)
    for product in products:
        product.facts = facts.get(product.pk, NOTHING_KNOWN)
        product.packs_per_carton = product.facts.packs_per_carton
        product.pack_barcodes = codes.get((product.pk, Barcode.Kind.PACK), [])
        product.carton_barcodes = codes.get((product.pk, Barcode.Kind.CARTON), [])
        product.barcode = (product.pack_barcodes or [""])[-1]


class ProductListFilters(ProductFilters):
    on = Day(label="As the products are on this day; without: today.")
    q = Text(label="Part of the name, or a barcode's beginning.")

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        view.day = asked.get("on", view.today)
        found = matching_products(asked, view.day)
        if found is not None:
            queryset = queryset.filter(pk__in=found)
        if "q" in asked:
            text = asked["q"].strip()
            coded = Barcode.objects.filter(code__startswith=text).values("product_id")
            queryset = queryset.filter(Q(name__icontains=text) | Q(pk__in=coded))
        return queryset


class ProductList(ApiList):
    """All products as they are on a day."""

    requires = Action.SEE_SHOPS
    queryset = Product.objects.select_related("brand")
    serializer_class = ProductSerializer
    filterset_class = ProductListFilters
    orderings = {"name": (Key("name", str), Key("pk")), "id": (Key("pk"),)}

    def complete(self, rows):
        describe(rows, self.day)


class ProductDetail(ApiView):
    """One product, by a barcode of its pack or carton: a present or a former one."""

    requires = Action.SEE_SHOPS
    serializer_class = ProductSerializer
    parameters = frozenset({"on"})

    @extend_schema(parameters=[ON])
    def get(self, request, barcode):
        product = Product.objects.select_related("brand").get(pk=product_or_404(barcode))
        describe([product], read_day(request, "on") or self.today)
        return Response(self.get_serializer(product).data)
