"""People and their posts in the admin.

Here and not with the accounts, since a post has a scope: a route, a department or a shop.
"""

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.dated_admin import DatedAdmin, DatedForm, DatedRows, HoldsFilter, LicenceField, clash
from customers.models import Post
from customers.posts import LEADS_AT_MOST, led_by
from marketing_ops.accounts.admin import PersonAdmin
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role

# What each role's post is about; the others see the whole district, or what a plan gives them.
SCOPE = {
    Role.ACCOUNT_MANAGER: "route",
    Role.MARKET_MANAGER: "department",
    Role.CUSTOMER: "licence",
}


class PostForm(DatedForm):
    licence = LicenceField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.customer_id:
            licence = self.instance.customer.licences.order_by("-period").first()
            self.initial.setdefault("licence", licence.number if licence else "")

    def clean(self):
        cleaned = super().clean()
        self.instance.customer = cleaned.get("licence")
        role = cleaned.get("role")
        wanted = SCOPE.get(role)
        for name in ("route", "department", "licence"):
            if name in self.errors:
                continue
            if name == wanted and not cleaned.get(name):
                self.add_error(name, _("This role needs it: it says whose shops the person sees."))
            elif name != wanted and cleaned.get(name):
                self.add_error(name, _("This role has no such scope: leave it empty."))
        self.check_substitute(cleaned)
        return cleaned

    def check_substitute(self, cleaned):
        stands_for = cleaned.get("substitute_for")
        if stands_for is None:
            return
        if not cleaned.get("ends_on"):
            self.add_error("ends_on", _("A substitute's post must end: give its last day."))
        scope = (cleaned.get("role"), cleaned.get("route"), cleaned.get("department"))
        theirs = (stands_for.role, stands_for.route, stands_for.department)
        if scope != theirs or stands_for.customer != cleaned.get("licence"):
            self.add_error(
                "substitute_for",
                _("A substitute has the role and the scope of that post: %s.") % _scope(stands_for),
            )
        elif stands_for.user == cleaned.get("user"):
            self.add_error("substitute_for", _("Nobody stands in for themselves."))

    def look_for_overlaps(self):
        """The same post twice at a time would only confuse."""
        row = self.instance
        same = Post.objects.filter(
            user=row.user,
            role=row.role,
            route=row.route,
            department=row.department,
            customer=row.customer,
            period__overlap=row.period,
        ).exclude(pk=row.pk)
        if other := same.first():
            self.add_error("starts_on", clash(other))


@admin.register(Post)
class PostAdmin(DatedAdmin):
    form = PostForm
    list_display = ("user", "role", "scope", "first_day", "last_day", "substitute_for")
    list_filter = (HoldsFilter, "role", "department", "route")
    list_select_related = ("user", "route__department", "department", "substitute_for__user")
    search_fields = (
        "user__username",
        "user__display_name",
        "route__name",
        "department__name",
        "=customer__licences__number",
    )
    autocomplete_fields = ("user", "substitute_for")
    fields = (
        "user",
        "role",
        "route",
        "department",
        "licence",
        "starts_on",
        "ends_on",
        "substitute_for",
        "why",
    )

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "route", "department")

    def get_exclude(self, request, obj=None):
        return ("period", "customer")

    def get_changeform_initial_data(self, request):
        return {"starts_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self.warn_of_too_many(request, obj)

    def warn_of_too_many(self, request, post):
        department = post.department or (post.route and post.route.department)
        if department is None:
            return
        led = led_by(department, on=max(post.starts_on, timezone.localdate()))
        if led > LEADS_AT_MOST:
            words = _("%(led)d account managers now serve %(department)s; one head leads %(most)d.")
            values = {"led": led, "department": department, "most": LEADS_AT_MOST}
            self.message_user(request, words % values, messages.WARNING)

    @admin.display(description=gettext_lazy("scope"))
    def scope(self, post):
        return _scope(post)


def _scope(post) -> str:
    if post.route:
        return f"{post.route.department} {post.route}"
    if post.department:
        return str(post.department)
    return _("own shop") if post.customer_id else _("whole district")


class PostRows(DatedRows):
    """A person's posts."""

    model = Post
    fk_name = "user"
    fields = ("role", "scope", "first_day", "last_day", "substitute_for")
    readonly_fields = fields
    related = ("route__department", "department", "substitute_for__user")

    @admin.display(description=gettext_lazy("scope"))
    def scope(self, post):
        return _scope(post)


@admin.register(User)
class PersonWithPostsAdmin(PersonAdmin):
    list_display = (*PersonAdmin.list_display[:2], "posts_today", *PersonAdmin.list_display[2:])
    inlines = (PostRows,)

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_queryset(self, request):
        today = timezone.localdate()
        held = Post.objects.on(today).select_related("route__department", "department")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("posts", queryset=held, to_attr="held_today"))
        )

    @admin.display(description=gettext_lazy("posts today"))
    def posts_today(self, person):
        return ", ".join(
            f"{post.get_role_display()} ({_scope(post)})" for post in person.held_today
        )

    def history_of(self, person):
        posts = person.posts.values_list("pk", flat=True)
        return [*super().history_of(person), *(f"post {pk}" for pk in posts)]
