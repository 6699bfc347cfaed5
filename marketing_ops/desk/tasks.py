"""What the workers do for the desk. Every task may come twice, late, or after its worker was
killed: what is done already is left alone, and what was stopped in the middle is done again."""

import gzip
from contextlib import suppress
from datetime import date, datetime, timedelta

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from marketing_ops import broker
from marketing_ops.desk.words import error_words
from marketing_ops.imports import Report, TableError, run_import
from marketing_ops.nightly import run_night
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Run, Upload, UploadProblem
from marketing_ops.runs.services import bury_the_dead

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
"""A file whose worker was killed so often is not taken up again by itself."""

# A worker takes a file up at once or is busy; asking again sooner would only make the queue long.
ASK_AGAIN = timedelta(minutes=1)
EXPIRES_SECONDS = 600


def hand_over(upload: Upload) -> bool:
    """Ask the workers to import the file; False without a broker: then beat asks later."""
    Upload.objects.filter(pk=upload.pk).update(asked_at=timezone.now())
    if broker.answers():
        with suppress(BrokerError, OSError):
            import_upload.apply_async((upload.pk,), retry=False, expires=EXPIRES_SECONDS)
            return True
    log.warning("no broker: the file waits", upload=upload.pk)
    Upload.objects.filter(pk=upload.pk).update(asked_at=None)
    return False


@shared_task
def import_upload(upload_id: int) -> None:
    """Import one uploaded file, unless somebody is at it or it is done."""
    with uploads.held(upload_id) as mine:
        if not mine:
            return
        upload = Upload.objects.filter(pk=upload_id).first()
        if upload is None or not upload.is_open:
            return
        with translation.override(upload.language):
            _attempt(upload)


def _attempt(upload: Upload) -> None:
    if upload.attempts >= MOST_ATTEMPTS:
        _fail(
            upload,
            _(
                "The import was stopped in the middle %(times)d times. %(why)s Start it again; if "
                "it stops again, split the file."
            )
            % {"times": upload.attempts, "why": _why(upload)},
        )
        return
    upload.attempts += 1
    upload.status = Upload.Status.RUNNING
    upload.save(update_fields=["attempts", "status"])
    if not uploads.is_kept(upload):
        _fail(upload, _("The file is no longer kept. Upload it again."))
        return
    try:
        report = _run(upload)
    except (InterfaceError, OperationalError):
        # Whether the row can be written now is anybody's guess: beat takes the file up again.
        raise
    except TableError as error:
        _fail(upload, str(error))
    except Exception as error:
        _fail(upload, error_words(f"{type(error).__name__}: {error}"))
        raise
    else:
        _settle(upload, report)


def _why(upload: Upload) -> str:
    """Why the last attempt came to no end."""
    bury_the_dead()
    last = upload.runs.first()
    return error_words(last.error) if last else ""


def _run(upload: Upload) -> Report:
    with gzip.open(
        uploads.problems_path(upload), "wt", compresslevel=1, encoding="utf-8-sig", newline=""
    ) as problems:
        return run_import(
            upload.kind,
            uploads.path_of(upload),
            by=upload.by,
            today=timezone.localdate(),
            effective=upload.effective,
            all_or_nothing=upload.all_or_nothing,
            dry_run=upload.dry_run,
            problems_to=problems,
            title=upload.name,
            upload=upload,
        )


def _settle(upload: Upload, report: Report) -> None:
    with transaction.atomic():
        upload.problems.all().delete()
        UploadProblem.objects.bulk_create(
            (
                UploadProblem(
                    upload=upload,
                    line=problem.line,
                    column=_storable(problem.column)[:200],
                    value=_storable(problem.value)[:200],
                    reason=_storable(problem.reason),
                )
                for problem in report.problems
            ),
            batch_size=1000,
        )
        upload.status = Upload.Status.DONE
        upload.error = ""
        upload.notes = [_storable(note) for note in report.notes]
        upload.problem_count = report.problem_count
        upload.save(update_fields=["status", "error", "notes", "problem_count"])


def _storable(text: str) -> str:
    """What PostgreSQL can keep: no NUL and no half characters."""
    return str(text).replace("\0", "␀").encode("utf-8", "replace").decode()


def _fail(upload: Upload, words: str) -> None:
    upload.status, upload.error = Upload.Status.FAILED, _storable(words)
    upload.save(update_fields=["status", "error"])


@shared_task
def look_after_uploads() -> None:
    """Asked by beat each minute: take up what was left lying, remove what is over."""
    now = timezone.now()
    for upload in uploads.left_lying(unasked_since=now - ASK_AGAIN):
        hand_over(upload)
    uploads.sweep(now=now)


@shared_task
def night_again(as_of: str, by: str, asked_at: str) -> None:
    """Run the night of a day again, unless one begun since it was asked for is done already."""
    day, asked = date.fromisoformat(as_of), datetime.fromisoformat(asked_at)
    done = Run.objects.filter(
        kind=Run.Kind.NIGHT, as_of=day, status=Run.Status.DONE, started_at__gte=asked
    )
    if not done.exists():
        run_night(as_of=day, by=by)
