"""The kinds of files that come in, and the one way to import them: page, command and demo."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from django.utils import timezone

from brands.imports import PRODUCTS
from customers.import_events import EVENTS
from customers.imports import CUSTOMERS
from inventory.uploads.ledger import LEDGER
from marketing_ops.audit import services as audit
from marketing_ops.lib.importing import Job, Kind, Report, TableError
from marketing_ops.runs import live
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run, Upload
from orders.imports import ORDERS
from orders.placing.services import follow_orders

__all__ = ["KINDS", "Report", "TableError", "run_import"]

# In the order in which a district's first files go in.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (CUSTOMERS, PRODUCTS, LEDGER, ORDERS, EVENTS)}
SECONDS_BETWEEN_SIGNS = 1.0


def run_import(
    kind: str,
    source: Any,
    *,
    by: str,
    today: date,
    effective: date | None = None,
    all_or_nothing: bool = False,
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    problems_to: TextIO | None = None,
    title: str = "",
    upload: Upload | None = None,
) -> Report:
    """Import `source` (a path or an open, seekable binary file) as a file of that kind.

    `by` is a user name; `today` counts as today; `effective` is from when changes of dated things
    hold (None: the kind's default). `progress(step, done, total)` is called as it goes on; the
    run record and what others see of it (runs/live.py) follow at most once a second. `problems_to`
    receives every problem as CSV; the report keeps the first 5,000. `upload`: what it is an attempt
    at. Raises TableError, with the reason, when the file as a whole
    cannot be read; then nothing was imported.
    """
    title = title or _title(source)
    with runs.recorded(
        kind=Run.Kind.IMPORT, title=f"{kind} {title}"[:200], by=by, as_of=today
    ) as run:
        if upload is not None:
            run.upload = upload
            run.save(update_fields=["upload"])
        job = Job(
            KINDS[kind],
            source,
            by=by,
            today=today,
            effective=effective,
            all_or_nothing=all_or_nothing,
            dry_run=dry_run,
            progress=_Progress(run, progress),
            problems_to=problems_to,
            run=run,
        )
        job.kind.load(job)
        report = job.report
        if kind == ORDERS.name and not dry_run and report.new + report.changed:
            follow_orders(today=today, at=timezone.now())
        if not dry_run and report.new + report.changed:
            audit.record(
                by=by,
                action="import",
                subject=f"{kind} {title}"[:200],
                run=run.pk,
                **report.counts(),
            )
        runs.finish(run, counts=report.counts() | {"dry_run": int(dry_run)})
    return report


def _title(source: Any) -> str:
    return Path(str(getattr(source, "name", source))).name


class _Progress:
    """Hands progress on, and to the run record and its onlookers now and then."""

    def __init__(self, run: Run, then: Callable[[str, int, int], None] | None):
        self.run, self.then = run, then
        self.told = time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        if self.then:
            self.then(step, done, total)
        if time.monotonic() - self.told >= SECONDS_BETWEEN_SIGNS:
            self.told = time.monotonic()
            runs.progress(self.run, step=step, done=min(done, total), total=total)
            live.tell(self.run.pk, step, min(done, total), total)
