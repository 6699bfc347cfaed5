from django.contrib import admin

from inventory.admin import ReadOnly
from inventory.quality.models import Detection, Finding, Flag, Sweep


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    list_display = ("kind", "customer_id", "day", "products", "expected", "found")
    list_filter = ("kind",)
    search_fields = ("=customer__id",)


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ("as_of", "known_at", "shard", "complete")


@admin.register(Detection)
class DetectionAdmin(ReadOnly):
    list_display = ("cause", "customer_id", "product_id", "first_day", "last_day")
    list_filter = ("cause",)
    search_fields = ("=customer__id",)
    show_full_result_count = False


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = (
        "cause",
        "customer_id",
        "product_id",
        "first_day",
        "last_day",
        "status",
        "raised_by",
        "decided_by",
    )
    list_filter = ("cause", "status")
    search_fields = ("=customer__id",)
