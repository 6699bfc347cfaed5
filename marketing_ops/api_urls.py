"""The addresses of the API, and what describes them. Each passes the gate (customers/rest.py), is
one's own (tokens), or is public: the description and the way to a token, and nothing else.

Shops go by their licence number and products by a barcode, as in files and on pages.
"""

from functools import lru_cache
from typing import ClassVar

from django.conf import settings
from django.http import Http404
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.utils.translation import override
from django.views.decorators.http import conditional_page
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from brands import api as brands
from customers import api as customers
from customers.rest import ApiList, ApiView
from customers.scope import Action
from customers.visits import api as visits
from customers.visits import api_confidential, api_day, api_kept, api_photos, plan_api
from inventory import api as inventory
from inventory.counts import api as counts
from inventory.indicators import api as indicators
from inventory.indicators import span_api
from inventory.quality import api as quality
from marketing_ops.accounts import api as accounts
from marketing_ops.home import api as home
from marketing_ops.lib.rest.language import Spoken
from marketing_ops.runs import api as runs
from marketing_ops.runs.models import Run
from orders import api as orders
from orders.indicators import api as order_indicators
from orders.placing import api as placing
from orders.quotas import api as quotas


class RunList(ApiList):
    """Imports and nights, the last one first."""

    requires = Action.SEE_RUNS
    queryset = Run.objects.all()
    serializer_class = runs.RunSerializer
    filterset_class = runs.RunFilters
    orderings = runs.ORDERINGS


class RunDetail(runs.OneRun, ApiView):
    """One import or night: what it did, how far it is, what went wrong."""

    requires = Action.SEE_RUNS


class Json(OpenApiJsonRenderer2):
    """Plain JSON, which any reader of YAML reads, too."""

    media_type = "application/json"
    format = "json"


class Schema(APIView):
    """The description of the API in OpenAPI. Public: it names addresses and fields, no data."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    renderer_classes: ClassVar = [Json, OpenApiYamlRenderer2]

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request):
        return Response(description())


@extend_schema(exclude=True)
class Unknown(Spoken):
    """What is no address of the API is said so in the API's form."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise Http404


@lru_cache(maxsize=1)
def description() -> dict:
    """The OpenAPI document, made once per process, in English."""
    with override("en"):
        return SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(public=True)


def _listed(view):
    """A list of what belongs to shops: it can be narrowed to a segment."""
    return view.as_view(segments_of=home.segments_of)


class _Sha256(StringConverter):
    regex = "[0-9a-f]{64}"


register_converter(_Sha256, "sha256")
_PLAN = "visits/plan/months/<int:route>/<str:month>"
_PAIR = "shops/<str:licence_no>/products/<str:barcode>"

urlpatterns = [
    path("schema/", conditional_page(Schema.as_view()), name="api-schema"),
    path("auth/token/", accounts.AskForToken.as_view(), name="api-token"),
    path("auth/tokens/", accounts.OwnTokens.as_view(), name="api-own-tokens"),
    path("auth/tokens/<int:number>/", accounts.OwnToken.as_view(), name="api-own-token"),
    path("me/", customers.Me.as_view(), name="api-me"),
    path("shops/", _listed(customers.ShopList), name="api-shops"),
    path("shops/<str:licence_no>/", customers.ShopDetail.as_view(), name="api-shop"),
    path(f"{_PAIR}/ledger/", inventory.Ledger.as_view(), name="api-ledger"),
    path(f"{_PAIR}/figures/", indicators.PairFigure.as_view(), name="api-pair-figures"),
    path(f"{_PAIR}/cycles/", indicators.PairCycles.as_view(), name="api-cycles"),
    path(
        f"{_PAIR}/recommendation/",
        quotas.PairRecommendation.as_view(),
        name="api-pair-recommendation",
    ),
    path("brands/", brands.BrandList.as_view(), name="api-brands"),
    path("products/", brands.ProductList.as_view(), name="api-products"),
    path("products/<str:barcode>/", brands.ProductDetail.as_view(), name="api-product"),
    path("events/", customers.EventList.as_view(), name="api-events"),
    path("result-sets/", indicators.ResultSetList.as_view(), name="api-result-sets"),
    path("figures/", _listed(indicators.FigureList), name="api-figures"),
    path("shop-figures/", _listed(home.ShopSumsList), name="api-shop-figures"),
    path("shop-periods/", span_api.SpanSumList.as_view(), name="api-shop-periods"),
    path("roll-ups/", indicators.RollupList.as_view(), name="api-roll-ups"),
    path("order-figures/", order_indicators.OrderFigureList.as_view(), name="api-order-figures"),
    path("social-figures/", order_indicators.SocialFigureList.as_view(), name="api-social-figures"),
    path("recommendations/", _listed(quotas.RecommendationList), name="api-recommendations"),
    path("quotas/", _listed(quotas.QuotaList), name="api-quotas"),
    path("order-lines/", _listed(orders.OrderLineList), name="api-order-lines"),
    path("findings/", _listed(quality.FindingList), name="api-findings"),
    path("flags/", _listed(quality.FlagList), name="api-flags"),
    path("detections/", _listed(quality.DetectionList), name="api-detections"),
    path("runs/", RunList.as_view(), name="api-runs"),
    path("runs/<int:number>/", RunDetail.as_view(), name="api-run"),
    path("visits/", visits.VisitList.as_view(), name="api-visits"),
    path("visits/day/", api_day.DayBundle.as_view(), name="api-visits-day"),
    path("visits/counts/", api_day.DayCounts.as_view(), name="api-visits-counts"),
    path("visits/session/", api_day.Session.as_view(), name="api-visits-session"),
    path("visits/set-aside/", api_kept.SetAsideList.as_view(), name="api-set-aside"),
    path(
        "visits/set-aside/<int:number>/", api_kept.SetAsideOne.as_view(), name="api-set-aside-one"
    ),
    path(
        "visits/confidential/",
        api_confidential.ConfidentialList.as_view(),
        name="api-confidential",
    ),
    path("visits/conflicts/", api_kept.ConflictList.as_view(), name="api-conflicts"),
    path("visits/conflicts/<int:number>/", api_kept.ConflictOne.as_view(), name="api-conflict"),
    path("visits/plan/schedule/", plan_api.ScheduleOfDay.as_view(), name="api-schedule"),
    path("visits/plan/months/", plan_api.PlanList.as_view(), name="api-plans"),
    path(f"{_PLAN}/", plan_api.PlanOfMonth.as_view(), name="api-plan"),
    path(f"{_PLAN}/decision/", plan_api.PlanDecision.as_view(), name="api-plan-decision"),
    path(f"{_PLAN}/visits/", plan_api.PlanVisits.as_view(), name="api-plan-visits"),
    path(
        "visits/plan/visits/<int:number>/",
        plan_api.OnePlannedVisit.as_view(),
        name="api-planned-visit",
    ),
    path("visits/plan/meetings/", plan_api.MeetingList.as_view(), name="api-meetings"),
    path(
        "visits/plan/meetings/<int:number>/read/",
        plan_api.MeetingReceipt.as_view(),
        name="api-meeting-read",
    ),
    path("visits/plan/bag/", plan_api.BagOfDay.as_view(), name="api-bag"),
    path("visits/plan/bag/<int:number>/", plan_api.BagTick.as_view(), name="api-bag-item"),
    path("visits/<uuid:visit_id>/", visits.VisitDetail.as_view(), name="api-visit"),
    path(
        "visits/<uuid:visit_id>/photos/<sha256:sha256>/",
        api_photos.OnePhoto.as_view(),
        name="api-visit-photo",
    ),
    path("stock-counts/", _listed(counts.StockCountList), name="api-stock-counts"),
    path("collection/days/", _listed(counts.CollectionDayList), name="api-collection-days"),
    path(
        "collection/days/<str:licence_no>/<str:day>/",
        counts.CollectionDay.as_view(),
        name="api-collection-day",
    ),
    path(
        "collection/weeks/<str:licence_no>/<str:day>/",
        counts.PointWeekSheet.as_view(),
        name="api-collection-week",
    ),
    path("calls/", placing.CallList.as_view(), name="api-calls"),
    path("calls/<int:number>/", placing.OneCall.as_view(), name="api-call"),
    path("rescues/", placing.RescueList.as_view(), name="api-rescues"),
    path("rescues/<int:number>/", placing.OneRescue.as_view(), name="api-rescue"),
    path("<path:rest>/", Unknown.as_view(), name="api-unknown"),
]
