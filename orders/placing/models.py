"""Mock orders, calls that are due, and order rescues.

A call is made by services.follow_orders from what the orders say, and once for each shop, kind and
order day, however often it looks.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer
from customers.visits.models import Visit
from orders.recommendations.models import Introduction


def _customer():
    return models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))


def _product():
    return models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))


class MockOrderLine(models.Model):
    """A product of the order that was worked out at a visit, beside the quota in force that day."""

    visit = models.ForeignKey(
        Visit, models.CASCADE, related_name="mock_order", verbose_name=_("visit")
    )
    customer = _customer()
    product = _product()
    day = models.DateField(_("day"))
    packs = models.PositiveIntegerField(_("packs"))
    in_force = models.PositiveIntegerField(_("quota in force (packs)"), null=True)

    class Meta:
        verbose_name = _("line of a mock order")
        verbose_name_plural = _("lines of mock orders")
        indexes = [models.Index(fields=["customer", "-day"], name="mock_order_of_shop")]
        constraints = [
            models.UniqueConstraint(fields=["visit", "product"], name="mock_order_line_once")
        ]

    def __str__(self):
        return f"{self.day} {self.customer_id} {self.product_id}: {self.packs}"


class Call(models.Model):
    """Somebody has to call a shop about its order of `day`. `reasons` are facts as they were known
    when the call was made: [{"code", "product", numbers …}], put into words by words.py."""

    class Kind(models.TextChoices):
        """The most urgent first."""

        PAYMENT = "payment", _("payment failed")
        UNFULFILLED = "unfulfilled", _("order not fulfilled")
        NOT_ORDERED = "not_ordered", _("recommended, not ordered")

    class Result(models.TextChoices):
        SETTLED = "settled", _("cleared up")
        WILL_ORDER = "will_order", _("orders next time")
        REFUSED = "refused", _("does not want it")
        UNREACHED = "unreached", _("not reached")
        # Nobody had to call: the orders have mended it.
        LAPSED = "lapsed", _("mended before the call")

    customer = _customer()
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    day = models.DateField(_("order of"))
    reasons = models.JSONField(_("reasons"))
    made_at = models.DateTimeField(_("due since"))
    result = models.CharField(_("result"), max_length=10, choices=Result, blank=True)
    result_text = models.TextField(_("what was said"), blank=True)
    called_at = models.DateTimeField(_("called"), null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("called by"),
    )

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [
            models.Index(fields=["customer"], condition=Q(called_at=None), name="call_open"),
            models.Index(fields=["-day"], name="call_on_day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "day"], name="call_once"),
            models.CheckConstraint(
                condition=Q(called_at=None, result="")
                | (Q(called_at__isnull=False) & ~Q(result="")),
                name="call_done_with_result",
            ),
        ]

    def __str__(self):
        return f"{self.day} {self.customer_id} {self.kind}"


class FollowUp(models.Model):
    """What became of a product that the shopkeeper wanted: the shop's next order tells."""

    introduction = models.OneToOneField(
        Introduction,
        models.CASCADE,
        primary_key=True,
        related_name="follow_up",
        verbose_name=_("introduction"),
    )
    order_day = models.DateField(_("order of"))
    packs = models.PositiveIntegerField(_("ordered (packs)"))
    # Where it was not ordered: who has to be called about it.
    call = models.ForeignKey(
        Call, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("call")
    )
    settled_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("follow-up of a recommended product")
        verbose_name_plural = _("follow-ups of recommended products")

    def __str__(self):
        return f"{self.introduction_id}: {self.packs}"

    @property
    def was_ordered(self) -> bool:
        return self.packs > 0


class Rescue(models.Model):
    """An order that would have been lost 保单: the account manager asks, customer service writes
    the reason, the telephone desk keeps the order. Each step has its name and its time."""

    class Trouble(models.TextChoices):
        DEPOSIT = "deposit", _("the deposit failed")
        PLATFORM = "platform", _("the ordering platform failed")
        OTHER = "other", _("something else")

    class Outcome(models.TextChoices):
        KEPT = "kept", _("order kept")
        LOST = "lost", _("order lost")

    customer = _customer()
    day = models.DateField(_("order of"))
    trouble = models.CharField(_("trouble"), max_length=8, choices=Trouble)
    note = models.TextField(_("what happened"), blank=True)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    reason = models.TextField(_("reason"), blank=True)
    reason_at = models.DateTimeField(_("reason written"), null=True, blank=True)
    reason_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reason by"),
    )
    outcome = models.CharField(_("outcome"), max_length=4, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(_("kept or lost"), null=True, blank=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kept by"),
    )

    class Meta:
        verbose_name = _("order rescue")
        verbose_name_plural = _("order rescues")
        indexes = [models.Index(fields=["-day"], name="rescue_on_day")]
        constraints = [
            # One at a time: asking twice for the same order is asking once.
            models.UniqueConstraint(fields=["customer", "day"], name="rescue_once"),
            models.CheckConstraint(
                condition=Q(outcome_at=None) | Q(outcome_at__gte=F("reason_at")),
                name="rescue_in_order",
            ),
        ]

    def __str__(self):
        return f"{self.day} {self.customer_id}"

    @property
    def minutes(self) -> int | None:
        """From the asking to the end; None: it is under way."""
        if self.outcome_at is None:
            return None
        return int((self.outcome_at - self.asked_at).total_seconds() // 60)
