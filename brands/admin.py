"""Brands, products and what is dated about them."""

from django import forms
from django.contrib import admin

from brands.models import Barcode, Brand, Flag, Product, ProductProperties
from customers.dated_admin import DatedAdmin, DatedRows, HoldsFilter
from marketing_ops.audit.tracked import TrackedAdmin


@admin.register(Brand)
class BrandAdmin(TrackedAdmin):
    list_display = ("name",)
    search_fields = ("name",)


class BarcodeRows(DatedRows):
    model = Barcode
    fields = ("code", "kind", "first_day", "last_day")
    readonly_fields = fields


class PropertiesRows(DatedRows):
    model = ProductProperties
    fields = (
        *("price_class", "wholesale_price", "retail_price", "stage", "flags"),
        *("first_day", "last_day"),
    )
    readonly_fields = fields


@admin.register(Product)
class ProductAdmin(TrackedAdmin):
    list_display = ("name", "brand")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    search_fields = ("name", "brand__name", "=barcodes__code")
    autocomplete_fields = ("brand",)
    inlines = (BarcodeRows, PropertiesRows)

    def has_delete_permission(self, request, obj=None):
        return False  # the ledger speaks of it

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def history_of(self, product):
        pks = product.properties.values_list("pk", flat=True)
        rows = [f"productproperties {pk}" for pk in pks]
        codes = product.barcodes.values_list("code", flat=True)
        return [self.subject(product), *rows, *(f"barcode {code}" for code in codes)]


@admin.register(Barcode)
class BarcodeAdmin(DatedAdmin):
    """A code moves to another product from a day on; a product may have several codes."""

    owner = ("code",)
    list_display = ("code", "kind", "product", "first_day", "last_day")
    list_filter = (HoldsFilter, "kind")
    list_select_related = ("product",)
    search_fields = ("code", "product__name")
    autocomplete_fields = ("product",)

    def subject(self, barcode):
        """As imports call it."""
        return f"barcode {barcode.code}"


@admin.register(ProductProperties)
class ProductPropertiesAdmin(DatedAdmin):
    owner = ("product",)
    list_display = (
        *("product", "price_class", "wholesale_price", "retail_price", "packs_per_carton"),
        *("stage", "flags", "first_day", "last_day"),
    )
    list_filter = (HoldsFilter, "price_class", "stage")
    list_select_related = ("product",)
    search_fields = ("product__name", "=product__barcodes__code")
    autocomplete_fields = ("product",)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "flags":
            return forms.MultipleChoiceField(
                label=db_field.verbose_name,
                choices=Flag.choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)
