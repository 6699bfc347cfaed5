"""What comes of a visit and has a life of its own: promises, questions, care, and what was told in
confidence."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.visits.models.visit import Visit


class OfVisit(models.Model):
    """A fact that a visit brought. It follows the shop: a successor finds it."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    visit = models.ForeignKey(Visit, models.CASCADE, related_name="+", verbose_name=_("visit"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    day = models.DateField(_("day"))

    class Meta:
        abstract = True


class Promise(OfVisit):
    """What the account manager promised the shop, until a visit keeps it."""

    text = models.TextField(_("text"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    kept_on = models.DateField(_("kept on"), null=True, blank=True)
    kept_at_visit = models.ForeignKey(
        Visit, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kept at")
    )

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        indexes = [
            models.Index(
                fields=["customer", "due_on"], condition=Q(kept_on=None), name="promise_open"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_on=None) | Q(kept_on__gte=F("day")), name="promise_kept_later"
            )
        ]

    def __str__(self):
        return self.text[:60]


class Question(OfVisit):
    """What the shopkeeper asked: answered at once, or passed on with a day for the answer."""

    class About(models.TextChoices):
        MARKETING = "marketing", _("marketing")
        MONOPOLY = "monopoly", _("monopoly administration")
        DELIVERY = "delivery", _("delivery")
        OTHER = "other", _("other")

    text = models.TextField(_("text"))
    about = models.CharField(_("about"), max_length=10, choices=About, default=About.OTHER)
    answer = models.TextField(_("answer"), blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        indexes = [
            models.Index(
                fields=["customer", "due_on"], condition=Q(answered_on=None), name="question_open"
            )
        ]

    def __str__(self):
        return self.text[:60]


class Care(OfVisit):
    """A single customer's trouble that wants more than a visit: illness, reading, the telephone or
    the deposit. It is open until somebody has acted on it."""

    text = models.TextField(_("text"))
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        verbose_name = _("care for a single customer")
        verbose_name_plural = _("care for single customers")
        indexes = [
            models.Index(fields=["customer"], condition=Q(done_on=None), name="care_open"),
        ]

    def __str__(self):
        return self.text[:60]


class ConfidentialReport(OfVisit):
    """Illegal cigarettes: what was seen or told. Only for who may SEE_CONFIDENTIAL; it appears in
    no visit, list or bundle."""

    class Kind(models.TextChoices):
        ILLEGAL = "illegal", _("sold illegally")
        FOREIGN_CHANNEL = "foreign_channel", _("from another channel")
        COUNTERFEIT = "counterfeit", _("counterfeit")
        OTHER = "other", _("other")

    found = models.BooleanField(_("found"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, blank=True)
    note = models.TextField(_("note"), blank=True)
    photos = ArrayField(models.CharField(max_length=64), default=list, verbose_name=_("photos"))

    class Meta:
        verbose_name = _("confidential report")
        verbose_name_plural = _("confidential reports")
        constraints = [
            models.UniqueConstraint(fields=["visit"], name="one_confidential_report_of_visit")
        ]

    def __str__(self):
        return f"#{self.pk}"
