"""Departments, routes, shops and what is dated about them, posts, and the work calendar."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers import people_admin, workdays  # noqa: F401 - people register themselves
from customers.dated_admin import SHOP_SEARCH, DatedRows, HoldsFilter, OfAShop, ShopColumns
from customers.models import (
    Customer,
    CustomerGroup,
    CustomerProperties,
    DeliveryCalendar,
    Event,
    Licence,
    MarketDepartment,
    Route,
    RouteAssignment,
    WorkDay,
)
from marketing_ops.audit.tracked import ReadOnlyAdmin, TrackedAdmin


@admin.register(MarketDepartment)
class MarketDepartmentAdmin(TrackedAdmin):
    list_display = ("name",)
    search_fields = ("name",)

    def history_of(self, department):
        return [self.subject(department), f"department {department.name}"]


@admin.register(Route)
class RouteAdmin(TrackedAdmin):
    list_display = ("name", "department")
    list_filter = ("department",)
    list_select_related = ("department",)
    search_fields = ("name", "department__name")


@admin.register(CustomerGroup)
class CustomerGroupAdmin(TrackedAdmin):
    list_display = ("name",)
    search_fields = ("name",)


class LicenceRows(DatedRows):
    model = Licence
    fields = ("number", "first_day", "last_day")
    readonly_fields = fields


class PropertiesRows(DatedRows):
    model = CustomerProperties
    fields = ("name", "format", "area", "scale", "group", "uploads", "first_day", "last_day")
    readonly_fields = fields
    related = ("group",)


class AssignmentRows(DatedRows):
    model = RouteAssignment
    fields = ("route", "first_day", "last_day")
    readonly_fields = fields
    related = ("route",)


class CalendarRows(DatedRows):
    model = DeliveryCalendar
    fields = ("order_weekdays", "delivery_weekdays", "first_day", "last_day")
    readonly_fields = fields


BESIDE = (Licence, CustomerProperties, RouteAssignment, DeliveryCalendar)


@admin.register(Customer)
class CustomerAdmin(ShopColumns, TrackedAdmin):
    list_display = ("shop", "opened_on", "closed_on")
    list_filter = (("closed_on", admin.EmptyFieldListFilter),)
    search_fields = ("=licences__number", "properties__name")
    inlines = (LicenceRows, PropertiesRows, AssignmentRows, CalendarRows)

    def has_delete_permission(self, request, obj=None):
        return False  # a shop is closed; what was, stays

    def get_fields(self, request, obj=None):
        return ["opened_on", "closed_on", *(["change_from_a_day"] if obj else []), "why"]

    def get_readonly_fields(self, request, obj=None):
        return ("change_from_a_day",) if obj else ()

    @admin.display(description=gettext_lazy("Change from a day on"))
    def change_from_a_day(self, shop):
        number = shop.licences.order_by("-period").values_list("number", flat=True).first()
        asked = urlencode({"licence": number} if number else {})
        return format_html_join(
            " · ",
            '<a href="{}?{}">{}</a>',
            (
                (
                    reverse(f"admin:customers_{model._meta.model_name}_add"),
                    asked,
                    model._meta.verbose_name,
                )
                for model in BESIDE
            ),
        )

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            context["subtitle"] = self.shop(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def history_of(self, shop):
        """The rows beside the shop belong to its history; imports speak of it by licence."""
        rows = [
            f"{model._meta.model_name} {pk}"
            for model in BESIDE[1:]
            for pk in model.objects.filter(customer=shop).values_list("pk", flat=True)
        ]
        numbers = shop.licences.values_list("number", flat=True)
        return [self.subject(shop), *rows, *(f"licence {number}" for number in numbers)]


@admin.register(Licence)
class LicenceAdmin(OfAShop):
    """The trail calls it by its number, as imports do."""

    list_display = ("number", "shop", "first_day", "last_day")
    search_fields = ("number", "customer__properties__name")

    def subject(self, licence):
        return f"licence {licence.number}"


@admin.register(CustomerProperties)
class CustomerPropertiesAdmin(OfAShop):
    list_display = ("name", "shop", "format", "area", "scale", "group", "first_day", "last_day")
    list_filter = (HoldsFilter, "format", "area", "scale", "information_point", "uploads", "group")
    list_select_related = ("group",)
    search_fields = ("=customer__licences__number", "name", "contact", "address")


class WeekdaysField(forms.TypedMultipleChoiceField):
    def __init__(self, **options):
        days = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]
        choices = list(enumerate([*days, _("Saturday"), _("Sunday")], start=1))
        super().__init__(
            choices=choices, coerce=int, widget=forms.CheckboxSelectMultiple, **options
        )


@admin.register(DeliveryCalendar)
class DeliveryCalendarAdmin(OfAShop):
    list_display = ("shop", "order_weekdays", "delivery_weekdays", "first_day", "last_day")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in {"order_weekdays", "delivery_weekdays"}:
            return WeekdaysField(label=db_field.verbose_name)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(RouteAssignment)
class RouteAssignmentAdmin(OfAShop):
    list_display = ("shop", "route", "department", "first_day", "last_day")
    list_filter = (HoldsFilter, "route__department", "route")
    list_select_related = ("route__department",)
    search_fields = (*SHOP_SEARCH, "route__name")

    @admin.display(description=gettext_lazy("market department"))
    def department(self, row):
        return row.route.department


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events come by files, which keep what was known when."""

    list_display = ("title", "starts_on", "expected_end", "ended_on", "expected_factor", "current")
    list_filter = (("superseded_at", admin.EmptyFieldListFilter),)
    search_fields = ("title",)
    date_hierarchy = "starts_on"

    @admin.display(description=gettext_lazy("current"), boolean=True)
    def current(self, row):
        return row.superseded_at is None

    def history_of(self, event):
        return [f"event {event.key}"]


class YearForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"))
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)

    def clean_year(self):
        known = workdays.announced_years()
        if self.cleaned_data["year"] not in known:
            raise ValidationError(
                _("Known are %(first)s to %(last)s. Enter the days of another year one by one."),
                params={"first": known.start, "last": known.stop - 1},
            )
        return self.cleaned_data["year"]


@admin.register(WorkDay)
class WorkDayAdmin(TrackedAdmin):
    list_display = ("day", "weekday", "is_workday", "name")
    list_filter = ("is_workday",)
    search_fields = ("name",)
    date_hierarchy = "day"
    change_list_template = "admin/customers/workday/change_list.html"

    @admin.display(description=gettext_lazy("weekday"))
    def weekday(self, row):
        return date_format(row.day, "l")

    def get_urls(self):
        take_over = self.admin_site.admin_view(self.take_over)
        return [
            path("take-over/", take_over, name="customers_workday_take_over"),
            *super().get_urls(),
        ]

    def take_over(self, request):
        """Enter a year's announced holidays and the days worked in their stead."""
        form = YearForm(request.POST or None, initial={"year": timezone.localdate().year})
        if request.method == "POST" and form.is_valid():
            new = workdays.take_over(
                year=form.cleaned_data["year"],
                by=request.user.get_username(),
                why=form.cleaned_data["why"],
            )
            words = ngettext("%(count)d day is new.", "%(count)d days are new.", new)
            messages.success(request, words % {"count": new})
            return redirect("admin:customers_workday_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take over a year's holidays"),
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/customers/workday/take_over.html", context)
