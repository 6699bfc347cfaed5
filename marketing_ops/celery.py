"""The Celery application; workers find the tasks of the installed apps through it."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")

app = Celery("marketing_ops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["marketing_ops"], related_name="nightly")
app.autodiscover_tasks(["marketing_ops"], related_name="visiting")
app.autodiscover_tasks(["marketing_ops.desk"])


@setup_logging.connect
def _keep_our_logging(**kwargs):
    """Celery would else replace the logging that Django's settings made."""
