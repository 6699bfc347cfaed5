"""The names of the roles; who may see what is said in customers/scope.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    MARKET_MANAGER = "market_manager", _("Market manager")
    INSPECTOR = "inspector", _("Inspector")
    DISTRICT = "district", _("District staff")
    ADMIN = "admin", _("Administrator")
    CUSTOMER = "customer", _("Retail customer")
