"""Reports are drafted as often as one likes and handed in once."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from customers.models import Post
from customers.scope import posts_of, routes_of
from customers.visits.models import Care, Report, ReportComment, ReportRead, Unvisited, Visit
from customers.visits.rules import reporting
from marketing_ops.accounts.roles import Role
from marketing_ops.audit import services as audit


class HandedIn(ValueError):
    """The report is in: it no longer changes."""


def _own(user, kind: str, first: date, now: datetime) -> Report:
    """The report, locked; a new draft where there is none. Raises HandedIn."""
    Report.objects.bulk_create(
        [Report(user=user, kind=kind, first_day=first, saved_at=now)], ignore_conflicts=True
    )
    report = Report.objects.select_for_update().get(user=user, kind=kind, first_day=first)
    if report.handed_in_at is not None:
        raise HandedIn
    return report


def _words(kind: str, words: Mapping[str, str]) -> dict[str, str]:
    return {
        item: words[item].strip()[: reporting.MOST_WORDS]
        for item in reporting.items_of(kind)
        if words.get(item, "").strip()
    }


@transaction.atomic
def save(
    *,
    user,
    kind: str,
    first: date,
    words: Mapping[str, str],
    now: datetime,
    whys: Mapping[tuple[int, date], str] | None = None,
) -> Report:
    """Keep what is written so far. `whys`: (customer, day) -> Unvisited.Why, "" takes it back.
    Raises HandedIn."""
    report = _own(user, kind, first, now)
    report.words, report.saved_at = _words(kind, words), now
    report.save(update_fields=["words", "saved_at"])
    _say_why(user, whys or {})
    return report


def _say_why(user, whys: Mapping[tuple[int, date], str]) -> None:
    for (customer, day), why in whys.items():
        row = {"customer_id": customer, "day": day, "by": user}
        if why in Unvisited.Why.values:
            Unvisited.objects.update_or_create(**row, defaults={"why": why})
        else:
            Unvisited.objects.filter(**row).delete()


@transaction.atomic
def hand_in(
    *,
    user,
    kind: str,
    first: date,
    facts: Mapping[str, list],
    visits: Collection[str],
    now: datetime,
) -> Report:
    """Freeze the report with what the system knows now. Raises HandedIn where it is in already."""
    report = _own(user, kind, first, now)
    report.facts, report.visits, report.handed_in_at = dict(facts), sorted(visits), now
    report.save(update_fields=["facts", "visits", "handed_in_at"])
    audit.record(
        by=user.get_username(),
        action="report handed in",
        subject=f"{kind} {first}",
        visits=len(report.visits),
    )
    return report


def reports_seen_by(user, *, on: date):
    """One's own, and, where they are in, those of the account managers whose routes one leads."""
    own = Q(user=user.pk)
    leads = {Role.MARKET_MANAGER, Role.DISTRICT, Role.ADMIN}
    if not leads & {Role(role) for role in posts_of(user, on=on).values_list("role", flat=True)}:
        return Report.objects.filter(own)
    posts = Post.objects.filter(role=Role.ACCOUNT_MANAGER, route__in=routes_of(user, on=on))
    return Report.objects.filter(
        own | Q(user__in=posts.values("user_id"), handed_in_at__isnull=False)
    )


def confirm_read(*, report: Report, user, now: datetime) -> ReportRead:
    """The first time counts."""
    return ReportRead.objects.get_or_create(report=report, user=user, defaults={"at": now})[0]


def comment(*, report: Report, user, text: str, now: datetime) -> ReportComment:
    """Say something of a report that is in. ValueError: it is a draft, or nothing is said."""
    text = text.strip()[: reporting.MOST_WORDS]
    if report.handed_in_at is None or not text:
        raise ValueError("Only a report that was handed in is commented, in words")
    return ReportComment.objects.create(report=report, user=user, text=text, at=now)


def visits_since(report: Report, days) -> int:
    """How many visits of the report's days came in after it was handed in."""
    if report.handed_in_at is None:
        return 0
    found = Visit.objects.filter(made_by=report.user_id, day__range=days)
    return found.filter(received_at__gt=report.handed_in_at).count()


@transaction.atomic
def care_done(*, care: Care, by, day: date, done: bool = True) -> Care:
    """A single customer's trouble is taken care of, or is open again."""
    care = Care.objects.select_for_update().get(pk=care.pk)
    if (care.done_on is not None) != done:
        care.done_on = max(day, care.day) if done else None
        care.save(update_fields=["done_on"])
        audit.record(
            by=by.get_username(),
            action="care done" if done else "care open again",
            subject=f"care {care.pk}",
        )
    return care
