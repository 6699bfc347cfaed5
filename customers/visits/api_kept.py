"""What could not be taken as a visit, in the API: set aside or in conflict, and settled."""

from datetime import datetime

from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from customers.rest import ApiList, ApiView
from customers.scope import Action
from customers.visits.api import MakerSerializer, PlacedErrorSerializer
from customers.visits.models import Conflict, SetAside
from customers.visits.queries import kept_seen_by, may_see_confidential
from customers.visits.rules.arrival import storable
from customers.visits.services import kept
from customers.visits.services.photos import secret_steps
from marketing_ops.lib.rest.filters import Day, Declared, YesNo
from marketing_ops.lib.rest.paging import Key


class KeptSerializer(serializers.ModelSerializer):
    """A body that is kept beside the visits. Its content is for who sent it."""

    number = serializers.IntegerField(source="pk")
    id = serializers.UUIDField(source="visit_id", help_text="The UUID that it came under.")
    sent_by = MakerSerializer()
    body = serializers.SerializerMethodField()

    def get_body(self, row) -> dict | None:
        own = row.sent_by_id == self.context["request"].user.pk
        return storable(kept.body_of(row)) if own else None


_KEPT = ("number", "id", "day", "received_at", "sent_by", "client", "settled_at", "body")


class SetAsideSerializer(KeptSerializer):
    errors = serializers.SerializerMethodField(
        help_text="Of confidential steps only for who sent it and who may see what they say."
    )

    @extend_schema_field(PlacedErrorSerializer(many=True))
    def get_errors(self, row) -> list[dict]:
        if row.sent_by_id == self.context["request"].user.pk or self._sees_all:
            return row.errors
        secret = tuple(f"steps.{name}" for name in secret_steps())
        return [error for error in row.errors if not error["place"].startswith(secret)]

    @cached_property
    def _sees_all(self) -> bool:
        view = self.context["view"]
        return may_see_confidential(view.request.user, on=view.today)

    class Meta:
        model = SetAside
        fields = (*_KEPT, "licence_no", "receipt", "errors")


class ConflictSerializer(KeptSerializer):
    receipt = serializers.CharField(
        source="visit.receipt", help_text="Of the visit that came first."
    )

    class Meta:
        model = Conflict
        fields = (*_KEPT, "receipt")


class KeptFilters(Declared):
    day = Day(label="The day that the visit says.")
    settled = YesNo(label="Whether it is settled; without: both.")

    def narrowed(self, queryset, asked):
        if "day" in asked:
            queryset = queryset.filter(day=asked["day"])
        if "settled" in asked:
            queryset = queryset.filter(settled_at__isnull=asked["settled"] == "false")
        return queryset


class KeptList(ApiList):
    requires = Action.SEE_VISITS
    filterset_class = KeptFilters
    orderings = {"received_at": (Key("received_at", datetime, True), Key("pk"))}

    def get_queryset(self):
        found = kept_seen_by(self.queryset.model, self.request.user, on=self.today)
        return found.select_related("sent_by")


class SetAsideList(KeptList):
    """What was set aside because it is no valid visit, with the place and the reason."""

    queryset = SetAside.objects.none()
    serializer_class = SetAsideSerializer


class ConflictList(KeptList):
    """Other bodies under the UUID of a visit that was there already."""

    queryset = Conflict.objects.none()
    serializer_class = ConflictSerializer

    def get_queryset(self):
        return super().get_queryset().select_related("visit")


class KeptOne(ApiView):
    """POST: settled, by who sent it. Nothing is deleted."""

    requires = Action.SEE_VISITS

    def post(self, request, number):
        own = self.queryset.model.objects.filter(pk=number, sent_by=request.user)
        if not own.exists():
            raise Http404
        row = kept.settle(own.get(), by=request.user, now=timezone.now())
        return Response(self.get_serializer(row).data)


class SetAsideOne(KeptOne):
    """POST: what was set aside is settled, by who sent it. Nothing is deleted."""

    queryset = SetAside.objects.none()
    serializer_class = SetAsideSerializer

    @extend_schema(request=None, responses=SetAsideSerializer)
    def post(self, request, number):
        return super().post(request, number)


class ConflictOne(KeptOne):
    """POST: a conflict is settled, by who sent it. Both bodies stay."""

    queryset = Conflict.objects.none()
    serializer_class = ConflictSerializer

    @extend_schema(request=None, responses=ConflictSerializer)
    def post(self, request, number):
        return super().post(request, number)
