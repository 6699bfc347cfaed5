from django.contrib import admin

from customers.dated_admin import SHOP_SEARCH, ShopColumns
from inventory.models import ManualCollection, ShopDay, Source
from marketing_ops.audit.tracked import ReadOnlyAdmin, TrackedAdmin


@admin.register(Source)
class SourceAdmin(TrackedAdmin):
    list_display = ("code", "name", "kind", "complete")

    def get_readonly_fields(self, request, obj=None):
        # The ledger's days say by it what an absent product means.
        return ("code", "kind", "complete") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ShopDay)
class ShopDayAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("shop", "day", "version", "source", "by", "received_at", "superseded_at")
    list_filter = ("source",)
    list_select_related = ("source",)
    search_fields = SHOP_SEARCH[:1]


@admin.register(ManualCollection)
class ManualCollectionAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("shop", "day", "listed_at", "listed_by", "released_at", "released_by")
    list_filter = (("released_at", admin.EmptyFieldListFilter),)
    search_fields = SHOP_SEARCH
