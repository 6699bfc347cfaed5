"""Which night's results an address of the API speaks of, and which of them it narrows down to."""

from datetime import date

from django.db.models import DateField, Min, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from brands.filters import ProductFilters, matching_products
from customers.filters import ShopFilters, matching
from customers.groups import groups_of
from inventory.indicators.models import ResultSet, Rollup, ShopPeriod
from inventory.indicators.queries import current_set, result_set_for
from marketing_ops.lib.rest.errors import NoSuchResults
from marketing_ops.lib.rest.filters import Choice, Day, Declared, Text, Whole, read_day
from marketing_ops.lib.rest.paging import Keyset


class ResultSetSerializer(serializers.ModelSerializer):
    """One night's results: of which day, from what was known when, by which rules."""

    class Meta:
        model = ResultSet
        fields = ("id", "as_of", "known_at", "rules", "replay", "is_current", "completed_at")


AS_OF = OpenApiParameter("as_of", date, description="Results of this day; without: the current.")


def find_results(as_of: date | None = None, number: int | None = None) -> ResultSet | None:
    """The complete results of a number or a day; without either the current, None before any.

    Raises NoSuchResults where there are none of that number or day (any more).
    """
    if number is not None:
        found = ResultSet.objects.complete().filter(pk=number).first()
    elif as_of is not None:
        found = result_set_for(as_of)
    else:
        return current_set()
    if found is None or (as_of and found.as_of != as_of):
        raise NoSuchResults
    return found


def results_of_pair(request: Request) -> ResultSet:
    """The results that one pair is asked of. Raises NoSuchResults."""
    found = find_results(read_day(request, "as_of"))
    if found is None:
        raise NoSuchResults
    return found


class OfResults(Declared):
    as_of = Day(label="Results of this day; without: the current ones.")
    result_set = Whole(label="Number of a set of results; “next” keeps to it.")

    def filter_queryset(self, queryset):
        asked = self.form.cleaned_data
        view = self.request.parser_context["view"]
        view.results = find_results(asked["as_of"], asked["result_set"])
        if view.results is None:
            return queryset.none()
        return super().filter_queryset(self.of_results(queryset, view.results))

    def of_results(self, queryset, results: ResultSet):
        return queryset.filter(result_set=results)


class PairFilters(OfResults, ShopFilters, ProductFilters):
    """A pair's results, by its shop as on the last day of its latest cycle (as roll-ups count it)
    and by its product as on the results' day."""

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        shops = view.customers
        if set(asked) & set(ShopFilters.base_filters):
            own_day = ShopPeriod.objects.filter(
                result_set=view.results, customer=OuterRef("pk")
            ).values("cycle_end")
            shops = matching(
                shops.annotate(
                    day=Coalesce(
                        Subquery(own_day), Value(view.results.as_of, output_field=DateField())
                    )
                ),
                asked,
                OuterRef("day"),
                segments=lambda: view.segments_of(view.results),
            )
        if shops.query.where:
            queryset = queryset.filter(customer__in=shops.values("pk"))
        products = matching_products(asked, view.results.as_of)
        return queryset if products is None else queryset.filter(product__in=products)


class SumFilters(OfResults):
    """Sums over groups of shops: those of the groups that are the person's."""

    customers_by = Choice(Rollup.CustomerDimension, label="By what the shops are grouped.")
    customer_key = Text(
        label="Id of the department or account manager, or the area, format or scale."
    )

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        earliest = ShopPeriod.objects.filter(result_set=view.results).aggregate(
            day=Min("cycle_end")
        )["day"]
        until = view.results.as_of
        groups = groups_of(view.request.user, on=view.today, since=earliest or until, until=until)
        if "customers_by" in asked:
            queryset = queryset.filter(customer_dimension=asked["customers_by"])
        if "customer_key" in asked:
            queryset = queryset.filter(customer_key=asked["customer_key"])
        return queryset.filter(groups.condition("customer_dimension", "customer_key"))


class ResultPages(Keyset):
    """Pages that say of which results they are, and keep to them from page to page."""

    def get_next_link(self):
        results = self.view.results
        self.view.pinned = lambda: {"result_set": results.pk}
        return super().get_next_link()

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        results = self.view.results
        said = ResultSetSerializer(results).data if results else None
        response.data = {"result_set": said, **response.data}
        return response

    def get_paginated_response_schema(self, schema):
        found = super().get_paginated_response_schema(schema)
        of = {
            "allOf": [{"$ref": "#/components/schemas/ResultSet"}],
            "nullable": True,
            "description": "null: no night has run yet.",
        }
        found["properties"] = {"result_set": of, **found["properties"]}
        found["required"] = ["result_set", *found["required"]]
        return found
