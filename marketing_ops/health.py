"""/healthz: is the site well, and did the last due night succeed? Names no secrets."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from inventory.indicators import services as indicators
from marketing_ops import broker
from marketing_ops.celery import app
from marketing_ops.nightly import due_day
from marketing_ops.runs.models import Run

WELL = "ok"
# A night that became due this long ago may still be under way.
GRACE_MINUTES = 30


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503; each part says in words what is wrong with it."""
    parts = {"database": _database(), "broker": _broker()}
    parts["worker"] = _worker() if parts["broker"] == WELL else "not asked: no broker"
    parts["night"] = _night() if parts["database"] == WELL else "not known: no database"
    parts["disk"] = _disk()
    well = all(said.startswith(WELL) for said in parts.values())
    return JsonResponse(
        {"status": WELL if well else "not well", **parts}, status=200 if well else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "no answer: is PostgreSQL up, and does DATABASE_URL point to it?"
    return WELL


def _broker() -> str:
    if not broker.answers():
        return "no answer: is Redis up, and does REDIS_URL point to it?"
    return WELL


def _worker() -> str:
    try:
        answers = app.control.ping(timeout=1.0, limit=1)
    except (OperationalError, RedisError, OSError):
        return "not reached: the broker gave no answer"
    return WELL if answers else "no worker answers: is one started (celery worker)?"


def _disk() -> str:
    """Photos and files that are handed in need room; without any, visits are kept but not they."""
    free = shutil.disk_usage(settings.VAR_DIR).free // 10**6
    if free < settings.DISK_ALARM_MB:
        return f"nearly full: {free} MB are free where VAR_DIR is; make room or add some"
    return WELL


def _night() -> str:
    due = due_day(timezone.now() - timedelta(minutes=GRACE_MINUTES))
    if indicators.has_results(due):
        return f"{WELL}: {due}"
    last = Run.objects.filter(kind=Run.Kind.NIGHT, as_of=due).first()
    if last is None:
        return f"the night of {due} did not run: is celery beat started?"
    if last.status == Run.Status.RUNNING:
        return f"the night of {due} is still running: {last.step} {last.done} of {last.total}"
    return f"the night of {due} failed: see run {last.pk}"
