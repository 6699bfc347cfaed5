"""Rule sets and quotas in force, to look at: services write them, with a name and a reason."""

import json

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from customers.dated_admin import SHOP_SEARCH, ShopColumns
from marketing_ops.audit.tracked import ReadOnlyAdmin
from orders.quotas.models import QuotaDecision, RuleSet


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnlyAdmin):
    list_display = ("version", "name", "status", "starts_on", "published_at", "published_by")
    list_filter = ("status",)
    fields = ("version", "name", "status", "starts_on", "published_at", "published_by", "in_full")
    readonly_fields = fields

    @admin.display(description=_("rules"))
    def in_full(self, rule_set):
        rows = (
            (name, json.dumps(value, ensure_ascii=False))
            for name, value in sorted(rule_set.body.items())
        )
        return format_html(
            "<table>{}</table>",
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows),
        )

    def history_of(self, rule_set):
        return [f"rule set {rule_set.version}"]


@admin.register(QuotaDecision)
class QuotaDecisionAdmin(ShopColumns, ReadOnlyAdmin):
    list_display = ("shop", "product", "period", "packs", "recommended", "by", "decided_at")
    list_filter = (("superseded_at", admin.EmptyFieldListFilter),)
    list_select_related = ("product",)
    search_fields = (*SHOP_SEARCH, "product__name", "by", "reason")

    def history_of(self, decision):
        return [f"customer {decision.customer_id} product {decision.product_id}"]
