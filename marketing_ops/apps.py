from django.apps import AppConfig


class MarketingOpsConfig(AppConfig):
    name = "marketing_ops"
