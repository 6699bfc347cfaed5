"""What is wrong, or looks wrong, with the ledger, in the API."""

from datetime import date

from rest_framework import serializers

from brands.api import ProductNameSerializer, name_products, named_products
from brands.filters import ProductFilters, matching_products
from customers.api import ShopNameSerializer, name_shops
from customers.filters import ShopFilters, matching
from customers.rest import ApiList
from customers.scope import Action
from inventory.indicators.api_results import OfResults, ResultPages
from inventory.quality.models import Cause, Detection, Finding, Flag
from marketing_ops.lib.rest.filters import Choice, Day
from marketing_ops.lib.rest.paging import Key


class QualityFilters(ShopFilters, ProductFilters):
    """Shops and products as they are today."""

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        shops = matching(view.customers, asked, view.today, segments=lambda: view.segments_of(None))
        return self.of_products(queryset.filter(customer__in=shops), asked, view)

    def of_products(self, queryset, asked, view):
        products = matching_products(asked, view.today)
        return queryset if products is None else queryset.filter(product__in=products)


class FindingProductSerializer(serializers.Serializer):
    product = ProductNameSerializer()
    expected = serializers.IntegerField(allow_null=True, help_text="Packs.")
    found = serializers.IntegerField(allow_null=True, help_text="Packs.")


class FindingSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    kind_name = serializers.CharField(source="get_kind_display")
    products = FindingProductSerializer(
        many=True, source="named_products", help_text="Empty: the whole day."
    )

    class Meta:
        model = Finding
        fields = ("id", "day", "kind", "kind_name", "shop", "products", "found_at")


class FindingFilters(QualityFilters):
    kind = Choice(Finding.Kind, label="What does not fit.")
    first_day = Day(label="From this day on.")
    last_day = Day(label="Up to this day.")

    def narrowed(self, queryset, asked):
        queryset = super().narrowed(queryset, asked)
        for name, lookup in (("kind", "kind"), ("first_day", "day__gte"), ("last_day", "day__lte")):
            if name in asked:
                queryset = queryset.filter(**{lookup: asked[name]})
        return queryset

    def of_products(self, queryset, asked, view):
        products = matching_products(asked, view.today)
        if products is None:
            return queryset
        return queryset.filter(products__overlap=list(products.values_list("pk", flat=True)))


class FindingList(ApiList):
    """What does not fit in the ledger of the person's shops; the rows themselves are kept."""

    requires = Action.SEE_FIGURES
    queryset = Finding.objects.all()
    serializer_class = FindingSerializer
    filterset_class = FindingFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def complete(self, rows):
        name_shops(rows, self.today)
        names = named_products({pk for row in rows for pk in row.products}, self.today)
        for row in rows:
            row.named_products = [
                {
                    "product": names[pk],
                    "expected": row.expected[place] if place < len(row.expected) else None,
                    "found": row.found[place] if place < len(row.found) else None,
                }
                for place, pk in enumerate(row.products)
                if pk in names
            ]


class FlagSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    cause_name = serializers.CharField(source="get_cause_display")

    class Meta:
        model = Flag
        fields = (
            "id", "cause", "cause_name", "shop", "product", "first_day", "last_day", "status",
            "raised_at", "raised_by", "decided_at", "decided_by", "why",
        )  # fmt: skip


class FlagFilters(QualityFilters):
    cause = Choice(Cause, label="What is false about the days.")
    status = Choice(Flag.Status, label="Open, upheld or rejected.")
    on = Day(label="Flags over this day.")

    def narrowed(self, queryset, asked):
        queryset = super().narrowed(queryset, asked)
        for name in ("cause", "status"):
            if name in asked:
                queryset = queryset.filter(**{name: asked[name]})
        if "on" in asked:
            queryset = queryset.filter(first_day__lte=asked["on"], last_day__gte=asked["on"])
        return queryset


class FlagList(ApiList):
    """What people said of episodes in the person's shops: false, or true after all."""

    requires = Action.SEE_FIGURES
    queryset = Flag.objects.all()
    serializer_class = FlagSerializer
    filterset_class = FlagFilters
    orderings = {"first_day": (Key("first_day", date, True), Key("pk"))}

    def complete(self, rows):
        name_shops(rows, self.today)
        name_products(rows, self.today)


class DetectionSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    cause_name = serializers.CharField(source="get_cause_display")

    class Meta:
        model = Detection
        fields = (
            "id", "cause", "cause_name", "shop", "product", "first_day", "last_day", "expected",
            "found", "side",
        )  # fmt: skip


class DetectionFilters(OfResults, QualityFilters):
    cause = Choice(Cause, label="What looks false about the days.")

    def of_results(self, queryset, results):
        return queryset.filter(sweep__as_of=results.as_of, sweep__known_at=results.known_at)

    def narrowed(self, queryset, asked):
        queryset = super().narrowed(queryset, asked)
        return queryset.filter(cause=asked["cause"]) if "cause" in asked else queryset


class DetectionList(ApiList):
    """Episodes in the person's shops that looked false to a night, until a flag decides on them.

    Of a transfer between two shops each is told of its own side only.
    """

    requires = Action.SEE_FIGURES
    queryset = Detection.objects.all()
    serializer_class = DetectionSerializer
    filterset_class = DetectionFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"first_day": (Key("first_day", date, True), Key("pk"))}

    def complete(self, rows):
        name_shops(rows, self.today)
        name_products(rows, self.today)
