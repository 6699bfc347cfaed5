from django.contrib import admin

from orders.quotas.models import QuotaDecision, RuleSet


class ReadOnly(admin.ModelAdmin):
    """Changes go through services, which ask for a name and a reason and keep the trail."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnly):
    list_display = ("version", "name", "status", "starts_on", "published_at", "published_by")
    list_filter = ("status",)


@admin.register(QuotaDecision)
class QuotaDecisionAdmin(ReadOnly):
    list_display = ("customer", "product", "period", "packs", "recommended", "by", "decided_at")
    search_fields = ("by", "reason")
    raw_id_fields = ("customer", "product")
