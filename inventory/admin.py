from django.contrib import admin

from inventory.models import ManualCollection, ShopDay, Source


class ReadOnly(admin.ModelAdmin):
    """Written by services only, which keep versions and the trail."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "kind", "complete")


@admin.register(ShopDay)
class ShopDayAdmin(ReadOnly):
    list_display = ("customer_id", "day", "version", "source", "by", "received_at", "superseded_at")
    list_select_related = ("source",)
    search_fields = ("=customer__id",)
    # Counting half a million rows for a page number is not worth it.
    show_full_result_count = False


@admin.register(ManualCollection)
class ManualCollectionAdmin(ReadOnly):
    list_display = ("customer_id", "day", "listed_at", "listed_by", "released_at", "released_by")
    search_fields = ("=customer__id",)
