"""The page of imports: hand in a file, see all imports there were, fetch empty files."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from customers.gate import requires
from customers.scope import Action
from marketing_ops.desk.downloads import BOM
from marketing_ops.desk.forms import ImportFilter, ImportForm, people_of
from marketing_ops.desk.receive import MOST_MB, ToDisk
from marketing_ops.desk.rights import allowed, wants_second_factor
from marketing_ops.desk.tasks import hand_over
from marketing_ops.desk.words import TONES, error_words, step_title, took
from marketing_ops.imports import KINDS
from marketing_ops.runs import live, uploads
from marketing_ops.runs.models import Run, Upload

PER_PAGE = 25
COUNTS = ("read", "new", "changed", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Line:
    """One import of the history. `words` is what it is at, or what stopped it."""

    address: str
    name: str
    kind: str
    who: str
    when: object
    status: str
    tone: str
    words: str
    counts: dict
    took: str
    dry_run: bool


@require_safe
@requires(Action.SEE_RUNS)
def imports(request: HttpRequest) -> HttpResponse:
    return _page(request, ImportForm())


@csrf_exempt  # Checked by _receive, after the gate and after it is said where the file goes.
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.IMPORT_FILES)
def new_import(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("imports")  # the page of a form that had errors, loaded again
    keeper = ToDisk(request)
    request.upload_handlers = [keeper]
    try:
        return _receive(request)
    finally:
        keeper.clean_up()


@csrf_protect
def _receive(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        upload = uploads.accept(
            file=file.path,
            sha256=file.sha256,
            size=file.size,
            name=file.name,
            kind=form.cleaned_data["kind"],
            by=request.user.get_username(),
            language=translation.get_language(),
            effective=form.cleaned_data["effective"],
            all_or_nothing=form.cleaned_data["all_or_nothing"],
            dry_run=form.cleaned_data["dry_run"],
        )
    except uploads.Known as known:
        return _page(
            request, ImportForm(initial=request.POST.dict()), status=422, known=known.upload
        )
    if not hand_over(upload):
        messages.warning(
            request,
            _(
                "The file is here and kept, but the queue of the workers does not answer. The "
                "import starts by itself as soon as it does."
            ),
        )
    return _go(request, reverse("import", args=[upload.pk]))


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """To another page, whether the form was sent by htmx or by the browser itself."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _page(request, form, *, status=200, known: Upload | None = None) -> HttpResponse:
    may_import = allowed(request, Action.IMPORT_FILES)
    unproven = may_import and wants_second_factor(request, Action.IMPORT_FILES)
    filters = ImportFilter(request.GET)
    asked = filters.asked()
    page = Paginator(_runs(asked), PER_PAGE).get_page(request.GET.get("page"))
    waiting = list(Upload.objects.filter(status=Upload.Status.WAITING, runs=None))
    lines = _lines(list(page.object_list))
    context = {
        "form": form if may_import and not unproven else None,
        "unproven": unproven,
        "known": known,
        "most_mb": MOST_MB,
        "kept_days": uploads.KEPT_DAYS,
        "kinds": KINDS.values(),
        "filters": filters,
        "asked": asked,
        "page": page,
        "lines": lines,
        "waiting": waiting,
        "live": bool(waiting) or any(line.status == Run.Status.RUNNING for line in lines),
    }
    return render(request, "desk/imports.html", context, status=status)


def _runs(asked: dict) -> QuerySet[Run]:
    runs = Run.objects.filter(kind=Run.Kind.IMPORT).select_related("upload")
    if "kind" in asked:
        runs = runs.filter(title__startswith=f"{asked['kind']} ")
    if "q" in asked:
        runs = runs.filter(title__icontains=asked["q"])
    for name, lookup in (
        ("status", "status"),
        ("by", "by"),
        ("since", "started_at__date__gte"),
        ("until", "started_at__date__lte"),
    ):
        if name in asked:
            runs = runs.filter(Q(**{lookup: asked[name]}))
    return runs


def _lines(runs: list[Run]) -> list[Line]:
    people = people_of(run.by for run in runs)
    told = live.told(run.pk for run in runs if run.status == Run.Status.RUNNING)
    now = timezone.now()
    return [_line(run, people[run.by], told.get(run.pk), now) for run in runs]


def _line(run: Run, who: str, told: live.Progress | None, now) -> Line:
    kind, _space, name = run.title.partition(" ")
    words = error_words(run.error)
    if run.status == Run.Status.RUNNING:
        words = step_title(told.step if told else run.step)
    address = (
        reverse("import", args=[run.upload_id]) if run.upload_id else reverse("run", args=[run.pk])
    )
    return Line(
        address=address,
        name=name,
        kind=str(KINDS[kind].label) if kind in KINDS else kind,
        who=who,
        when=run.started_at,
        status=run.get_status_display(),
        tone=TONES[run.status],
        words=words,
        counts=run.counts,
        took=took(run, now),
        dry_run=bool(run.counts.get("dry_run")),
    )


@require_safe
@requires(Action.IMPORT_FILES)
def empty_file(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """A file with nothing but the column names, in Chinese or in English."""
    if kind not in KINDS or language not in ("zh", "en"):
        raise Http404
    return HttpResponse(
        BOM + KINDS[kind].template(chinese=language == "zh"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{kind}-{language}.csv"'},
    )
