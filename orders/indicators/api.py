"""The indicators from orders, and those of the whole district's stock, in the API."""

from fractions import Fraction

from rest_framework import serializers

from brands.api import ProductNameSerializer, name_products
from brands.filters import ProductFilters, matching_products
from customers.rest import ApiList
from customers.scope import Action
from inventory.indicators.api import GroupSerializer, name_customer_groups
from inventory.indicators.api_results import OfResults, ResultPages, SumFilters
from marketing_ops.lib.rest.fields import Exact
from marketing_ops.lib.rest.filters import Choice, YesNo
from marketing_ops.lib.rest.paging import Key
from orders.indicators.models import OrderFigure, SocialFigure


class OrderFigureSerializer(serializers.ModelSerializer):
    """Orders of one product by one group of shops in one week: counts, and the rates they give."""

    customers_group = GroupSerializer(source="customer_group")
    product = ProductNameSerializer(
        source="named_product", allow_null=True, help_text="null: all products together."
    )
    repeat_demand_rate = Exact()
    order_to_limit = Exact()
    full_order_coverage = Exact()
    order_activity = Exact()
    sell_through = Exact()
    company_stockout_rate = Exact()
    customer_stockout_rate = Exact()

    class Meta:
        model = OrderFigure
        fields = (
            "week_start", "customers_group", "product", "repeat_demand_rate", "order_to_limit",
            "full_order_coverage", "order_activity", "sell_through", "company_stockout_rate",
            "customer_stockout_rate", "customers", "requesting", "ordered_before", "returning",
            "demands", "unsupplied", "limited", "full", "limit_packs", "limited_requested",
            "last_stock", "supplied", "this_stock", "sample_before", "sample_out",
        )  # fmt: skip


class OrderFigureFilters(SumFilters, ProductFilters):
    total = YesNo(label="true: all products together only; false: single products only.")

    def narrowed(self, queryset, asked):
        queryset = super().narrowed(queryset, asked)
        if "total" in asked:
            queryset = queryset.filter(product__isnull=asked["total"] == "true")
        view = self.request.parser_context["view"]
        products = matching_products(asked, view.results.as_of)
        return queryset if products is None else queryset.filter(product__in=products)


class OrderFigureList(ApiList):
    """The week's indicators from orders, by groups of shops that are the person's own."""

    requires = Action.SEE_FIGURES
    queryset = OrderFigure.objects.all()
    serializer_class = OrderFigureSerializer
    filterset_class = OrderFigureFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"id": (Key("pk"),)}

    def complete(self, rows):
        name_customer_groups(rows)
        if rows:
            name_products(rows, self.results.as_of)


class BoundsSerializer(serializers.Serializer):
    """The 95 % interval; null where fewer than two information points were observed."""

    low = Exact()
    high = Exact()


class SocialFigureSerializer(serializers.ModelSerializer):
    """Social stock and sales (社会库存, 社会销量) of a product, estimated from the sample."""

    product = ProductNameSerializer(source="named_product")
    weight = Exact()
    social_stock = Exact()
    social_stock_interval = BoundsSerializer()
    social_sold = Exact()
    social_sold_interval = BoundsSerializer()
    social_ratio = Exact()
    social_ratio_interval = BoundsSerializer()
    average_stock_per_customer = Exact()

    class Meta:
        model = SocialFigure
        fields = (
            "period", "period_start", "product", "weight", "social_stock",
            "social_stock_interval", "social_sold", "social_sold_interval", "social_ratio",
            "social_ratio_interval", "average_stock_per_customer", "sample", "sample_stock",
            "sample_sold", "supplied_to_sample", "supplied_to_all", "customers",
        )  # fmt: skip


class SocialFigureFilters(OfResults, ProductFilters):
    period = Choice(SocialFigure.PeriodKind, label="The last complete week or month.")

    def narrowed(self, queryset, asked):
        if "period" in asked:
            queryset = queryset.filter(period=asked["period"])
        view = self.request.parser_context["view"]
        products = matching_products(asked, view.results.as_of)
        return queryset if products is None else queryset.filter(product__in=products)


class SocialFigureList(ApiList):
    """Stock and sales of the whole district: for those who see all of it."""

    requires = Action.SEE_DISTRICT
    queryset = SocialFigure.objects.all()
    serializer_class = SocialFigureSerializer
    filterset_class = SocialFigureFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"id": (Key("pk"),)}

    def complete(self, rows):
        if not rows:
            return
        name_products(rows, self.results.as_of)
        for row in rows:
            row.social_stock_interval = _interval(row.stock_low, row.stock_high)
            row.social_sold_interval = _interval(row.sold_low, row.sold_high)
            row.social_ratio_interval = _interval(row.ratio_low, row.ratio_high)


def _interval(low, high) -> dict[str, Fraction | None]:
    return {
        name: None if bound is None else Fraction(bound)
        for name, bound in (("low", low), ("high", high))
    }
