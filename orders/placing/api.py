"""Calls and order rescues in the API."""

from datetime import date

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from customers.api import ShopNameSerializer, name_shops, shop_or_404
from customers.rest import ApiList, ApiView
from customers.scope import Action
from customers.visits.api import MakerSerializer
from marketing_ops.lib.rest.filters import Choice, Day, Declared, YesNo
from marketing_ops.lib.rest.paging import Key
from orders.placing import queries, services
from orders.placing.models import Call, Rescue

MOST_TEXT = 2000


class Conflicts(APIException):
    """Somebody was there before."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "already_done"


class CallSerializer(serializers.ModelSerializer):
    """Why a shop is called, and what came of it. `result` is empty while the call is due."""

    shop = ShopNameSerializer(source="named_shop")
    reasons = serializers.ListField(
        child=serializers.CharField(), source="said", help_text="In words."
    )
    facts = serializers.JSONField(source="reasons", help_text="Codes and packs.")
    result = serializers.ChoiceField(Call.Result.choices, allow_blank=True)
    called_by = MakerSerializer(allow_null=True)

    class Meta:
        model = Call
        fields = (
            "id", "shop", "kind", "day", "reasons", "facts", "made_at", "result", "result_text",
            "called_at", "called_by",
        )  # fmt: skip


class CallResultSerializer(serializers.Serializer):
    result = serializers.ChoiceField(
        [one for one in Call.Result.choices if one[0] != Call.Result.LAPSED]
    )
    text = serializers.CharField(required=False, allow_blank=True, max_length=MOST_TEXT)


class CallFilters(Declared):
    due = YesNo(label="Whether somebody still has to call; without: both.")
    kind = Choice(Call.Kind, label="Why.")
    day = Day(label="Of this day's order.")

    def narrowed(self, queryset, asked):
        if "due" in asked:
            queryset = queryset.filter(called_at__isnull=asked["due"] == "true")
        return queryset.filter(**{name: asked[name] for name in ("kind", "day") if name in asked})


class CallList(ApiList):
    """The calls to the person's shops, of the latest orders first."""

    requires = Action.MAKE_CALLS
    queryset = Call.objects.select_related("called_by")
    serializer_class = CallSerializer
    filterset_class = CallFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def get_queryset(self):
        return super().get_queryset().filter(customer__in=self.customers)

    def complete(self, rows):
        queries.describe(rows, self.today)


class OneCall(ApiView):
    """POST: the call was made, with its result. The same again changes nothing; another: 409."""

    requires = Action.MAKE_CALLS
    queryset = Call.objects.none()
    serializer_class = CallSerializer

    @extend_schema(request=CallResultSerializer, responses=CallSerializer)
    def post(self, request, number):
        if not Call.objects.filter(pk=number, customer__in=self.customers).exists():
            raise Http404
        form = CallResultSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = {"text": "", **form.validated_data}
        try:
            row = services.finish_call(call=number, **said, by=request.user, at=timezone.now())
        except services.AlreadyDone as error:
            raise Conflicts(str(error)) from error
        queries.describe([row], self.today)
        return Response(CallSerializer(row).data)


class RescueSerializer(serializers.ModelSerializer):
    """Who asked, the reason by customer service, and how it ended, each with its time."""

    shop = ShopNameSerializer(source="named_shop")
    asked_by = MakerSerializer()
    reason_by = MakerSerializer(allow_null=True)
    outcome_by = MakerSerializer(allow_null=True)
    outcome = serializers.ChoiceField(Rescue.Outcome.choices, allow_blank=True)
    minutes = serializers.IntegerField(allow_null=True, help_text="From the asking to the end.")

    class Meta:
        model = Rescue
        fields = (
            "id", "shop", "day", "trouble", "note", "asked_at", "asked_by", "reason", "reason_at",
            "reason_by", "outcome", "outcome_at", "outcome_by", "minutes",
        )  # fmt: skip


class AskRescueSerializer(serializers.Serializer):
    licence_no = serializers.CharField(max_length=30)
    trouble = serializers.ChoiceField(Rescue.Trouble.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=MOST_TEXT)


class RescueStepSerializer(serializers.Serializer):
    """Either the reason or how it ended."""

    reason = serializers.CharField(required=False, max_length=MOST_TEXT)
    outcome = serializers.ChoiceField(Rescue.Outcome.choices, required=False)

    def validate(self, attrs):
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give “reason” or “outcome”."))
        return attrs


class RescueFilters(Declared):
    day = Day(label="Of this day's order.")
    open = YesNo(label="Whether it is under way; without: both.")

    def narrowed(self, queryset, asked):
        if "day" in asked:
            queryset = queryset.filter(day=asked["day"])
        if "open" in asked:
            queryset = queryset.filter(outcome_at__isnull=asked["open"] == "true")
        return queryset


class RescueList(ApiList):
    """The order rescues of the person's shops. POST: ask for one, of today's order."""

    requires = Action.MAKE_CALLS
    can_be_missing = True
    queryset = Rescue.objects.select_related("asked_by", "reason_by", "outcome_by")
    serializer_class = RescueSerializer
    filterset_class = RescueFilters
    orderings = {"day": (Key("day", date, True), Key("pk"))}

    def get_queryset(self):
        return super().get_queryset().filter(customer__in=self.customers)

    def complete(self, rows):
        name_shops(rows, self.today)

    @extend_schema(request=AskRescueSerializer, responses=RescueSerializer)
    def post(self, request):
        form = AskRescueSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = {"note": "", **form.validated_data}
        row = services.ask_rescue(
            customer=shop_or_404(self.customers, said.pop("licence_no")),
            day=self.today,
            **said,
            by=request.user,
            at=timezone.now(),
        )
        name_shops([row], self.today)
        return Response(RescueSerializer(row).data)


class OneRescue(ApiView):
    """POST: customer service writes the reason, or the telephone desk closes it."""

    requires = Action.HANDLE_RESCUES
    queryset = Rescue.objects.none()
    serializer_class = RescueSerializer

    @extend_schema(
        operation_id="rescue_step", request=RescueStepSerializer, responses=RescueSerializer
    )
    def post(self, request, number):
        if not Rescue.objects.filter(pk=number, customer__in=self.customers).exists():
            raise Http404
        form = RescueStepSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        done = services.explain_rescue if "reason" in form.validated_data else services.close_rescue
        try:
            row = done(rescue=number, **form.validated_data, by=request.user, at=timezone.now())
        except services.AlreadyDone as error:
            raise Conflicts(str(error)) from error
        name_shops([row], self.today)
        return Response(RescueSerializer(row).data)
