"""The weeks and months of shops in the API: docs/algorithms/periods-of-a-shop.md."""

from datetime import date

from rest_framework import serializers

from customers.api import ShopNameSerializer, name_shops
from customers.rest import ApiList
from customers.scope import Action
from inventory.indicators.models import Span, SpanSum
from marketing_ops.lib.rest.fields import Exact
from marketing_ops.lib.rest.filters import Choice, Day, Declared, Text, Whole
from marketing_ops.lib.rest.paging import Key


class SpanSumSerializer(serializers.ModelSerializer):
    """The closed cycles of a shop's products of one price class (0: none) that ended in a week or
    month, and what follows from their sums; quantities are packs."""

    shop = ShopNameSerializer(source="named_shop")
    kind = serializers.CharField(help_text="week or month")
    start = serializers.DateField(help_text="Its first day.")
    end = serializers.DateField(source="last", help_text="Its last day.")
    ratio_days = Exact()
    satisfaction = Exact()
    stockout_rate = Exact()

    class Meta:
        model = SpanSum
        fields = (
            "shop", "kind", "start", "end", "price_class", "ratio_days", "satisfaction",
            "stockout_rate", "cells", "cells_satisfaction", "cells_always_out", "observed_days",
            "stockout_days", "sold", "closing",
        )  # fmt: skip


class SpanFilters(Declared):
    kind = Choice(Span, label="Weeks or months only.")
    start = Day(label="The first day of the week or month.")
    price_class = Whole(label="Number of the price class; 0: products without one.")
    licence_no = Text(label="The licence number of a shop, a present or a former one.")

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        shops = view.customers
        if "licence_no" in asked:
            shops = shops.filter(licences__number=asked["licence_no"])
        queryset = queryset.filter(customer__in=shops.values("pk"))
        return queryset.filter(
            **{name: asked[name] for name in ("kind", "start", "price_class") if name in asked}
        )


class SpanSumList(ApiList):
    """The weeks and months of the person's shops, the earliest first."""

    requires = Action.SEE_FIGURES
    queryset = SpanSum.objects.all()
    serializer_class = SpanSumSerializer
    filterset_class = SpanFilters
    orderings = {
        "kind": (
            Key("kind", str), Key("start", date), Key("customer_id"), Key("price_class"),
        ),
    }  # fmt: skip

    def complete(self, rows):
        if not rows:
            return
        name_shops(rows, self.today)
        for row in rows:
            row.last = Span(row.kind).around(row.start).end
