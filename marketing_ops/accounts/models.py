"""People. What a person does, and since when, is a post (customers.Post), not a field here."""

import hashlib

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

# The first sign that is found counts: Edge and WeChat also call themselves Chrome, Chrome Safari.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


class User(AbstractUser):
    """A person, with or without a login (no usable password: known by name only)."""

    display_name = models.CharField(_("name"), max_length=60, blank=True)
    first_name = None
    last_name = None

    REQUIRED_FIELDS = []

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.display_name or self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class Session(AbstractBaseSession):
    """A login on one device: whose it is, since when, and when it was last used.

    Kept by sessions.SessionStore; a row without a person is a visitor who is about to log in.
    """

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("person")
    )
    started_at = models.DateTimeField(_("logged in"))
    seen_at = models.DateTimeField(_("last used"))
    address = models.CharField(_("address"), max_length=45, blank=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-seen_at"]

    def __str__(self):
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def name(self) -> str:
        """What a page may call it: whoever reads the key could take the session over."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]

    @property
    def device(self) -> str:
        """Browser and system in words, as far as the browser's own name tells."""
        known = [name for sign, name in _BROWSERS if sign in self.agent][:1]
        known += [name for sign, name in _SYSTEMS if sign in self.agent][:1]
        return " · ".join(known) or str(_("Unknown browser"))


class ApiToken(models.Model):
    """A person's key for programs (tokens.py): its text is known to its owner only."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="api_tokens", verbose_name=_("person")
    )
    label = models.CharField(_("what it is for"), max_length=60, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    # Of the password under which it was made: with another password it is void.
    password_mark = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = [models.Index(fields=["user", "-created_at"], name="api_token_of_person")]

    def __str__(self):
        return f"{self.user_id} {self.label}"
