"""Errors of the API: one form for all, in the reader's language, naming what is wrong."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler


class ErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Name of the parameter or field; empty: no single one.")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """Why there is no answer; `errors` names each parameter or field that is not right."""

    code = serializers.CharField(help_text="For programs: not_found, permission_denied, invalid …")
    detail = serializers.CharField(help_text="For people, in the language asked for.")
    errors = ErrorSerializer(many=True)


class NoSuchResults(APIException):
    """Nothing was computed for what was asked; `detail` says what to ask for instead."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "no_results"
    default_detail = gettext_lazy("There are no results of that day.")


def explain(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler: the same answers in our form; None for what is nobody's fault."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        errors = list(_flat(error.get_full_details()))
        detail = _("What was sent is not right: see “errors”.")
        response.data = {"code": "invalid", "detail": detail, "errors": errors}
    else:
        # Http404 and PermissionDenied of Django reach DRF's handler without a code of their own.
        said = response.data["detail"]
        response.data = {"code": said.code, "detail": _sayable(said), "errors": []}
    return response


def _sayable(text) -> str:
    """An error may quote what was sent: a half character (a lone surrogate) is no UTF-8."""
    return str(text).encode("utf-8", "replace").decode()


def _flat(details, field: str = "") -> Iterator[dict]:
    """The single errors of DRF's nested details, with the path to the field as its name."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        message = _sayable(details["message"])
        yield {"field": _sayable(field), "code": details["code"], "message": message}
    elif isinstance(details, dict):
        for name, inner in details.items():
            of_none = name == api_settings.NON_FIELD_ERRORS_KEY
            path = field if of_none else f"{field}.{name}" if field else str(name)
            yield from _flat(inner, path)
    else:
        for inner in details:
            yield from _flat(inner, field)
