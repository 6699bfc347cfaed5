"""How the API knows who asks by token: `Authorization: Bearer <token>` (or `Token <token>`)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from marketing_ops.accounts import tokens

KEYWORDS = {b"bearer", b"token"}


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request):
        keyword, _space, text = get_authorization_header(request).partition(b" ")
        if keyword.lower() not in KEYWORDS:
            return None
        token = tokens.find(text.strip().decode("latin-1"), now=timezone.now())
        if token is None:
            raise AuthenticationFailed(
                _("This token is not valid (any more): ask for a new one at /api/auth/token/.")
            )
        return token.user, token

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "From /api/auth/token/."}
