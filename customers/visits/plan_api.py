"""Plan, schedule, meeting and bag in the API: what the pages do, for programs."""

from datetime import date

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response

from customers.api import NamedSerializer, shop_or_404
from customers.rest import ApiView
from customers.scope import Action, routes_of
from customers.visits import plan_words as words
from customers.visits.evidence import evidence_on
from customers.visits.models import BagItem, Meeting, MonthPlan, PlannedVisit
from customers.visits.pages.asked import month_of, own_route
from customers.visits.plan_month import month_view, months_of
from customers.visits.plan_queries import (
    BagLine,
    bag_of,
    departments_of,
    meetings_for,
    own_routes,
    schedule_on,
)
from customers.visits.plan_rights import may_with
from customers.visits.services import morning, planning
from customers.visits.services.drafting import draft_month
from marketing_ops.lib.periods import month as month_with
from marketing_ops.lib.rest.filters import read_day

DAY = OpenApiParameter("day", date, description="Without: today.")
ROUTE = OpenApiParameter("route", int, description="Id of a route; without: one's own.")
MONTH = OpenApiParameter("month", str, description="Such as 2024-07; without: the running one.")


class StopSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    licence_no = serializers.CharField(source="licence")
    name = serializers.CharField()
    address = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True, help_text="WGS-84")
    longitude = serializers.FloatField(allow_null=True, help_text="WGS-84")
    begins = serializers.CharField(help_text="HH:MM, about.")
    window = serializers.CharField(allow_null=True, help_text="When a visit suits the shop.")
    late = serializers.BooleanField(help_text="Too many: not over by the end of the day.")
    why = serializers.ListField(child=serializers.CharField())


class ScheduleSerializer(serializers.Serializer):
    day = serializers.DateField()
    standard = serializers.IntegerField(help_text="At least so many visits, for these shops.")
    minutes = serializers.IntegerField(source="rules.standard.minutes")
    way_minutes = serializers.IntegerField(source="table.way_minutes")
    ends_at = serializers.SerializerMethodField(help_text="HH:MM, about.")
    too_many = serializers.IntegerField(source="table.too_many")
    words = serializers.CharField(help_text="Whether the day is enough, in a sentence.")
    approved = serializers.SerializerMethodField()
    shops = StopSerializer(many=True, source="lines", help_text="In the order of the way.")

    def get_ends_at(self, schedule) -> str:
        return words.clock(schedule.table.ends_at)

    def get_approved(self, schedule) -> bool:
        return bool(schedule.plans) and not schedule.open_plans


class ScheduleOfDay(ApiView):
    """The schedule of a day: one's own, or that of a route which one leads."""

    requires = Action.SEE_VISITS
    serializer_class = ScheduleSerializer
    parameters = frozenset({"day", "route"})
    can_be_missing = True

    @extend_schema(parameters=[DAY, ROUTE])
    def get(self, request):
        day = read_day(request, "day") or self.today
        asked = request.query_params.get("route")
        if asked is None:
            routes = own_routes(request.user, day)
        elif asked.isdecimal() and len(asked) < 10:
            routes = [own_route(request.user, int(asked), on=self.today).pk]
        else:
            raise Http404
        return Response(self.get_serializer(schedule_on(routes, day)).data)


class RouteMonthSerializer(serializers.Serializer):
    route = NamedSerializer()
    managers = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(
        MonthPlan.Status.choices, source="plan.status", allow_null=True, default=None
    )
    visits = serializers.IntegerField()


class PlanList(ApiView):
    """The routes that one works on or leads, and how their plans of a month stand."""

    requires = Action.SEE_VISITS
    serializer_class = RouteMonthSerializer
    parameters = frozenset({"month"})
    can_be_missing = True

    @extend_schema(parameters=[MONTH], responses=RouteMonthSerializer(many=True))
    def get(self, request):
        asked = request.query_params.get("month")
        month = month_of(asked) if asked else self.today.replace(day=1)
        found = months_of(request.user, month, today=self.today)
        return Response(self.get_serializer(found, many=True).data)


class PlannedVisitSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    licence_no = serializers.CharField(source="licence")
    name = serializers.CharField()
    fixed = serializers.BooleanField(help_text="Put by a person.")


class PlannedDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    worked = serializers.BooleanField()
    standard = serializers.IntegerField()
    too_many = serializers.IntegerField()
    words = serializers.CharField()
    visits = PlannedVisitSerializer(many=True, help_text="In the order of the way.")


class PlannedShopSerializer(serializers.Serializer):
    licence_no = serializers.CharField(source="licence")
    name = serializers.CharField()
    wanted = serializers.IntegerField()
    planned = serializers.IntegerField()
    why = serializers.CharField()


class PlanSerializer(serializers.Serializer):
    route = NamedSerializer(source="plan.route")
    month = serializers.DateField(source="plan.month")
    status = serializers.ChoiceField(MonthPlan.Status.choices, source="plan.status")
    version = serializers.IntegerField(
        source="plan.version", help_text="Goes back with a change: it fails if somebody was faster."
    )
    reason = serializers.CharField(source="plan.reason")
    days = PlannedDaySerializer(many=True)
    shops = PlannedShopSerializer(many=True)


class ChangeSerializer(serializers.Serializer):
    version = serializers.IntegerField(required=False, min_value=1)
    why = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Needed once it is handed in."
    )


class MoveSerializer(ChangeSerializer):
    day = serializers.DateField()


class AddSerializer(MoveSerializer):
    licence_no = serializers.CharField(max_length=30)


class DecisionSerializer(ChangeSerializer):
    deed = serializers.ChoiceField(["submit", "approve", "return"])


class PlanView(ApiView):
    """What the addresses of one plan share."""

    requires = Action.PLAN_VISITS
    serializer_class = PlanSerializer

    def plan(self, route: int, month: str) -> MonthPlan:
        own = own_route(self.request.user, route, on=self.today)
        plans = MonthPlan.objects.select_related("route__department", "rules")
        return get_object_or_404(plans, route=own, month=month_of(month))

    def may(self, plan: MonthPlan):
        return may_with(self.request.user, plan.route, on=self.today)

    def changing(self, plan: MonthPlan) -> dict:
        """What every change is told; PermissionDenied: the plan is not theirs."""
        may = self.may(plan)
        if not may.change:
            raise PermissionDenied
        return {
            "by": self.request.user.get_username(),
            "today": self.today,
            "leads": may.lead,
            "version": self.told.get("version"),
            "why": self.told.get("why", ""),
        }

    def asked(self, kind) -> dict:
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        self.told = form.validated_data
        return self.told

    def do(self, deed, **told):
        try:
            return deed(**told)
        except planning.PlanError as problem:
            raise ValidationError([str(problem)]) from None

    def answer(self, plan: MonthPlan, code: int = status.HTTP_200_OK) -> Response:
        plan = self.plan(plan.route_id, f"{plan.month:%Y-%m}")
        return Response(PlanSerializer(month_view(plan, self.today)).data, status=code)


class PlanOfMonth(PlanView):
    """The plan of a route for a month. POST drafts it where there is none."""

    requires = Action.SEE_VISITS

    def get(self, request, route, month):
        return self.answer(self.plan(route, month))

    @extend_schema(request=None, responses={200: PlanSerializer, 201: PlanSerializer})
    def post(self, request, route, month):
        own, first = own_route(request.user, route, on=self.today), month_of(month)
        if not may_with(request.user, own, on=self.today).change:
            raise PermissionDenied
        if month_with(first).end < self.today:
            raise ValidationError([_("This month is over.")])
        plan = draft_month(
            route=own,
            month=first,
            by=request.user.get_username(),
            today=self.today,
            evidence=evidence_on(self.today),
            from_day=max(first, self.today),
        )
        made = status.HTTP_201_CREATED if plan.created else status.HTTP_200_OK
        return self.answer(plan, made)


class PlanDecision(PlanView):
    """Hand a plan in, approve it, or give it back with the reason."""

    requires = Action.SEE_VISITS

    @extend_schema(request=DecisionSerializer)
    def post(self, request, route, month):
        plan, told = self.plan(route, month), self.asked(DecisionSerializer)
        may, by, version = self.may(plan), request.user.get_username(), told.get("version")
        deed, why = told["deed"], told.get("why", "")
        if not (may.change if deed == "submit" else may.lead):
            raise PermissionDenied
        if deed == "submit":
            self.do(planning.submit, plan=plan, by=by, version=version)
        elif deed == "approve":
            self.do(planning.approve, plan=plan, by=by, version=version, why=why)
        else:
            self.do(planning.give_back, plan=plan, by=by, version=version, why=why)
        return self.answer(plan)


class PlanVisits(PlanView):
    """POST: one visit more."""

    @extend_schema(request=AddSerializer, responses={201: PlanSerializer})
    def post(self, request, route, month):
        plan, told = self.plan(route, month), self.asked(AddSerializer)
        customer = shop_or_404(self.customers, told["licence_no"])
        changing = self.changing(plan)
        self.do(planning.add, plan=plan, customer=customer, day=told["day"], **changing)
        return self.answer(plan, status.HTTP_201_CREATED)


class OnePlannedVisit(PlanView):
    """A planned visit: PATCH puts it on another day, DELETE takes it away, for a reason."""

    def _visit(self, number: int) -> PlannedVisit:
        return get_object_or_404(
            PlannedVisit.objects.select_related("plan__route"),
            pk=number,
            plan__route__in=routes_of(self.request.user, on=self.today),
        )

    @extend_schema(request=MoveSerializer)
    def patch(self, request, number):
        visit, told = self._visit(number), self.asked(MoveSerializer)
        self.do(planning.move, visit=visit, day=told["day"], **self.changing(visit.plan))
        return self.answer(visit.plan)

    @extend_schema(request=ChangeSerializer, responses={200: PlanSerializer})
    def delete(self, request, number):
        visit = self._visit(number)
        self.asked(ChangeSerializer)
        self.do(planning.remove, visit=visit, **self.changing(visit.plan))
        return self.answer(visit.plan)


class PartSerializer(serializers.Serializer):
    title = serializers.CharField()
    text = serializers.CharField()


class MeetingSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    department = NamedSerializer()
    day = serializers.DateField()
    parts = PartSerializer(many=True)
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True, help_text="When one confirmed reading.")


class MeetingList(ApiView):
    """The published morning meetings of the departments in which one works that day."""

    requires = Action.SEE_VISITS
    serializer_class = MeetingSerializer
    parameters = frozenset({"day"})

    @extend_schema(parameters=[DAY], responses=MeetingSerializer(many=True))
    def get(self, request):
        found = meetings_for(request.user, read_day(request, "day") or self.today)
        return Response(self.get_serializer(found, many=True).data)


class MeetingReceipt(ApiView):
    """POST: one has read the meeting; the first time counts."""

    requires = Action.MAKE_VISITS
    serializer_class = MeetingSerializer

    @extend_schema(request=None)
    def post(self, request, number):
        found = get_object_or_404(
            Meeting.objects.select_related("department", "published_by"),
            pk=number,
            published_at__isnull=False,
            department__in=departments_of(request.user, self.today),
        )
        found.read_at = morning.confirm_read(meeting=found, user=request.user).at
        return Response(self.get_serializer(found).data)


class BagLineSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="item.pk", read_only=True)
    words = serializers.CharField(source="item.words", read_only=True)
    kind = serializers.ChoiceField(BagItem.Kind.choices, source="item.kind", read_only=True)
    checked = serializers.BooleanField()


class BagOfDay(ApiView):
    """What belongs in one's bag on a day, and what of it is in."""

    requires = Action.MAKE_VISITS
    serializer_class = BagLineSerializer
    parameters = frozenset({"day"})

    @extend_schema(parameters=[DAY], responses=BagLineSerializer(many=True))
    def get(self, request):
        found = bag_of(request.user, read_day(request, "day") or self.today)
        return Response(self.get_serializer(found, many=True).data)


class TickSerializer(serializers.Serializer):
    checked = serializers.BooleanField()
    day = serializers.DateField(required=False, help_text="Without: today.")


class BagTick(ApiView):
    """PUT: tick an item of one's bag, or take the tick away."""

    requires = Action.MAKE_VISITS
    serializer_class = BagLineSerializer

    @extend_schema(request=TickSerializer)
    def put(self, request, number):
        form = TickSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        day = form.validated_data.get("day", self.today)
        line = next((one for one in bag_of(request.user, day) if one.item.pk == number), None)
        if line is None:
            raise Http404
        checked = form.validated_data["checked"]
        morning.check_bag(item=line.item, user=request.user, day=day, checked=checked)
        return Response(self.get_serializer(BagLine(line.item, checked)).data)
