"""The month's plan: a calendar per route, moved by hand, handed in, approved."""

import json
from datetime import date, datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.gate import requires
from customers.models import Licence, Route, WorkDay
from customers.scope import Action, routes_of
from customers.visits import plan_words as words
from customers.visits.evidence import evidence_on
from customers.visits.models import MonthPlan, PlannedVisit
from customers.visits.pages.asked import month_of, own_route
from customers.visits.plan_month import Day, MonthView, month_view, months_of
from customers.visits.plan_queries import why_of
from customers.visits.plan_rights import May, may_with
from customers.visits.services import planning
from customers.visits.services.drafting import draft_again, draft_month
from customers.visits.stops import Stops
from marketing_ops.accounts.models import User
from marketing_ops.lib.periods import DAY, month

TONES = {
    MonthPlan.Status.DRAFT: "quiet",
    MonthPlan.Status.SUBMITTED: "info",
    MonthPlan.Status.APPROVED: "good",
    MonthPlan.Status.RETURNED: "warn",
}
MOST_REASON = 300


def _may(request: HttpRequest, route: Route) -> May:
    return may_with(request.user, route, on=request.today)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=MOST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


class DayForm(ReasonForm):
    """A day to which a visit can go, with how full it is."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.Select(attrs={"class": "form-select"})
    )
    field_order = ("day", "reason")

    def __init__(self, *args, view: MonthView, without: date | None = None, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["day"].widget.choices = [
            (
                day.day.isoformat(),
                _("%(day)s (%(count)d of %(standard)d)")
                % {
                    "day": words.short_day(day.day),
                    "count": day.number,
                    "standard": day.standard or view.standard,
                },
            )
            for day in view.days
            if day.worked and day.day >= today and day.day != without
        ]
        self.fields["reason"].required = not view.plan.is_open


@require_safe
@requires(Action.SEE_VISITS)
def plans(request: HttpRequest) -> HttpResponse:
    """The routes with their plans of a month; who has one route only is led to its calendar."""
    asked = request.GET.get("month")
    shown = month_of(asked) if asked else request.today.replace(day=1)
    routes = months_of(request.user, shown, today=request.today)
    if len(routes) == 1 and not asked:
        return redirect("plan", routes[0].route.pk, f"{shown:%Y-%m}")
    lines = [
        (line, TONES[line.plan.status] if line.plan else "", f"{shown:%Y-%m}") for line in routes
    ]
    return render(
        request,
        "plan/plans.html",
        {"lines": lines, "month": shown, **_neighbours(shown)},
    )


def _neighbours(shown: date) -> dict:
    return {
        "before": f"{shown - DAY:%Y-%m}",
        "after": f"{shown + timedelta(days=31):%Y-%m}",
    }


@require_safe
@requires(Action.SEE_VISITS)
def plan(request: HttpRequest, route: int, month: str) -> HttpResponse:
    own, shown = own_route(request.user, route, on=request.today), month_of(month)
    found = _plan(own, shown)
    context = {
        "route": own,
        "month": shown,
        "address_month": month,
        "may": _may(request, own),
        "today": request.today,
        **_neighbours(shown),
    }
    if found is None:
        return render(request, "plan/none.html", context | {"past": _is_past(shown, request.today)})
    view = month_view(found, request.today)
    context |= {
        "view": view,
        "plan": found,
        "tone": TONES[found.status],
        "stood": _stood(found),
        "open_day": request.GET.get("day") or request.today.isoformat(),
        "reason": ReasonForm(),
        "ahead": not _is_past(shown, request.today),
        "holidays": WorkDay.objects.filter(day__year=shown.year).exists(),
    }
    return render(request, "plan/plan.html", context)


def _stood(plan: MonthPlan) -> tuple[str, datetime]:
    """By whom and when the plan came to stand as it does."""
    by, at = {
        MonthPlan.Status.DRAFT: (plan.drafted_by, plan.drafted_at),
        MonthPlan.Status.SUBMITTED: (plan.submitted_by, plan.submitted_at),
    }.get(plan.status, (plan.decided_by, plan.decided_at))
    if by == "schedule":
        return _("the schedule"), at
    user = User.objects.filter(username=by).first()
    return str(user or by), at


def _is_past(shown: date, today: date) -> bool:
    return month(shown).end < today


def _plan(route: Route, shown: date) -> MonthPlan | None:
    plans = MonthPlan.objects.select_related("rules", "route__department")
    return plans.filter(route=route, month=shown).first()


@require_POST
@requires(Action.PLAN_VISITS)
def draft(request: HttpRequest, route: int, month: str) -> HttpResponse:
    """Draft a plan that is not there, or what is ahead of one that is not handed in."""
    own, shown = own_route(request.user, route, on=request.today), month_of(month)
    by, back = request.user.get_username(), redirect("plan", route, month)
    if not _may(request, own).change or _is_past(shown, request.today):
        messages.error(request, _("This plan is not yours to draft."))
        return back
    found = _plan(own, shown)
    told = evidence_on(request.today)
    if found is None:
        found = draft_month(
            route=own,
            month=shown,
            by=by,
            today=request.today,
            evidence=told,
            from_day=max(shown, request.today),
        )
        messages.success(request, _("The visits are drafted. Look at them, then hand them in."))
    elif found.is_open:
        draft_again(plan=found, by=by, today=request.today, evidence=told)
        messages.success(
            request, _("Drafted again. What was put by hand stayed, and so did past days.")
        )
    else:
        messages.error(request, _("A plan that is handed in or approved is not drafted again."))
    return back


@require_POST
@requires(Action.SEE_VISITS)
def decide(request: HttpRequest, route: int, month: str) -> HttpResponse:
    """Hand in, approve, give back: `deed` says which."""
    own, shown = own_route(request.user, route, on=request.today), month_of(month)
    found, may = get_object_or_404(MonthPlan, route=own, month=shown), _may(request, own)
    why = _reason(request)
    by, deed = request.user.get_username(), request.POST.get("deed")
    version = _version(request)
    try:
        if deed == "submit" and may.change:
            planning.submit(plan=found, by=by, version=version)
            messages.success(request, _("Handed in. The market manager approves it."))
        elif deed == "approve" and may.lead:
            planning.approve(plan=found, by=by, version=version, why=why)
            messages.success(request, _("The plan is approved."))
        elif deed == "return" and may.lead:
            planning.give_back(plan=found, by=by, version=version, why=why)
            messages.success(request, _("The plan is given back."))
        else:
            messages.error(request, _("This is not yours to decide."))
    except planning.PlanError as problem:
        messages.error(request, str(problem))
    return redirect("plan", route, month)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.PLAN_VISITS)
def visit(request: HttpRequest, number: int) -> HttpResponse:
    """One planned visit: put it on another day, or take it away. Asked by a drag (htmx), it answers
    with the two days and the head of the plan."""
    found = get_object_or_404(
        PlannedVisit.objects.select_related("plan__route__department", "plan__rules"),
        pk=number,
        plan__route__in=routes_of(request.user, on=request.today),
    )
    own = found.plan.route
    may, before = _may(request, own), found.day
    view = month_view(found.plan, request.today)
    form = DayForm(
        request.POST or None,
        view=view,
        without=before,
        today=request.today,
        initial={"day": request.GET.get("day")},
    )
    problem = "" if may.change else _("This plan is not yours to change.")
    if request.method == "POST" and may.change:
        deed = {
            "by": request.user.get_username(),
            "today": request.today,
            "leads": may.lead,
            "version": _version(request),
            "why": _reason(request),
        }
        try:
            if request.POST.get("deed") == "remove":
                planning.remove(visit=found, **deed)
                return _done(request, own, found.plan, before, _("The visit is taken away."))
            if form.is_valid():
                day = form.cleaned_data["day"]
                planning.move(visit=found, day=day, **deed)
                said = _("The visit is now on %(day)s.") % {"day": words.short_day(day)}
                return _done(request, own, found.plan, day, said, before)
            problem = " ".join(error for errors in form.errors.values() for error in errors)
        except planning.PlanError as caught:
            problem = str(caught)
    if request.method == "POST" and _is_drag(request):
        return HttpResponse(problem, status=409, content_type="text/plain; charset=utf-8")
    shop = next((one for day in view.days for one in day.visits if one.pk == found.pk), None)
    context = {
        "visit": found,
        "shop": shop,
        "form": form,
        "route": own,
        "view": view,
        "may": may,
        "problem": problem,
        "past": before < request.today,
        "why": why_of(found),
        "address_month": f"{found.plan.month:%Y-%m}",
    }
    return render(request, "plan/visit.html", context, status=422 if problem else 200)


def _is_drag(request: HttpRequest) -> bool:
    return request.headers.get("X-Plan-Drag") == "1"


def _done(request, route: Route, plan: MonthPlan, day: date, said: str, *others: date):
    shown = f"{plan.month:%Y-%m}"
    if not _is_drag(request):
        messages.success(request, said)
        return redirect(f"{reverse('plan', args=[route.pk, shown])}?day={day}#day-{day}")
    plan = _plan(route, plan.month)
    view = month_view(plan, request.today)
    changed: list[Day] = [one for one in view.days if one.day in (day, *others)]
    context = {
        "view": view,
        "plan": plan,
        "route": route,
        "month": plan.month,
        "address_month": shown,
        "tone": TONES[plan.status],
        "stood": _stood(plan),
        "may": _may(request, route),
        "days": changed,
        "today": request.today,
        "open_day": day.isoformat(),
        "reason": ReasonForm(),
        "ahead": True,
    }
    answer = render(request, "plan/_changed.html", context)
    answer["HX-Trigger"] = json.dumps({"toast": {"words": said, "tone": "good"}})
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.PLAN_VISITS)
def add(request: HttpRequest, route: int, month: str, licence: str) -> HttpResponse:
    """One visit more for a shop of the route."""
    own, shown = own_route(request.user, route, on=request.today), month_of(month)
    found = _plan(own, shown)
    held = Licence.objects.filter(number=licence.replace("\0", ""), customer__in=request.customers)
    customer = held.order_by("-period").values_list("customer_id", flat=True).first()
    if found is None or customer is None:
        raise Http404
    may, view = _may(request, own), month_view(found, request.today)
    form = DayForm(request.POST or None, view=view, today=request.today)
    problem = "" if may.change else _("This plan is not yours to change.")
    if request.method == "POST" and may.change and form.is_valid():
        day = form.cleaned_data["day"]
        try:
            planning.add(
                plan=found,
                customer=customer,
                day=day,
                by=request.user.get_username(),
                today=request.today,
                leads=may.lead,
                version=_version(request),
                why=form.cleaned_data["reason"],
            )
        except planning.PlanError as caught:
            problem = str(caught)
        else:
            said = _("A visit on %(day)s is added.") % {"day": words.short_day(day)}
            return _done(request, own, found, day, said)
    context = {
        "name": Stops([customer], request.today, request.today).facts(customer, request.today).name,
        "licence": licence,
        "form": form,
        "route": own,
        "view": view,
        "may": may,
        "problem": problem,
        "address_month": month,
    }
    return render(request, "plan/add.html", context, status=422 if problem else 200)
