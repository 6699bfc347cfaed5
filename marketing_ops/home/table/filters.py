"""What of the table of shops is asked for: the form, and its answers in an address or in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.forms.utils import flatatt
from django.http import HttpRequest, QueryDict
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from brands.models import PriceClass
from customers.filters import Segment
from customers.models import Area, Format, Post, Route, RouteAssignment, Scale
from marketing_ops.accounts.roles import Role
from marketing_ops.home.shops import ProductFacts
from marketing_ops.home.table.columns import SORTS, WORST_FIRST

# Answered by the products whose sums are shown; the others choose the shops.
OF_PRODUCTS = ("price_class", "brand", "product")


class Options(forms.Select):
    """A select that is written at once: Django renders a template for each of 200 options."""

    options: Sequence[tuple[str, Any]] = ()

    def render(self, name, value, attrs=None, renderer=None):
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        chosen = "" if value is None else str(value)
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>'
            f"{escape(label)}</option>"
            for key, label in self.options
        )
        return mark_safe(f"<select{attributes}>{options}</select>")


class OneOf(forms.Field):
    """A choice among what offer() was told; anything else is no answer."""

    widget = Options

    def __init__(self, label):
        super().__init__(label=label, required=False)
        self.labels: dict[str, Any] = {}

    def offer(self, options: Iterable[tuple[Any, Any]]) -> None:
        self.labels = {str(key): label for key, label in options}
        self.widget.options = list(self.labels.items())

    def clean(self, value):
        return value if value in self.labels else ""


class ShopFilter(forms.Form):
    """Every field may be left empty; an answer that is not on offer counts as not given."""

    q = forms.CharField(label=_("Name, pinyin or licence number"), required=False, max_length=60)
    department = OneOf(_("Market department"))
    manager = OneOf(_("Account manager"))
    route = OneOf(_("Route"))
    format = OneOf(_("Business format"))
    area = OneOf(_("Area"))
    scale = OneOf(_("Scale"))
    segment = OneOf(_("Stock-out segment"))
    price_class = OneOf(_("Price class"))
    brand = OneOf(_("Brand"))
    product = OneOf(_("Product"))
    sort = OneOf(_("Sorted by"))

    def __init__(self, data: Mapping, request: HttpRequest, products: Mapping[int, ProductFacts]):
        super().__init__(data)
        segments = [(one.value, one.value) for one in Segment if one != Segment.NONE]
        choices = {
            **_places(request),
            "format": Format.choices,
            "area": Area.choices,
            "scale": Scale.choices,
            "segment": [*segments, (Segment.NONE.value, _("no data"))],
            "price_class": PriceClass.choices,
            "brand": sorted({(one.brand_id, one.brand) for one in products.values()}, key=_name),
            "product": sorted(((pk, one.name) for pk, one in products.items()), key=_name),
        }
        for name, options in choices.items():
            self.fields[name].offer([("", _("all")), *options])
        self.fields["sort"].offer((name, sort.label) for name, sort in SORTS.items())

    def asked(self) -> dict[str, str]:
        """The valid answers; empty ones are left out."""
        self.is_valid()
        answers = ((name, value.strip()) for name, value in self.cleaned_data.items())
        return {name: value for name, value in answers if value}

    @property
    def sorted_by(self) -> str:
        return self.asked().get("sort", WORST_FIRST)

    def in_words(self) -> list[tuple[str, str]]:
        """Label and answer of each filter that was asked for."""
        found = []
        for name, value in self.asked().items():
            if name != "sort":
                field = self.fields[name]
                answer = field.labels[value] if isinstance(field, OneOf) else value
                found.append((str(field.label), str(answer)))
        return found

    def address(self) -> str:
        """What was asked, as an address says it: always the same for the same answers."""
        return address_of(self.asked())


def address_of(asked: Mapping[str, str]) -> str:
    """Only the fields of the form, in its order, without the empty ones: `area=…&sort=ratio`."""
    question = QueryDict(mutable=True)
    for name in ShopFilter.base_fields:
        value = asked.get(name, "").strip()
        if value and not (name == "sort" and value == WORST_FIRST):
            question[name] = value
    return question.urlencode()


def products_asked(
    asked: Mapping[str, str], products: Mapping[int, ProductFacts]
) -> frozenset[int] | None:
    """The products that fit class, brand and product together; None where none of them is asked."""
    if not any(name in asked for name in OF_PRODUCTS):
        return None
    return frozenset(
        pk
        for pk, one in products.items()
        if asked.get("price_class", str(one.price_class)) == str(one.price_class)
        and asked.get("brand", str(one.brand_id)) == str(one.brand_id)
        and asked.get("product", str(pk)) == str(pk)
    )


def _places(request: HttpRequest) -> dict[str, list[tuple[int, str]]]:
    """The departments, routes and account managers of the shops that the person sees."""
    served = RouteAssignment.objects.on(request.today).filter(
        route_id=OuterRef("pk"), customer__in=request.customers
    )
    routes = list(
        Route.objects.filter(Exists(served))
        .order_by("department__name", "name")
        .values_list("pk", "name", "department_id", "department__name")
    )
    posts = (
        Post.objects.on(request.today)
        .filter(
            role=Role.ACCOUNT_MANAGER,
            route_id__in=[route for route, *_rest in routes],
            substitute_for__isnull=True,
        )
        .select_related("user")
    )
    return {
        "department": list(dict.fromkeys((pk, name) for *_route, pk, name in routes)),
        "route": [(pk, name) for pk, name, *_rest in routes],
        "manager": sorted({(post.user_id, str(post.user)) for post in posts}, key=_name),
    }


def _name(pair: tuple[int, str]) -> str:
    return pair[1]
