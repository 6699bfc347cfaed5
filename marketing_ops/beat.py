"""Celery beat's scheduler of ours: asks for everything once at its start, and shows that it lives.

Each task of the schedule finds out by itself whether there is something to do (`night_if_due`), so
nothing has to be remembered from one start to the next, and a night that was missed while the
machine was off is caught up at once.
"""

from datetime import timedelta
from pathlib import Path

from celery import beat
from django.conf import settings

SIGN_OF_LIFE = "beat.alive"  # in VAR_DIR; deploy/healthcheck.py looks at its time
MOST_SECONDS = 60


class Scheduler(beat.Scheduler):
    max_interval = MOST_SECONDS

    def setup_schedule(self):
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - timedelta(days=1)

    def tick(self, *args, **kwargs):
        pause = super().tick(*args, **kwargs)
        Path(settings.VAR_DIR, SIGN_OF_LIFE).touch()
        return pause
