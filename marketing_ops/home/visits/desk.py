"""The supervisor's desk: who is out, who has sent what, and what to ask about; a day or a month."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from customers.visits.pages.asked import day_of, month_of
from marketing_ops.audit.services import record
from marketing_ops.home.exports import Column, Kind, as_csv, as_xlsx
from marketing_ops.home.visits.board import Board, PersonLine, add_overdue, board, names_of
from marketing_ops.lib.periods import DAY, Period, month


def asked_period(request: HttpRequest) -> tuple[str, Period]:
    """(“month” or “day”, the days): `?month=2024-06`, else `?day=2024-06-28`, else today."""
    if request.GET.get("month"):
        return "month", month(month_of(request.GET["month"]))
    day = day_of(request.GET["day"]) if request.GET.get("day") else request.today
    return "day", Period(day, day)


def steps_of(kind: str, period: Period, today: date) -> dict:
    """Addresses' queries for the chooser: before, after, and the other length."""
    if kind == "month":
        before, after = period.start - DAY, period.end + DAY
        day = min(today, period.end) if period.start <= today else period.start
        return {
            "before": (f"?month={before:%Y-%m}", f"{before:%Y-%m}"),
            "after": (f"?month={after:%Y-%m}", f"{after:%Y-%m}"),
            "other": (f"?day={day}", _("One day")),
            "query": f"?month={period.start:%Y-%m}",
        }
    before, after = period.start - timedelta(days=1), period.start + timedelta(days=1)
    return {
        "before": (f"?day={before}", f"{before:%m-%d}"),
        "after": (f"?day={after}", f"{after:%m-%d}"),
        "other": (f"?month={period.start:%Y-%m}", _("The whole month")),
        "query": f"?day={period.start}",
    }


@require_safe
@requires(Action.SEE_VISITS)
def desk(request: HttpRequest) -> HttpResponse:
    kind, period = asked_period(request)
    found = board(request.user, request.roles, period, today=request.today)
    add_overdue(found, request.customers, user=request.user, today=request.today)
    context = {
        "board": found,
        "kind": kind,
        "period": period,
        "steps": steps_of(kind, period, request.today),
        "today": request.today,
    }
    return render(request, "visits/desk.html", context)


@require_safe
@requires(Action.SEE_VISITS)
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One account manager's day or month; 404 alike for who is not there and not one's own."""
    kind, period = asked_period(request)
    found = board(request.user, request.roles, period, today=request.today, only=number)
    line = next((line for line in found.people if line.pk == number), None)
    if line is None:
        raise Http404
    flagged = {asked.visit.key: asked for asked in found.asked}
    context = {
        "board": found,
        "line": line,
        "kind": kind,
        "period": period,
        "steps": steps_of(kind, period, request.today),
        "visits": _visits(found, line, flagged),
        "today": request.today,
    }
    return render(request, "visits/person.html", context)


def _visits(found: Board, line: PersonLine, flagged: dict) -> list[dict]:
    names = names_of({one.customer for one in line.against.visits}, found.period.end)
    return [
        {
            "visit": one,
            "shop": names.get(one.customer, "—"),
            "asked": flagged.get(one.key),
            "planned": (one.customer, one.day) in line.against.planned,
        }
        for one in line.against.visits
    ]


def _count(name: str, label, value) -> Column:
    return Column(name, label, Kind.COUNT, value)


COLUMNS = [
    Column("person", gettext_lazy("Person"), Kind.TEXT, lambda line: line.name),
    Column("routes", gettext_lazy("Routes"), Kind.TEXT, lambda line: "; ".join(line.routes)),
    _count("planned", gettext_lazy("Planned"), lambda line: len(line.against.planned)),
    _count("visited", gettext_lazy("Planned and visited"), lambda line: len(line.against.visited)),
    _count("shops", gettext_lazy("Shops visited on site"), lambda line: line.against.shops),
    _count("standard", gettext_lazy("Standard"), lambda line: line.against.standard),
    _count("unplanned", gettext_lazy("Unplanned"), lambda line: line.against.unplanned),
    _count("by_phone", gettext_lazy("By telephone"), lambda line: line.against.by_phone),
    _count("minutes", gettext_lazy("Median minutes"), lambda line: line.against.median_minutes),
    _count(
        "no_reason", gettext_lazy("Unvisited without a reason"), lambda line: line.without_reason
    ),
    _count("photos", gettext_lazy("Photos expected"), lambda line: line.photos[0]),
    _count("photos_here", gettext_lazy("Photos received"), lambda line: line.photos[1]),
    _count("set_aside", gettext_lazy("Set aside"), lambda line: line.set_aside),
    _count("conflicts", gettext_lazy("Conflicts"), lambda line: line.conflicts),
    _count("exceptions", gettext_lazy("To ask about"), lambda line: line.exceptions),
    _count("reports", gettext_lazy("Daily reports handed in"), lambda line: line.reports),
]


@require_safe
@requires(Action.SEE_VISITS)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The table of people as a file."""
    _length, period = asked_period(request)
    found = board(request.user, request.roles, period, today=request.today)
    if request.method != "HEAD":
        record(
            by=request.user.get_username(),
            action="visits exported",
            subject=f"visits {period.start} {period.end}",
            file=kind,
            people=len(found.people),
        )
    about = [(_("Days"), f"{period.start} – {period.end}")]
    write = as_csv if kind == "csv" else as_xlsx
    return write(f"visits-{period.start}-{period.end}", about, COLUMNS, found.people)
