"""One row per import or nightly run, and one per shard of a step: what it did and how far it is;
and one per file that was handed in through the pages, with what was wrong in it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    class Kind(models.TextChoices):
        IMPORT = "import", _("Import")
        NIGHT = "night", _("Night")
        DEMO = "demo", _("Demo district")

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RUNNING)
    by = models.CharField(_("started by"), max_length=150)
    started_at = models.DateTimeField(_("started"))
    # Moves on with every step and shard; a running run whose beat stands still was killed.
    beat_at = models.DateTimeField(_("last sign of life"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    known_at = models.DateTimeField(_("known at"), null=True, blank=True)
    # What it was told or fixed for itself at its start: file name, rule set, result set.
    inputs = models.JSONField(_("inputs"), default=dict, blank=True)
    step = models.CharField(_("step"), max_length=40, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    # The file that an import was an attempt at; none for imports by command.
    upload = models.ForeignKey(
        "Upload", models.SET_NULL, null=True, blank=True, related_name="runs",
        verbose_name=_("uploaded file"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["kind", "as_of", "status"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, status="running")
                | (Q(finished_at__isnull=False) & ~Q(status="running")),
                name="run_finished_unless_running",
            )
        ]

    def __str__(self):
        return self.title


class Shard(models.Model):
    """A piece of a step. Who works on it holds its row lock, so a killed worker lets go of it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="shards")
    step = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    done_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "number"], name="shard_once_per_step")
        ]

    def __str__(self):
        return f"{self.step} {self.number}"


class Upload(models.Model):
    """A file that somebody handed in to be imported, what they asked for, and what came of it.

    The file itself lies under VAR_DIR (uploads.py) until its time is over; the row stays. Each
    attempt at it is a Run.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (Status.WAITING, Status.RUNNING)

    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("file"), max_length=200)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    by = models.CharField(_("who"), max_length=150)
    # In which the report is written.
    language = models.CharField(max_length=10)
    uploaded_at = models.DateTimeField(_("when"))
    effective = models.DateField(_("effective from"), null=True, blank=True)
    all_or_nothing = models.BooleanField(_("all or nothing"), default=False)
    dry_run = models.BooleanField(_("trial run"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it was last handed to the workers; empty: not yet, for want of a broker.
    asked_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    notes = models.JSONField(_("remarks"), default=list, blank=True)
    problem_count = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(_("file removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        ordering = ["-uploaded_at", "-id"]
        indexes = [models.Index(fields=["sha256", "kind"])]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "kind"],
                condition=Q(status__in=["waiting", "running"]),
                name="upload_open_once",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class UploadProblem(models.Model):
    """One thing wrong in one row of an uploaded file; the first 5,000 are kept."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    reason = models.TextField(_("reason"))

    class Meta:
        ordering = ["line", "id"]

    def __str__(self):
        return f"{self.line}: {self.reason}"
