"""Django's admin, for who keeps the master data today by a post; staff marks mean nothing."""

from functools import update_wrapper

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The admin's own policy: its pages bring no inline script, but its widgets set inline styles.
POLICY = {"style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"]}


class Config(AdminConfig):
    default_site = "marketing_ops.admin_site.Site"


class Site(admin.AdminSite):
    site_header = _("Master data and people")
    site_title = _("Master data and people")
    index_title = _("What is kept here")
    site_url = "/"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # One row at a time, with a reason; see marketing_ops/audit/tracked.py.
        self.disable_action("delete_selected")

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only pages that write the audit trail; those that packages bring along do not."""
        from marketing_ops.audit.tracked import TrackedAdmin

        if admin_class is not None and issubclass(admin_class, TrackedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request) -> bool:
        from customers.scope import Action, may
        from marketing_ops.accounts import second_factor

        if not hasattr(request, "keeps_master_data"):
            request.keeps_master_data = may(
                request.user, Action.KEEP_MASTER_DATA, on=timezone.localdate()
            ) and not second_factor.missing(request)
        return request.keeps_master_data

    def refusal(self, request):
        """The answer to who may not: 403, or the page where the second factor is set up."""
        from customers.scope import Action, may

        if self.has_permission(request):
            return None
        if may(request.user, Action.KEEP_MASTER_DATA, on=timezone.localdate()):
            return redirect("second_factor")
        raise PermissionDenied

    def admin_view(self, view, cacheable=False):
        from csp.decorators import csp_replace

        inner = super().admin_view(view, cacheable)

        def gated(request, *args, **kwargs):
            return self.refusal(request) or inner(request, *args, **kwargs)

        return csp_replace(POLICY)(update_wrapper(gated, inner))

    def login(self, request, extra_context=None):
        """There is one login, for all pages."""
        return redirect("/admin/") if self.has_permission(request) else self.refusal(request)

    def logout(self, request, extra_context=None):
        from marketing_ops.accounts.views import logout

        return logout(request)

    def password_change(self, request, extra_context=None):
        return redirect("password")

    def password_change_done(self, request, extra_context=None):
        return redirect("security")

    def get_log_entries(self, request):
        """Who did what stands in the audit trail, not in the admin's own log."""
        from django.contrib.admin.models import LogEntry

        return LogEntry.objects.none()
