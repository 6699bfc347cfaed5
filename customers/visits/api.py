"""Visits in the API: sent once or often, listed, and looked at. See services/receive.py."""

from datetime import date, datetime

from django.core.exceptions import RequestDataTooBig
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from customers.api import ShopNameSerializer, name_shops
from customers.models import CoordinateSystem, Licence
from customers.rest import ApiList, ApiView
from customers.scope import Action
from customers.visits.body import body_serializer
from customers.visits.models import Conflict, Photo, Position, Visit
from customers.visits.queries import may_see_confidential, may_send, visits_seen_by
from customers.visits.services.receive import Arrival, receive
from marketing_ops.lib.rest.filters import Choice, Day, Declared, Text
from marketing_ops.lib.rest.paging import Key
from marketing_ops.lib.rest.parsers import Json


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("This is too large for a visit.")


class PhotosStandingSerializer(serializers.Serializer):
    expected = serializers.IntegerField()
    received = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="SHA-256, in hex.")


class ReceiptSerializer(serializers.Serializer):
    """The visit is kept. The first four are the same, whenever it is sent again."""

    id = serializers.UUIDField()
    receipt = serializers.CharField()
    received_at = serializers.DateTimeField()
    state = serializers.CharField(help_text="accepted")
    photos = PhotosStandingSerializer()
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What was left out or corrected, in words."
    )


class ConflictAnswerSerializer(serializers.Serializer):
    """Another body is there under this UUID. Both are kept."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="conflict")
    kept = serializers.CharField(allow_null=True, help_text="Receipt of the first, if one's own.")
    conflict = serializers.IntegerField(help_text="Number under which this one is kept.")
    detail = serializers.CharField()


class PlacedErrorSerializer(serializers.Serializer):
    place = serializers.CharField(help_text="Such as steps.market.prices[3].price")
    words = serializers.CharField()


class SetAsideAnswerSerializer(serializers.Serializer):
    """No valid visit: kept as it came, and to be sent again corrected, under the same UUID."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="set_aside")
    receipt = serializers.CharField()
    errors = PlacedErrorSerializer(many=True)


SENT_AT = OpenApiParameter(
    "X-Sent-At",
    datetime,
    OpenApiParameter.HEADER,
    description="The phone's clock at the moment of sending: by it wrong times are corrected.",
)


class MakerSerializer(serializers.Serializer):
    username = serializers.CharField()
    name = serializers.CharField(source="__str__")


class PhotosCountSerializer(serializers.Serializer):
    expected = serializers.IntegerField()
    received = serializers.IntegerField()


class VisitSerializer(serializers.ModelSerializer):
    shop = ShopNameSerializer(source="named_shop", help_text="As it was on the day.")
    made_by = MakerSerializer()
    minutes = serializers.FloatField()
    notes = serializers.ListField(child=serializers.CharField())
    check_in_missing = serializers.ChoiceField(Visit.Missing.choices, allow_blank=True)
    check_out_missing = serializers.ChoiceField(Visit.Missing.choices, allow_blank=True)
    photos = PhotosCountSerializer(source="photo_counts")
    conflicts = serializers.IntegerField(
        source="open_conflicts", help_text="Other bodies under its UUID, still unsettled."
    )

    class Meta:
        model = Visit
        fields = (
            "id", "receipt", "received_at", "shop", "licence_no", "made_by", "kind", "day",
            "started_at", "ended_at", "minutes", "clock_offset", "unplanned_reason",
            "check_in_distance", "check_out_distance", "check_in_missing", "check_out_missing",
            "notes", "photos", "conflicts",
        )  # fmt: skip


class Whose(models.TextChoices):
    OWN = "own"
    ALL = "all"


class State(models.TextChoices):
    ACCEPTED = "accepted"
    CONFLICT = "conflict"


class VisitFilters(Declared):
    day = Day(label="The day of the visit.")
    licence_no = Text(label="Visits to this shop, by a present or former number.", max_length=30)
    whose = Choice(
        Whose,
        label="own (without: that), or all that one sees.",
    )
    made_by = Text(label="Login name of who made it; of those that one sees.", max_length=150)
    state = Choice(
        State,
        label="conflict: another body came under the same UUID and is not settled.",
    )

    def narrowed(self, queryset, asked):
        if asked.get("whose", Whose.OWN) == Whose.OWN and "made_by" not in asked:
            queryset = queryset.filter(made_by=self.request.user)
        if "made_by" in asked:
            queryset = queryset.filter(made_by__username=asked["made_by"])
        if "day" in asked:
            queryset = queryset.filter(day=asked["day"])
        if "licence_no" in asked:
            had = Licence.objects.filter(number=asked["licence_no"])
            queryset = queryset.filter(customer__in=had.values("customer_id"))
        if asked.get("state") == State.CONFLICT:
            open_ones = Conflict.objects.filter(visit=OuterRef("pk"), settled_at=None)
            queryset = queryset.filter(Exists(open_ones))
        return queryset


def photos_shown(user, *, on: date) -> QuerySet[Photo]:
    """The photos that visits name, as far as `user` may know of them: those of confidential steps
    are for who took them and who may see what is told in confidence."""
    named = Photo.objects.filter(expected=True)
    if may_see_confidential(user, on=on):
        return named
    return named.filter(Q(confidential=False) | Q(owner=user.pk))


def complete(rows: list[Visit], shown: QuerySet[Photo]) -> None:
    """Give visits what VisitSerializer wants, with counts of the photos `shown`: in four queries
    for all of them."""
    keys = [row.pk for row in rows]
    counted = shown.filter(visit_id__in=keys).values_list("visit_id", "owner")
    counts = {
        (visit, owner): {"expected": expected, "received": received}
        for visit, owner, expected, received in counted.annotate(
            named=Count("pk"), here=Count("pk", filter=Q(received_at__isnull=False))
        )
    }
    conflicts = dict(
        Conflict.objects.filter(visit__in=keys, settled_at=None)
        .values_list("visit")
        .annotate(Count("pk"))
    )
    for day in {row.day for row in rows}:
        name_shops([row for row in rows if row.day == day], day)
    nothing = {"expected": 0, "received": 0}
    for row in rows:
        row.photo_counts = counts.get((row.pk, row.made_by_id), nothing)
        row.open_conflicts = conflicts.get(row.pk, 0)


class VisitList(ApiList):
    """GET: the visits that the person made (or sees). POST: a visit, perhaps made hours ago."""

    requires = Action.SEE_VISITS
    queryset = Visit.objects.none()
    serializer_class = VisitSerializer
    filterset_class = VisitFilters
    parser_classes = [Json]
    orderings = {"started_at": (Key("started_at", datetime, True), Key("receipt", str))}

    def allows(self, request):
        if request.method == "POST":
            return may_send(request.user, on=self.today)
        return super().allows(request)

    def get_queryset(self):
        seen = visits_seen_by(self.request.user, on=self.today)
        return seen.select_related("made_by").defer("body")

    def complete(self, rows):
        complete(rows, photos_shown(self.request.user, on=self.today))

    @extend_schema(
        request=body_serializer(),
        parameters=[SENT_AT],
        responses={
            201: OpenApiResponse(ReceiptSerializer, description="Kept."),
            200: OpenApiResponse(ReceiptSerializer, description="Was here already."),
            409: ConflictAnswerSerializer,
            413: OpenApiResponse(description="Larger than 2.5 MB."),
            422: SetAsideAnswerSerializer,
        },
    )
    def post(self, request):
        try:
            raw = request.body
        except RequestDataTooBig:
            raise TooLarge from None
        code, answer = receive(
            Arrival(
                raw=raw,
                body=request.data,
                by=request.user,
                sent_at=read_sent_at(request),
                received_at=timezone.now(),
            )
        )
        return Response(answer, status=code)


def read_sent_at(request) -> datetime | None:
    """The phone's clock; None where it is not said or makes no sense."""
    try:
        said = datetime.fromisoformat(request.headers.get("X-Sent-At", ""))
    except ValueError:
        return None
    return said if said.tzinfo is not None and 2000 <= said.year < 2100 else None


class PositionSerializer(serializers.ModelSerializer):
    coordinate_system = serializers.ChoiceField(
        CoordinateSystem.choices, help_text="Of the place as received; this one is WGS-84."
    )

    class Meta:
        model = Position
        fields = ("moment", "at", "longitude", "latitude", "accuracy", "coordinate_system")


class OnePhotoSerializer(serializers.ModelSerializer):
    received = serializers.BooleanField()
    erased = serializers.BooleanField()
    used_before = serializers.BooleanField(help_text="Another visit has the same photo.")

    class Meta:
        model = Photo
        fields = ("sha256", "step", "size", "received", "erased", "used_before")


class WholeVisitSerializer(VisitSerializer):
    steps = serializers.JSONField(
        source="answers",
        help_text="What was sent of each step, as for POST; of confidential ones nothing.",
    )
    positions = PositionSerializer(many=True, help_text="Kept for 30 days.", source="places")
    photo_list = OnePhotoSerializer(many=True)

    class Meta(VisitSerializer.Meta):
        fields = (*VisitSerializer.Meta.fields, "steps", "positions", "photo_list")


class VisitDetail(ApiView):
    """One visit with all that was sent, but for what was told in confidence."""

    requires = Action.SEE_VISITS
    serializer_class = WholeVisitSerializer

    @extend_schema(parameters=[OpenApiParameter("visit_id", OpenApiTypes.UUID, "path")])
    def get(self, request, visit_id):
        seen = visits_seen_by(request.user, on=self.today).select_related("made_by")
        visit = seen.filter(pk=visit_id).first()
        if visit is None:
            raise Http404
        shown = photos_shown(request.user, on=self.today)
        complete([visit], shown)
        visit.places = list(visit.positions.order_by("at"))
        own = shown.filter(visit_id=visit.pk, owner=visit.made_by_id)
        again = Photo.objects.filter(sha256=OuterRef("sha256")).exclude(visit_id=visit.pk)
        visit.photo_list = list(own.annotate(used_before=Exists(again)).order_by("pk"))
        for photo in visit.photo_list:
            photo.received = photo.received_at is not None
            photo.erased = photo.erased_at is not None
        return Response(self.get_serializer(visit).data)
