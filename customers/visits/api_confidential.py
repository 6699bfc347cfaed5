"""The confidential channel in the API: for who may see it, and for nobody else."""

from datetime import date

from rest_framework import serializers

from customers.api import ShopNameSerializer, name_shops
from customers.models import Licence
from customers.rest import ApiList
from customers.scope import Action
from customers.visits.api import MakerSerializer
from customers.visits.models import ConfidentialReport
from marketing_ops.lib.rest.filters import Choice, Day, Declared, Text, YesNo
from marketing_ops.lib.rest.paging import Key


class ConfidentialSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop")
    by = MakerSerializer()
    visit = serializers.UUIDField(source="visit_id")
    kind = serializers.ChoiceField(ConfidentialReport.Kind.choices, allow_blank=True)
    photos = serializers.ListField(child=serializers.CharField(), help_text="SHA-256, in hex.")

    class Meta:
        model = ConfidentialReport
        fields = ("id", "shop", "day", "by", "visit", "found", "kind", "note", "photos")


class ConfidentialFilters(Declared):
    since = Day(label="Reports of visits from this day on.")
    licence_no = Text(label="About this shop, by a present or former number.", max_length=30)
    found = YesNo(label="Whether something was found.")
    kind = Choice(ConfidentialReport.Kind)

    def narrowed(self, queryset, asked):
        if "since" in asked:
            queryset = queryset.filter(day__gte=asked["since"])
        if "licence_no" in asked:
            had = Licence.objects.filter(number=asked["licence_no"])
            queryset = queryset.filter(customer__in=had.values("customer_id"))
        if "found" in asked:
            queryset = queryset.filter(found=asked["found"] == "true")
        if "kind" in asked:
            queryset = queryset.filter(kind=asked["kind"])
        return queryset


class ConfidentialList(ApiList):
    """What was seen or told of illegal cigarettes at visits, the latest first."""

    requires = Action.SEE_CONFIDENTIAL
    queryset = ConfidentialReport.objects.select_related("by")
    serializer_class = ConfidentialSerializer
    filterset_class = ConfidentialFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def complete(self, rows):
        name_shops(rows, self.today)
