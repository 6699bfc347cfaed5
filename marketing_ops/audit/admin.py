"""The audit trail, to look at and to filter; nothing can change it, not even the database's own
commands (a trigger)."""

import json

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from marketing_ops.audit.models import Entry
from marketing_ops.audit.tracked import ReadOnlyAdmin
from marketing_ops.audit.words import said


class ActionFilter(admin.AllValuesFieldListFilter):
    """The actions that there are, in words."""

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield {**choice, "display": said(str(choice["display"]))}


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "what", "of_what", "why", "in_short")
    list_filter = ("at", ("action", ActionFilter))
    search_fields = ("=actor", "action", "subject", "why")
    search_help_text = _("Name of the person, what was done, of what, or why")
    date_hierarchy = "at"
    fields = ("at", "actor", "what", "subject", "why", "in_full")
    readonly_fields = fields

    @admin.display(description=_("who"), ordering="actor")
    def who(self, entry):
        return _filtered(actor=entry.actor)

    @admin.display(description=_("what"), ordering="action")
    def what(self, entry):
        return said(entry.action)

    @admin.display(description=_("of what"), ordering="subject")
    def of_what(self, entry):
        return _filtered(subject=entry.subject)

    @admin.display(description=_("details"))
    def in_short(self, entry):
        text = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
        return text if len(text) <= 120 else text[:119] + "…"

    @admin.display(description=_("details"))
    def in_full(self, entry):
        return format_html(
            "<dl>{}</dl>",
            format_html_join(
                "",
                "<dt><b>{}</b></dt><dd><pre>{}</pre></dd>",
                (
                    (name, json.dumps(value, ensure_ascii=False, indent=1))
                    for name, value in entry.details.items()
                ),
            ),
        )


def _filtered(**by):
    (value,) = by.values()
    return format_html('<a href="?{}">{}</a>', urlencode(by), value)
