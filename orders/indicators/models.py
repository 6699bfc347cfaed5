"""Results from orders, per night: whole numbers, from which rules.py derives every rate."""

from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from inventory.indicators.models import ResultSet, Rollup
from inventory.market import rules as market
from orders.indicators import rules


class OrderFigure(models.Model):
    """Orders of one product (none: of all) by one group of customers in one week.

    Customers are counted once each; `demands` are order lines with something requested. The
    sample is the information points.
    """

    result_set = models.ForeignKey(ResultSet, models.CASCADE, verbose_name=_("result set"))
    week_start = models.DateField(_("week from"))
    customer_dimension = models.CharField(
        _("customers by"), max_length=10, choices=Rollup.CustomerDimension
    )
    customer_key = models.CharField(_("customers"), max_length=20, blank=True)
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, verbose_name=_("product")
    )
    customers = models.IntegerField(_("customers"))
    requesting = models.IntegerField(_("customers that requested it this week"))
    ordered_before = models.IntegerField(_("customers that did in the three weeks before"))
    returning = models.IntegerField(_("of the latter, requesting again"))
    demands = models.IntegerField(_("demand records"))
    unsupplied = models.IntegerField(_("of them supplied with nothing"))
    limited = models.IntegerField(_("customers with a placement limit"))
    full = models.IntegerField(_("of them at or above it"))
    limit_packs = models.BigIntegerField(_("placement limits (packs)"))
    limited_requested = models.BigIntegerField(_("requested by customers with a limit (packs)"))
    last_stock = models.BigIntegerField(_("stock the Sunday before, where both were seen (packs)"))
    supplied = models.BigIntegerField(_("supplied there (packs)"))
    this_stock = models.BigIntegerField(_("stock this Sunday there (packs)"))
    sample_before = models.IntegerField(_("information points that ordered before"))
    sample_out = models.IntegerField(_("information points with a stock-out"))

    class Meta:
        verbose_name = _("order figure")
        verbose_name_plural = _("order figures")
        constraints = [
            models.UniqueConstraint(
                fields=["result_set", "customer_dimension", "customer_key", "product"],
                nulls_distinct=False,
                name="order_figure_once_per_set",
            )
        ]

    def __str__(self):
        return f"{self.customer_dimension} {self.customer_key} × {self.product_id}"

    @property
    def repeat_demand_rate(self) -> Fraction | None:
        return rules.ratio(self.requesting, self.ordered_before)

    @property
    def order_to_limit(self) -> Fraction | None:
        return rules.order_to_limit(
            requested=self.limited_requested, limit=self.limit_packs or None
        )

    @property
    def full_order_coverage(self) -> Fraction | None:
        """Undefined where no customer has a limit; else customers at it ÷ all customers."""
        return rules.ratio(self.full, self.customers) if self.limited else None

    @property
    def order_activity(self) -> Fraction | None:
        return rules.order_activity(now=self.requesting, before=self.ordered_before)

    @property
    def sell_through(self) -> Fraction | None:
        return rules.sell_through(
            last_stock=self.last_stock, ordered=self.supplied, this_stock=self.this_stock
        )

    @property
    def company_stockout_rate(self) -> Fraction | None:
        return rules.company_stockout_rate(
            unsupplied_records=self.unsupplied, demand_records=self.demands
        )

    @property
    def customer_stockout_rate(self) -> Fraction | None:
        return rules.customer_stockout_rate(
            out_of_stock=self.sample_out, ordering=self.sample_before
        )


class SocialFigure(models.Model):
    """Social stock and sales of one product, estimated from the information points.

    Sums of the sample and of supply, whole packs; the bounds of the 95 % intervals are kept beside
    them (NULL: fewer than two information points).
    """

    class PeriodKind(models.TextChoices):
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")

    result_set = models.ForeignKey(ResultSet, models.CASCADE, verbose_name=_("result set"))
    period = models.CharField(_("period"), max_length=5, choices=PeriodKind)
    period_start = models.DateField(_("from"))
    product = models.ForeignKey(Product, models.CASCADE, verbose_name=_("product"))
    sample = models.IntegerField(_("information points observed"))
    sample_stock = models.BigIntegerField(_("their stock (packs)"))
    sample_sold = models.BigIntegerField(_("their sales (packs)"))
    supplied_to_sample = models.BigIntegerField(_("supplied to them in 13 weeks (packs)"))
    supplied_to_all = models.BigIntegerField(_("supplied to all in 13 weeks (packs)"))
    customers = models.IntegerField(_("customers supplied in 13 weeks"))
    stock_low = models.DecimalField(max_digits=16, decimal_places=3, null=True)
    stock_high = models.DecimalField(max_digits=16, decimal_places=3, null=True)
    sold_low = models.DecimalField(max_digits=16, decimal_places=3, null=True)
    sold_high = models.DecimalField(max_digits=16, decimal_places=3, null=True)
    ratio_low = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    ratio_high = models.DecimalField(max_digits=16, decimal_places=6, null=True)

    class Meta:
        verbose_name = _("social figure")
        verbose_name_plural = _("social figures")
        constraints = [
            models.UniqueConstraint(
                fields=["result_set", "period", "product"], name="social_figure_once_per_set"
            )
        ]

    def __str__(self):
        return f"{self.period} {self.product_id}"

    @property
    def weight(self) -> Fraction | None:
        return market.sample_weight(
            supplied_to_sample=self.supplied_to_sample, supplied_to_all=self.supplied_to_all
        )

    @property
    def social_stock(self) -> Fraction | None:
        return self.sample_stock / self.weight if self.weight else None

    @property
    def social_sold(self) -> Fraction | None:
        return self.sample_sold / self.weight if self.weight else None

    @property
    def social_ratio(self) -> Fraction | None:
        return rules.ratio(self.sample_stock, self.sample_sold)

    @property
    def average_stock_per_customer(self) -> Fraction | None:
        stock = self.social_stock
        if stock is None:
            return None
        return market.average_stock_per_customer(
            social_stock=stock, dealing_customers=self.customers
        )
