from django.contrib import admin

from customers.dated_admin import SHOP_SEARCH, ShopColumns
from inventory.quality.models import Detection, Finding, Flag, Sweep
from marketing_ops.audit.tracked import ReadOnlyAdmin


@admin.register(Finding)
class FindingAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("kind", "shop", "day", "products", "expected", "found")
    list_filter = ("kind",)
    search_fields = SHOP_SEARCH[:1]


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    list_display = ("as_of", "known_at", "shard", "complete")
    list_filter = ("complete",)


@admin.register(Detection)
class DetectionAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("cause", "shop", "product", "first_day", "last_day")
    list_filter = ("cause",)
    list_select_related = ("product",)
    search_fields = SHOP_SEARCH[:1]


@admin.register(Flag)
class FlagAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = (
        *("cause", "shop", "product", "first_day", "last_day"),
        *("status", "raised_by", "decided_by"),
    )
    list_filter = ("cause", "status")
    list_select_related = ("product",)
    search_fields = (*SHOP_SEARCH, "raised_by", "decided_by")

    def history_of(self, flag):
        return [f"flag {flag.pk}"]
