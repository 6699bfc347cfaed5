"""The night's indicators in the API: of pairs, of closed cycles, and their roll-ups."""

from datetime import date

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from brands.api import (
    ProductNameSerializer,
    name_products,
    named_products,
    product_or_404,
)
from brands.models import Brand
from customers.api import ShopNameSerializer, name_shops, named_shops, shop_or_404
from customers.models import MarketDepartment
from customers.rest import ApiList, ApiView
from customers.scope import Action
from inventory.indicators.api_results import (
    AS_OF,
    PairFilters,
    ResultPages,
    ResultSetSerializer,
    SumFilters,
    results_of_pair,
)
from inventory.indicators.models import (
    ClosedCycle,
    CycleFigure,
    Figure,
    ResultSet,
    Rollup,
    ShopPeriod,
)
from marketing_ops.accounts.models import User
from marketing_ops.lib.periods import last_complete_month, last_complete_week
from marketing_ops.lib.rest.fields import Exact, in_words
from marketing_ops.lib.rest.filters import Choice, Day, Declared, Text, YesNo, read_days
from marketing_ops.lib.rest.paging import Key


class Count(serializers.IntegerField):
    """A whole number that is null where it is undefined."""

    def __init__(self, **kwargs):
        super().__init__(allow_null=True, **kwargs)


class SumsSerializer(serializers.Serializer):
    """Sums of a period in days and packs, and what follows from them; the names are those of
    `export_indicators`. Without an observed day all but `observed_days` is null."""

    observed_days = Count()
    stockout_days = Count()
    effective_days = Count()
    sold = Count()
    closing = Count()
    ratio_days = Exact()
    expected_stockout_sales = Exact()
    satisfaction = Exact()


class PeriodSerializer(SumsSerializer):
    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)


class RecentSerializer(serializers.Serializer):
    observed_days = Count()
    stockout_days = Count()
    sold = Count()


class PointSerializer(serializers.Serializer):
    """A calendar week or month; sold and closing are null unless each of its days was observed."""

    start = serializers.DateField()
    end = serializers.DateField()
    observed_days = Count()
    sold = Count()
    closing = Count()
    point_ratio = Exact()


class FigureSerializer(serializers.Serializer):
    """One shop × product in one night's results; quantities are packs."""

    shop = ShopNameSerializer(source="named_shop")
    product = ProductNameSerializer(source="named_product")
    stockout_threshold = serializers.IntegerField(source="threshold")
    cycle = PeriodSerializer(source="said.cycle", help_text="The latest delivery cycle.")
    window = PeriodSerializer(source="said.window", help_text="The cycles of 91 days.")
    recent = RecentSerializer(source="said.recent", help_text="The last 28 days.")
    week = PointSerializer(source="said.week", help_text="The last complete week.")
    month = PointSerializer(source="said.month", help_text="The last complete month.")
    latest_closing = Count()
    latest_closing_text = serializers.CharField(
        source="said.latest_closing_text", allow_null=True, help_text="In cartons and packs."
    )
    latest_age = Count(help_text="Days since the latest closing stock.")
    days_without_sale = Count()
    days_of_stock = Exact()
    stands_still = serializers.BooleanField(allow_null=True)


def say(figures: list[Figure], results: ResultSet) -> None:
    """Give each figure what FigureSerializer says of it: five queries for all."""
    name_shops(figures, results.as_of)
    name_products(figures, results.as_of)
    shops = {figure.customer_id for figure in figures}
    periods = {
        period.customer_id: period
        for period in ShopPeriod.objects.filter(result_set=results, customer_id__in=shops)
    }
    week, month = last_complete_week(results.as_of), last_complete_month(results.as_of)
    for figure in figures:
        period = periods[figure.customer_id]
        figure.said = {
            "cycle": _sums(figure.cycle, period.cycle_start, period.cycle_end),
            "window": _sums(figure.window, period.window_start, period.window_end),
            "recent": {
                "observed_days": figure.recent_observed,
                "stockout_days": figure.recent_stockout,
                "sold": figure.recent_sold,
            },
            "week": {
                "start": week.start,
                "end": week.end,
                "observed_days": figure.week_observed,
                "sold": figure.week_sold,
                "closing": figure.week_closing,
                "point_ratio": figure.weekly_point_ratio,
            },
            "month": {
                "start": month.start,
                "end": month.end,
                "observed_days": figure.month_observed,
                "sold": figure.month_sold,
                "closing": figure.month_closing,
                "point_ratio": figure.monthly_point_ratio,
            },
            "latest_closing_text": in_words(
                figure.latest_closing, figure.named_product["packs_per_carton"]
            ),
        }


def _sums(figures, start: date | None, end: date | None) -> dict:
    names = SumsSerializer._declared_fields
    return {"start": start, "end": end, **{name: getattr(figures, name) for name in names}}


class FigureList(ApiList):
    """The indicators of the person's shops × products in one night's results."""

    requires = Action.SEE_FIGURES
    queryset = Figure.objects.all()
    serializer_class = FigureSerializer
    filterset_class = PairFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"shop": (Key("customer_id"), Key("product_id"))}

    def complete(self, rows):
        if rows:
            say(rows, self.results)


class PairFigureSerializer(FigureSerializer):
    result_set = ResultSetSerializer(source="results")


class PairFigure(ApiView):
    """The indicators of one shop × product."""

    requires = Action.SEE_FIGURES
    serializer_class = PairFigureSerializer
    parameters = frozenset({"as_of"})

    @extend_schema(parameters=[AS_OF])
    def get(self, request, licence_no, barcode):
        customer, product = shop_or_404(self.customers, licence_no), product_or_404(barcode)
        results = results_of_pair(request)
        figure = Figure.objects.filter(
            result_set=results, customer=customer, product=product
        ).first()
        if figure is None:
            raise Http404
        say([figure], results)
        figure.results = results
        return Response(self.get_serializer(figure).data)


class CycleSerializer(PeriodSerializer):
    stockout_threshold = serializers.IntegerField()
    rules = serializers.CharField()
    as_of = serializers.DateField(help_text="The night that computed it last.")
    known_at = serializers.DateTimeField()


class CyclesSerializer(serializers.Serializer):
    shop = ShopNameSerializer()
    product = ProductNameSerializer()
    cycles = CycleSerializer(many=True, help_text="The oldest first.")


class PairCycles(ApiView):
    """The closed delivery cycles of one shop × product, kept for years."""

    requires = Action.SEE_FIGURES
    serializer_class = CyclesSerializer
    parameters = frozenset({"from", "to"})
    usual_days, most_days = 366, 3660

    @extend_schema(
        parameters=[
            OpenApiParameter("from", date, description="Cycles that end on this day or later."),
            OpenApiParameter("to", date, description="Cycles that end on this day or before."),
        ]
    )
    def get(self, request, licence_no, barcode):
        customer, product = shop_or_404(self.customers, licence_no), product_or_404(barcode)
        days = read_days(request, last=self.today, usual=self.usual_days, most=self.most_days)
        closed = {
            cycle.cycle_end: cycle
            for cycle in ClosedCycle.objects.filter(customer=customer, cycle_end__range=days)
        }
        rows = CycleFigure.objects.filter(
            customer=customer, product=product, cycle_end__range=days
        ).order_by("cycle_end")
        cycles = []
        for row in rows:
            cycle = closed[row.cycle_end]
            told = {name: getattr(cycle, name) for name in ("rules", "as_of", "known_at")}
            told["stockout_threshold"] = row.threshold
            cycles.append(told | _sums(row.figures, cycle.cycle_start, row.cycle_end))
        content = {
            "shop": named_shops([customer], days[1])[customer],
            "product": named_products([product], days[1])[product],
            "cycles": cycles,
        }
        return Response(self.get_serializer(content).data)


class ResultSetFilters(Declared):
    as_of = Day(label="Of this day.")
    replay = YesNo(label="Told from what was known at an earlier time.")

    def narrowed(self, queryset, asked):
        if "as_of" in asked:
            queryset = queryset.filter(as_of=asked["as_of"])
        if "replay" in asked:
            queryset = queryset.filter(replay=asked["replay"] == "true")
        return queryset


class ResultSetList(ApiList):
    """The nights whose results can be asked for."""

    requires = Action.SEE_FIGURES
    queryset = ResultSet.objects.complete()
    serializer_class = ResultSetSerializer
    filterset_class = ResultSetFilters
    orderings = {"as_of": (Key("as_of", date, True), Key("pk", int, True))}


class GroupSerializer(serializers.Serializer):
    """`key` is the id of a department, account manager, brand or product, else the value itself."""

    dimension = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()


def name_customer_groups(rows: list) -> None:
    """Give each row with customer_dimension and customer_key its `customer_group`."""
    keys: dict[str, set] = {"department": set(), "manager": set()}
    for row in rows:
        if row.customer_dimension in keys and row.customer_key:
            keys[row.customer_dimension].add(int(row.customer_key))
    departments = MarketDepartment.objects.filter(pk__in=keys["department"])
    names = {
        "department": {str(one.pk): one.name for one in departments},
        "manager": {str(one.pk): str(one) for one in User.objects.filter(pk__in=keys["manager"])},
    }
    for row in rows:
        found = names.get(row.customer_dimension, {}).get(row.customer_key, row.customer_key)
        row.customer_group = {
            "dimension": row.customer_dimension,
            "key": row.customer_key,
            "name": found,
        }


class RollupSerializer(serializers.ModelSerializer):
    """Sums over all cells (shop × product) of a group, and what follows; never a mean of ratios."""

    customers_group = GroupSerializer(source="customer_group")
    products_group = GroupSerializer(source="product_group")
    ratio_days = Exact()
    satisfaction = Exact()
    stockout_rate = Exact()
    cells_not_observed = serializers.IntegerField()
    cells_without_satisfaction = serializers.IntegerField()

    class Meta:
        model = Rollup
        fields = (
            "period", "customers_group", "products_group", "ratio_days", "satisfaction",
            "stockout_rate", "cells", "customers", "selling_customers", "cells_observed",
            "cells_not_observed", "cells_satisfaction", "cells_without_satisfaction",
            "cells_always_out", "observed_days", "stockout_days", "sold", "closing",
        )  # fmt: skip


class RollupFilters(SumFilters):
    period = Choice(Rollup.PeriodKind, label="The latest cycle or the window.")
    products_by = Choice(Rollup.ProductDimension, label="By what the products are grouped.")
    product_key = Text(label="Id of the brand or product, or the number of the price class.")

    def narrowed(self, queryset, asked):
        queryset = super().narrowed(queryset, asked)
        for name, field in (
            ("period", "period"),
            ("products_by", "product_dimension"),
            ("product_key", "product_key"),
        ):
            if name in asked:
                queryset = queryset.filter(**{field: asked[name]})
        return queryset


class RollupList(ApiList):
    """Sums by groups of products × groups of shops: of the groups that are the person's own."""

    requires = Action.SEE_FIGURES
    queryset = Rollup.objects.all()
    serializer_class = RollupSerializer
    filterset_class = RollupFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"id": (Key("pk"),)}

    def complete(self, rows):
        name_customer_groups(rows)
        keys: dict[str, set] = {"brand": set(), "product": set()}
        for row in rows:
            if row.product_dimension in keys and row.product_key:
                keys[row.product_dimension].add(int(row.product_key))
        products = named_products(keys["product"], self.results.as_of) if rows else {}
        brands = Brand.objects.filter(pk__in=keys["brand"]).values_list("pk", "name")
        names = {
            "brand": {str(pk): name for pk, name in brands},
            "product": {str(pk): product["name"] for pk, product in products.items()},
        }
        for row in rows:
            row.product_group = {
                "dimension": row.product_dimension,
                "key": row.product_key,
                "name": names.get(row.product_dimension, {}).get(row.product_key, row.product_key),
            }
