"""The page of runs: nights and imports, how far they are and what became of them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError as BrokerError

from customers.gate import requires
from customers.scope import Action
from inventory.indicators.models import ResultSet
from marketing_ops import broker
from marketing_ops.audit import services as audit
from marketing_ops.desk.forms import NightForm, RunFilter, people_of
from marketing_ops.desk.rights import allowed
from marketing_ops.desk.tasks import night_again
from marketing_ops.desk.words import (
    TONES,
    counts_words,
    duration,
    error_words,
    run_title,
    step_title,
    took,
)
from marketing_ops.nightly import STEPS
from marketing_ops.runs import live
from marketing_ops.runs.models import Run

PER_PAGE = 25
SETS_SHOWN = 60


@dataclass(slots=True)
class Line:
    """A run as the page shows it. `step` and `progress` while it goes on, then `words`."""

    run: Run
    title: str
    who: str
    tone: str
    took: str
    words: str
    step: str = ""
    progress: live.Progress | None = None


@dataclass(slots=True)
class StepLine:
    """One step of a night: shards done, and the time from when it could begin to its end."""

    title: str
    after: list[str]
    done: int
    total: int
    took: str = ""


@require_safe
@requires(Action.SEE_RUNS)
def runs(request: HttpRequest) -> HttpResponse:
    return _page(request, NightForm(today=request.today))


def _page(request, night_form, *, status=200) -> HttpResponse:
    filters = RunFilter(request.GET)
    asked = filters.asked()
    found = Run.objects.filter(**{name.replace("day", "as_of"): asked[name] for name in asked})
    if "day" in asked:
        found = found.filter(kind=Run.Kind.NIGHT)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    lines = _lines(list(page.object_list))
    context = {
        "night_form": night_form if allowed(request, Action.RUN_NIGHTS) else None,
        "filters": filters,
        "asked": asked,
        "page": page,
        "lines": lines,
        "live": any(line.run.status == Run.Status.RUNNING for line in lines),
        "sets": ResultSet.objects.complete()[:SETS_SHOWN],
    }
    return render(request, "desk/runs.html", context, status=status)


@require_safe
@requires(Action.SEE_RUNS)
def run(request: HttpRequest, number: int) -> HttpResponse:
    """One run; to htmx, which asks each second while it goes on, only the part that changes."""
    this = get_object_or_404(Run.objects.select_related("upload"), pk=number)
    [line] = _lines([this])
    context = {
        "line": line,
        "run": this,
        "steps": _steps(this) if this.kind == Run.Kind.NIGHT else [],
        "counts": _counts(this),
        "live": this.status == Run.Status.RUNNING,
    }
    part = request.headers.get("HX-Target") == "run"
    return render(request, "desk/_run.html" if part else "desk/run.html", context)


def _lines(found: list[Run]) -> list[Line]:
    people = people_of(run.by for run in found)
    running = [run for run in found if run.status == Run.Status.RUNNING]
    told = live.told(run.pk for run in running if run.kind == Run.Kind.IMPORT)
    now = timezone.now()
    lines = []
    for run in found:
        line = Line(
            run=run,
            title=run_title(run),
            who=people[run.by],
            tone=TONES[run.status],
            took=took(run, now),
            words=error_words(run.error),
        )
        if run.status == Run.Status.RUNNING:
            line.progress = told.get(run.pk) or live.Progress(run.step, run.done, run.total)
            line.step = step_title(line.progress.step)
        elif run.error and run.step:
            line.step = step_title(run.step)
        elif run.kind == Run.Kind.IMPORT and run.counts:
            line.words = counts_words(run.counts)
        lines.append(line)
    return lines


def _steps(run: Run) -> list[StepLine]:
    """The steps of a night in order, with their shards and times."""
    sums = {
        row["step"]: row
        for row in run.shards.order_by()
        .values("step")
        .annotate(total=Count("pk"), finished=Count("done_at"), last=Max("done_at"))
    }
    ended: dict[str, datetime] = {}
    lines = []
    for step in STEPS:
        if step.name not in sums:
            continue
        found = sums[step.name]
        line = StepLine(
            title=str(step.title),
            after=[step_title(name) for name in step.after if name in sums],
            done=found["finished"],
            total=found["total"],
        )
        begun = max([run.started_at, *(ended[n] for n in step.after if n in ended)])
        if found["last"] and found["finished"] == found["total"]:
            ended[step.name] = found["last"]
            line.took = duration((found["last"] - begun).total_seconds())
        lines.append(line)
    return lines


def _counts(run: Run) -> list[tuple[str, object]]:
    """What the run counted, named as the record names it."""
    return sorted(run.counts.items())


@require_POST
@requires(Action.RUN_NIGHTS)
def run_night_again(request: HttpRequest) -> HttpResponse:
    form = NightForm(request.POST, today=request.today)
    if not form.is_valid():
        return _page(request, form, status=422)
    day = form.cleaned_data["day"]
    if not _ask_for_night(day, by=request.user.get_username()):
        messages.error(
            request,
            _(
                "The queue of the workers does not answer, so no night was started. See whether "
                "Redis runs, then ask again."
            ),
        )
        return redirect("runs")
    audit.record(by=request.user.get_username(), action="run night again", subject=f"night {day}")
    messages.success(
        request,
        _(
            "The night of %(day)s was asked for. It begins as soon as a worker is free and no "
            "other night runs; its progress is shown below."
        )
        % {"day": day},
    )
    return redirect("runs")


def _ask_for_night(day, *, by: str) -> bool:
    if not broker.answers():
        return False
    try:
        night_again.apply_async((f"{day}", by, timezone.now().isoformat()), retry=False)
    except (BrokerError, OSError):
        return False
    return True
