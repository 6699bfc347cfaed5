"""Keeping the record of a run: started, how far, how it ended."""

from contextlib import contextmanager, suppress

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from marketing_ops.runs.models import Run

log = structlog.get_logger(__name__)

_LIVES = 7_310_020  # a namespace of PostgreSQL's advisory locks; the run's number beside it


def start(*, kind: str, title: str, by: str, as_of=None, known_at=None, **inputs) -> Run:
    """A new running run; `inputs` (JSON) is what it was told: a file's name, a rule set."""
    now = timezone.now()
    run = Run.objects.create(
        kind=kind,
        title=title,
        by=by,
        started_at=now,
        beat_at=now,
        as_of=as_of,
        known_at=known_at,
        inputs=inputs,
    )
    log.info("run started", run=run.pk, kind=kind, title=title, by=by)
    return run


def progress(run: Run, *, step: str, done: int, total: int) -> None:
    """Say how far a run is; also its sign of life."""
    run.step, run.done, run.total, run.beat_at = step, done, total, timezone.now()
    run.save(update_fields=["step", "done", "total", "beat_at"])


def finish(run: Run, *, counts: dict | None = None, error: str = "") -> None:
    run.status = Run.Status.FAILED if error else Run.Status.DONE
    run.finished_at = run.beat_at = timezone.now()
    # PostgreSQL has no text with NULs, and a reason can quote a damaged file.
    run.error = error.replace("\0", "␀")
    run.counts = {**run.counts, **(counts or {})}
    run.save(update_fields=["status", "finished_at", "beat_at", "error", "counts"])
    log.info("run finished", run=run.pk, status=run.status, error=error, **run.counts)


@contextmanager
def recorded(*, kind: str, title: str, by: str, as_of=None, known_at=None, **inputs):
    """A run around a block: done at its end, failed (with the reason) if it raises.

    While it lasts its process holds a lock of PostgreSQL, by which bury_the_dead knows it lives.
    """
    bury_the_dead()
    # Nobody sees the run before its lock is held: it would be taken for dead.
    with transaction.atomic(), connection.cursor() as cursor:
        run = start(kind=kind, title=title, by=by, as_of=as_of, known_at=known_at, **inputs)
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LIVES, run.pk])
    try:
        yield run
    except BaseException as error:
        finish(run, error=f"{type(error).__name__}: {error}")
        raise
    finally:
        # A lost connection has let go of it already.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LIVES, run.pk])
    if run.status == Run.Status.RUNNING:
        finish(run)


def bury_the_dead() -> None:
    """Runs that count as running though no process holds their lock were killed: say so."""
    with connection.cursor() as cursor:
        for run in Run.objects.filter(status=Run.Status.RUNNING):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LIVES, run.pk])
            if cursor.fetchone()[0]:
                try:
                    # It may have come to its end after we read that it runs.
                    if Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).exists():
                        finish(run, error="Killed before its end; starting it again heals it.")
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LIVES, run.pk])
