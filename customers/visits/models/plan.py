"""The month's plan of a route, and what a day begins with: meeting and bag."""

from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.dated import Dated
from customers.models import Customer, MarketDepartment, Route
from customers.visits.rules.ruleset import VisitRules


class VisitRuleSet(models.Model):
    """A version of how often shops are visited, of the standard, the times and the way.
    Append-only: a change is a further version, which holds from a day on."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    starts_on = models.DateField(_("holds from"))
    body = models.JSONField(_("rules"))
    by = models.CharField(_("published by"), max_length=150)
    at = models.DateTimeField(_("published"))
    why = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("rules of the visits")
        verbose_name_plural = _("rules of the visits")
        ordering = ["-version"]

    def __str__(self):
        return f"{self.version}"

    @cached_property
    def rules(self) -> VisitRules:
        return VisitRules.from_json(self.body)


class MonthPlan(models.Model):
    """Which shops of a route are visited on which days of a month. Written by planning.py only."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Given back")

    route = models.ForeignKey(Route, models.PROTECT, related_name="plans", verbose_name=_("route"))
    month = models.DateField(_("month"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    # Counts the changes: who changes what they saw says which count that was.
    version = models.PositiveIntegerField(_("version"), default=1)
    rules = models.ForeignKey(
        VisitRuleSet, models.PROTECT, related_name="+", verbose_name=_("rules of the visits")
    )
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = models.CharField(_("drafted by"), max_length=150)
    changed_at = models.DateTimeField(_("changed by hand"), null=True, blank=True)
    changed_by = models.CharField(_("changed by"), max_length=150, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.CharField(_("submitted by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("month's plan of visits")
        verbose_name_plural = _("month's plans of visits")
        ordering = ["-month", "route"]
        constraints = [
            models.UniqueConstraint(fields=["route", "month"], name="one_plan_of_route_and_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="plan_month_is_its_first_day"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "returned"])
                | (Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="plan_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(reason=""), name="plan_given_back_for_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.route} {self.month:%Y-%m}"

    @property
    def is_open(self) -> bool:
        """Whether the account manager may still change it without a reason."""
        return self.status in (self.Status.DRAFT, self.Status.RETURNED)


class PlannedVisit(models.Model):
    """A shop on a day. `why`: reasons as codes and values (rules/words.py); `fixed`: put here by a
    person, so that a new draft leaves it."""

    plan = models.ForeignKey(
        MonthPlan, models.CASCADE, related_name="visits", verbose_name=_("month's plan of visits")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    day = models.DateField(_("day"))
    position = models.PositiveSmallIntegerField(_("position"))
    why = models.JSONField(_("why"), default=list)
    fixed = models.BooleanField(_("put by hand"), default=False)

    class Meta:
        verbose_name = _("planned visit")
        verbose_name_plural = _("planned visits")
        ordering = ["day", "position", "customer"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "customer", "day"], name="planned_once_a_day"),
        ]
        indexes = [models.Index(fields=["day"], name="planned_on_day")]

    def __str__(self):
        return f"{self.day} {self.customer_id}"


class PlannedShop(models.Model):
    """How many visits the rule wants for a shop in a month, and how many the draft found room for;
    `why` says it, in codes and values."""

    plan = models.ForeignKey(
        MonthPlan, models.CASCADE, related_name="shops", verbose_name=_("month's plan of visits")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    wanted = models.PositiveSmallIntegerField(_("visits wanted"))
    drafted = models.PositiveSmallIntegerField(_("visits drafted"))
    why = models.JSONField(_("why"), default=list)

    class Meta:
        verbose_name = _("frequency of visits")
        verbose_name_plural = _("frequencies of visits")
        constraints = [models.UniqueConstraint(fields=["plan", "customer"], name="frequency_once")]

    def __str__(self):
        return f"{self.customer_id}: {self.wanted}"


class VisitWindow(Dated):
    """When a visit suits a shop, where it said so."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="visit_windows", verbose_name=_("customer")
    )
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    note = models.CharField(_("note"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("time window of a shop")
        verbose_name_plural = _("time windows of shops")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="window_closes_after_opening"
            )
        ]

    def __str__(self):
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


class Part(NamedTuple):
    """A section of a meeting."""

    title: str
    text: str


class Meeting(models.Model):
    """What a market department's morning meeting says. Once published it is frozen (a trigger)."""

    SECTIONS = ("policy", "priorities", "goods_limits", "review", "common_problems")

    department = models.ForeignKey(
        MarketDepartment,
        models.PROTECT,
        related_name="meetings",
        verbose_name=_("market department"),
    )
    day = models.DateField(_("day"))
    policy = models.TextField(_("policy"), blank=True)
    priorities = models.TextField(_("priorities"), blank=True)
    goods_limits = models.TextField(_("goods limits"), blank=True)
    review = models.TextField(_("review"), blank=True)
    common_problems = models.TextField(_("common problems"), blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("morning meeting")
        verbose_name_plural = _("morning meetings")
        ordering = ["-day", "department"]
        constraints = [
            models.UniqueConstraint(fields=["department", "day"], name="one_meeting_a_day"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="meeting_published_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.department} {self.day}"

    @property
    def parts(self) -> list[Part]:
        """The sections that say something."""
        found = ((self._meta.get_field(name), getattr(self, name)) for name in self.SECTIONS)
        return [Part(str(field.verbose_name), text) for field, text in found if text.strip()]


class MeetingRead(models.Model):
    meeting = models.ForeignKey(
        Meeting, models.CASCADE, related_name="reads", verbose_name=_("morning meeting")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("read receipt")
        verbose_name_plural = _("read receipts")
        constraints = [models.UniqueConstraint(fields=["meeting", "user"], name="read_once")]

    def __str__(self):
        return f"{self.meeting_id} {self.user_id}"


class BagItem(Dated):
    """What belongs in the bag, for all or for one market department, in a period."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("material")
        TOOL = "tool", _("tool")
        RETURN = "return", _("to give back")

    words = models.CharField(_("what"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.MATERIAL)
    department = models.ForeignKey(
        MarketDepartment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("market department"),
    )
    place = models.PositiveSmallIntegerField(
        _("place in the list"), default=100, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("item of the bag")
        verbose_name_plural = _("items of the bag")
        ordering = ["place", "pk"]

    def __str__(self):
        return self.words


class BagCheck(models.Model):
    """That a person has an item in the bag on a day."""

    item = models.ForeignKey(
        BagItem, models.CASCADE, related_name="checks", verbose_name=_("item of the bag")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("check of the bag")
        verbose_name_plural = _("checks of the bag")
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "item"], name="bag_item_checked_once")
        ]

    def __str__(self):
        return f"{self.day} {self.item_id}"
