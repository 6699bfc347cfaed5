"""The morning meeting: read and confirmed by who goes out, written and published by who leads."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.gate import requires
from customers.models import MarketDepartment
from customers.scope import Action
from customers.visits.models import Meeting
from customers.visits.pages.asked import day_of, people_of
from customers.visits.plan_queries import departments_of, meetings_for, own_routes, standard_times
from customers.visits.plan_rights import led_departments
from customers.visits.services import morning

SHOWN_BEFORE = 30  # former meetings in the list


class MeetingForm(forms.ModelForm):
    class Meta:
        model = Meeting
        fields = Meeting.SECTIONS
        widgets = {
            name: forms.Textarea(attrs={"class": "form-control", "rows": 4, "maxlength": 4000})
            for name in Meeting.SECTIONS
        }


@require_safe
@requires(Action.SEE_VISITS)
def meeting(request: HttpRequest) -> HttpResponse:
    """Of a day (today): what one has to read, and for who leads how it stands."""
    day = day_of(request.GET["day"]) if request.GET.get("day") else request.today
    led = led_departments(request.user, on=request.today)
    departments = list(departments_of(request.user, request.today))
    written = {
        found.department_id: found
        for found in Meeting.objects.filter(department__in=departments, day=day).select_related(
            "department", "published_by"
        )
    }
    own = meetings_for(request.user, day)
    read_here = {found.pk for found in own}
    context = {
        "day": day,
        "today": request.today,
        "own": own,
        "goes_out": bool(own_routes(request.user, day)),
        "departments": [
            _standing(department, written.get(department.pk), led)
            for department in departments
            if department.pk in led or _is_out(written.get(department.pk), read_here)
        ],
        "earlier": Meeting.objects.filter(
            department__in=departments, published_at__isnull=False, day__lt=day
        ).select_related("department")[:SHOWN_BEFORE],
        "times": standard_times(day),
    }
    return render(request, "plan/meeting.html", context)


def _is_out(found: Meeting | None, but: set[int]) -> bool:
    return bool(found and found.published_at and found.pk not in but)


def _standing(department: MarketDepartment, found: Meeting | None, led: list[int]) -> dict:
    return {
        "department": department,
        "meeting": found,
        "led": department.pk in led,
        "people": _receipts(found) if found and found.published_at else [],
    }


def _receipts(found: Meeting) -> list[dict]:
    """The account managers of the department that day, each with when they confirmed reading."""
    read = {one.user_id: one.at for one in found.reads.all()}
    seen, people = set(), []
    for post in people_of(found.department_id, found.day):
        if post.user_id not in seen:
            seen.add(post.user_id)
            people.append({"name": str(post.user), "at": read.get(post.user_id)})
    people.sort(key=lambda one: one["at"] is not None)
    return people


@require_safe
@requires(Action.SEE_VISITS)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A published meeting of any day, with who has read it for who leads."""
    found = _published(request, number)
    mine = found.reads.filter(user=request.user).first()
    context = {
        "meeting": found,
        "read_at": mine.at if mine else None,
        "people": _receipts(found),
        "leads": found.department_id in led_departments(request.user, on=request.today),
    }
    return render(request, "plan/meeting_one.html", context)


def _published(request: HttpRequest, number: int) -> Meeting:
    return get_object_or_404(
        Meeting.objects.select_related("department", "published_by"),
        pk=number,
        published_at__isnull=False,
        department__in=departments_of(request.user, request.today),
    )


@require_POST
@requires(Action.MAKE_VISITS)
def read(request: HttpRequest, number: int) -> HttpResponse:
    found = _published(request, number)
    morning.confirm_read(meeting=found, user=request.user)
    messages.success(request, _("Noted that you have read it."))
    return redirect(f"{reverse('meeting')}?day={found.day}")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.APPROVE_PLANS)
def write(request: HttpRequest, department: int, day: str) -> HttpResponse:
    """Write a department's meeting and publish it: the market manager's."""
    on = day_of(day)
    if department not in led_departments(request.user, on=request.today):
        raise Http404
    led = get_object_or_404(MarketDepartment, pk=department)
    found = Meeting.objects.filter(department=led, day=on).first()
    if found and found.published_at:
        return redirect("meeting-one", found.pk)
    form = MeetingForm(request.POST or None, instance=found or Meeting(department=led, day=on))
    if request.method == "POST" and form.is_valid():
        try:
            return _keep(request, led, on, form)
        except morning.Published:
            messages.error(request, _("This meeting is published already: it does not change."))
            return redirect(f"{reverse('meeting')}?day={on}")
        except ValueError:
            form.add_error(None, _("Write something before you publish it."))
    status = 422 if form.errors else 200
    last = Meeting.objects.filter(department=led, day__lt=on, published_at__isnull=False).first()
    context = {"form": form, "department": led, "day": on, "last": last}
    return render(request, "plan/meeting_write.html", context, status=status)


def _keep(request: HttpRequest, led: MarketDepartment, on: date, form: MeetingForm):
    found = morning.write_meeting(department=led, day=on, texts=form.cleaned_data)
    if request.POST.get("deed") == "publish":
        morning.publish_meeting(meeting=found, by=request.user)
        messages.success(request, _("Published: your account managers can read it now."))
    else:
        messages.success(request, _("Kept as a draft. Nobody else sees it yet."))
    return redirect(f"{reverse('meeting')}?day={on}")
