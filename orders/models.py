"""What shops asked for and what they were supplied."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer


class OrderLineQuerySet(models.QuerySet):
    def known(self, known_at):
        """The lines as they were known at `known_at` (None: now)."""
        if known_at is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(received_at__lte=known_at).filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
        )


class OrderLine(models.Model):
    """One product of one customer's order of one day, in packs.

    Bitemporal and immutable (a trigger sees to it): a correction is a new row, the old one gets
    its `superseded_at`. The order itself is the lines of one customer and day.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("customer"))
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("product"))
    ordered_on = models.DateField(_("ordered on"))
    requested = models.PositiveIntegerField(_("requested (packs)"))
    supplied = models.PositiveIntegerField(_("supplied (packs)"))
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20, blank=True)
    payment = models.CharField(_("payment"), max_length=20, blank=True)
    received_at = models.DateTimeField(_("received"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "ordered_on", "product"],
                condition=Q(superseded_at__isnull=True),
                name="order_line_current_once",
            )
        ]
        indexes = [
            models.Index(fields=["ordered_on", "product"]),
            # What was received or superseded since the last night is found without a full read.
            BrinIndex(fields=["received_at"]),
            models.Index(
                fields=["superseded_at"],
                condition=Q(superseded_at__isnull=False),
                name="order_line_superseded",
            ),
        ]

    def __str__(self):
        return f"{self.customer_id} {self.ordered_on} {self.product_id}"
