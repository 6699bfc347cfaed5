"""What a page of the overview is asked for: period, filters and the shops that may be spoken of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from django import forms
from django.contrib.postgres.aggregates import ArrayAgg
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from brands.models import PriceClass
from customers.models import Area, Format, MarketDepartment, Scale
from inventory.indicators.models import ResultSet, Span
from inventory.indicators.span_reads import PROPERTIES, Shops, known_spans, read_others, read_span
from marketing_ops.accounts.models import User
from marketing_ops.home.overview import period
from marketing_ops.home.overview.period import Calendar
from marketing_ops.home.standing import standing
from marketing_ops.home.table.filters import OneOf

LABELS = {"format": Format, "area": Area, "scale": Scale, "price_class": PriceClass}


class OverviewFilter(forms.Form):
    """Every field may be left empty; an answer that is not on offer counts as not given."""

    department = OneOf(_("Market department"))
    manager = OneOf(_("Account manager"))
    format = OneOf(_("Business format"))
    area = OneOf(_("Area"))
    scale = OneOf(_("Scale"))
    price_class = OneOf(_("Price class"))

    def __init__(self, data: Mapping, names: "Names"):
        super().__init__(data)
        options = {
            "department": sorted(names.departments.items(), key=lambda one: one[1]),
            "manager": sorted(names.managers.items(), key=lambda one: one[1]),
            **{name: kind.choices for name, kind in LABELS.items()},
        }
        for name, choices in options.items():
            self.fields[name].offer([("", _("all")), *choices])

    def asked(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class Names:
    """Of the departments and account managers of the shops in a period, by id."""

    departments: dict[int, str]
    managers: dict[int, str]


@dataclass
class Asked:
    """`calendar` is the period; `scope` the ids of the person's shops, in order."""

    results: ResultSet
    calendar: Calendar
    known: dict
    scope: np.ndarray
    bounds: tuple
    data: QueryDict

    @cached_property
    def shops(self) -> Shops:
        """The person's shops of the period, with and without a cycle that ended in it."""
        with_cycles = read_span(self.results, self.calendar.kind, self.calendar.start).shops
        others = read_others(self.results, self.calendar.kind, self.calendar.span)
        shops = with_cycles.joined(others)
        return shops.chosen(np.isin(shops.customer, self.scope))

    @cached_property
    def names(self) -> Names:
        departments, managers = (
            np.unique(self.shops.by[name]).tolist() for name in ("department", "manager")
        )
        return Names(
            dict(MarketDepartment.objects.filter(pk__in=departments).values_list("pk", "name")),
            {user.pk: str(user) for user in User.objects.filter(pk__in=managers)},
        )

    @cached_property
    def form(self) -> OverviewFilter:
        return OverviewFilter(self.data, self.names)

    @cached_property
    def filters(self) -> dict[str, str]:
        return self.form.asked()

    @property
    def price_class(self) -> int | None:
        return int(self.filters["price_class"]) if "price_class" in self.filters else None

    def mask(self, shops: Shops) -> np.ndarray:
        """bool [S]: the person's shops among `shops` that fit the filters."""
        mask = np.isin(shops.customer, self.scope)
        for name, value in self.filters.items():
            if name in shops.by:
                code = PROPERTIES[name].index(value) + 1 if name in PROPERTIES else int(value)
                mask &= shops.by[name] == code
        return mask

    @cached_property
    def key(self) -> tuple:
        """All that the figures depend on; equal keys have equal figures."""
        scope = blake2b(self.scope.tobytes(), digest_size=16).digest()
        results = self.results.pk, self.results.completed_at
        return results, self.calendar, tuple(sorted(self.filters.items())), scope, self.bounds

    @property
    def questions(self) -> dict[str, str]:
        return self.calendar.question | self.filters

    def address(self, **changes) -> str:
        """The questions of an address with some of them changed; None drops one."""
        asked = QueryDict(mutable=True)
        for name, value in (self.questions | changes).items():
            if value not in (None, ""):
                asked[name] = str(value)
        return f"?{asked.urlencode()}"

    def address_without_filters(self) -> str:
        return f"?{self.calendar.kind.value}={self.calendar.code}"

    def address_of(self, calendar: Calendar) -> str:
        """The same filters in another period."""
        return self.address(**{kind.value: None for kind in Span} | calendar.question)


def read_asked(request) -> Asked | None:
    """None where there are no results or no sums of any period yet."""
    results = standing(request).results
    known = known_spans(results) if results else {}
    calendar = period.read(request.GET, known, results.as_of) if known else None
    if calendar is None:
        return None
    ids = request.customers.aggregate(ids=ArrayAgg("pk", default=[]))["ids"]
    return Asked(
        results=results,
        calendar=calendar,
        known=known,
        scope=np.sort(np.array(ids, np.int64)),
        bounds=tuple(standing(request).segment_bounds),
        data=request.GET,
    )
