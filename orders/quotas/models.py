"""Rule sets, the quotas in force, and what the nights recommend beside them."""

from functools import cached_property

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer
from inventory.indicators.models import ResultSet
from orders.quotas.evidence import ADVICE_COLUMNS, UNKNOWN
from orders.quotas.rules import QuotaRules


class RuleSet(models.Model):
    """One version of the rules. Once published its body never changes; a trigger sees to it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        SUPERSEDED = "superseded", _("Superseded")

    version = models.PositiveIntegerField(_("version"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    starts_on = models.DateField(_("holds from"))
    body = models.JSONField(_("rules"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", published_at__isnull=True, published_by="")
                | (~Q(status="draft") & Q(published_at__isnull=False) & ~Q(published_by="")),
                name="rule_set_published_by_somebody",
            )
        ]

    def __str__(self):
        return f"{self.name} {self.label}"

    @property
    def label(self) -> str:
        """method@version: what results name."""
        return f"{self.rules.method}@{self.version}"

    @cached_property
    def rules(self) -> QuotaRules:
        """The rules of the body. Raises rules.RulesError for a draft that is not yet valid."""
        return QuotaRules.from_json(self.body)


class QuotaDecisionQuerySet(models.QuerySet):
    def known(self, known_at):
        """The decisions as they were known at `known_at` (None: now)."""
        if known_at is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(received_at__lte=known_at).filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
        )

    def on(self, day):
        """The quotas in force on `day`."""
        return self.filter(period__contains=day)


class QuotaDecision(models.Model):
    """The quota in force of a customer for a product: who decided it, why, from when to when.

    Bitemporal and immutable: what a later decision replaces is superseded and stays readable.
    Written by services.decide only.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("customer"))
    product = models.ForeignKey(Product, models.PROTECT, verbose_name=_("product"))
    period = DateRangeField(_("period"))
    packs = models.PositiveIntegerField(_("quota (packs per cycle)"))
    # What was recommended when it was decided; empty: nothing.
    recommended = models.PositiveIntegerField(_("recommended (packs)"), null=True, blank=True)
    by = models.CharField(_("decided by"), max_length=150)
    reason = models.TextField(_("reason"))
    decided_at = models.DateTimeField(_("decided"))
    received_at = models.DateTimeField(_("received"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    objects = QuotaDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota in force")
        verbose_name_plural = _("quotas in force")
        constraints = [
            ExclusionConstraint(
                name="quota_decision_one_at_a_time",
                expressions=[
                    ("customer", RangeOperators.EQUAL),
                    ("product", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False), name="quota_decision_holds_for_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(by="") & ~Q(reason=""), name="quota_decision_by_somebody_for_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.customer_id} {self.product_id} {self.period}: {self.packs}"


class SupplySums(models.Model):
    """What a night summed up of all order lines, for the next one to go on from (supply.py).

    A cache: it goes with its result set and is made again from the order lines. `products` int32
    [K], `requested` and `supplied` int64 [days, K], as they lie in memory.
    """

    result_set = models.OneToOneField(
        ResultSet, models.CASCADE, primary_key=True, verbose_name=_("result set")
    )
    first_day = models.DateField(_("first day"))
    days = models.PositiveSmallIntegerField(_("days"))
    products = models.BinaryField(_("products"))
    requested = models.BinaryField(_("requested (packs)"))
    supplied = models.BinaryField(_("supplied (packs)"))

    class Meta:
        verbose_name = _("sums of the supply")
        verbose_name_plural = _("sums of the supply")

    def __str__(self):
        return f"{self.result_set_id} {self.first_day}"


class Recommendation(models.Model):
    """What a night recommends for a pair, and its trail (evidence.Advice says what each means).

    Partitioned by result set, in it by shard of customers; written by services only. NULL = none.
    """

    pk = models.CompositePrimaryKey("result_set", "customer", "product")
    result_set = models.ForeignKey(ResultSet, models.DO_NOTHING, db_constraint=False)
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.DO_NOTHING, db_constraint=False, verbose_name=_("product")
    )
    quota = models.IntegerField(_("quota (packs per cycle)"), null=True)
    target_level = models.IntegerField(_("target level (packs)"), null=True)
    regime = models.SmallIntegerField()
    interval_days = models.SmallIntegerField()
    supply_permille = models.IntegerField(null=True)
    cut_cycles = models.SmallIntegerField()
    event_permille = models.IntegerField()
    event_cycles = models.SmallIntegerField()
    event_realised_permille = models.IntegerField(null=True)
    observed = models.SmallIntegerField()
    effective = models.SmallIntegerField()
    sold = models.IntegerField()
    segment = models.SmallIntegerField()
    trend = models.SmallIntegerField()
    rate_millipacks = models.IntegerField(null=True)
    peer_millipacks = models.IntegerField(null=True)
    spread_millipacks = models.IntegerField(null=True)
    wanted = models.IntegerField(null=True)
    unit = models.SmallIntegerField()
    in_force = models.IntegerField(null=True)
    bounds = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "quotas_recommendation"
        verbose_name = _("recommended quota")
        verbose_name_plural = _("recommended quotas")

    def __str__(self):
        return f"{self.result_set_id} {self.customer_id} {self.product_id}: {self.quota}"

    @property
    def row(self) -> dict[str, int]:
        """The advice as reasons.py takes it."""
        values = ((name, getattr(self, name)) for name in ADVICE_COLUMNS)
        return {name: UNKNOWN if value is None else value for name, value in values}
