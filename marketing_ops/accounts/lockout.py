"""Guessing passwords is made slow: by name (django-axes, in the database) and by address.

Wrong passwords for one name lock that name for a time, wherever they came from; an office shares
one address, so an address is only stopped after many more.
"""

import logging
from datetime import datetime

from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Sum
from django.http import JsonResponse
from django.utils import timezone
from redis.exceptions import RedisError

from marketing_ops.accounts.models import User

log = logging.getLogger(__name__)

ADDRESS_FAILURES = 60  # wrong passwords from one address within the time of a lock


def client_address(request) -> str:
    """Where a request came from; behind the TLS front, the address that the front saw.

    Caddy writes X-Forwarded-For itself; only its last entry is its word.
    """
    if settings.BEHIND_FRONT:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if told:
            return told
    return request.META.get("REMOTE_ADDR", "")


def by_name(request, credentials=None) -> list[str]:
    """What axes counts failures by (settings.AXES_LOCKOUT_PARAMETERS)."""
    return ["username"]


def locked_until(username: str) -> datetime | None:
    """When the lock of that name ends; None where it is not locked."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    found = AccessAttempt.objects.filter(username=username, attempt_time__gt=since).aggregate(
        failures=Sum("failures_since_start"), last=Max("attempt_time")
    )
    if (found["failures"] or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    return found["last"] + settings.AXES_COOLOFF_TIME


def unlock(user: User) -> int:
    """Forget the wrong passwords for that name; how many there were."""
    attempts = AccessAttempt.objects.filter(username=user.username)
    failures = attempts.aggregate(failures=Sum("failures_since_start"))["failures"]
    attempts.delete()
    return failures or 0


def answer(request, response, credentials):
    """What a locked login is answered (settings.AXES_LOCKOUT_CALLABLE): 429, with the time."""
    until = locked_until((credentials or {}).get("username") or "")
    if response is None:
        response = JsonResponse({"detail": "Too many wrong passwords: wait, then try again."})
    response.status_code = 429
    if until is not None:
        seconds = (until - timezone.now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, int(seconds)))
    return response


class AddressGate:
    """Authentication backend, first in the list: an address with too many failures is refused."""

    def authenticate(self, request, **credentials):
        if request is not None and failures_from(client_address(request)) >= ADDRESS_FAILURES:
            raise PermissionDenied
        return None


class CountFailure:
    """Authentication backend, last in the list: who gets here had no right password."""

    def authenticate(self, request, **credentials):
        if request is not None:
            key = _key(client_address(request))
            try:
                cache.add(key, 0, settings.AXES_COOLOFF_TIME.total_seconds())
                cache.incr(key)
            except (RedisError, ValueError):
                log.warning("a failed login was not counted by its address: no cache")
        return None


def failures_from(address: str) -> int:
    """Of the last minutes; 0 where the cache is away, since the lock by name still holds."""
    try:
        return cache.get(_key(address), 0)
    except RedisError:
        return 0


def _key(address: str) -> str:
    return f"login-failures:{address}"
