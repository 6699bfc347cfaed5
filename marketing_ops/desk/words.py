"""What runs are at and what stopped them, in plain words."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketing_ops.imports import KINDS
from marketing_ops.nightly import STEPS
from marketing_ops.runs.models import Run, Upload

STEP_TITLES = {step.name: step.title for step in STEPS} | {
    "publish": gettext_lazy("Showing the results to everybody"),
    "read": gettext_lazy("Reading and checking the rows"),
    "check": gettext_lazy("Looking for rows that contradict each other"),
    "write": gettext_lazy("Writing what is new or changed"),
}
TONES = {
    Run.Status.RUNNING: "info",
    Run.Status.DONE: "good",
    Run.Status.FAILED: "bad",
    Upload.Status.WAITING: "quiet",
}
_OUTCOMES = ("new", "changed", "unchanged", "rejected")
# How an error begins in the record -> what it means to who looks after the site.
_MEANINGS = (
    (
        "Killed before its end",
        gettext_lazy("It was stopped in the middle (a restart, or too little memory)."),
    ),
    (
        r"(OperationalError|InterfaceError|DatabaseError)",
        gettext_lazy("The database did not answer or broke off."),
    ),
    ("MemoryError", gettext_lazy("There was not enough memory.")),
    (r"OSError: \[Errno 28\]", gettext_lazy("The disk is full.")),
)


def step_title(name: str) -> str:
    return str(STEP_TITLES.get(name, name))


def error_words(error: str) -> str:
    """What a run's error means. The reason for which a file was refused is in plain words already;
    of the rest the record's own words follow, for who looks after the site."""
    if not error:
        return ""
    if error.startswith("TableError: "):
        return error.removeprefix("TableError: ")
    for pattern, meaning in _MEANINGS:
        if re.match(pattern, error):
            return str(meaning)
    return _("Something unexpected went wrong. The log of the workers says more: %(error)s") % {
        "error": error[:300]
    }


def run_title(run: Run) -> str:
    if run.kind == Run.Kind.NIGHT:
        return _("Night of %(day)s") % {"day": run.as_of}
    if run.kind == Run.Kind.IMPORT:
        kind, _space, file = run.title.partition(" ")
        if kind in KINDS:
            return f"{KINDS[kind].label} · {file}"
    return run.title


def counts_words(counts: dict) -> str:
    """What an import did, in one line."""
    words = _(
        "%(read)d rows: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, "
        "%(rejected)d rejected"
    ) % {name: counts.get(name, 0) for name in ("read", *_OUTCOMES)}
    return _("trial run: %(words)s") % {"words": words} if counts.get("dry_run") else words


def took(run: Run, now) -> str:
    """How long a run took, or has been at it."""
    return duration(((run.finished_at or now) - run.started_at).total_seconds())


def duration(seconds: float) -> str:
    seconds = max(0, seconds)
    if seconds < 60:
        return _("%(seconds).1f s") % {"seconds": seconds}
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
