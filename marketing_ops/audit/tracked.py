"""The base of every page of the admin: who may, and the trail of what was changed.

Rights are the site's (marketing_ops/admin_site.py), not Django's permissions. A change is written
into the audit trail in its own transaction: who, what, from what to what, and why.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, models
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketing_ops.audit import services as audit
from marketing_ops.audit.models import Entry
from marketing_ops.audit.words import said

COUNT_UP_TO = 10_000
SECRET = frozenset({"password", "password1", "password2", "usable_password"})


class TrackedForm(forms.ModelForm):
    """Asks why; the answer goes into the trail, not into the row."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Kept in the audit trail with your name."),
    )


class WhyActionForm(ActionForm):
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)


class CappedPaginator(Paginator):
    """Does not count beyond COUNT_UP_TO rows: nobody turns so many pages, they filter."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[: COUNT_UP_TO + 1].count()


class TrackedAdmin(admin.ModelAdmin):
    form = TrackedForm
    action_form = WhyActionForm
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request):
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request, obj=None):
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request):
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request, obj=None):
        return self.admin_site.has_permission(request)

    def subject(self, obj) -> str:
        """How the trail calls a row: its kind and number."""
        return f"{self.opts.model_name} {obj.pk}"

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            # The form looked before, so somebody else was quicker by a moment.
            self.message_user(
                request,
                _("Not saved: it no longer fits what is stored. Look at it again, then save."),
                messages.ERROR,
            )
            return HttpResponseRedirect(request.get_full_path())

    def construct_change_message(self, request, form, formsets, add=False):
        """What was changed, from what to what; goes to log_addition or log_change."""
        if not isinstance(form, forms.ModelForm):
            return {}
        names = [name for name in form.changed_data if name != "why" and name not in SECRET]
        values = {name: _plain(form.cleaned_data.get(name)) for name in names}
        if add:
            return values
        before = {name: _plain(form[name].initial) for name in names}
        return {name: [_named(form, name, before[name]), values[name]] for name in names}

    def log_addition(self, request, obj, message):
        self._record(request, f"{self.opts.model_name} created", obj, values=message)

    def log_change(self, request, obj, message):
        self._record(request, f"{self.opts.model_name} changed", obj, changes=message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            values = {
                field.name: _plain(getattr(obj, field.attname))
                for field in self.opts.concrete_fields
            }
            self._record(request, f"{self.opts.model_name} deleted", obj, values=values)

    def _record(self, request, action, obj, **details):
        audit.record(
            by=request.user.get_username(),
            action=action,
            subject=self.subject(obj),
            why=request.POST.get("why", "").strip(),
            name=str(obj),
            **details,
        )

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("What was done to: %s") % obj,
            "subtitle": None,
            "entries": [
                (entry, said(entry.action))
                for entry in Entry.objects.filter(subject__in=self.history_of(obj))[:200]
            ],
            "object": obj,
            "opts": self.opts,
            "module_name": str(self.opts.verbose_name_plural),
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/object_history.html", context)

    def history_of(self, obj) -> list[str]:
        """The subjects under which the trail speaks of `obj`; imports have names of their own."""
        return [self.subject(obj)]


class ReadOnlyAdmin(TrackedAdmin):
    """To look at: services write it, which keep versions and the trail of their own."""

    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def _plain(value):
    """A value as JSON has it."""
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return [_plain(item) for item in value]
    return str(value)


def _named(form, name, value):
    """The former value of a choice of rows by its name rather than its number."""
    queryset = getattr(form.fields[name], "queryset", None)
    if queryset is None or value is None:
        return value
    found = queryset.model._default_manager.filter(pk=value).first()
    return str(found) if found else value
