"""What a person reports of a day, a week or a month, and the 135 page of a month."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Report(models.Model):
    """A draft until it is handed in; from then on nothing of it changes (a trigger).

    `words`: the person's own, by item. `facts`: what the system knew when it was handed in, by item
    [[code, values]]; they name visits and shops by their keys, so that what is erased there is
    erased here. `visits`: the keys of the visits that were there then.
    """

    class Kind(models.TextChoices):
        DAY = "day", _("Daily report")
        WEEK = "week", _("Weekly summary")
        MONTH = "month", _("Monthly summary")
        CYCLE = "cycle", _("135 method")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    first_day = models.DateField(_("first day"))
    words = models.JSONField(_("in words"), default=dict)
    facts = models.JSONField(_("facts"), null=True, blank=True)
    visits = models.JSONField(_("visits"), default=list)
    saved_at = models.DateTimeField(_("saved"))
    handed_in_at = models.DateTimeField(_("handed in"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-first_day", "kind", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "first_day"], name="one_report_each"),
            models.CheckConstraint(
                condition=Q(handed_in_at__isnull=True) | Q(facts__isnull=False),
                name="report_handed_in_with_its_facts",
            ),
        ]
        indexes = [models.Index(fields=["kind", "first_day"], name="report_of_day")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.first_day}"


class ReportRead(models.Model):
    """That who leads has read a report."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="reads", verbose_name=_("report")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("reading of a report")
        verbose_name_plural = _("readings of reports")
        constraints = [models.UniqueConstraint(fields=["report", "user"], name="report_read_once")]

    def __str__(self):
        return f"{self.report_id} {self.user_id}"


class ReportComment(models.Model):
    """What is said of a report that was handed in, in the order of saying."""

    report = models.ForeignKey(
        Report, models.CASCADE, related_name="comments", verbose_name=_("report")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["at", "pk"]

    def __str__(self):
        return self.text[:60]


class Unvisited(models.Model):
    """Why a planned shop was not visited; said by who should have, until the report is in."""

    class Why(models.TextChoices):
        CLOSED = "closed", _("the shop was shut")
        AWAY = "away", _("nobody there to talk to")
        TIME = "time", _("the time did not suffice")
        MOVED = "moved", _("put off to another day")
        OTHER_WORK = "other_work", _("called to other work")
        WEATHER = "weather", _("weather or road")
        OTHER = "other", _("another reason")

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    day = models.DateField(_("day"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    why = models.CharField(_("why"), max_length=10, choices=Why)

    class Meta:
        verbose_name = _("reason of an unvisited shop")
        verbose_name_plural = _("reasons of unvisited shops")
        constraints = [
            models.UniqueConstraint(fields=["customer", "day", "by"], name="unvisited_for_a_reason")
        ]
        indexes = [models.Index(fields=["day"], name="unvisited_on_day")]

    def __str__(self):
        return f"{self.day} {self.customer_id}"
