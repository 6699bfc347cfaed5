"""Recommended quotas with their reasons, and the quotas in force, in the API."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from brands.api import ProductNameSerializer, name_products, product_or_404
from brands.filters import ProductFilters, matching_products
from customers.api import ShopNameSerializer, name_shops, shop_or_404
from customers.filters import ShopFilters, matching
from customers.rest import ApiList, ApiView
from customers.scope import Action
from inventory.indicators.api_results import (
    AS_OF,
    PairFilters,
    ResultPages,
    ResultSetSerializer,
    results_of_pair,
)
from inventory.indicators.models import ResultSet
from marketing_ops.lib.rest.fields import in_words
from marketing_ops.lib.rest.filters import Day
from marketing_ops.lib.rest.paging import Key
from orders.quotas.models import QuotaDecision, Recommendation
from orders.quotas.reasons import explain, words


class ReasonSerializer(serializers.Serializer):
    """One step of the judgement: its code, what came out, and the whole numbers behind it."""

    code = serializers.CharField()
    value = serializers.CharField()
    numbers = serializers.DictField(child=serializers.IntegerField(allow_null=True))


class RecommendationSerializer(serializers.Serializer):
    """What the night recommends for a shop × product, and why; quantities are packs."""

    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    quota = serializers.IntegerField(allow_null=True, help_text="Per cycle; null: none.")
    quota_text = serializers.CharField(allow_null=True, help_text="In cartons and packs.")
    target_level = serializers.IntegerField(allow_null=True)
    target_level_text = serializers.CharField(allow_null=True, help_text="In cartons and packs.")
    reasons = ReasonSerializer(many=True, help_text="In the order of the judgement.")
    words = serializers.ListField(
        child=serializers.CharField(),
        help_text="In sentences, in the language asked for.",
    )


def say(rows: list[Recommendation], results: ResultSet) -> None:
    """Give each recommendation what RecommendationSerializer says of it."""
    name_shops(rows, results.as_of)
    name_products(rows, results.as_of)
    for row in rows:
        carton, trail = row.named_product["packs_per_carton"], row.row
        row.quota_text = in_words(row.quota, carton)
        row.target_level_text = in_words(row.target_level, carton)
        row.reasons = explain(trail)
        row.words = words(trail, packs_per_carton=carton)


class RecommendationList(ApiList):
    """What the night recommends for the person's shops × products, with every reason."""

    requires = Action.SEE_FIGURES
    queryset = Recommendation.objects.all()
    serializer_class = RecommendationSerializer
    filterset_class = PairFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"shop": (Key("customer_id"), Key("product_id"))}

    def complete(self, rows):
        if rows:
            say(rows, self.results)


class PairRecommendationSerializer(RecommendationSerializer):
    result_set = ResultSetSerializer(source="results")


class PairRecommendation(ApiView):
    """What the night recommends for one shop × product, with every reason."""

    requires = Action.SEE_FIGURES
    serializer_class = PairRecommendationSerializer
    parameters = frozenset({"as_of"})

    @extend_schema(parameters=[AS_OF])
    def get(self, request, licence_no, barcode):
        customer, product = shop_or_404(self.customers, licence_no), product_or_404(barcode)
        results = results_of_pair(request)
        row = Recommendation.objects.filter(
            result_set=results, customer=customer, product=product
        ).first()
        if row is None:
            raise Http404
        say([row], results)
        row.results = results
        return Response(self.get_serializer(row).data)


class QuotaSerializer(serializers.ModelSerializer):
    """A quota in force: who decided it, why, from when to when."""

    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    starts_on = serializers.DateField(source="period.lower", allow_null=True)
    ends_before = serializers.DateField(
        source="period.upper", allow_null=True, help_text="The first day without it; null: open."
    )
    packs_text = serializers.CharField(help_text="In cartons and packs.")

    class Meta:
        model = QuotaDecision
        fields = (
            "id", "shop", "product", "packs", "packs_text", "recommended", "starts_on",
            "ends_before", "by", "reason", "decided_at",
        )  # fmt: skip


class QuotaFilters(ShopFilters, ProductFilters):
    """Shops and products as they are on the day."""

    on = Day(label="The quotas in force on this day; without: today.")

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        day = asked.get("on", view.today)
        shops = matching(view.customers, asked, day, segments=lambda: view.segments_of(None))
        products = matching_products(asked, day)
        if products is not None:
            queryset = queryset.filter(product__in=products)
        return queryset.on(day).filter(customer__in=shops)


class QuotaList(ApiList):
    """The quotas in force of the person's shops on a day, as they are known now."""

    requires = Action.SEE_FIGURES
    queryset = QuotaDecision.objects.known(None)
    serializer_class = QuotaSerializer
    filterset_class = QuotaFilters
    orderings = {"shop": (Key("customer_id"), Key("product_id"))}

    def complete(self, rows):
        name_shops(rows, self.today)
        name_products(rows, self.today)
        for row in rows:
            row.packs_text = in_words(row.packs, row.named_product["packs_per_carton"])
