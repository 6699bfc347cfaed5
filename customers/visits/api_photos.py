"""A visit's photos in the API: sent one by one, seen by few."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from customers.rest import ApiView
from customers.scope import Action
from customers.visits.models import Photo, Visit
from customers.visits.queries import may_see_confidential, may_send, visits_seen_by
from customers.visits.services import photos
from marketing_ops.lib.rest.errors import ProblemSerializer

PICTURES = ("image/jpeg", "image/webp", "image/png")


class Picture(BaseParser):
    """The bytes of a picture, one more than are taken at most."""

    media_type = "image/*"

    def parse(self, stream, media_type=None, parser_context=None):
        return stream.read(photos.MOST_BYTES + 1)


class AnyAccept(DefaultContentNegotiation):
    """A browser that asks for a picture does not ask for JSON, in which errors are told."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class NotTaken(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class NoRoom(APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE


class ReceivedPhotoSerializer(serializers.Serializer):
    """The photo is kept."""

    id = serializers.UUIDField(source="visit_id", help_text="Of the visit.")
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    state = serializers.SerializerMethodField(help_text="received")

    def get_state(self, photo) -> str:
        return "received"


_PATH = [
    OpenApiParameter("visit_id", OpenApiTypes.UUID, "path"),
    OpenApiParameter("sha256", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "path"),
]
_STEP = OpenApiParameter("X-Step", str, "header", description="The step that it belongs to.")


class OnePhoto(ApiView):
    """PUT: a photo, before or after its visit. GET: the picture, for who may see the visit."""

    requires = Action.SEE_VISITS
    serializer_class = ReceivedPhotoSerializer
    parser_classes = [Picture]
    content_negotiation_class = AnyAccept

    def allows(self, request):
        if request.method == "PUT":
            return may_send(request.user, on=self.today)
        return super().allows(request)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, no_store=True)
        return response

    @extend_schema(
        parameters=[*_PATH, _STEP],
        request={kind: OpenApiTypes.BINARY for kind in PICTURES},
        responses={
            201: OpenApiResponse(ReceivedPhotoSerializer, description="Kept."),
            200: OpenApiResponse(ReceivedPhotoSerializer, description="Was here already."),
            422: OpenApiResponse(
                ProblemSerializer,
                description="Not taken: “code” is hash, kind, location or too_large.",
            ),
            507: OpenApiResponse(
                ProblemSerializer,
                description="Not written (“code”: disk or not_written): send it later.",
            ),
        },
    )
    def put(self, request, visit_id, sha256):
        data = request.data if isinstance(request.data, bytes) else b""
        try:
            photo, new = photos.put(
                visit_id=visit_id,
                sha256=sha256,
                data=data,
                owner=request.user,
                step=request.headers.get("X-Step", ""),
                now=timezone.now(),
            )
        except photos.NotNow as error:
            raise NoRoom(error.words, error.code) from None
        except photos.Refused as error:
            raise NotTaken(error.words, error.code) from None
        return Response(self.get_serializer(photo).data, status=201 if new else 200)

    @extend_schema(
        parameters=_PATH, responses={(200, kind): OpenApiTypes.BINARY for kind in PICTURES}
    )
    def get(self, request, visit_id, sha256):
        photo = self._seen(request.user, visit_id, sha256)
        data = photos.read(photo) if photo else None
        if data is None:
            raise Http404
        response = HttpResponse(data, content_type=photo.media_type)
        response["Content-Disposition"] = "inline"
        return response

    def _seen(self, user, visit_id, sha256) -> Photo | None:
        own = Photo.objects.filter(visit_id=visit_id, sha256=sha256, owner=user).first()
        if own is not None:
            return own
        visit: Visit | None = visits_seen_by(user, on=self.today).filter(pk=visit_id).first()
        if visit is None:
            return None
        found = photos.of_visit(visit).filter(sha256=sha256).first()
        if found and found.confidential and not may_see_confidential(user, on=self.today):
            return None
        return found
