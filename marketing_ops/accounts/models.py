"""People. What a person does, and since when, is a post (customers.Post), not a field here."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


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
