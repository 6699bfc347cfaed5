"""Shops, events and oneself in the API."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from customers.filters import ShopFilters, matching
from customers.models import (
    Customer,
    CustomerProperties,
    DeliveryCalendar,
    Event,
    Licence,
    Post,
    RouteAssignment,
)
from customers.rest import ApiList, ApiView
from customers.scope import Action
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.rest.filters import Day, Declared, Text, YesNo, read_day
from marketing_ops.lib.rest.paging import Key

ON = OpenApiParameter("on", date, description="As things are on this day; without: today.")


class NamedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class ShopNameSerializer(serializers.Serializer):
    """A shop as others name it: the licence number can change, the id cannot."""

    id = serializers.IntegerField()
    licence_no = serializers.CharField(help_text="Empty: it never had one.")
    name = serializers.CharField()


def named_shops(customers: Collection[int], day: date) -> dict[int, dict]:
    """What ShopNameSerializer says of customers: as on a day, else the nearest before or after."""
    licences = Licence.objects.filter(customer_id__in=customers).order_by("customer_id", "period")
    names = CustomerProperties.objects.filter(customer_id__in=customers)
    numbers = _chosen(licences.values_list("customer_id", "number", "period"), day)
    texts = _chosen(
        names.order_by("customer_id", "period").values_list("customer_id", "name", "period"), day
    )
    return {
        pk: {"id": pk, "licence_no": numbers.get(pk, ""), "name": texts.get(pk, "")}
        for pk in customers
    }


def _chosen(rows: Iterable[tuple], day: date) -> dict[int, str]:
    """Of each owner's dated values, in order of time, the last that has begun by `day`."""
    found: dict[int, str] = {}
    for owner, value, period in rows:
        if owner not in found or period.lower is None or period.lower <= day:
            found[owner] = value
    return found


def name_shops(rows: Iterable, day: date) -> None:
    """Give each row with a `customer_id` its `named_shop`."""
    rows = list(rows)
    names = named_shops({row.customer_id for row in rows}, day)
    for row in rows:
        row.named_shop = names[row.customer_id]


def shop_or_404(customers: QuerySet, licence: str) -> int:
    """The id of the shop that has, or had, this licence number; of two, the one that had it last.

    Raises Http404 alike for a number that nobody has and for another's shop.
    """
    if "\0" not in licence:
        found = Licence.objects.filter(number=licence, customer__in=customers).order_by("-period")
        for pk in found.values_list("customer_id", flat=True)[:1]:
            return pk
    raise Http404


class ManagerSerializer(NamedSerializer):
    substitute = serializers.BooleanField()


class ShopSerializer(ShopNameSerializer):
    """A shop as it is on a day; what does not hold then is null or empty."""

    contact = serializers.CharField(source="facts.contact")
    format = serializers.CharField(source="facts.format")
    area = serializers.CharField(source="facts.area")
    scale = serializers.CharField(source="facts.scale")
    group = NamedSerializer(source="facts.group", allow_null=True)
    address = serializers.CharField(source="facts.address")
    longitude = serializers.FloatField(
        source="facts.longitude", allow_null=True, help_text="WGS-84"
    )
    latitude = serializers.FloatField(source="facts.latitude", allow_null=True, help_text="WGS-84")
    terminal = serializers.CharField(source="facts.terminal")
    information_point = serializers.BooleanField(source="facts.information_point")
    uploads = serializers.BooleanField(source="facts.uploads")
    department = NamedSerializer(allow_null=True)
    route = NamedSerializer(allow_null=True)
    managers = ManagerSerializer(many=True, help_text="Who serves the route, substitutes last.")
    order_weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="1 = Monday")
    delivery_weekdays = serializers.ListField(
        child=serializers.IntegerField(), help_text="1 = Monday"
    )
    opened_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)


NOTHING_KNOWN = CustomerProperties()


def describe(shops: list[Customer], day: date) -> None:
    """Give each customer what ShopSerializer says of it, as on `day`: five queries for all."""
    ids = [shop.pk for shop in shops]

    def on_the_day(model, *related):
        rows = model.objects.on(day).filter(customer_id__in=ids).select_related(*related)
        return {row.customer_id: row for row in rows}

    licences, facts = on_the_day(Licence), on_the_day(CustomerProperties, "group")
    calendars = on_the_day(DeliveryCalendar)
    assigned = on_the_day(RouteAssignment, "route__department")
    managers: dict[int, list] = {}
    posts = Post.objects.on(day).filter(
        role=Role.ACCOUNT_MANAGER, route_id__in={row.route_id for row in assigned.values()}
    )
    order = F("substitute_for").asc(nulls_first=True), "pk"
    for post in posts.select_related("user").order_by(*order):
        known = {"id": post.user_id, "name": str(post.user)}
        known["substitute"] = post.substitute_for_id is not None
        managers.setdefault(post.route_id, []).append(known)
    for shop in shops:
        licence, calendar = licences.get(shop.pk), calendars.get(shop.pk)
        shop.licence_no = licence.number if licence else ""
        shop.facts = facts.get(shop.pk, NOTHING_KNOWN)
        shop.name = shop.facts.name
        route = assigned[shop.pk].route if shop.pk in assigned else None
        shop.route, shop.department = route, route.department if route else None
        shop.managers = managers.get(route.pk, []) if route else []
        shop.order_weekdays = calendar.order_weekdays if calendar else []
        shop.delivery_weekdays = calendar.delivery_weekdays if calendar else []


class ShopListFilters(ShopFilters):
    on = Day(label="As the shops are on this day; without: today.")
    open = YesNo(label="Whether the shop is open on the day.")

    def narrowed(self, queryset, asked):
        view = self.request.parser_context["view"]
        view.day = asked.get("on", view.today)
        found = matching(queryset, asked, view.day, segments=lambda: view.segments_of(None))
        if "open" in asked:
            is_open = Q(opened_on__lte=view.day) & (
                Q(closed_on__isnull=True) | Q(closed_on__gte=view.day)
            )
            found = found.filter(is_open if asked["open"] == "true" else ~is_open)
        return found.annotate(
            licence=FilteredRelation("licences", condition=Q(licences__period__contains=view.day)),
            order_licence=Coalesce("licence__number", Value("")),
        )


class ShopList(ApiList):
    """The person's shops as they are on a day."""

    requires = Action.SEE_SHOPS
    queryset = Customer.objects.none()
    serializer_class = ShopSerializer
    filterset_class = ShopListFilters
    orderings = {
        "licence_no": (Key("order_licence", str), Key("pk")),
        "opened_on": (Key("opened_on", date), Key("pk")),
        "id": (Key("pk"),),
    }

    def get_queryset(self):
        return self.customers

    def complete(self, rows):
        describe(rows, self.day)


class ShopDetail(ApiView):
    """One shop, by its licence number: a present or a former one."""

    requires = Action.SEE_SHOPS
    serializer_class = ShopSerializer
    parameters = frozenset({"on"})

    @extend_schema(parameters=[ON])
    def get(self, request, licence_no):
        shop = Customer.objects.get(pk=shop_or_404(self.customers, licence_no))
        describe([shop], read_day(request, "on") or self.today)
        return Response(self.get_serializer(shop).data)


class EventSerializer(serializers.ModelSerializer):
    expected_factor = serializers.DecimalField(max_digits=5, decimal_places=3)
    shops = ShopNameSerializer(many=True, help_text="Those of the person's shops that it touches.")

    class Meta:
        model = Event
        fields = (
            "id", "title", "starts_on", "expected_end", "ended_on", "expected_factor",
            "received_at", "shops",
        )  # fmt: skip


class EventFilters(Declared):
    on = Day(label="Events that last on this day, as far as is known.")
    licence_no = Text(label="Events that touch this shop.")

    def narrowed(self, queryset, asked):
        if "on" in asked:
            queryset = queryset.filter(starts_on__lte=asked["on"]).filter(
                Q(ended_on__gte=asked["on"])
                | Q(ended_on__isnull=True, expected_end__gte=asked["on"])
            )
        if "licence_no" in asked:
            # Of the person's own: to ask for another's shop must not say which events touch it.
            own = self.request.parser_context["view"].customers
            had = Licence.objects.filter(number=asked["licence_no"], customer__in=own)
            queryset = queryset.filter(
                customer_ids__overlap=list(had.values_list("customer_id", flat=True))
            )
        return queryset


class EventList(ApiList):
    """What changes the demand around the person's shops for a time."""

    requires = Action.SEE_FIGURES
    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilters
    orderings = {"starts_on": (Key("starts_on", date, True), Key("pk"))}

    def get_queryset(self):
        events = Event.objects.known(None)
        if not self.customers.query.where:  # the whole district
            return events
        own = self.customers.values_list("pk", flat=True)
        return events.filter(customer_ids__overlap=list(own))

    def complete(self, rows):
        touched = {pk for row in rows for pk in row.customer_ids}
        own = set(self.customers.filter(pk__in=touched).values_list("pk", flat=True))
        names = named_shops(own, self.today)
        for row in rows:
            row.shops = [names[pk] for pk in sorted(own.intersection(row.customer_ids))]


class PostSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.choices)
    role_name = serializers.CharField(source="get_role_display")
    department = NamedSerializer(allow_null=True)
    route = NamedSerializer(allow_null=True)
    shop = ShopNameSerializer(allow_null=True, source="named_shop")
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    substitute = serializers.BooleanField()


class MeSerializer(serializers.Serializer):
    username = serializers.CharField()
    name = serializers.CharField(source="__str__")
    posts = PostSerializer(many=True, source="posts_today")


class Me(ApiView):
    """Who is asking, and with which posts today."""

    requires = Action.SEE_SHOPS
    serializer_class = MeSerializer

    def get(self, request):
        posts = list(
            Post.objects.on(self.today)
            .filter(user=request.user)
            .select_related("department", "route")
            .order_by("pk")
        )
        names = named_shops({post.customer_id for post in posts} - {None}, self.today)
        for post in posts:
            post.named_shop = names.get(post.customer_id)
            post.substitute = post.substitute_for_id is not None
        request.user.posts_today = posts
        return Response(self.get_serializer(request.user).data)
