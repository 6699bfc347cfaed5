"""One row per import or nightly run, and one per shard of a step: what it did and how far it is."""

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
