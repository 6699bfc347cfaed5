from django.contrib import admin

from marketing_ops.audit.tracked import ReadOnlyAdmin
from marketing_ops.runs.models import Run, Shard


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "status", "step", "done", "total", "by", "started_at")
    list_filter = ("kind", "status")
    search_fields = ("title", "by")
    date_hierarchy = "started_at"


@admin.register(Shard)
class ShardAdmin(ReadOnlyAdmin):
    list_display = ("run", "step", "number", "done_at")
    list_filter = ("step",)
    list_select_related = ("run",)
