"""What a shop's closed cycles come to in a calendar week or month: kept for years.

Whole numbers only; quotients are sums in thousand-millionths of a pack or carton. Definition:
docs/algorithms/periods-of-a-shop.md.
"""

from datetime import date
from fractions import Fraction

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, MarketDepartment, Route
from inventory.indicators import rules
from inventory.indicators.rollups import NANO
from marketing_ops.lib import periods


class Span(models.TextChoices):
    """The calendar periods that cycles are summed by."""

    WEEK = "week", _("Week")
    MONTH = "month", _("Month")

    def around(self, day: date) -> periods.Period:
        """The week or month in which a day lies."""
        return periods.week(day) if self is Span.WEEK else periods.month(day)


def _id_of(model, name):
    """An id as it was on that day: the row may be gone since."""
    return models.ForeignKey(
        model,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=name,
    )


class ShopSpan(models.Model):
    """A shop in a week or month in which a cycle of it ended, and what it was on the last day."""

    pk = models.CompositePrimaryKey("kind", "start", "customer")
    kind = models.CharField(_("week or month"), max_length=5, choices=Span)
    start = models.DateField(_("first day"))
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    cycles = models.PositiveSmallIntegerField(_("cycles"))
    # The last day of the last of these cycles: the shop's properties below are those of that day.
    last_day = models.DateField(_("cycles up to"))
    department = _id_of(MarketDepartment, _("market department"))
    route = _id_of(Route, _("route"))
    manager = _id_of(settings.AUTH_USER_MODEL, _("account manager"))
    format = models.CharField(_("business format"), max_length=10, blank=True)
    area = models.CharField(_("area"), max_length=4, blank=True)
    scale = models.CharField(_("scale"), max_length=2, blank=True)
    # Of the cycles and of what products were: a night writes a span again only where it differs.
    digest = models.BigIntegerField()

    class Meta:
        verbose_name = _("shop's week or month")
        verbose_name_plural = _("shops' weeks and months")

    def __str__(self):
        return f"{self.kind} {self.start} {self.customer_id}"


class SpanSum(models.Model):
    """The sums over a shop's cells of one price class (0: none) in a week or month."""

    pk = models.CompositePrimaryKey("kind", "start", "customer", "price_class")
    kind = models.CharField(_("week or month"), max_length=5, choices=Span)
    start = models.DateField(_("first day"))
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("customer"),
    )
    price_class = models.PositiveSmallIntegerField(_("price class"))
    cells = models.IntegerField(_("cells with an observed day"))
    cells_satisfaction = models.IntegerField(_("cells with a satisfaction"))
    cells_always_out = models.IntegerField(_("cells always out of stock"))
    observed_days = models.IntegerField(_("observed days"))
    stockout_days = models.IntegerField(_("stock-out days"))
    sold = models.BigIntegerField(_("sold (packs)"))
    closing = models.BigIntegerField(_("closing stock (packs)"))
    satisfied_sold = models.BigIntegerField(_("sold where satisfaction is defined"))
    daily_sales_nano = models.BigIntegerField(_("daily sales"))
    sold_and_expected_nano = models.BigIntegerField(_("sold and expected sales"))
    sold_cartons_nano = models.BigIntegerField(_("sold (cartons)"))

    class Meta:
        verbose_name = _("sums of a shop's week or month")
        verbose_name_plural = _("sums of shops' weeks and months")

    def __str__(self):
        return f"{self.kind} {self.start} {self.customer_id} {self.price_class}"

    @property
    def ratio_days(self) -> Fraction | None:
        return rules.rolled_ratio_days(
            closing=self.closing, daily_sales=Fraction(self.daily_sales_nano, NANO)
        )

    @property
    def satisfaction(self) -> Fraction | None:
        return rules.rolled_satisfaction(
            sold=self.satisfied_sold,
            sold_and_expected=Fraction(self.sold_and_expected_nano, NANO),
        )

    @property
    def stockout_rate(self) -> Fraction | None:
        return rules.stockout_rate(
            stockout_days=self.stockout_days, observed_days=self.observed_days
        )
