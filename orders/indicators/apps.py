from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrderIndicatorsConfig(AppConfig):
    name = "orders.indicators"
    label = "order_indicators"
    verbose_name = _("Order indicators")
