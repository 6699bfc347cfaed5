"""Tokens of the API: asked for with name and password, listed and ended by their owner."""

from typing import ClassVar

from django.contrib.auth import authenticate
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from marketing_ops.accounts import lockout, second_factor, tokens
from marketing_ops.accounts.models import ApiToken, User
from marketing_ops.lib.rest.filters import refuse_unknown
from marketing_ops.lib.rest.language import Spoken


class AskSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=128, trim_whitespace=False, write_only=True, style={"input_type": "password"}
    )
    code = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="Of the second factor, for who has set one up: the app's, or a recovery code.",
    )
    label = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="What the token is for."
    )


class GivenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Send it as “Authorization: Bearer …”.")
    id = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters("password", "code"), name="dispatch")
class AskForToken(Spoken, GenericAPIView):
    """A token for name and password. It is shown this once and lasts for 30 days, or until its
    owner ends it, changes the password or is switched off.

    Wrong passwords lock the name for a while, here as at the login page.
    """

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []
    pagination_class = None
    filter_backends: ClassVar = []
    serializer_class = AskSerializer
    can_be_locked = True

    @extend_schema(responses={200: GivenSerializer})
    @sensitive_variables()
    def post(self, request):
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        user = self._person(request, said["username"], said["password"])
        self._second_factor(user, said.get("code", ""))
        now = timezone.now()
        token, text = tokens.issue(user, label=said.get("label", ""), now=now)
        given = {"token": text, "id": token.pk, "expires_at": token.expires_at}
        return Response(GivenSerializer(given).data)

    def _person(self, request, username: str, password: str) -> User:
        # Django's own request: what locks the login looks at its address.
        user = authenticate(request._request, username=username, password=password)
        if user is None:
            until = lockout.locked_until(username)
            if until is not None:
                raise Throttled(wait=(until - timezone.now()).total_seconds())
            address = lockout.client_address(request)
            if lockout.failures_from(address) >= lockout.ADDRESS_FAILURES:
                raise Throttled
            raise ValidationError(
                _("Name and password do not fit, or the person has no login (any more)."),
                code="wrong_login",
            )
        return user

    def _second_factor(self, user: User, code: str) -> None:
        if second_factor.device_of(user) is None:
            return
        if not code:
            message = _("This person logs in with a second factor: send its code, too.")
            raise ValidationError({"code": [message]}, code="required")
        outcome = second_factor.check(user, code)
        if outcome.wait_until is not None:
            raise Throttled(wait=(outcome.wait_until - timezone.now()).total_seconds())
        if not outcome.right:
            raise ValidationError(
                {"code": [_("This code is wrong, or was used already.")]}, code="wrong_code"
            )


class TokenSerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiToken
        fields = ("id", "label", "created_at", "last_used_at", "expires_at")


class OwnTokens(Spoken, GenericAPIView):
    """One's own tokens that are still good; nobody can read their text again."""

    permission_classes: ClassVar = [IsAuthenticated]
    pagination_class = None
    filter_backends: ClassVar = []
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    @extend_schema(responses={200: TokenSerializer(many=True)})
    def get(self, request):
        refuse_unknown(request, set())
        own = tokens.of(request.user, now=timezone.now())
        return Response(self.get_serializer(own, many=True).data)


class OwnToken(Spoken, GenericAPIView):
    """End one of one's own tokens, now and for good."""

    permission_classes: ClassVar = [IsAuthenticated]
    pagination_class = None
    filter_backends: ClassVar = []
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    @extend_schema(responses={204: OpenApiResponse(description="It is ended.")})
    def delete(self, request, number):
        now = timezone.now()
        token = next((one for one in tokens.of(request.user, now=now) if one.pk == number), None)
        if token is None:
            raise Http404
        tokens.end(token, now=now)
        return Response(status=status.HTTP_204_NO_CONTENT)
