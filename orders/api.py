"""What shops ordered and were supplied, in the API."""

from datetime import date

from rest_framework import serializers

from brands.api import ProductNameSerializer, name_products
from brands.filters import ProductFilters, matching_products
from customers.api import ShopNameSerializer, name_shops
from customers.filters import ShopFilters, matching
from customers.rest import ApiList
from customers.scope import Action
from marketing_ops.lib.rest.fields import in_words
from marketing_ops.lib.rest.filters import Day
from marketing_ops.lib.rest.paging import Key
from orders.models import OrderLine


class OrderLineSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    requested_text = serializers.CharField(help_text="In cartons and packs.")
    supplied_text = serializers.CharField(help_text="In cartons and packs.")

    class Meta:
        model = OrderLine
        fields = (
            "id", "shop", "product", "ordered_on", "requested", "requested_text", "supplied",
            "supplied_text", "delivered_on", "status", "payment", "received_at",
        )  # fmt: skip


class OrderLineFilters(ShopFilters, ProductFilters):
    """Shops and products as they are today."""

    first_day = Day(label="Ordered on this day or later.")
    last_day = Day(label="Ordered on this day or before.")

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        shops = matching(view.customers, asked, view.today, segments=lambda: view.segments_of(None))
        products = matching_products(asked, view.today)
        if products is not None:
            queryset = queryset.filter(product__in=products)
        if "first_day" in asked:
            queryset = queryset.filter(ordered_on__gte=asked["first_day"])
        if "last_day" in asked:
            queryset = queryset.filter(ordered_on__lte=asked["last_day"])
        return queryset.filter(customer__in=shops)


class OrderLineList(ApiList):
    """The order lines of the person's shops as they are known now, the newest first."""

    requires = Action.SEE_FIGURES
    queryset = OrderLine.objects.known(None)
    serializer_class = OrderLineSerializer
    filterset_class = OrderLineFilters
    orderings = {"ordered_on": (Key("ordered_on", date, True), Key("pk"))}

    def complete(self, rows):
        name_shops(rows, self.today)
        name_products(rows, self.today)
        for row in rows:
            carton = row.named_product["packs_per_carton"]
            row.requested_text = in_words(row.requested, carton)
            row.supplied_text = in_words(row.supplied, carton)
