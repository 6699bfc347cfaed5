from django.contrib import admin

from marketing_ops.audit.tracked import ReadOnlyAdmin
from orders.indicators.models import OrderFigure, SocialFigure


@admin.register(OrderFigure)
class OrderFigureAdmin(ReadOnlyAdmin):
    list_display = (
        *("result_set", "week_start", "customer_dimension", "customer_key", "product"),
        *("customers", "requesting", "demands", "unsupplied"),
    )
    list_filter = ("customer_dimension",)
    list_select_related = ("result_set", "product")
    search_fields = ("product__name",)


@admin.register(SocialFigure)
class SocialFigureAdmin(ReadOnlyAdmin):
    list_display = (
        *("result_set", "period", "period_start", "product"),
        *("sample", "sample_stock", "sample_sold"),
    )
    list_filter = ("period",)
    list_select_related = ("result_set", "product")
    search_fields = ("product__name",)
