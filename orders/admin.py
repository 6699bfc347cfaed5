from django.contrib import admin

from customers.dated_admin import SHOP_SEARCH, ShopColumns
from marketing_ops.audit.tracked import ReadOnlyAdmin
from orders.models import OrderLine


@admin.register(OrderLine)
class OrderLineAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = (
        *("shop", "product", "ordered_on", "requested", "supplied"),
        *("delivered_on", "received_at", "superseded_at"),
    )
    list_select_related = ("product",)
    search_fields = SHOP_SEARCH[:1]
