"""Dated rows in the admin: first and last day instead of ranges, and changes from a day on.

To add a row is to say what holds from a day on (customers/dated.py closes what held before); to
edit one is to correct it. Whatever the database would refuse is said in the form.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.dated import change
from customers.models import Customer, CustomerProperties, Licence
from marketing_ops.audit.tracked import TrackedAdmin, TrackedForm
from marketing_ops.lib.periods import DAY


def day_field(label, **options):
    return forms.DateField(label=label, widget=admin.widgets.AdminDateWidget, **options)


class DatedForm(TrackedForm):
    """A row with its first and last day; `licence` names the shop where the model has one."""

    starts_on = day_field(gettext_lazy("First day"))
    ends_on = day_field(
        gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: still holds.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("starts_on", self.instance.starts_on)
            self.initial.setdefault("ends_on", self.instance.ends_on)

    def clean(self):
        cleaned = super().clean()
        start, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and last and last < start:
            self.add_error("ends_on", _("The last day lies before the first."))
        elif start:
            self.instance.period = DateRange(start, last and last + DAY)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            self.look_for_overlaps()

    def look_for_overlaps(self):
        for fields in exclusions(self._meta.model):
            other = overlapping(self.instance, fields, self.instance.period)
            if other is not None:
                self.add_error("starts_on", clash(other))


class FromADayForm(DatedForm):
    """What holds from a day on; what held before ends the day before."""

    ends_on = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].label = _("Holds from")
        self.fields["starts_on"].help_text = _(
            "What held before ends the day before; what is known to begin later stays."
        )

    def clean(self):
        cleaned = super(DatedForm, self).clean()
        if cleaned.get("starts_on"):
            self.instance.period = DateRange(cleaned["starts_on"], None)
        return cleaned

    def look_for_overlaps(self):
        """Rows of the same owner make room (`change`); rows of others do not."""
        owner = self.admin.owner
        period = resulting_period(self.instance, owner)
        for fields in exclusions(self._meta.model):
            if set(fields) != set(owner):
                same_owner = {name: getattr(self.instance, name) for name in owner}
                other = overlapping(self.instance, fields, period, but=Q(**same_owner))
                if other is not None:
                    self.add_error("starts_on", clash(other))


def exclusions(model) -> list[tuple[str, ...]]:
    """The owners whose rows must follow each other in time, as field names."""
    return [
        tuple(field for field, _operator in constraint.expressions if field != "period")
        for constraint in model._meta.constraints
        if isinstance(constraint, ExclusionConstraint)
    ]


def overlapping(row, fields, period, but=None):
    """A row of the same owner that holds on a day of `period`, None where there is none."""
    rows = (
        type(row)
        .objects.filter(period__overlap=period, **{name: getattr(row, name) for name in fields})
        .exclude(pk=row.pk)
    )
    return (rows.exclude(but) if but is not None else rows).order_by("period").first()


def resulting_period(row, owner) -> DateRange:
    """From when to when a row will hold that `change` writes for its owner."""
    start = row.period.lower
    rows = type(row).objects.filter(**{name: getattr(row, name) for name in owner})
    holding = rows.on(start).first()
    if holding is not None:
        return DateRange(start, holding.period.upper)
    later = rows.filter(period__startswith__gt=start).order_by("period").first()
    return DateRange(start, later.period.lower if later else None)


def clash(other) -> ValidationError:
    days = {"row": str(other), "start": other.starts_on, "last": other.ends_on}
    if other.ends_on is None:
        words = _("“%(row)s” holds since %(start)s: let it end before this begins.")
    else:
        words = _("“%(row)s” holds from %(start)s to %(last)s: the days must not overlap.")
    return ValidationError(words, params=days)


class LicenceField(forms.CharField):
    """A shop by the licence number that it has today, or had last."""

    def __init__(self, **options):
        options.setdefault("label", gettext_lazy("Licence number of the shop"))
        super().__init__(max_length=30, **options)

    def clean(self, value):
        number = super().clean(value)
        if not number:
            return None
        held = Licence.objects.filter(number=number).select_related("customer")
        found = held.on(timezone.localdate()).first() or held.order_by("-period").first()
        if found is None:
            raise ValidationError(_("No shop has the licence number %s.") % number)
        return found.customer


class HoldsFilter(admin.SimpleListFilter):
    title = gettext_lazy("holds")
    parameter_name = "holds"

    def lookups(self, request, model_admin):
        return [("today", _("Today")), ("past", _("Ended")), ("future", _("Begins later"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "today":
                return queryset.on(today)
            case "past":
                return queryset.filter(period__fully_lt=DateRange(today, None))
            case "future":
                return queryset.filter(period__startswith__gt=today)
        return queryset


class ShopColumns:
    """Columns that name a row's shop as people do: licence number and name, of today."""

    shop_field = "customer"

    def get_queryset(self, request):
        today = timezone.localdate()
        reference = "pk" if self.model is Customer else f"{self.shop_field}_id"
        licences = Licence.objects.on(today).filter(customer=OuterRef(reference))
        names = CustomerProperties.objects.on(today).filter(customer=OuterRef(reference))
        return (
            super()
            .get_queryset(request)
            .annotate(
                shop_licence=Subquery(licences.values("number")[:1]),
                shop_name=Subquery(names.values("name")[:1]),
            )
        )

    @admin.display(description=gettext_lazy("Shop"))
    def shop(self, row):
        """From the annotations; a row that was just made has none."""
        if not hasattr(row, "shop_licence"):
            return str(getattr(row, self.shop_field, row))
        return f"{row.shop_licence or '—'} {row.shop_name or ''}".strip()


SHOP_SEARCH = ("=customer__licences__number", "customer__properties__name")


class DatedColumns:
    @admin.display(description=gettext_lazy("first day"), ordering="period")
    def first_day(self, row):
        return row.starts_on

    @admin.display(description=gettext_lazy("last day"))
    def last_day(self, row):
        return row.ends_on or "—"


class DatedRows(DatedColumns, admin.TabularInline):
    """The dated rows beside an object, to look at; each is changed on a page of its own."""

    related: tuple[str, ...] = ()
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("-period",)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related(*self.related) if self.related else rows

    def has_view_permission(self, request, obj=None):
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class DatedAdmin(DatedColumns, TrackedAdmin):
    """`owner`: the fields whose rows follow each other; empty: each row stands for itself."""

    owner: tuple[str, ...] = ()
    form = DatedForm
    add_form = FromADayForm
    list_filter = (HoldsFilter,)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None and self.owner:
            kwargs["form"] = self.add_form
        form = super().get_form(request, obj, change=change, **kwargs)
        form.admin = self
        return form

    def get_exclude(self, request, obj=None):
        return ("period",)

    def get_readonly_fields(self, request, obj=None):
        """Whose row it is never changes; another's is another row."""
        return self.owner if obj is not None else ()

    def save_model(self, request, obj, form, change):
        if change or not self.owner:
            super().save_model(request, obj, form, change)
            return
        self.hold_from(request, obj)

    def hold_from(self, request, obj):
        start = obj.period.lower
        owner = {name: getattr(obj, name) for name in self.owner}
        left_out = {"period", *self.owner}
        values = {
            field.name: getattr(obj, field.name)
            for field in self.opts.concrete_fields
            if not field.primary_key and field.name not in left_out
        }
        outcome = change(self.model, owner, values, effective=start)
        obj.pk = self.model.objects.on(start).get(**owner).pk
        if outcome == "unchanged":
            self.message_user(
                request, _("That held on %s already; nothing is changed.") % start, messages.WARNING
            )


class FromADayOfAShopForm(FromADayForm):
    licence = LicenceField()

    def _post_clean(self):
        shop = self.cleaned_data.get("licence")
        if shop is not None:
            self.instance.customer = shop
        super()._post_clean()


class OfAShop(ShopColumns, DatedAdmin):
    """Dated rows whose owner is a shop, which is named by its licence when a row is added."""

    owner = ("customer",)
    add_form = FromADayOfAShopForm
    search_fields = SHOP_SEARCH

    def get_exclude(self, request, obj=None):
        return ("period", "customer")

    def get_fields(self, request, obj=None):
        """The shop first, the reason last."""
        names = [name for name in super().get_fields(request, obj) if name not in _PLACED]
        if obj is None:
            return ["licence", "starts_on", *names, "why"]
        return ["shop", "starts_on", "ends_on", *names, "why"]

    def get_readonly_fields(self, request, obj=None):
        return ("shop",) if obj is not None else ()

    def get_changeform_initial_data(self, request):
        # From the page of a shop its licence comes along in the address.
        return {"starts_on": timezone.localdate(), **super().get_changeform_initial_data(request)}


_PLACED = {"licence", "starts_on", "ends_on", "why", "shop"}
