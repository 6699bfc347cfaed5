"""Who did what, when and why. Append-only (a database trigger refuses everything else).

Text references and no foreign keys: an entry outlives what it speaks of.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("what"), max_length=80)
    subject = models.CharField(_("of what"), max_length=200, db_index=True)
    why = models.TextField(_("why"), blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-id"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}: {self.action} {self.subject}"
