"""The body of a visit: what is read of it, and how it is described.

Anything beyond what is described is kept with the visit and hinders nothing: pages older or newer
than the server go on sending.
"""

import threading
from datetime import UTC, datetime
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import CoordinateSystem
from customers.visits.answers import MOST_TEXT, SHA256
from customers.visits.models import Visit
from customers.visits.steps import visit_steps

_EARLIEST, _LATEST = datetime(2000, 1, 2, tzinfo=UTC), datetime(2099, 12, 30, tzinfo=UTC)
MOST_PHOTOS = 100


def _moment(**options) -> serializers.DateTimeField:
    return serializers.DateTimeField(validators=[_sensible], **options)


def _sensible(moment: datetime) -> None:
    if not _EARLIEST <= moment <= _LATEST:
        raise serializers.ValidationError(_("Give a time between 2000 and 2099."))


class PlaceSerializer(serializers.Serializer):
    """Where the phone was, or why that is not known. A place that makes no sense is left out and
    noted; it never holds up a visit."""

    latitude = serializers.FloatField(required=False, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, min_value=-180, max_value=180)
    accuracy = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=1e7, help_text="Metres."
    )
    coordinate_system = serializers.ChoiceField(CoordinateSystem.choices, required=False)
    at = _moment(required=False, allow_null=True)
    missing = serializers.ChoiceField(Visit.Missing.choices, required=False)

    def run_validation(self, data=serializers.empty):
        try:
            return super().run_validation(data)
        except serializers.ValidationError:
            return {"unreadable": True}


@lru_cache(maxsize=1)
def steps_serializer() -> type[serializers.Serializer]:
    """The answers of all steps of settings.VISIT_STEPS, by their names."""
    fields = {
        step.name: step.answer(required=False, help_text=step.item.value) for step in visit_steps()
    }
    about = "What was asked, seen and done, step by step; a step that was left out is not there."
    return type("StepsSerializer", (serializers.Serializer,), {"__doc__": about, **fields})


class LeastBody(serializers.Serializer):
    id = serializers.UUIDField(help_text="Made on the phone; the key of the visit.")
    licence_no = serializers.CharField(max_length=30)
    started_at = _moment(help_text="By the phone's clock, with its zone; without: Asia/Shanghai.")
    ended_at = _moment()


class _Body(LeastBody):
    kind = serializers.ChoiceField(Visit.Kind.choices, required=False)
    made_by = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=150,
        help_text="The login name of who made the visit: another login may not send it.",
    )
    client = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Version of the sending page."
    )
    check_in = PlaceSerializer(required=False, allow_null=True)
    check_out = PlaceSerializer(required=False, allow_null=True)
    unplanned_reason = serializers.CharField(required=False, allow_blank=True, max_length=MOST_TEXT)

    def validate(self, attrs):
        if attrs["ended_at"] < attrs["started_at"]:
            raise serializers.ValidationError({"ended_at": [_("It ends before it starts.")]})
        return attrs


@lru_cache(maxsize=1)
def body_serializer() -> type[serializers.Serializer]:
    fields = {
        "steps": steps_serializer()(required=False),
        "photos": serializers.ListField(
            child=serializers.RegexField(SHA256),
            required=False,
            max_length=MOST_PHOTOS,
            help_text="The SHA-256 of all photos of the visit, in hex.",
        ),
    }
    return type("VisitBodySerializer", (_Body,), {"__doc__": _Body.__doc__, **fields})


_kept = threading.local()


def read_body(body: dict) -> dict:
    """The body as Python values. Raises ValidationError.

    To make the serializer costs more than to run it, so each thread keeps one.
    """
    if not hasattr(_kept, "reader"):
        _kept.reader = body_serializer()()
    return _kept.reader.run_validation(body)
