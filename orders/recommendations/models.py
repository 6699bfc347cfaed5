"""What was introduced to a shop at a visit, and what the shopkeeper said to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.models import Product
from customers.models import Customer
from customers.visits.models import Visit


class Introduction(models.Model):
    class Reaction(models.TextChoices):
        INTERESTED = "interested", _("interested")
        WILL_ORDER = "will_order", _("will order")
        REFUSED = "refused", _("refused")
        NONE = "none", _("said nothing")

    visit = models.ForeignKey(
        Visit, models.CASCADE, related_name="introductions", verbose_name=_("visit")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    day = models.DateField(_("day"))
    reaction = models.CharField(
        _("reaction"), max_length=10, choices=Reaction, default=Reaction.NONE
    )

    class Meta:
        verbose_name = _("introduction of a product")
        verbose_name_plural = _("introductions of products")
        indexes = [models.Index(fields=["customer", "-day"], name="introduction_of_shop")]
        constraints = [
            models.UniqueConstraint(fields=["visit", "product"], name="introduction_once")
        ]

    def __str__(self):
        return f"{self.day} {self.customer_id} {self.product_id}: {self.reaction}"
