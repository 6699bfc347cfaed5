"""Filters of lists: what cannot be understood is refused, never passed over.

A mistyped filter that is ignored answers with everything, and a program takes it for the part that
it asked for.
"""

from datetime import date, datetime, timedelta

from django import forms
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from marketing_ops.lib.rest.paging import PAGING

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
# What the database takes as a number of a row.
_MOST = 2**31 - 1


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": _MOST})
class Whole(filters.NumberFilter):
    field_class = forms.IntegerField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, min_value=0, max_value=_MOST, **kwargs)

    def get_max_validator(self):
        return None


class _DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d"], localize=False, **kwargs)

    def validate(self, value):
        super().validate(value)
        if value and not EARLIEST <= value <= LATEST:
            raise forms.ValidationError(
                _("Give a day from %(first)s to %(last)s.") % {"first": EARLIEST, "last": LATEST},
                code="out_of_range",
            )


class Day(filters.DateFilter):
    field_class = _DayField


@extend_schema_field(bool)
class YesNo(filters.ChoiceFilter):
    def __init__(self, **kwargs):
        super().__init__(choices=[("true", "true"), ("false", "false")], **kwargs)


class Choice(filters.ChoiceFilter):
    """One of the choices of an enumeration of texts."""

    def __init__(self, kind, **kwargs):
        super().__init__(choices=list(kind.choices), **kwargs)


class Text(filters.CharFilter):
    def __init__(self, **kwargs):
        super().__init__(max_length=kwargs.pop("max_length", 60), **kwargs)


class Declared(filters.FilterSet):
    """Filters that are declared one by one and applied together by `narrowed`."""

    def narrowed(self, queryset, asked: dict):
        """The rows that fit what was `asked`: {name: value}, empty ones left out."""
        raise NotImplementedError

    def filter_queryset(self, queryset):
        asked = {
            name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")
        }
        return self.narrowed(queryset, asked)


class Strict(filters.DjangoFilterBackend):
    """Refuses parameters that are unknown or given twice; keeps the filters at the view."""

    def get_filterset(self, request, queryset, view):
        view.filterset = super().get_filterset(request, queryset, view)
        names = set(view.filterset.filters) if view.filterset is not None else set()
        refuse_unknown(request, names | PAGING)
        return view.filterset


def refuse_unknown(request: Request, known: set[str]) -> None:
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            names = ", ".join(sorted(known)) or "—"
            errors[name] = [_("There is no such parameter; known: %(names)s.") % {"names": names}]
        elif len(values) > 1:
            errors[name] = [_("Give this parameter once.")]
    if errors:
        raise ValidationError(errors)


def read_day(request: Request, name: str) -> date | None:
    """The day that a parameter names, None without it."""
    text = request.query_params.get(name)
    try:
        return _DayField(required=False).clean(text)
    except forms.ValidationError as error:
        raise ValidationError({name: error.messages}) from None


def read_days(request: Request, *, last: date, usual: int, most: int) -> tuple[date, date]:
    """The days asked for, `from` and `to`; without: the `usual` number of days up to `last`."""
    end = read_day(request, "to") or last
    start = read_day(request, "from") or max(EARLIEST, end - timedelta(days=usual - 1))
    if start > end:
        raise ValidationError({"from": [_("The first day is after the last.")]})
    if (end - start).days >= most:
        raise ValidationError({"from": [_("Ask for at most %(most)d days.") % {"most": most}]})
    return start, end


def read_moment(request: Request, name: str) -> datetime | None:
    """The time that a parameter names (ISO 8601 with its zone), None without it."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        # A "+" that was not escaped arrives as a space.
        found = datetime.fromisoformat(text.replace(" ", "+"))
        if found.tzinfo is None or not EARLIEST <= found.date() <= LATEST:
            raise ValueError("no zone, or out of range")
    except (ValueError, OverflowError):
        message = _("Give a time with its zone, such as 2024-06-26T08:00:00+08:00.")
        raise ValidationError({name: [message]}) from None
    return found
