"""The morning meeting and the bag: written, published, read, checked."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from customers.models import MarketDepartment
from customers.visits.models import BagCheck, BagItem, Meeting, MeetingRead
from marketing_ops.audit import services as audit


class Published(ValueError):
    """The meeting is published: it no longer changes."""


def write_meeting(*, department: MarketDepartment, day: date, texts: Mapping[str, str]) -> Meeting:
    """Keep what is written so far; Published where it is too late. `texts`: by Meeting.SECTIONS."""
    with transaction.atomic():
        MarketDepartment.objects.select_for_update().get(pk=department.pk)
        meeting = Meeting.objects.filter(department=department, day=day).first()
        if meeting is None:
            meeting = Meeting(department=department, day=day)
        elif meeting.published_at is not None:
            raise Published
        for name in Meeting.SECTIONS:
            setattr(meeting, name, texts.get(name, "").strip())
        meeting.save()
    return meeting


def publish_meeting(*, meeting: Meeting, by) -> Meeting:
    """Freeze a meeting and show it to the department. Twice changes nothing; ValueError: it says
    nothing. `by` is a User."""
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if meeting.published_at is None:
            if not meeting.parts:
                raise ValueError("An empty meeting is not published")
            meeting.published_at, meeting.published_by = timezone.now(), by
            meeting.save()
            audit.record(
                by=by.get_username(),
                action="meeting published",
                subject=f"meeting {meeting.department_id} {meeting.day}",
            )
    return meeting


def confirm_read(*, meeting: Meeting, user) -> MeetingRead:
    """The person has read it; the first time counts."""
    return MeetingRead.objects.get_or_create(
        meeting=meeting, user=user, defaults={"at": timezone.now()}
    )[0]


def check_bag(*, item: BagItem, user, day: date, checked: bool) -> None:
    """Tick an item of the bag, or take the tick away; repeats change nothing."""
    if checked:
        BagCheck.objects.get_or_create(
            item=item, user=user, day=day, defaults={"at": timezone.now()}
        )
    else:
        BagCheck.objects.filter(item=item, user=user, day=day).delete()
