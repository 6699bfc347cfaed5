"""What is wrong, or looks wrong, with the ledger.

Findings and detections are results: they can be deleted and computed again. Flags are facts: what a
person raised or decided.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer


class Finding(models.Model):
    """What does not fit in one shop's day; `products`, `expected` and `found` go side by side.

    continuity: expected the closing stock of the day before, found the opening stock.
    missing-product: products of the assortment without a row; no numbers.
    not-observed: no document at all; no products.
    manual-contradicted: expected the closing stock by hand, found that of the upload.
    """

    class Kind(models.TextChoices):
        CONTINUITY = "continuity", _("Opening differs from the closing before")
        MISSING_PRODUCT = "missing-product", _("Product of the assortment missing")
        NOT_OBSERVED = "not-observed", _("Not observed")
        MANUAL_CONTRADICTED = "manual-contradicted", _("Manual row contradicted by an upload")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    customer = models.ForeignKey(
        Customer, models.CASCADE, verbose_name=_("customer"), db_index=False
    )
    day = models.DateField(_("day"))
    products = ArrayField(models.BigIntegerField(), verbose_name=_("products"), default=list)
    expected = ArrayField(models.IntegerField(), verbose_name=_("expected (packs)"), default=list)
    found = ArrayField(models.IntegerField(), verbose_name=_("found (packs)"), default=list)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(fields=["customer", "day", "kind"], name="finding_once")
        ]
        indexes = [models.Index(fields=["day", "kind"], name="finding_day")]

    def __str__(self):
        return f"{self.kind} {self.customer_id} {self.day}"


class Checked(models.Model):
    """Up to which time of receipt a shard's ledger has been checked for findings."""

    shard = models.IntegerField(primary_key=True)
    known_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.shard} {self.known_at}"


class Carried(models.Model):
    """A shop's products with their first and last ledger day, as bytes (findings.CARRIED).

    A cache that spares the night a read of the whole window; rebuilt by a shard's first check.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True)
    rows = models.BinaryField()

    def __str__(self):
        return f"{self.customer_id}"


class Cause(models.TextChoices):
    TRANSFER = "transfer", _("Transfer, or buying and selling for others")
    BOOKS_EMPTIED = "books-emptied", _("Book stock emptied before the order")
    KEPT_BACK = "kept-back", _("Pack kept back")


class Sweep(models.Model):
    """One night's search of a shard for false data: of which day, from what was known when."""

    as_of = models.DateField(_("as of"))
    known_at = models.DateTimeField(_("known at"))
    shard = models.IntegerField(_("shard"))
    # Sales far outside the usual (sweep.GIVE), for the matching of transfers between all shards.
    gives = models.BinaryField(default=bytes)
    complete = models.BooleanField(_("complete"), default=False)

    class Meta:
        verbose_name = _("search for false data")
        verbose_name_plural = _("searches for false data")
        constraints = [
            models.UniqueConstraint(fields=["as_of", "known_at", "shard"], name="sweep_once")
        ]

    def __str__(self):
        return f"{self.as_of} {self.known_at} {self.shard}"


class Detection(models.Model):
    """An episode that looks false, as one sweep saw it; open until a flag decides on its days."""

    class Side(models.TextChoices):
        TOOK = "took", _("Took over")
        GAVE = "gave", _("Gave away")

    sweep = models.ForeignKey(Sweep, models.CASCADE, db_index=False)
    cause = models.CharField(_("cause"), max_length=15, choices=Cause)
    customer = models.ForeignKey(
        Customer, models.CASCADE, verbose_name=_("customer"), db_index=False
    )
    product = models.ForeignKey(Product, models.CASCADE, verbose_name=_("product"), db_index=False)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # A transfer in: packs supplied, and received; out: usual sale, and sale; books-emptied:
    # supplied, and received, at the end; kept-back: usual sale of so many days, and packs kept.
    expected = models.IntegerField(_("expected (packs)"))
    found = models.IntegerField(_("found (packs)"))
    # Of a transfer: whether the shop took or gave, and the other shop where it is known.
    side = models.CharField(_("side"), max_length=4, choices=Side, blank=True)
    partner = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("detection")
        verbose_name_plural = _("detections")
        constraints = [
            models.UniqueConstraint(
                fields=["sweep", "customer", "product", "cause", "first_day"],
                name="detection_once",
            )
        ]

    def __str__(self):
        return f"{self.cause} {self.customer_id} {self.product_id} {self.first_day}"


class Flag(models.Model):
    """What a person said of an episode: it is false (open, upheld), or it is true (rejected)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        REJECTED = "rejected", _("Rejected")

    cause = models.CharField(_("cause"), max_length=15, choices=Cause)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), db_index=False
    )
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("product"), db_index=False)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    evidence = models.JSONField(_("evidence"), default=dict)
    raised_at = models.DateTimeField(_("raised"))
    raised_by = models.CharField(_("raised by"), max_length=150)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        indexes = [models.Index(fields=["customer", "product", "last_day"], name="flag_pair")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="flag_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True)
                | (~Q(status="open") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="flag_decided_by_someone",
            ),
        ]

    def __str__(self):
        return f"{self.cause} {self.customer_id} {self.product_id} {self.first_day}"
