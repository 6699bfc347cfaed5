"""Shops and products as pages name them: what holds on a day, read for many at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import Http404
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from brands.models import Barcode, Flag, PriceClass, ProductProperties, Stage
from customers.models import Area, DeliveryCalendar, Format, Licence, Post, Scale
from marketing_ops.accounts.roles import Role
from marketing_ops.lib import periods


def open_shops(customers: QuerySet, day: date) -> QuerySet:
    """The shops among `customers` that are open on `day`, with what holds then joined to them.

    Joined: `licence` (Licence), `now` (CustomerProperties), `assigned` (RouteAssignment); any of
    them can be missing.
    """
    return with_what_holds(customers, day).filter(
        Q(closed_on__isnull=True) | Q(closed_on__gte=day), opened_on__lte=day
    )


def find_shop(customers: QuerySet, licence: str, day: date) -> tuple[int, str]:
    """Id and present licence number of the shop that has, or had, this number.

    Raises Http404 alike for a number that nobody has and for another's shop.
    """
    found = (
        Licence.objects.filter(number=licence, customer__in=customers)
        .order_by("-period")
        .values_list("customer_id", flat=True)
        .first()
    )
    if found is None:
        raise Http404
    now = Licence.objects.on(day).filter(customer_id=found).values_list("number", flat=True)
    return found, now.first() or licence


def with_what_holds(customers: QuerySet, day: date) -> QuerySet:
    def holds(relation):
        return FilteredRelation(relation, condition=Q(**{f"{relation}__period__contains": day}))

    return customers.annotate(
        licence=holds("licences"), now=holds("properties"), assigned=holds("assignments")
    )


@dataclass(slots=True)
class Shop:
    """A shop as it stands on a day; texts are empty where nothing holds."""

    pk: int
    licence: str
    name: str
    format: str
    area: str
    scale: str
    route_id: int | None
    route: str
    department: str
    address: str = ""
    managers: list[str] = field(default_factory=list)
    weekdays: list[str] = field(default_factory=list)
    next_delivery: date | None = None
    # On the day as of which the shop was read, and on the one after.
    orders_today: bool = False
    orders_tomorrow: bool = False

    @property
    def facts(self) -> list[str]:
        """Format, area and scale in the reader's language."""
        pairs = (Format, self.format), (Area, self.area), (Scale, self.scale)
        return [str(kind(value).label) for kind, value in pairs if value]


def read_shops(customers: QuerySet, *, day: date, deliveries_after: date) -> dict[int, Shop]:
    """The shops of a queryset by id: in three queries, whatever their number.

    `day`: as of which their properties hold; `deliveries_after`: the next delivery is the first
    planned one after this day.
    """
    rows = with_what_holds(customers, day).values_list(
        "pk",
        "licence__number",
        "now__name",
        "now__format",
        "now__area",
        "now__scale",
        "assigned__route_id",
        "assigned__route__name",
        "assigned__route__department__name",
        "now__address",
    )
    shops = {}
    for pk, licence, name, format_, area, scale, route_id, *names in rows:
        texts = (value or "" for value in (licence, name, format_, area, scale))
        shops[pk] = Shop(pk, *texts, route_id, *(value or "" for value in names))
    _add_managers(shops.values(), day)
    _add_deliveries(shops, day, deliveries_after)
    return shops


def _add_managers(shops: Iterable[Shop], day: date) -> None:
    """Who serves the route on that day: its account manager first, then who stands in."""
    routes = {shop.route_id for shop in shops} - {None}
    posts = (
        Post.objects.on(day)
        .filter(role=Role.ACCOUNT_MANAGER, route_id__in=routes)
        .select_related("user")
        .order_by(F("substitute_for").asc(nulls_first=True), "pk")
    )
    names: dict[int, list[str]] = {}
    for post in posts:
        name = str(post.user)
        if post.substitute_for_id:
            name = _("%(name)s (stands in)") % {"name": name}
        names.setdefault(post.route_id, []).append(name)
    for shop in shops:
        shop.managers = names.get(shop.route_id, [])


def _add_deliveries(shops: dict[int, Shop], day: date, after: date) -> None:
    calendars: dict[int, list] = {}
    ahead = max(day, after) + timedelta(days=366)
    found = DeliveryCalendar.objects.filter(customer__in=shops).during(min(day, after), ahead)
    for entry in found.values_list(
        "customer_id", "period", "order_weekdays", "delivery_weekdays", named=True
    ):
        calendars.setdefault(entry.customer_id, []).append(entry)
    for pk, entries in calendars.items():
        calendar = periods.make_calendar(
            (entry.period.lower, entry.period.upper, entry.delivery_weekdays) for entry in entries
        )
        shops[pk].next_delivery = periods.next_delivery(calendar, after)
        shops[pk].weekdays = [
            str(WEEKDAYS_ABBR[weekday - 1])
            for entry in _holding(entries, day)
            for weekday in entry.delivery_weekdays
        ]
        shops[pk].orders_today = _orders_on(day, entries)
        shops[pk].orders_tomorrow = _orders_on(day + timedelta(days=1), entries)


def _holding(entries: list, day: date) -> list:
    return [
        entry
        for entry in entries
        if entry.period.lower <= day and (entry.period.upper or date.max) > day
    ]


def _orders_on(day: date, entries: list) -> bool:
    return any(day.isoweekday() in entry.order_weekdays for entry in _holding(entries, day))


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as a page names it; `barcode` is that of its pack, the newest design."""

    pk: int
    name: str
    brand: str
    barcode: str
    price_class: int
    packs_per_carton: int
    stage: str
    flags: tuple[str, ...]
    retail_price: Decimal
    brand_id: int

    @property
    def class_name(self) -> str:
        return str(PriceClass(self.price_class).label)

    @property
    def labels(self) -> list[str]:
        """Stage and management flags in the reader's language."""
        return [str(Stage(self.stage).label), *(str(Flag(flag).label) for flag in self.flags)]


def read_products(products: Collection[int], day: date) -> dict[int, ProductFacts]:
    """The products by id, in two queries; those without a pack's barcode have no page."""
    codes = dict(
        Barcode.objects.filter(product_id__in=products, kind=Barcode.Kind.PACK)
        .order_by("period")
        .values_list("product_id", "code")
    )
    # Tuples: there are hundreds of products on a page, and models cost ten times as much.
    best: dict[int, Any] = {}
    for row in ProductProperties.objects.filter(product_id__in=products).values_list(
        "product_id",
        "period",
        "price_class",
        "packs_per_carton",
        "stage",
        "flags",
        "retail_price",
        "product__name",
        "product__brand_id",
        "product__brand__name",
        named=True,
    ):
        known = best.get(row.product_id)
        if known is None or _nearness(row.period, day) > _nearness(known.period, day):
            best[row.product_id] = row
    return {
        pk: ProductFacts(
            pk=pk,
            name=row.product__name,
            brand=row.product__brand__name,
            barcode=codes.get(pk, ""),
            price_class=row.price_class,
            packs_per_carton=row.packs_per_carton,
            stage=row.stage,
            flags=tuple(row.flags),
            retail_price=row.retail_price,
            brand_id=row.product__brand_id,
        )
        for pk, row in best.items()
    }


def _nearness(period: DateRange, day: date) -> tuple[int, int]:
    """What holds on the day comes first, then the last that did, then the first that will."""
    start, end = period.lower, period.upper
    if start > day:
        return 0, -start.toordinal()
    return (2 if end is None or day < end else 1), start.toordinal()
