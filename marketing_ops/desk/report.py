"""One import: how far it is, what came of it, what was wrong in the file, what it changed."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers.gate import requires
from customers.scope import Action
from marketing_ops.audit.models import Entry
from marketing_ops.desk import downloads
from marketing_ops.desk.changes import in_words
from marketing_ops.desk.forms import people_of
from marketing_ops.desk.rights import allowed
from marketing_ops.desk.tasks import hand_over
from marketing_ops.desk.words import TONES, error_words, step_title, took
from marketing_ops.imports import KINDS
from marketing_ops.lib.importing import MAX_KEPT
from marketing_ops.runs import live, uploads
from marketing_ops.runs.models import Run, Upload

PROBLEMS_PER_PAGE = 50
CHANGES_SHOWN = 50


class ProblemFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Line, column, value or reason"), required=False)


@require_safe
@requires(Action.SEE_RUNS)
def report(request: HttpRequest, number: int) -> HttpResponse:
    """The page; to htmx, which asks each second while it goes on, only the part that changes."""
    upload = get_object_or_404(Upload, pk=number)
    runs = list(upload.runs.all())
    context = {
        "upload": upload,
        "kind": KINDS[upload.kind].label if upload.kind in KINDS else upload.kind,
        "who": people_of([upload.by])[upload.by],
        "is_kept": uploads.is_kept(upload),
        "may_import": allowed(request, Action.IMPORT_FILES),
        "tone": TONES[upload.status],
        "attempts": [
            {"run": run, "tone": TONES[run.status], "words": error_words(run.error)} for run in runs
        ],
        "kept_days": uploads.KEPT_DAYS,
        **(_under_way(upload, runs) if upload.is_open else _outcome(request, upload, runs)),
    }
    part = request.headers.get("HX-Target") == "import"
    return render(request, "desk/_report.html" if part else "desk/report.html", context)


def _under_way(upload: Upload, runs: list[Run]) -> dict:
    """What the import is at. It may also be at nothing, where its worker was killed."""
    run = runs[0] if runs and runs[0].status == Run.Status.RUNNING else None
    lives = upload.pk in uploads.at_work()
    if run is None or not lives:
        return {"stopped": upload.status == Upload.Status.RUNNING and not lives}
    told = live.told([run.pk]).get(run.pk) or live.Progress(run.step, run.done, run.total)
    share = f"{100 * told.done // told.total}%" if told.total else ""
    return {"progress": told, "step": step_title(told.step or "read"), "share": share}


def _outcome(request, upload: Upload, runs: list[Run]) -> dict:
    last = next((run for run in runs if run.status == Run.Status.DONE), None)
    found, form = upload.problems.all(), ProblemFilter(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    if text:
        words = Q(column__icontains=text) | Q(value__icontains=text) | Q(reason__icontains=text)
        if text.isdecimal() and len(text) < 10:
            words |= Q(line=int(text))
        found = found.filter(words)
    outcome = {
        "run": last,
        "took": took(last, timezone.now()) if last else "",
        "form": form,
        "asked": {"q": text} if text else {},
        "page": Paginator(found, PROBLEMS_PER_PAGE).get_page(request.GET.get("page")),
        "most_kept": MAX_KEPT,
    }
    if last and not upload.dry_run:
        entries = Entry.objects.filter(
            at__gte=last.started_at, at__lte=last.finished_at, details__run=last.pk
        ).exclude(action="import")
        shown = list(entries[: CHANGES_SHOWN + 1])
        outcome["changes"] = in_words(shown[:CHANGES_SHOWN])
        outcome["more_changes"] = entries.count() if len(shown) > CHANGES_SHOWN else 0
    return outcome


@require_safe
@requires(Action.SEE_RUNS)
def problems_file(request: HttpRequest, number: int) -> StreamingHttpResponse:
    upload = _finished(number)
    return _attachment(downloads.problems(upload), f"problems-{upload.pk}.csv")


@require_safe
@requires(Action.SEE_RUNS)
def rejected_file(request: HttpRequest, number: int) -> StreamingHttpResponse:
    upload = _finished(number)
    return _attachment(downloads.rejected_rows(upload), f"rejected-{upload.pk}.csv")


def _finished(number: int) -> Upload:
    """An import that is over and whose file and list of problems are kept."""
    upload = get_object_or_404(Upload, pk=number, status=Upload.Status.DONE)
    if not uploads.is_kept(upload) or not uploads.problems_path(upload).is_file():
        raise Http404
    return upload


def _attachment(content, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
@requires(Action.IMPORT_FILES)
def original_file(request: HttpRequest, number: int) -> FileResponse:
    upload = get_object_or_404(Upload, pk=number)
    if not uploads.is_kept(upload):
        raise Http404
    return FileResponse(
        uploads.path_of(upload).open("rb"),
        as_attachment=True,
        filename=upload.name,
        content_type="application/octet-stream",
    )


@require_POST
@requires(Action.IMPORT_FILES)
def start_again(request: HttpRequest, number: int) -> HttpResponse:
    """Take a stopped or failed import up again, or import a file anew that is kept."""
    upload = get_object_or_404(Upload, pk=number)
    if not uploads.is_kept(upload):
        messages.error(request, _("The file is no longer kept. Upload it again."))
        return redirect("import", upload.pk)
    if not upload.is_open:
        try:
            upload = uploads.once_more(
                upload, by=request.user.get_username(), language=translation.get_language()
            )
        except uploads.Known as known:
            messages.info(request, _("This file is being imported already: you see it here."))
            return redirect("import", known.upload.pk)
    if not hand_over(upload):
        messages.warning(
            request,
            _(
                "The queue of the workers does not answer. The import starts by itself as soon as "
                "it does."
            ),
        )
    return redirect("import", upload.pk)
