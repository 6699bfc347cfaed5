"""What beat does at its start, and how one sees that it lives."""

from marketing_ops.beat import SIGN_OF_LIFE, Scheduler
from marketing_ops.celery import app


def test_a_start_asks_for_everything_at_once_and_leaves_a_sign_of_life(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    asked = []
    scheduler = Scheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    scheduler.producer = None  # no broker is needed
    scheduler.apply_entry = lambda entry, producer: asked.append(entry.task)
    for _entry in scheduler.schedule:
        scheduler.tick()
    assert sorted(asked) == sorted(e["task"] for e in settings.CELERY_BEAT_SCHEDULE.values())
    assert "marketing_ops.nightly.night_if_due" in asked
    assert (tmp_path / SIGN_OF_LIFE).exists()
    assert 0 < scheduler.tick() <= Scheduler.max_interval
    assert len(asked) == len(scheduler.schedule)


def test_every_task_that_beat_asks_for_is_known_to_the_workers(settings):
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert wanted <= set(app.tasks)
