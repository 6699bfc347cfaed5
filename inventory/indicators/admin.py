"""The nights' results, to look at. Figures of single pairs are on the pages of the shops: their
tables have keys of three columns, which Django's admin does not take."""

from django.contrib import admin

from customers.dated_admin import SHOP_SEARCH, ShopColumns
from inventory.indicators.models import ClosedCycle, ResultSet, Rollup, ShopPeriod
from marketing_ops.audit.tracked import ReadOnlyAdmin


@admin.register(ResultSet)
class ResultSetAdmin(ReadOnlyAdmin):
    list_display = ("as_of", "rules", "status", "is_current", "kept", "replay", "completed_at")
    list_filter = ("status", "is_current", "kept", "replay")
    date_hierarchy = "as_of"


@admin.register(ShopPeriod)
class ShopPeriodAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("shop", "result_set", "cycle_start", "cycle_end", "cycles", "observed_days")
    list_select_related = ("result_set",)
    search_fields = SHOP_SEARCH[:1]


@admin.register(ClosedCycle)
class ClosedCycleAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("shop", "cycle_start", "cycle_end", "rules", "as_of")
    search_fields = SHOP_SEARCH[:1]


@admin.register(Rollup)
class RollupAdmin(ReadOnlyAdmin):
    list_display = (
        *("result_set", "period", "product_dimension", "product_key"),
        *("customer_dimension", "customer_key", "cells", "sold", "closing"),
    )
    list_filter = ("period", "product_dimension", "customer_dimension")
    list_select_related = ("result_set",)
