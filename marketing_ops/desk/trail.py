"""The audit trail for administrators: who did what, when, of what and why. Nothing changes it."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from brands.models import Barcode, Product
from customers.gate import requires
from customers.models import Customer, Licence
from customers.scope import Action
from marketing_ops.accounts.models import User
from marketing_ops.audit.models import Entry
from marketing_ops.audit.tracked import CappedPaginator, ReadOnlyAdmin
from marketing_ops.audit.words import KNOWN, details_said, kind_said, said, subject_said
from marketing_ops.desk.forms import Filter, choice_field, day_field, people_of
from marketing_ops.home.shops import read_shops
from marketing_ops.imports import KINDS

PER_PAGE = 50
_ROWS = " *"  # ends the choice of everything that is done to rows of a kind

# How the trail calls what it speaks of: kind and number, see audit.services.record.
_PAIR = re.compile(r"customer (\d+) product (\d+)")
_SHOP = re.compile(r"customer (\d+)")
_SHOP_DAY = re.compile(r"shop-day (\d+) (\S+)")


class TrailFilter(Filter):
    who = forms.CharField(label=gettext_lazy("Who"), required=False, max_length=150)
    q = forms.CharField(label=gettext_lazy("Of what, or why"), required=False, max_length=200)
    since = day_field(gettext_lazy("From day"), required=False)
    until = day_field(gettext_lazy("To day"), required=False)

    def __init__(self, data=None):
        super().__init__(data)
        rows = [
            (f"{model._meta.model_name}{_ROWS}", str(model._meta.verbose_name))
            for model, page in admin.site._registry.items()
            if not isinstance(page, ReadOnlyAdmin)
        ]
        actions = sorted([*((action, said(action)) for action in KNOWN), *rows], key=lambda c: c[1])
        self.fields["kind"] = choice_field(_("What"), actions)
        self.order_fields(["who", "kind", "q", "since", "until"])


@dataclass(slots=True)
class Line:
    """An entry as the page shows it; `subject` is told with `address` where it has a page."""

    entry: Entry
    who: str
    what: str
    subject: str
    address: str
    details: list[str]
    run: int | None


@require_safe
@requires(Action.SEE_TRAIL)
def trail(request: HttpRequest) -> HttpResponse:
    filters = TrailFilter(request.GET)
    asked = filters.asked()
    page = CappedPaginator(_found(asked), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "asked": asked,
        "page": page,
        "lines": _lines(list(page.object_list), request),
    }
    return render(request, "desk/trail.html", context)


def _found(asked: dict) -> QuerySet[Entry]:
    entries = Entry.objects.all()
    if name := asked.get("who"):
        people = User.objects.filter(Q(username__iexact=name) | Q(display_name__icontains=name))
        names = people.values_list("username", flat=True)
        entries = entries.filter(Q(actor__iexact=name) | Q(actor__in=list(names)))
    if kind := asked.get("kind"):
        if kind.endswith(_ROWS):
            entries = entries.filter(action__startswith=kind.removesuffix("*"))
        else:
            entries = entries.filter(action=kind)
    if text := asked.get("q", "").strip():
        entries = entries.filter(_about(text))
    if day := asked.get("since"):
        entries = entries.filter(at__gte=_start_of(day))
    if day := asked.get("until"):
        entries = entries.filter(at__lt=_start_of(day + timedelta(days=1)))
    return entries


def _about(text: str) -> Q:
    """Entries of a thing by its number or name, a shop also by its licence, or by their reason."""
    wanted = Q(subject__icontains=text) | Q(why__icontains=text) | Q(details__name__icontains=text)
    for shop in Licence.objects.filter(number=text).values_list("customer_id", flat=True):
        wanted |= Q(subject=f"customer {shop}") | Q(subject__startswith=f"customer {shop} ")
    people = User.objects.filter(display_name__icontains=text).values_list("username", flat=True)
    return wanted | Q(subject__in=[f"{kind} {name}" for name in people for kind in _PEOPLE])


_PEOPLE = ("user", "person")


def _start_of(day) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _lines(entries: list[Entry], request) -> list[Line]:
    people = people_of(
        [entry.actor for entry in entries]
        + [name for entry in entries if (name := _after(entry.subject, _PEOPLE))]
    )
    names = _Names(entries, people, request)
    lines = []
    for entry in entries:
        subject, address = names.tell(entry)
        lines.append(
            Line(
                entry=entry,
                who=people[entry.actor],
                what=said(entry.action),
                subject=subject,
                address=address,
                details=details_said(entry.action, entry.details),
                run=entry.details.get("run"),
            )
        )
    return lines


def _after(subject: str, kinds) -> str:
    """What follows one of these kinds in a subject; "" where it is of another kind."""
    kind, _space, name = subject.partition(" ")
    return name if kind in kinds else ""


class _Names:
    """Names and pages of what a page of entries speaks of, found for all of them at once."""

    def __init__(self, entries: list[Entry], people: dict[str, str], request):
        subjects = [entry.subject for entry in entries]
        self.people = people
        pairs = [match for text in subjects if (match := _PAIR.fullmatch(text))]
        shops = {int(match[1]) for match in pairs}
        for pattern in (_SHOP, _SHOP_DAY):
            shops |= {int(found[1]) for text in subjects if (found := pattern.fullmatch(text))}
        licences = {name for text in subjects if (name := _after(text, ("licence",)))}
        self.shop_of = dict(
            Licence.objects.filter(number__in=licences)
            .order_by("period")
            .values_list("number", "customer_id")
        )
        self.shops = {}
        if wanted := shops | set(self.shop_of.values()):
            self.shops = read_shops(
                Customer.objects.filter(pk__in=wanted),
                day=request.today,
                deliveries_after=request.today,
            )
        codes = {name for text in subjects if (name := _after(text, ("barcode",)))}
        products = Product.objects.filter(pk__in={int(match[2]) for match in pairs})
        self.products = dict(products.values_list("pk", "name"))
        self.coded = dict(
            Barcode.objects.filter(code__in=codes)
            .order_by("period")
            .values_list("code", "product__name")
        )

    def tell(self, entry: Entry) -> tuple[str, str]:
        """What the entry speaks of in words, and the address of its page or ""."""
        subject = entry.subject
        kind, _space, rest = subject.partition(" ")
        if match := _PAIR.fullmatch(subject):
            name, address = self._shop(int(match[1]))
            return f"{name} · {self.products.get(int(match[2]), match[2])}", address
        if match := _SHOP.fullmatch(subject):
            return self._shop(int(match[1]))
        if match := _SHOP_DAY.fullmatch(subject):
            name, address = self._shop(int(match[1]))
            return f"{name} · {match[2]}", address
        if kind == "licence":
            name, address = self._shop(self.shop_of.get(rest))
            return f"{rest} · {name}" if address else rest, address
        if kind in _PEOPLE:
            name = self.people.get(rest, rest)
            return (name if name == rest else f"{name} ({rest})"), ""
        if kind == "barcode" and rest in self.coded:
            return f"{self.coded[rest]} · {rest}", ""
        if subject.startswith("rule set "):
            version = subject.removeprefix("rule set ")
            address = reverse("rule-set", args=[version]) if version.isdecimal() else ""
            return _("Rules, version %(n)s") % {"n": version}, address
        if kind == "night":
            return _("Night of %(day)s") % {"day": rest}, ""
        if entry.action == "import" and kind in KINDS:
            return f"{KINDS[kind].label} · {rest}", ""
        if said_as := subject_said(subject):
            return said_as, ""
        named = kind_said(kind)
        if named and entry.details.get("name"):
            return f"{named} · {entry.details['name']}", ""
        return f"{named} {rest}" if named else subject, ""

    def _shop(self, customer: int | None) -> tuple[str, str]:
        shop = self.shops.get(customer)
        if shop is None:
            return f"#{customer}", ""
        return shop.name or shop.licence, reverse("shop", args=[shop.licence or f"{customer}"])
