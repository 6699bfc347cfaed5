"""The district's people and shops: departments, routes, customers, and what is dated about them.

A customer's row is its identity and never changes; licence, properties, delivery calendar and
route are rows with periods beside it.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.dated import Dated, one_at_a_time
from marketing_ops.accounts.roles import Role


class MarketDepartment(models.Model):
    name = models.CharField(_("market department"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("market department")
        verbose_name_plural = _("market departments")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Route(models.Model):
    """What one account manager serves. Who that is, and since when, is a post."""

    name = models.CharField(_("route"), max_length=60)
    department = models.ForeignKey(
        MarketDepartment, models.PROTECT, related_name="routes", verbose_name=_("market department")
    )

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["department", "name"], name="route_name_in_department")
        ]

    def __str__(self):
        return self.name


class CustomerGroup(models.Model):
    name = models.CharField(_("chain group"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("chain group")
        verbose_name_plural = _("chain groups")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Customer(models.Model):
    """A shop's identity: what stays when name, licence, place and manager change."""

    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("opened_on")),
                name="customer_closes_after_opening",
            )
        ]

    def __str__(self):
        return f"#{self.pk}"


class Licence(Dated):
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="licences", verbose_name=_("customer")
    )
    number = models.CharField(_("licence number"), max_length=30, db_index=True)

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            one_at_a_time("licence_of_one_customer", "number"),
            one_at_a_time("licence_one_at_a_time", "customer"),
        ]

    def __str__(self):
        return self.number


class Format(models.TextChoices):
    """业态; the values are what the files say."""

    GROCERY = "食杂店", _("Grocery")
    CONVENIENCE = "便利店", _("Convenience store")
    SUPERMARKET = "超市", _("Supermarket")
    DEPARTMENT_STORE = "商场", _("Department store")
    TOBACCO_LIQUOR = "烟酒商店", _("Tobacco and liquor shop")
    ENTERTAINMENT = "娱乐服务类", _("Entertainment and hospitality")
    OTHER = "其他", _("Other")


class Area(models.TextChoices):
    URBAN = "城区", _("Urban")
    RURAL = "农村", _("Rural")


class Scale(models.TextChoices):
    LARGE = "大", _("Large")
    MEDIUM = "中", _("Medium")
    SMALL = "小", _("Small")


class CoordinateSystem(models.TextChoices):
    WGS84 = "WGS-84", "WGS-84"
    GCJ02 = "GCJ-02", "GCJ-02"
    BD09 = "BD-09", "BD-09"


class CustomerProperties(Dated):
    class Terminal(models.TextChoices):
        FUNCTIONAL = "functional", _("Functional terminal")
        ORDINARY = "ordinary", _("Ordinary")

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="properties", verbose_name=_("customer")
    )
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    format = models.CharField(_("business format"), max_length=10, choices=Format)
    area = models.CharField(_("area"), max_length=4, choices=Area)
    scale = models.CharField(_("scale"), max_length=2, choices=Scale)
    group = models.ForeignKey(
        CustomerGroup, models.PROTECT, null=True, blank=True, verbose_name=_("chain group")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    # WGS-84; what the source said, in its own system, is kept beside it.
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    coordinate_system = models.CharField(
        _("coordinate system"),
        max_length=6,
        choices=CoordinateSystem,
        default=CoordinateSystem.WGS84,
    )
    raw_longitude = models.FloatField(_("longitude as received"), null=True, blank=True)
    raw_latitude = models.FloatField(_("latitude as received"), null=True, blank=True)
    terminal = models.CharField(
        _("terminal type"), max_length=10, choices=Terminal, default=Terminal.ORDINARY
    )
    information_point = models.BooleanField(_("information point"), default=False)
    uploads = models.BooleanField(_("uploads point-of-sale data"), default=False)

    class Meta:
        verbose_name = _("customer's properties")
        verbose_name_plural = _("customers' properties")
        constraints = [one_at_a_time("properties_one_at_a_time", "customer")]

    def __str__(self):
        return self.name


class DeliveryCalendar(Dated):
    """On which weekdays (1 = Monday) a customer orders and is delivered."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="calendars", verbose_name=_("customer")
    )
    order_weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("order weekdays")
    )
    delivery_weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("delivery weekdays")
    )

    class Meta:
        verbose_name = _("delivery calendar")
        verbose_name_plural = _("delivery calendars")
        constraints = [
            one_at_a_time("calendar_one_at_a_time", "customer"),
            models.CheckConstraint(
                condition=Q(delivery_weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7])
                & Q(delivery_weekdays__len__gt=0)
                & Q(order_weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7])
                & Q(order_weekdays__len__gt=0),
                name="calendar_weekdays_1_to_7",
            ),
        ]

    def __str__(self):
        return f"{self.delivery_weekdays}"


class RouteAssignment(Dated):
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="assignments", verbose_name=_("customer")
    )
    route = models.ForeignKey(
        Route, models.PROTECT, related_name="assignments", verbose_name=_("route")
    )

    class Meta:
        verbose_name = _("route assignment")
        verbose_name_plural = _("route assignments")
        constraints = [one_at_a_time("assignment_one_at_a_time", "customer")]

    def __str__(self):
        return f"{self.customer} → {self.route}"


class Post(Dated):
    """A role with its scope, held by a person for a time. A person can hold several.

    The scope is the route of an account manager, the department of a market manager, the shop of
    a retail customer; inspectors, district staff and administrators have none. Where a post is
    held as a substitute, `substitute_for` names the post and the period must end.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="posts", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    department = models.ForeignKey(
        MarketDepartment, models.PROTECT, null=True, blank=True, verbose_name=_("market department")
    )
    route = models.ForeignKey(
        Route,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("route"),
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, verbose_name=_("customer")
    )
    substitute_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("substitute for")
    )

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [GistIndex(fields=["period"])]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(role=Role.ACCOUNT_MANAGER, route__isnull=False)
                    & Q(department__isnull=True, customer__isnull=True)
                )
                | (
                    Q(role=Role.MARKET_MANAGER, department__isnull=False)
                    & Q(route__isnull=True, customer__isnull=True)
                )
                | (
                    Q(role=Role.CUSTOMER, customer__isnull=False)
                    & Q(route__isnull=True, department__isnull=True)
                )
                | (
                    Q(role__in=[Role.INSPECTOR, Role.DISTRICT, Role.ADMIN])
                    & Q(route__isnull=True, department__isnull=True, customer__isnull=True)
                ),
                name="post_scope_fits_role",
            ),
            models.CheckConstraint(
                condition=Q(substitute_for__isnull=True) | Q(period__upper_inf=False),
                name="post_substitute_ends",
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}"


class EventQuerySet(models.QuerySet):
    def known(self, known_at):
        """What was known of the events at `known_at` (None: now)."""
        if known_at is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(received_at__lte=known_at).filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=known_at)
        )


class Event(models.Model):
    """Something around shops that changes their demand for a time (road works, a fair).

    Bitemporal and immutable: a correction is a new row with the same `key`, the old one gets its
    `superseded_at`.
    """

    key = models.CharField(_("key"), max_length=200)
    title = models.CharField(_("title"), max_length=120)
    starts_on = models.DateField(_("starts on"))
    expected_end = models.DateField(_("expected end"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    expected_factor = models.DecimalField(_("expected factor"), max_digits=5, decimal_places=3)
    customer_ids = ArrayField(models.BigIntegerField(), verbose_name=_("customers"))
    received_at = models.DateTimeField(_("received"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["starts_on", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(superseded_at__isnull=True), name="event_current_once"
            ),
            models.CheckConstraint(
                condition=Q(expected_end__gte=models.F("starts_on")), name="event_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(expected_factor__gt=0), name="event_factor_positive"
            ),
        ]

    def __str__(self):
        return self.title


class WorkDay(models.Model):
    """A day on which the weekday does not tell whether it is worked (workdays.py)."""

    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("worked"))
    name = models.CharField(_("why"), max_length=40)

    class Meta:
        verbose_name = _("exception of the work calendar")
        verbose_name_plural = _("work calendar")
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day:%Y-%m-%d} {self.name}"
