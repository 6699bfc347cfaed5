"""A photo of a visit: known by its hash, received by a request of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Photo(models.Model):
    """What is expected (the visit names it) or received (the file is there), or both.

    A photo may arrive before its visit: so it has the visit's UUID and no foreign key, and belongs
    to who sent it. Another person's photo under the same UUID is not the visit's. The file lies
    under VAR_DIR/photos (services/photos.py) and is erased when its time is over; the row stays.
    """

    visit_id = models.UUIDField(_("visit"))
    sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    # The name of the step that it belongs to, empty for the visit as a whole.
    step = models.CharField(_("step"), max_length=40, blank=True)
    confidential = models.BooleanField(_("confidential"), default=False)
    expected = models.BooleanField(_("named by the visit"), default=False)
    media_type = models.CharField(_("kind of file"), max_length=20, blank=True)
    size = models.PositiveIntegerField(_("bytes"), null=True)
    received_at = models.DateTimeField(_("received"), null=True)
    erased_at = models.DateTimeField(_("erased"), null=True)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes = [
            # A photo used before has its hash twice.
            models.Index(fields=["sha256"], name="photo_by_hash"),
            models.Index(
                fields=["received_at"], condition=Q(erased_at=None), name="photo_kept_by_age"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["visit_id", "owner", "sha256"], name="photo_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="photo_hash_is_hex"
            ),
        ]

    def __str__(self):
        return self.sha256[:12]
