"""Files that were handed in: kept under VAR_DIR by what they hold, and taken up by one worker.

Nothing here is under a public address; the pages hand a file out after the gate was passed. The
same content lies there once, however often it was handed in.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from marketing_ops.runs.models import Upload

KEPT_DAYS = 90
"""So long a file and the list of its problems are kept; counts and history stay."""

_INCOMING_HOURS = 24  # after which a file that never arrived whole is swept away
_HOLD = 7_310_030  # a namespace of PostgreSQL's advisory locks; the upload's number beside it


class Known(Exception):
    """This file is being imported, or was; `upload` is that import."""

    def __init__(self, upload: Upload):
        self.upload = upload


def folder(name: str = "") -> Path:
    """VAR_DIR/uploads, or a folder below it; made if need be, for nobody else to read."""
    top = Path(settings.VAR_DIR) / "uploads"
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = top / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(upload: Upload) -> Path:
    return folder() / upload.sha256


def problems_path(upload: Upload) -> Path:
    """All problems of the last attempt, as gzip of CSV."""
    return folder("problems") / f"{upload.pk}.csv.gz"


def is_kept(upload: Upload) -> bool:
    return upload.removed_at is None and path_of(upload).is_file()


def accept(
    *,
    file: Path,
    sha256: str,
    size: int,
    name: str,
    kind: str,
    by: str,
    language: str,
    effective: date | None,
    all_or_nothing: bool,
    dry_run: bool,
) -> Upload:
    """Keep a file that has arrived whole (`file` is moved) and note that it is to be imported.

    Raises Known where the same file is being imported, or was imported already in this way.
    """
    wanted = Upload(
        kind=kind,
        name=name,
        size=size,
        sha256=sha256,
        by=by,
        language=language,
        uploaded_at=timezone.now(),
        effective=effective,
        all_or_nothing=all_or_nothing,
        dry_run=dry_run,
    )
    if (known := _imported(wanted)) is not None:
        raise Known(known)
    # Before the row, so that no worker looks for a file that is not there yet.
    os.replace(file, path_of(wanted))
    return _open(wanted)


def once_more(upload: Upload, *, by: str, language: str) -> Upload:
    """Import a kept file again: the real run after a trial, or after the master data were mended.

    A failed import keeps its row and gets another attempt; a finished one stays as it is, and a
    new one stands beside it. Raises Known where the file is being imported.
    """
    if upload.status == Upload.Status.FAILED:
        upload.status, upload.attempts, upload.error = Upload.Status.WAITING, 0, ""
        upload.asked_at = None
        return _open(upload)
    return _open(
        Upload(
            kind=upload.kind,
            name=upload.name,
            size=upload.size,
            sha256=upload.sha256,
            by=by,
            language=language,
            uploaded_at=timezone.now(),
            effective=upload.effective,
            all_or_nothing=upload.all_or_nothing,
        )
    )


def _open(upload: Upload) -> Upload:
    try:
        with transaction.atomic():
            upload.save()
    except IntegrityError:
        known = Upload.objects.filter(
            sha256=upload.sha256, kind=upload.kind, status__in=Upload.OPEN
        ).first()
        if known is None:  # it came to its end in between
            return _open(upload)
        raise Known(known) from None
    return upload


def _imported(wanted: Upload) -> Upload | None:
    """The import that this one would repeat. One that wrote nothing (a trial, or all or nothing
    with bad rows) is none."""
    if wanted.dry_run:
        return None
    same = Upload.objects.filter(
        sha256=wanted.sha256,
        kind=wanted.kind,
        effective=wanted.effective,
        dry_run=False,
        status=Upload.Status.DONE,
    )
    return same.exclude(all_or_nothing=True, problem_count__gt=0).first()


@contextmanager
def held(upload_id: int) -> Iterator[bool]:
    """Whether this process, and no other, is at the upload while the block lasts.

    The lock belongs to the database connection: a killed process lets go of it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_HOLD, upload_id])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            # A lost connection has let go of it already.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_HOLD, upload_id])


def at_work() -> set[int]:
    """The uploads at which a living process is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks JOIN pg_database AS d ON d.oid = database"
            " WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted"
            " AND datname = current_database()",
            [_HOLD],
        )
        return {int(row[0]) for row in cursor.fetchall()}


def left_lying(*, unasked_since: datetime) -> list[Upload]:
    """Open uploads that nobody is at, and that were not handed to the workers since then."""
    found = Upload.objects.filter(status__in=Upload.OPEN).exclude(asked_at__gte=unasked_since)
    busy = at_work()
    return [upload for upload in found.order_by("pk") if upload.pk not in busy]


def sweep(*, now: datetime) -> int:
    """Remove files whose time is over, with the lists of their problems, and what never arrived
    whole; returns how many uploads lost their file."""
    for path in folder("incoming").iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - timedelta(hours=_INCOMING_HOURS)).timestamp():
                path.unlink()
    over = Upload.objects.filter(
        removed_at=None, uploaded_at__lt=now - timedelta(days=KEPT_DAYS)
    ).exclude(status__in=Upload.OPEN)
    removed = 0
    for upload in over:
        with transaction.atomic():
            upload.problems.all().delete()
            upload.removed_at = now
            upload.save(update_fields=["removed_at"])
        problems_path(upload).unlink(missing_ok=True)
        if not Upload.objects.filter(sha256=upload.sha256, removed_at=None).exists():
            path_of(upload).unlink(missing_ok=True)
        removed += 1
    return removed
