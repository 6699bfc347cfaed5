"""The daily ledger (进销存): one immutable, versioned document per shop and day.

A document is never changed: what is received later for the same shop and day is a further version.
Its rows are bytes (inventory/documents.py); the SQL view `inventory_ledger_row` shows them as rows.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Source(models.Model):
    """Where a shop's day came from."""

    class Kind(models.TextChoices):
        POS = "pos", _("Point-of-sale upload")
        GROUP = "group", _("Group file")
        MANUAL = "manual", _("Manual collection")
        COUNT = "count", _("Stock count at a visit")

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    # A complete source's absent product had no stock and no sale; without that declaration it was
    # not observed.
    complete = models.BooleanField(_("complete"), default=False)

    class Meta:
        verbose_name = _("ledger source")
        verbose_name_plural = _("ledger sources")
        ordering = ["code"]

    def __str__(self):
        return self.name


class ShopDayQuerySet(models.QuerySet):
    def known(self, known_at):
        """What was known at `known_at` (None: now): at most one version per shop and day."""
        if known_at is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(received_at__lte=known_at).filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
        )


class ShopDay(models.Model):
    """All that was known of one shop's day after its `version`-th arrival.

    Written by inventory.services.record_days only. A trigger refuses every change but the one that
    sets `superseded_at`, and every deletion.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), db_index=False
    )
    day = models.DateField(_("day"))
    version = models.PositiveIntegerField(_("version"))
    received_at = models.DateTimeField(_("received"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), db_index=False)
    # Whether a product without a row had no stock and no sale on that day.
    complete = models.BooleanField(_("complete"))
    by = models.CharField(_("by"), max_length=150)
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)
    content_hash = models.BinaryField(_("hash of what was reported"))
    rows = models.BinaryField(_("rows"))
    # The arrival itself, where the day as known after it is not just the arrival.
    reported = models.BinaryField(_("as reported"), null=True)

    objects = ShopDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop's day")
        verbose_name_plural = _("shops' days")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day", "version"], name="shopday_version_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "day"],
                condition=Q(superseded_at__isnull=True),
                name="shopday_current_once",
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="shopday_received")]

    def __str__(self):
        return f"{self.customer_id} {self.day} v{self.version}"


class ManualCollection(models.Model):
    """A shop's day that the account manager collects by hand.

    Until it is released, a manual row of that day prevails over later uploads.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), db_index=False
    )
    day = models.DateField(_("day"))
    listed_at = models.DateTimeField(_("listed"))
    listed_by = models.CharField(_("listed by"), max_length=150)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.CharField(_("released by"), max_length=150, blank=True)
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("day of the manual-collection list")
        verbose_name_plural = _("manual-collection list")
        constraints = [
            models.UniqueConstraint(fields=["customer", "day"], name="manual_collection_once")
        ]

    def __str__(self):
        return f"{self.customer_id} {self.day}"
