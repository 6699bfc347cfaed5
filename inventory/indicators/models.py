"""Results of the nights. They can be thrown away and computed again; the ledger cannot.

Tables hold whole numbers and real NULLs (undefined); every ratio is derived from them by
figures.PeriodFigures. A night's figures are a partition of their own (partitions.py), filled while
nobody sees it and attached when the set is published.
"""

from fractions import Fraction

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer
from inventory.indicators import rules
from inventory.indicators.blocks import Thresholds
from inventory.indicators.figures import PeriodFigures
from inventory.indicators.span_models import ShopSpan, Span, SpanSum  # noqa: F401 (tables)

NANO = 10**9  # parts of a pack in which sums of quotients are kept


class ResultSetQuerySet(models.QuerySet):
    def complete(self):
        return self.filter(status=ResultSet.Status.COMPLETE)


class ResultSet(models.Model):
    """One night's results: fixed by as-of day, what was known, rules and calendars."""

    class Status(models.TextChoices):
        BUILDING = "building", _("Building")
        COMPLETE = "complete", _("Complete")

    as_of = models.DateField(_("as of"))
    known_at = models.DateTimeField(_("known at"))
    rules = models.CharField(_("rule set"), max_length=80)
    # What of the rules the indicators depend on: {"default": packs, "products": {id: packs}}.
    thresholds = models.JSONField(_("stock-out thresholds"))
    # Told from what was known at an earlier time: stands beside the other results.
    replay = models.BooleanField(_("replay"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.BUILDING)
    is_current = models.BooleanField(_("current"), default=False)
    # A month's end: never swept away.
    kept = models.BooleanField(_("kept"), default=False)
    created_at = models.DateTimeField(_("begun"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = ResultSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("result set")
        verbose_name_plural = _("result sets")
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="result_set_one_current"
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(status="complete", replay=False),
                name="result_set_current_is_complete",
            ),
        ]
        indexes = [models.Index(fields=["as_of", "status"])]

    def __str__(self):
        return f"{self.as_of} #{self.pk}"

    @cached_property
    def stockout_thresholds(self) -> Thresholds:
        own = self.thresholds["products"]
        return Thresholds(
            self.thresholds["default"],
            tuple(sorted((int(product), packs) for product, packs in own.items())),
        )


class ShopPeriod(models.Model):
    """The latest cycle and the window of a shop in a set; NULL: no complete cycle yet."""

    result_set = models.ForeignKey(ResultSet, models.CASCADE, verbose_name=_("result set"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, verbose_name=_("customer"), db_index=False
    )
    cycle_start = models.DateField(_("cycle from"), null=True)
    cycle_end = models.DateField(_("cycle to"), null=True)
    window_start = models.DateField(_("window from"), null=True)
    window_end = models.DateField(_("window to"), null=True)
    cycles = models.PositiveSmallIntegerField(_("cycles in the window"))
    # Days with a document up to the as-of day, counted up to 91.
    observed_days = models.PositiveSmallIntegerField(_("days observed"))

    class Meta:
        verbose_name = _("shop's period")
        verbose_name_plural = _("shops' periods")
        constraints = [
            models.UniqueConstraint(
                fields=["result_set", "customer"], name="shop_period_once_per_set"
            )
        ]

    def __str__(self):
        return f"{self.result_set_id} {self.customer_id}"


def _days(name):
    return models.SmallIntegerField(name, null=True)


def _packs(name):
    return models.IntegerField(name, null=True)


class Figure(models.Model):
    """The sums of one pair in one set. Partitioned by set; written by services only."""

    pk = models.CompositePrimaryKey("result_set", "customer", "product")
    result_set = models.ForeignKey(ResultSet, models.DO_NOTHING, db_constraint=False)
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.DO_NOTHING, db_constraint=False, verbose_name=_("product")
    )
    threshold = models.SmallIntegerField(_("stock-out threshold (packs)"))
    cycle_observed = _days(_("observed days of the cycle"))
    cycle_stockout = _days(_("stock-out days of the cycle"))
    cycle_sold = _packs(_("sold in the cycle (packs)"))
    cycle_closing = _packs(_("closing stock of the cycle (packs)"))
    window_observed = _days(_("observed days of the window"))
    window_stockout = _days(_("stock-out days of the window"))
    window_sold = _packs(_("sold in the window (packs)"))
    window_closing = _packs(_("closing stock of the window (packs)"))
    recent_observed = _days(_("observed days of the last 28"))
    recent_stockout = _days(_("stock-out days of the last 28"))
    recent_sold = _packs(_("sold in the last 28 days (packs)"))
    latest_closing = _packs(_("latest closing stock (packs)"))
    latest_age = _days(_("days since the latest closing stock"))
    days_without_sale = _days(_("observed days since the last sale"))
    week_observed = _days(_("observed days of the last week"))
    week_sold = _packs(_("sold in the last week (packs)"))
    week_closing = _packs(_("stock at Sunday's close (packs)"))
    month_observed = _days(_("observed days of the last month"))
    month_sold = _packs(_("sold in the last month (packs)"))
    month_closing = _packs(_("stock at the month's last close (packs)"))

    class Meta:
        managed = False
        db_table = "indicators_figure"
        verbose_name = _("figure")
        verbose_name_plural = _("figures")

    def __str__(self):
        return f"{self.result_set_id} {self.customer_id} {self.product_id}"

    @property
    def cycle(self) -> PeriodFigures:
        return PeriodFigures(
            self.cycle_observed, self.cycle_stockout, self.cycle_sold, self.cycle_closing
        )

    @property
    def window(self) -> PeriodFigures:
        return PeriodFigures(
            self.window_observed, self.window_stockout, self.window_sold, self.window_closing
        )

    @property
    def recent(self) -> PeriodFigures:
        return PeriodFigures(
            self.recent_observed, self.recent_stockout, self.recent_sold, self.latest_closing
        )

    @property
    def days_of_stock(self):
        return rules.days_of_stock(
            latest_closing=self.latest_closing,
            recent_sold=self.recent_sold,
            recent_effective_days=self.recent.effective_days,
        )

    @property
    def weekly_point_ratio(self):
        return rules.weekly_point_ratio(sunday_closing=self.week_closing, week_sold=self.week_sold)

    @property
    def monthly_point_ratio(self):
        return rules.monthly_point_ratio(
            month_closing=self.month_closing, month_sold=self.month_sold
        )

    @property
    def stands_still(self) -> bool | None:
        return rules.stands_still(
            latest_closing=self.latest_closing, days_without_sale=self.days_without_sale
        )


class ClosedCycle(models.Model):
    """A completed cycle of a shop whose figures are kept for years, and what made them."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, verbose_name=_("customer"), db_index=False
    )
    cycle_start = models.DateField(_("cycle from"))
    cycle_end = models.DateField(_("cycle to"))
    rules = models.CharField(_("rule set"), max_length=80)
    as_of = models.DateField(_("as of"))
    known_at = models.DateTimeField(_("known at"))
    # Of the shop's rows in CycleFigure: a night rewrites a cycle only where it differs.
    digest = models.BigIntegerField()

    class Meta:
        verbose_name = _("closed cycle")
        verbose_name_plural = _("closed cycles")
        constraints = [
            models.UniqueConstraint(fields=["customer", "cycle_end"], name="closed_cycle_once")
        ]
        indexes = [models.Index(fields=["cycle_end"])]

    def __str__(self):
        return f"{self.customer_id} {self.cycle_start} – {self.cycle_end}"


class CycleFigure(models.Model):
    """One pair in one closed cycle. Partitioned by the month of the cycle's last day."""

    pk = models.CompositePrimaryKey("cycle_end", "customer", "product")
    cycle_end = models.DateField(_("cycle to"))
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.DO_NOTHING, db_constraint=False, verbose_name=_("product")
    )
    threshold = models.SmallIntegerField(_("stock-out threshold (packs)"))
    observed = _days(_("observed days"))
    stockout = _days(_("stock-out days"))
    sold = _packs(_("sold (packs)"))
    closing = _packs(_("closing stock (packs)"))

    class Meta:
        managed = False
        db_table = "indicators_cyclefigure"
        verbose_name = _("figure of a closed cycle")
        verbose_name_plural = _("figures of closed cycles")

    def __str__(self):
        return f"{self.cycle_end} {self.customer_id} {self.product_id}"

    @property
    def figures(self) -> PeriodFigures:
        return PeriodFigures(self.observed, self.stockout, self.sold, self.closing)


class Rollup(models.Model):
    """Sums over all cells of a product dimension × a customer dimension."""

    class PeriodKind(models.TextChoices):
        CYCLE = "cycle", _("Latest cycle")
        WINDOW = "window", _("Window")

    class ProductDimension(models.TextChoices):
        TOTAL = "total", _("All products")
        CLASS = "class", _("Price class")
        BRAND = "brand", _("Brand")
        PRODUCT = "product", _("Product")

    class CustomerDimension(models.TextChoices):
        TOTAL = "total", _("All customers")
        DEPARTMENT = "department", _("Market department")
        MANAGER = "manager", _("Account manager")
        AREA = "area", _("Area")
        FORMAT = "format", _("Business format")
        SCALE = "scale", _("Scale")

    result_set = models.ForeignKey(ResultSet, models.CASCADE, verbose_name=_("result set"))
    period = models.CharField(_("period"), max_length=6, choices=PeriodKind)
    product_dimension = models.CharField(_("products by"), max_length=10, choices=ProductDimension)
    # Class number, brand or product id; "" for the total and where a product has no class.
    product_key = models.CharField(_("products"), max_length=20, blank=True)
    customer_dimension = models.CharField(
        _("customers by"), max_length=10, choices=CustomerDimension
    )
    # Department or user id, or the value of area, format, scale; "" where a shop has none.
    customer_key = models.CharField(_("customers"), max_length=20, blank=True)
    cells = models.IntegerField(_("cells"))
    customers = models.IntegerField(_("customers with a cell"))
    selling_customers = models.IntegerField(_("customers with a sale"))
    cells_observed = models.IntegerField(_("cells with an observed day"))
    cells_satisfaction = models.IntegerField(_("cells with a satisfaction"))
    cells_always_out = models.IntegerField(_("cells always out of stock"))
    observed_days = models.BigIntegerField(_("observed days"))
    stockout_days = models.BigIntegerField(_("stock-out days"))
    sold = models.BigIntegerField(_("sold (packs)"))
    closing = models.BigIntegerField(_("closing stock (packs)"))
    # Sums of quotients, in thousand-millionths of a pack, rounded down.
    daily_sales_nano = models.BigIntegerField(_("daily sales"))
    satisfied_sold = models.BigIntegerField(_("sold where satisfaction is defined"))
    sold_and_expected_nano = models.BigIntegerField(_("sold and expected sales"))

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "result_set", "period", "product_dimension", "customer_dimension",
                    "product_key", "customer_key",
                ],
                name="rollup_once_per_set",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.product_dimension} {self.product_key} × {self.customer_key}"

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

    @property
    def cells_not_observed(self) -> int:
        """Cells left out of ratio and stock-out rate."""
        return self.cells - self.cells_observed

    @property
    def cells_without_satisfaction(self) -> int:
        return self.cells - self.cells_satisfaction
