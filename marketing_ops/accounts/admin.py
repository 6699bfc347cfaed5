"""People's logins in the admin. Registered by customers/people_admin.py, which adds the posts."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_totp.models import TOTPDevice

from marketing_ops.accounts import services
from marketing_ops.accounts.models import User
from marketing_ops.audit.tracked import TrackedAdmin, TrackedForm


class PersonForm(TrackedForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class NewPersonForm(TrackedForm, AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "display_name", "email")


class PersonAdmin(TrackedAdmin, UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    list_display = (
        "username",
        "display_name",
        "is_active",
        "locked",
        "has_second_factor",
        "last_login",
    )
    list_filter = ("is_active",)
    search_fields = ("username", "display_name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password")}),
        (
            gettext_lazy("Login"),
            {"fields": ("is_active", "locked", "has_second_factor", "last_login", "date_joined")},
        ),
        (None, {"fields": ("why",)}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    *("username", "display_name", "email"),
                    *("usable_password", "password1", "password2", "why"),
                )
            },
        ),
    )
    readonly_fields = ("locked", "has_second_factor", "last_login", "date_joined")
    actions = ("unlock", "end_logins", "take_second_factor")

    def has_delete_permission(self, request, obj=None):
        return False  # who leaves is switched off; what they did keeps their name

    def get_queryset(self, request):
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        failures = (
            AccessAttempt.objects.filter(username=OuterRef("username"), attempt_time__gt=since)
            .values("username")
            .annotate(total=Sum("failures_since_start"))
            .values("total")
        )
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return (
            super().get_queryset(request).annotate(second_factor=Exists(devices), failures=failures)
        )

    def subject(self, person) -> str:
        return f"user {person.username}"

    def history_of(self, person):
        return [self.subject(person), f"person {person.username}"]

    @admin.display(description=gettext_lazy("login"))
    def locked(self, person):
        failures = getattr(person, "failures", 0) or 0
        return _("locked") if failures >= settings.AXES_FAILURE_LIMIT else _("open")

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def has_second_factor(self, person):
        return getattr(person, "second_factor", False)

    def save_model(self, request, obj, form, change):
        """Who is switched off, is so at once; a new password ends what the old one began."""
        by = request.user.get_username()
        super().save_model(request, obj, form, change)
        if not change:
            return
        if "is_active" in form.changed_data and not obj.is_active:
            services.force_out(obj, by=by, why=request.POST.get("why", ""))

    def log_change(self, request, obj, message):
        if "password" in request.resolver_match.url_name:
            own = obj == request.user and request.session.session_key
            services.note_new_password(obj, by=request.user.get_username(), but=own or None)
        else:
            super().log_change(request, obj, message)

    @admin.action(description=gettext_lazy("Unlock the login"))
    def unlock(self, request, people):
        by, why = request.user.get_username(), request.POST.get("why", "")
        count = sum(bool(services.unlock(person, by=by, why=why)) for person in people)
        words = ngettext("%(count)d login unlocked.", "%(count)d logins unlocked.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("End all logins"))
    def end_logins(self, request, people):
        by, why = request.user.get_username(), request.POST.get("why", "")
        count = sum(services.force_out(person, by=by, why=why) for person in people)
        words = ngettext("%(count)d login is ended.", "%(count)d logins are ended.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Take the second factor away (phone lost)"))
    def take_second_factor(self, request, people):
        """Asks for a reason: it is how one would break in by telephone."""
        why = request.POST.get("why", "").strip()
        if not why:
            self.message_user(
                request,
                _("Say why beside the action: who asked, and how you know that it was them."),
                messages.ERROR,
            )
            return
        by = request.user.get_username()
        count = sum(services.take_second_factor(person, by=by, why=why) for person in people)
        words = ngettext("%(count)d taken away.", "%(count)d taken away.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)
