"""What a person saw in a shop: stock counted at a visit, an information point's week.

A count is kept beside the ledger and does not rewrite it: that the two differ is what one wants to
know. What is entered for a missing day goes into the ledger itself (services.collect_day).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer
from customers.visits.models import Visit


class StockCount(models.Model):
    """One product counted at a visit, in packs. `expected` is the stock that the ledger said, as it
    was known when the visit began, of `expected_day`; empty: it said nothing."""

    visit = models.ForeignKey(
        Visit, models.CASCADE, related_name="stock_counts", verbose_name=_("visit")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    day = models.DateField(_("day"))
    expected = models.PositiveIntegerField(_("stock by the ledger (packs)"), null=True)
    expected_day = models.DateField(_("of the day"), null=True)
    counted = models.PositiveIntegerField(_("counted (packs)"))

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        indexes = [
            models.Index(fields=["customer", "-day"], name="stock_count_of_shop"),
            models.Index(fields=["-day"], name="stock_count_on_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["visit", "product"], name="stock_count_once"),
            models.CheckConstraint(
                condition=Q(expected=None, expected_day=None)
                | Q(expected__isnull=False, expected_day__isnull=False),
                name="stock_count_expected_of_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.day} {self.customer_id} {self.product_id}: {self.counted}"


class PointWeek(models.Model):
    """An information point's week, Monday to Sunday. A correction is a further row; the former one
    stays and gets its `superseded_at`."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    monday = models.DateField(_("Monday of the week"))
    by = models.CharField(_("by"), max_length=150)
    entered_at = models.DateTimeField(_("entered"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    class Meta:
        verbose_name = _("information point's week")
        verbose_name_plural = _("information points' weeks")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "monday"],
                condition=Q(superseded_at=None),
                name="point_week_current_once",
            ),
            models.CheckConstraint(condition=Q(monday__iso_week_day=1), name="point_week_monday"),
        ]

    def __str__(self):
        return f"{self.customer_id} {self.monday}"


class PointWeekLine(models.Model):
    """A product in that week, in packs; `price` is the retail price seen, in yuan per carton."""

    week = models.ForeignKey(
        PointWeek, models.CASCADE, related_name="lines", verbose_name=_("week")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    opening = models.PositiveIntegerField(_("opening (packs)"))
    received = models.PositiveIntegerField(_("received (packs)"))
    sold = models.PositiveIntegerField(_("sold (packs)"))
    closing = models.PositiveIntegerField(_("closing (packs)"))
    price = models.DecimalField(
        _("price seen (yuan per carton)"), max_digits=9, decimal_places=2, null=True
    )

    class Meta:
        verbose_name = _("line of an information point's week")
        verbose_name_plural = _("lines of information points' weeks")
        constraints = [
            models.UniqueConstraint(fields=["week", "product"], name="point_week_line_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("received") - F("sold")),
                name="point_week_line_balances",
            ),
        ]

    def __str__(self):
        return f"{self.week_id} {self.product_id}"
