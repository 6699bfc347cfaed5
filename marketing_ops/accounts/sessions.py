"""Sessions that know whose they are, so that they can be listed and ended.

A session ends when its person logs out, ends it from the list, changes the password or is switched
off; when it was not used for SESSION_IDLE_SECONDS; and SESSION_COOKIE_AGE after the login.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from marketing_ops.accounts.lockout import client_address
from marketing_ops.accounts.models import Session, User

# A row is written at most this often only to say that the session is in use.
SEEN_EVERY = timedelta(minutes=1)
ENDED = "ended"

_STARTED, _ADDRESS, _AGENT = "_started", "_address", "_agent"


class SessionStore(DatabaseStore):
    """The engine that settings.SESSION_ENGINE names."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls):
        return Session

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self.seen_at = row.seen_at if row else None
        return row

    def create_model_instance(self, data):
        now = timezone.now()
        user = data.get(SESSION_KEY)
        if user is not None:
            data.setdefault(_STARTED, now.isoformat())
        row = super().create_model_instance(data)
        row.user_id = user and int(user)
        row.started_at = datetime.fromisoformat(data.get(_STARTED, now.isoformat()))
        row.seen_at = self.seen_at = now
        row.address = data.get(_ADDRESS, "")
        row.agent = data.get(_AGENT, "")
        return row

    @property
    def over(self) -> bool:
        """Whether it was left unused too long, or is too old."""
        now = timezone.now()
        started = self.get(_STARTED)
        idle = timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return (self.seen_at is not None and now - self.seen_at >= idle) or (
            started is not None and now - datetime.fromisoformat(started) >= longest
        )


def watch(get_response):
    """Middleware: end what was left alone too long, note what is in use."""

    def middleware(request):
        session = request.session
        if session.session_key and session.get(SESSION_KEY) is not None:
            if session.over:
                session.flush()
                session[ENDED] = True  # the login page says why one sees it again
            elif timezone.now() - session.seen_at >= SEEN_EVERY:
                Session.objects.filter(pk=session.session_key).update(seen_at=timezone.now())
        return get_response(request)

    return middleware


def describe(request) -> None:
    """Note in the session from where it is, for its person to recognise it in the list."""
    request.session[_ADDRESS] = client_address(request)
    request.session[_AGENT] = request.headers.get("User-Agent", "")[:300]


def of(user: User):
    """The person's sessions that are still open, the one used last first."""
    now = timezone.now()
    return Session.objects.filter(
        user=user,
        expire_date__gt=now,
        seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
    )


def end(user: User, name: str) -> bool:
    """End the person's session of that name (Session.name); whether there was one."""
    found = [row.pk for row in of(user) if row.name == name]
    return bool(Session.objects.filter(pk__in=found).delete()[0])


def end_all(user: User, *, but: str | None = None) -> int:
    """End the person's sessions, all but the one with the key `but`; how many there were."""
    return Session.objects.filter(user=user).exclude(pk=but or "").delete()[0]


def sweep() -> None:
    """Delete what nobody can use any more."""
    SessionStore.clear_expired()
