"""Tokens of the API: a person's key for programs, given once and kept as a hash only.

A token ends by itself on its last day, when its owner ends it, changes the password or is switched
off. So nothing has to be told when a password changes: the token remembers what it was made under.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from marketing_ops.accounts.models import ApiToken, User

PREFIX = "mo_"
LASTS = timedelta(days=30)
MOST = 20  # alive at a time, of one person
# How exact "last used" is: not every request is worth a write.
_USED_STEP = timedelta(minutes=10)
# How long it can be looked up that there was a token.
_KEPT = timedelta(days=365)


def issue(user: User, *, label: str, now: datetime) -> tuple[ApiToken, str]:
    """A new token and its text, which nobody can read again. The oldest above MOST ends."""
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        ApiToken.objects.filter(user=user, expires_at__lt=now - _KEPT).delete()
        alive = ApiToken.objects.filter(user=user, ended_at=None, expires_at__gt=now)
        surplus = alive.order_by("-created_at", "-pk").values_list("pk", flat=True)[MOST - 1 :]
        ApiToken.objects.filter(pk__in=list(surplus)).update(ended_at=now)
        token = ApiToken.objects.create(
            user=user,
            label=label,
            digest=_digest(text),
            password_mark=_mark(user),
            created_at=now,
            expires_at=now + LASTS,
        )
    return token, text


def find(text: str, *, now: datetime) -> ApiToken | None:
    """The living token with this text, with its user; None if there is none."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(text), ended_at=None, expires_at__gt=now)
        .first()
    )
    if token is None or not token.user.is_active or not lives(token):
        return None
    if token.last_used_at is None or token.last_used_at < now - _USED_STEP:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=now), pk=token.pk).update(
            last_used_at=now
        )
    return token


def of(user: User, *, now: datetime) -> list[ApiToken]:
    """A person's living tokens, the newest first."""
    alive = ApiToken.objects.select_related("user").filter(
        user=user, ended_at=None, expires_at__gt=now
    )
    return [token for token in alive.order_by("-created_at", "-pk") if lives(token)]


def lives(token: ApiToken) -> bool:
    """Whether the password is still the one under which the token was made."""
    return constant_time_compare(token.password_mark, _mark(token.user))


def end(token: ApiToken, *, now: datetime) -> None:
    """End a token for good; ending it again changes nothing."""
    ApiToken.objects.filter(pk=token.pk, ended_at=None).update(ended_at=now)


def end_all(user: User, *, now: datetime) -> int:
    """End all of a person's tokens; how many there were."""
    return ApiToken.objects.filter(user=user, ended_at=None, expires_at__gt=now).update(
        ended_at=now
    )


def _digest(text: str) -> str:
    # The text is random and long: nothing is to be won by a slow hash.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _mark(user: User) -> str:
    return sha256(user.get_session_auth_hash().encode()).hexdigest()
