"""The day in the API: what the phone takes along, what the server has of it, and who is asking."""

import hashlib
import json
from datetime import date

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Q
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from customers.rest import ApiView
from customers.scope import Action
from customers.visits.api import PhotosCountSerializer
from customers.visits.bundle import bundle_of
from customers.visits.models import Conflict, Photo, SetAside, Visit
from customers.visits.steps import Item
from marketing_ops.lib.rest.filters import read_day
from marketing_ops.lib.rest.language import Spoken

DAY = OpenApiParameter("day", date, description="Without: today.")


class PersonSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()


class StandardSerializer(serializers.Serializer):
    visits = serializers.IntegerField(help_text="So many shops a day at least.")
    minutes = serializers.IntegerField(help_text="So many minutes each at least.")


class StepSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Its key in the “steps” of a visit.")
    item = serializers.ChoiceField(Item.choices)
    title = serializers.CharField()


class GoodSerializer(serializers.Serializer):
    barcode = serializers.CharField(help_text="Of the pack.")
    name = serializers.CharField()
    brand = serializers.CharField()
    price_class = serializers.IntegerField()
    packs_per_carton = serializers.IntegerField()
    wholesale_price = serializers.CharField(help_text="Yuan per carton.")
    retail_price = serializers.CharField(help_text="Yuan per carton.")
    flags = serializers.ListField(child=serializers.CharField())


class LastVisitSerializer(serializers.Serializer):
    day = serializers.DateField()
    by = serializers.CharField()
    words = serializers.CharField()


class PackedShopSerializer(serializers.Serializer):
    licence_no = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    contact = serializers.CharField()
    format = serializers.CharField()
    area = serializers.CharField()
    scale = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True, help_text="WGS-84")
    longitude = serializers.FloatField(allow_null=True, help_text="WGS-84")
    segment = serializers.CharField(allow_null=True)
    position = serializers.IntegerField(allow_null=True, help_text="In the order of travel.")
    planned = serializers.BooleanField()
    why = serializers.CharField(help_text="Why it is planned.")
    window = serializers.CharField(allow_null=True, help_text="Such as 09:30–11:00.")
    next_order = serializers.DateField(allow_null=True)
    next_delivery = serializers.DateField(allow_null=True)
    last_visit = LastVisitSerializer(allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField())
    steps = serializers.DictField(help_text="What each step takes along, by its name.")


class DayBundleSerializer(serializers.Serializer):
    """All that a phone needs for a day without a network."""

    user = PersonSerializer()
    day = serializers.DateField()
    made_at = serializers.DateTimeField()
    as_of = serializers.DateField(allow_null=True, help_text="The day of the figures.")
    standard = StandardSerializer()
    meeting = serializers.DictField(allow_null=True)
    bag = serializers.ListField(child=serializers.DictField())
    steps = StepSerializer(many=True)
    products = GoodSerializer(many=True)
    shops = PackedShopSerializer(many=True, help_text="The planned ones first.")


class DayBundle(ApiView):
    """The day of an account manager: all shops of the person, with what the visits need.

    The ETag says whether anything but `made_at` has changed.
    """

    requires = Action.MAKE_VISITS
    serializer_class = DayBundleSerializer
    parameters = frozenset({"day"})

    @extend_schema(parameters=[DAY])
    def get(self, request):
        day = read_day(request, "day") or self.today
        found = bundle_of(request.user, day, today=self.today)
        text = json.dumps(found, cls=DjangoJSONEncoder, sort_keys=True)
        made = {**found, "made_at": timezone.now()}
        etag = hashlib.sha256(f"{get_language()} {text}".encode()).hexdigest()[:32]
        return Response(made, headers={"ETag": quote_etag(etag)})


class CountsSerializer(serializers.Serializer):
    """What the server has of the person's day."""

    day = serializers.DateField()
    visits = serializers.IntegerField()
    photos = PhotosCountSerializer()
    set_aside = serializers.IntegerField(help_text="Set aside and not sent corrected since.")
    conflicts = serializers.IntegerField(help_text="Not settled.")


class DayCounts(ApiView):
    """How many visits and photos of one's own the server has of a day."""

    requires = Action.SEE_VISITS
    serializer_class = CountsSerializer
    parameters = frozenset({"day"})

    @extend_schema(parameters=[DAY])
    def get(self, request):
        day = read_day(request, "day") or self.today
        own = Visit.objects.filter(made_by=request.user, day=day)
        named = Photo.objects.filter(
            owner=request.user, expected=True, visit_id__in=own.values("pk")
        )
        kept = {"sent_by": request.user, "day": day, "settled_at": None}
        counts = {
            "day": day,
            "visits": own.count(),
            "photos": named.aggregate(
                expected=Count("pk"), received=Count("pk", filter=Q(received_at__isnull=False))
            ),
            "set_aside": SetAside.objects.filter(**kept).values("visit_id").distinct().count(),
            "conflicts": Conflict.objects.filter(**kept).count(),
        }
        return Response(counts)


class SessionSerializer(serializers.Serializer):
    user = PersonSerializer(allow_null=True, help_text="null: log in (again).")
    csrf = serializers.CharField(help_text="Goes into the header X-CSRFToken of what is sent.")


class Session(Spoken):
    """Who is logged in here, as a page asks when it is back on the net. Needs no login."""

    permission_classes = [AllowAny]
    serializer_class = SessionSerializer

    @extend_schema(responses=SessionSerializer)
    def get(self, request):
        user = request.user
        person = None
        if user.is_authenticated:
            person = {"id": user.pk, "username": user.get_username(), "name": str(user)}
        response = Response({"user": person, "csrf": get_token(request)})
        add_never_cache_headers(response)
        return response
