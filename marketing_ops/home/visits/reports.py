"""Daily reports, weekly and monthly summaries, and the month's page of the 135 method.

They write themselves from what was recorded; the person adds judgement, hands in once, and who
leads reads and comments.
"""

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import workdays as calendar
from customers.gate import requires
from customers.scope import ALLOWED, Action
from customers.visits import report_facts
from customers.visits.models import MonthPlan, Report
from customers.visits.pages.asked import day_of, month_of
from customers.visits.report_facts import Facts, Scope, scope_of
from customers.visits.rules import reporting
from customers.visits.services import reports as services
from marketing_ops.home.visits import shop_facts
from marketing_ops.home.visits.report_words import TITLES, WHYS, Words
from marketing_ops.lib.periods import Period
from marketing_ops.lib.workdays import on_or_before

SHOWN = 60  # reports in a list
HINTS = {
    "problems": gettext_lazy("What came up in several shops?"),
    "gains": gettext_lazy("What was achieved today?"),
    "analyse": gettext_lazy("What do the figures say, and why?"),
    "plan": gettext_lazy("What is to be done, for which shops and brands?"),
    "carry_out": gettext_lazy("What was done?"),
    "evaluate": gettext_lazy("What has it changed?"),
    "improve": gettext_lazy("What is done differently next month?"),
}


def gather(scope: Scope) -> Facts:
    """The facts of visits, plan and figures together."""
    found: Facts = {}
    for facts in (shop_facts.facts_of(scope), report_facts.facts_of(scope)):
        for item, lines in facts.items():
            found.setdefault(item, []).extend(lines)
    return found


def _asked(kind: str, text: str, today: date) -> tuple[str, Period]:
    """What an address asks for; Http404 for what is no report or has not begun."""
    kind = "cycle" if kind == "135" else kind
    if kind not in ("day", "week", "month", "cycle"):
        raise Http404
    day = month_of(text) if kind in ("month", "cycle") else day_of(text)
    period = reporting.period_of(kind, day)
    if period.start > today:
        raise Http404
    return kind, period


def address_of(kind: str, period: Period) -> str:
    if kind == "day":
        return reverse("report-day", args=[period.start.isoformat()])
    if kind == "week":
        return reverse("report", args=["week", period.start.isoformat()])
    return reverse("report", args=["135" if kind == "cycle" else kind, f"{period.start:%Y-%m}"])


def _items(kind: str, facts: Mapping[str, list], words: Mapping[str, str], said: Words) -> list:
    return [
        {
            "name": item,
            "number": number,
            "title": TITLES[item],
            "lines": said.lines(facts.get(item, ())),
            "text": words.get(item, ""),
            "judged": kind == "cycle" or item in reporting.JUDGED,
            "hint": HINTS.get(item, ""),
        }
        for number, item in enumerate(reporting.items_of(kind), start=1)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.MAKE_VISITS)
def own(request: HttpRequest, day: str, kind: str = "day") -> HttpResponse:
    """One's own report: written, kept at every change, handed in."""
    kind, period = _asked(kind, day, request.today)
    report = Report.objects.filter(
        user=request.user, kind=kind, first_day=period.start
    ).first() or Report(user=request.user, kind=kind, first_day=period.start)
    if request.method == "POST":
        return _keep(request, kind, period)
    scope = scope_of(request.user, kind, period.start, today=request.today)
    facts = report.facts if report.handed_in_at else gather(scope)
    said = Words(facts, user=request.user, today=request.today, day=period.end)
    context = _shown(request, report, period, facts, said) | {
        "editable": report.handed_in_at is None,
        "address": address_of(kind, period),
        "pairs": _pairs(facts, said) if kind == "day" and not report.handed_in_at else [],
        "whys": [(code, words) for code, words in WHYS.items() if code != "phoned"],
        "visits_here": len(scope.visits),
        "plans": _plans(scope) if kind == "cycle" else [],
    }
    return render(request, "visits/report.html", context)


def _pairs(facts: Facts, said: Words) -> list[dict]:
    """The shops of which a reason is asked."""
    return [
        {
            "field": f"why-{values['customer']}",
            "name": said.shops.get(values["customer"]) or "—",
            "why": values["why"],
        }
        for code, values in facts.get("unvisited", ())
        if code == "unvisited"
    ]


def _plans(scope: Scope) -> list[dict]:
    plans = {
        plan.route_id: plan
        for plan in MonthPlan.objects.filter(route__in=scope.routes, month=scope.period.start)
    }
    return [
        {
            "route": route,
            "plan": plans.get(route.pk),
            "address": reverse("plan", args=[route.pk, f"{scope.period.start:%Y-%m}"]),
        }
        for route in scope.routes
    ]


def _shown(request, report: Report, period: Period, facts, said: Words) -> dict:
    exceptions = calendar.exceptions(*reporting.look_around(period.end))
    days = (period.start, period.end)
    known = report.pk is not None
    return {
        "report": report,
        "kind": report.kind,
        "period": period,
        "items": _items(report.kind, facts, report.words, said),
        "due": reporting.due_on(report.kind, period.end, exceptions),
        "late_visits": services.visits_since(report, days) if report.handed_in_at else 0,
        "comments": list(report.comments.select_related("user")) if known else [],
        "reads": list(report.reads.select_related("user")) if known else [],
        "today": request.today,
    }


def _keep(request: HttpRequest, kind: str, period: Period) -> HttpResponse:
    """Every change is kept; `deed=hand_in` freezes what is there."""
    now, by_htmx = timezone.now(), request.headers.get("HX-Request") == "true"
    words = {item: request.POST.get(item, "") for item in reporting.items_of(kind)}
    try:
        whys = _whys(request, period) if kind == "day" else {}
        services.save(
            user=request.user, kind=kind, first=period.start, words=words, now=now, whys=whys
        )
        if request.POST.get("deed") != "hand_in":
            if by_htmx:
                return render(request, "visits/_saved.html", {"at": timezone.localtime(now)})
            messages.success(request, _("Kept as a draft."))
            return redirect(address_of(kind, period))
        scope = scope_of(request.user, kind, period.start, today=request.today)
        services.hand_in(
            user=request.user,
            kind=kind,
            first=period.start,
            facts=gather(scope),
            visits=scope.keys,
            now=now,
        )
        messages.success(request, _("Handed in. Your market manager can read it now."))
    except services.HandedIn:
        words = _("This report is handed in already: it does not change.")
        if by_htmx:
            return render(request, "visits/_saved.html", {"words": words})
        messages.error(request, words)
    return redirect(address_of(kind, period))


def _whys(request: HttpRequest, period: Period) -> dict[tuple[int, date], str]:
    """Reasons of shops that were planned for the person that day; of others nothing is kept."""
    sent = {
        int(name.removeprefix("why-")): value
        for name, value in request.POST.items()
        if name.startswith("why-") and name.removeprefix("why-").isdecimal() and len(name) < 20
    }
    if not sent:
        return {}
    planned = scope_of(request.user, "day", period.start, today=request.today).against.planned
    return {(shop, day): sent[shop] for shop, day in planned if shop in sent}


@require_safe
@requires(Action.SEE_VISITS)
def reports(request: HttpRequest) -> HttpResponse:
    """One's own reports with what is due, and for who leads those that came in."""
    mine = bool(ALLOWED[Action.MAKE_VISITS] & request.roles)
    seen = services.reports_seen_by(request.user, on=request.today)
    rows = list(
        seen.select_related("user").prefetch_related("reads", "comments").order_by(
            "-first_day", "kind", "user__display_name", "pk"
        )[:SHOWN]
    )  # fmt: skip
    context = {
        "mine": mine,
        "due": _due(request, rows) if mine else [],
        "rows": [_row(request, report) for report in rows],
        "today": request.today,
    }
    return render(request, "visits/reports.html", context)


def _row(request, report: Report) -> dict:
    period = reporting.period_of(report.kind, report.first_day)
    own_ = report.user_id == request.user.pk
    return {
        "report": report,
        "period": period,
        "own": own_,
        "read": own_ or any(one.user_id == request.user.pk for one in report.reads.all()),
        "comments": len(report.comments.all()),
        "address": address_of(report.kind, period)
        if own_
        else reverse("report-one", args=[report.pk]),
    }


def _due(request, rows: list[Report]) -> list[dict]:
    """What falls due today, or fell due last where today is not worked; and the running month's
    page of the 135 method."""
    exceptions = calendar.exceptions(*reporting.look_around(request.today))
    worked = on_or_before(request.today, exceptions)
    found = [(kind, period, worked) for kind, period in reporting.due_then(worked, exceptions)]
    running = reporting.period_of("cycle", request.today)
    if ("cycle", running) not in [(kind, period) for kind, period, _day in found]:
        found.append(("cycle", running, reporting.due_on("cycle", request.today, exceptions)))
    known = {
        (one.kind, one.first_day): one for one in Report.objects.filter(
            user=request.user, first_day__in=[period.start for _k, period, _d in found]
        )
    }  # fmt: skip
    return [
        {
            "title": Report.Kind(kind).label,
            "period": period,
            "due": due,
            "report": known.get((kind, period.start)),
            "address": address_of(kind, period),
        }
        for kind, period, due in found
    ]


@require_safe
@requires(Action.SEE_VISITS)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A report that somebody handed in."""
    report = _seen(request, number)
    period = reporting.period_of(report.kind, report.first_day)
    if report.user_id == request.user.pk:
        return redirect(address_of(report.kind, period))
    said = Words(report.facts, user=request.user, today=request.today, day=period.end)
    context = _shown(request, report, period, report.facts, said) | {
        "editable": False,
        "leads": True,
        "read": report.reads.filter(user=request.user).exists(),
    }
    return render(request, "visits/report.html", context)


def _seen(request, number: int) -> Report:
    seen = services.reports_seen_by(request.user, on=request.today)
    return get_object_or_404(seen.select_related("user"), pk=number)


@require_POST
@requires(Action.SEE_VISITS)
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """Say something of a report, or only that one has read it."""
    report = _seen(request, number)
    now, text = timezone.now(), request.POST.get("text", "")
    if report.user_id != request.user.pk:
        services.confirm_read(report=report, user=request.user, now=now)
    if text.strip():
        try:
            services.comment(report=report, user=request.user, text=text, now=now)
        except ValueError:
            messages.error(request, _("A report is commented when it is handed in."))
        else:
            messages.success(request, _("Your comment is there."))
    return redirect("report-one", report.pk)
