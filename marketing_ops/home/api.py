"""What spans apps in the API: the segment of each shop, and the table of shops with their sums."""

from collections.abc import Mapping

from rest_framework import serializers

from customers.api import ShopNameSerializer, name_shops
from customers.rest import ApiList
from customers.scope import Action
from inventory.indicators.api_results import PairFilters, ResultPages
from inventory.indicators.models import ResultSet, ShopPeriod
from inventory.indicators.queries import current_set
from marketing_ops.home.shop_sums import NOTHING, ShopSums, shop_sums
from marketing_ops.home.standing import Standing
from marketing_ops.lib.rest.fields import Exact
from marketing_ops.lib.rest.paging import Key


def sums_of(results: ResultSet) -> Mapping[int, ShopSums]:
    return shop_sums(results, tuple(Standing(results).segment_bounds))


def segments_of(results: ResultSet | None) -> Mapping[int, str]:
    """The stock-out segment of each shop that has one, in a set of results (None: the current)."""
    results = results or current_set()
    if results is None:
        return {}
    found = sums_of(results).segment_of
    return {pk: segment.value for pk, segment in found.items() if segment}


class ShopSumsSerializer(serializers.Serializer):
    """A shop over all its products in the window; formulas as for every roll-up."""

    shop = ShopNameSerializer(source="named_shop")
    segment = serializers.CharField(
        source="sums.segment", allow_null=True, help_text="A to E; null: no day observed."
    )
    window_start = serializers.DateField(allow_null=True)
    window_end = serializers.DateField(allow_null=True)
    ratio_days = Exact(source="sums.ratio_days")
    satisfaction = Exact(source="sums.satisfaction")
    stockout_rate = Exact(source="sums.stockout_rate")
    cells = serializers.IntegerField(source="sums.cells", help_text="Its products.")
    cells_observed = serializers.IntegerField(source="sums.observed_cells")
    cells_always_out = serializers.IntegerField(source="sums.always_out")
    observed_days = serializers.IntegerField(source="sums.observed_days")
    stockout_days = serializers.IntegerField(source="sums.stockout_days")
    closing = serializers.IntegerField(source="sums.closing", help_text="Packs.")


class ShopSumsFilters(PairFilters):
    """Shops only: what a shop's sums are over are all of its products."""

    barcode = brand = product = price_class = stage = flag = None


class ShopSumsList(ApiList):
    """The person's shops with their sums over all products in one night's results."""

    requires = Action.SEE_FIGURES
    queryset = ShopPeriod.objects.all()
    serializer_class = ShopSumsSerializer
    filterset_class = ShopSumsFilters
    pagination_class = ResultPages
    can_be_missing = True
    orderings = {"shop": (Key("customer_id"), Key("pk"))}

    def complete(self, rows):
        if not rows:
            return
        name_shops(rows, self.results.as_of)
        sums = sums_of(self.results)
        for row in rows:
            row.sums = sums.get(row.customer_id, NOTHING)
