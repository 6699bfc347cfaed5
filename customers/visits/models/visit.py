"""A visit as the phone sent it, and what could not be taken as one."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import CoordinateSystem, Customer


class Visit(models.Model):
    """One visit to one shop; its key is the UUID that the phone gave it.

    `body` is what was sent, without the places (Position, which are kept for a month) and without
    the confidential steps. Times are by our clock: `started_at` and `ended_at` are the phone's,
    moved by `clock_offset` seconds where the phone's clock was wrong.
    """

    class Kind(models.TextChoices):
        ON_SITE = "on_site", _("At the shop")
        PHONE = "phone", _("By telephone")

    class Missing(models.TextChoices):
        """Why there is no place."""

        DENIED = "denied", _("not allowed on the phone")
        UNAVAILABLE = "unavailable", _("no reception")
        TIMEOUT = "timeout", _("not found in time")
        UNSUPPORTED = "unsupported", _("the browser gives none")

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="visits", verbose_name=_("customer")
    )
    licence_no = models.CharField(_("licence number"), max_length=30)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits", verbose_name=_("made by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ON_SITE)
    day = models.DateField(_("day"))
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"))
    phone_started_at = models.DateTimeField(_("started, by the phone's clock"))
    phone_ended_at = models.DateTimeField(_("ended, by the phone's clock"))
    clock_offset = models.IntegerField(_("seconds that the phone's clock was behind"), default=0)
    unplanned_reason = models.TextField(_("why unplanned"), blank=True)
    body = models.JSONField(_("what was sent"))
    body_hash = models.BinaryField(max_length=32)
    client = models.CharField(_("version of the page"), max_length=60, blank=True)
    receipt = models.CharField(_("receipt"), max_length=12, unique=True)
    received_at = models.DateTimeField(_("received"))
    notes = models.JSONField(_("notes"), default=list)
    # Metres from the shop as it is known; they stay when the places themselves are erased.
    check_in_distance = models.PositiveIntegerField(_("metres at check-in"), null=True)
    check_out_distance = models.PositiveIntegerField(_("metres at check-out"), null=True)
    check_in_missing = models.CharField(_("no place at check-in"), max_length=12, choices=Missing)
    check_out_missing = models.CharField(_("no place at check-out"), max_length=12, choices=Missing)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["made_by", "day"], name="visit_of_person_on_day"),
            models.Index(fields=["customer", "-day"], name="visit_of_shop"),
            models.Index(fields=["day"], name="visit_on_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="visit_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {self.licence_no}"

    @property
    def answers(self) -> dict:
        """What was sent of each step, by its name; not the confidential ones."""
        return self.body.get("steps") or {}

    @property
    def minutes(self) -> float:
        return (self.ended_at - self.started_at).total_seconds() / 60


class Position(models.Model):
    """Where the phone was when a visit began or ended, within working hours; erased after a month.

    WGS-84; what the phone said in its own system is kept beside it.
    """

    class Moment(models.TextChoices):
        CHECK_IN = "check_in", _("check-in")
        CHECK_OUT = "check_out", _("check-out")

    visit = models.ForeignKey(
        Visit, models.CASCADE, related_name="positions", verbose_name=_("visit")
    )
    moment = models.CharField(_("moment"), max_length=9, choices=Moment)
    at = models.DateTimeField(_("when"))
    longitude = models.FloatField(
        _("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    latitude = models.FloatField(
        _("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    accuracy = models.FloatField(_("accuracy in metres"), null=True)
    coordinate_system = models.CharField(
        _("coordinate system"), max_length=6, choices=CoordinateSystem
    )
    raw_longitude = models.FloatField(_("longitude as received"))
    raw_latitude = models.FloatField(_("latitude as received"))

    class Meta:
        verbose_name = _("place of a visit")
        verbose_name_plural = _("places of visits")
        indexes = [models.Index(fields=["at"], name="position_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["visit", "moment"], name="position_once"),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180, longitude__lte=180)
                & Q(latitude__gte=-90, latitude__lte=90),
                name="position_on_earth",
            ),
        ]

    def __str__(self):
        return f"{self.visit_id} {self.moment}"


class Kept(models.Model):
    """A body that is kept exactly as it came, because it could not be taken as a visit."""

    body = models.BinaryField()
    body_hash = models.BinaryField(max_length=32)
    client = models.CharField(_("version of the page"), max_length=60, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    day = models.DateField(_("day"))
    received_at = models.DateTimeField(_("received"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        abstract = True


class Conflict(Kept):
    """Another body under the UUID of a visit that is there already: both are kept."""

    visit = models.ForeignKey(
        Visit, models.PROTECT, related_name="conflicts", verbose_name=_("visit")
    )

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "sent_by", "body_hash"], name="conflict_kept_once"
            )
        ]

    def __str__(self):
        return f"{self.visit_id}"


class SetAside(Kept):
    """A body that is no valid visit: `errors` = [{"place", "words"}] says where and why."""

    visit_id = models.UUIDField(_("visit"), db_index=True)
    licence_no = models.CharField(_("licence number"), max_length=60, blank=True)
    receipt = models.CharField(_("receipt"), max_length=12, unique=True)
    errors = models.JSONField(_("errors"))

    class Meta:
        verbose_name = _("visit set aside")
        verbose_name_plural = _("visits set aside")
        indexes = [models.Index(fields=["sent_by", "day"], name="set_aside_of_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["visit_id", "sent_by", "body_hash"], name="set_aside_once"
            )
        ]

    def __str__(self):
        return f"{self.visit_id}"
