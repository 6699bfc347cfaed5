"""What people do to a month's plan: move, add and take away visits, hand it in, approve it, give it
back. Every deed is in the audit trail, with its reason."""

from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Licence, RouteAssignment
from customers.visits.models import MonthPlan, PlannedVisit
from customers.visits.services.drafting import put_in_order, subject, workdays_of
from marketing_ops.accounts.models import User
from marketing_ops.audit import services as audit


class PlanError(ValueError):
    """Why it cannot be done, in words for who asked."""


class Stale(PlanError):
    """Somebody else changed the plan in between."""


@contextmanager
def _changing(plan: int, *, version: int | None, by: str, leads: bool, why: str):
    """The plan, locked; its count goes up when the change is done.

    A change to what was handed in or approved needs a reason; by the account manager (`leads`
    False) it waits for approval again.
    """
    with transaction.atomic():
        found = MonthPlan.objects.select_for_update(of=("self",)).select_related("route", "rules")
        plan = found.get(pk=plan)
        if version is not None and version != plan.version:
            raise Stale(
                _("%(who)s changed this plan in the meantime. Look at it again, then change it.")
                % {"who": _called(plan.changed_by or plan.drafted_by)}
            )
        if not plan.is_open and not why.strip():
            raise PlanError(_("Give the reason: this plan has been handed in or approved."))
        yield plan
        if plan.status == MonthPlan.Status.APPROVED and not leads:
            plan.status, plan.reason = MonthPlan.Status.SUBMITTED, why.strip()
            plan.submitted_at, plan.submitted_by = timezone.now(), by
        plan.version += 1
        plan.changed_at, plan.changed_by = timezone.now(), by
        plan.save()


def move(
    *,
    visit: PlannedVisit,
    day: date,
    by: str,
    today: date,
    leads: bool = False,
    version: int | None = None,
    why: str = "",
) -> PlannedVisit:
    """Put a visit on another day. PlanError: that day is no day for it, or a reason is missing."""
    with _changing(visit.plan_id, version=version, by=by, leads=leads, why=why) as plan:
        visit = _there(plan, visit.pk)
        if day == visit.day:
            raise PlanError(_("The visit is on this day already."))
        _ahead(visit.day, today)
        _fits(plan, visit.customer_id, day, today)
        before, visit.day, visit.fixed = visit.day, day, True
        visit.why = [["moved", _called(by), before.isoformat(), why.strip()]]
        visit.save()
        put_in_order(plan, [before, day])
        _record(plan, "visit moved", visit.customer_id, by, why, before=before, day=day)
    return visit


def add(
    *,
    plan: MonthPlan,
    customer: int,
    day: date,
    by: str,
    today: date,
    leads: bool = False,
    version: int | None = None,
    why: str = "",
) -> PlannedVisit:
    """One visit more. PlanError as for `move`."""
    with _changing(plan.pk, version=version, by=by, leads=leads, why=why) as plan:
        _fits(plan, customer, day, today)
        visit = PlannedVisit.objects.create(
            plan=plan,
            customer_id=customer,
            day=day,
            position=0,
            fixed=True,
            why=[["added", _called(by), why.strip()]],
        )
        put_in_order(plan, [day])
        _record(plan, "visit added", customer, by, why, day=day)
    return visit


def remove(
    *,
    visit: PlannedVisit,
    by: str,
    today: date,
    why: str,
    leads: bool = False,
    version: int | None = None,
) -> None:
    """One visit less, always with a reason: the shop gets fewer than the rule wants."""
    if not why.strip():
        raise PlanError(_("Give the reason: this shop gets a visit less."))
    with _changing(visit.plan_id, version=version, by=by, leads=leads, why=why) as plan:
        visit = _there(plan, visit.pk)
        _ahead(visit.day, today)
        shop = plan.shops.filter(customer_id=visit.customer_id).first()
        if shop is not None:
            shop.why = [*shop.why, ["removed", _called(by), visit.day.isoformat(), why.strip()]]
            shop.save(update_fields=["why"])
        visit.delete()
        put_in_order(plan, [visit.day])
        _record(plan, "visit taken away", visit.customer_id, by, why, day=visit.day)


def submit(*, plan: MonthPlan, by: str, version: int | None = None) -> MonthPlan:
    """Hand an open plan in for approval."""
    return _decide(
        plan,
        version,
        by,
        "plan handed in",
        from_=(MonthPlan.Status.DRAFT, MonthPlan.Status.RETURNED),
        to=MonthPlan.Status.SUBMITTED,
        wrong=_("Only a draft, or a plan given back, can be handed in."),
    )


def approve(*, plan: MonthPlan, by: str, version: int | None = None, why: str = "") -> MonthPlan:
    """Approve what was handed in."""
    return _decide(
        plan,
        version,
        by,
        "plan approved",
        from_=(MonthPlan.Status.SUBMITTED,),
        to=MonthPlan.Status.APPROVED,
        why=why,
        wrong=_("Only a plan that was handed in can be approved or given back."),
    )


def give_back(*, plan: MonthPlan, by: str, why: str, version: int | None = None) -> MonthPlan:
    """Give back what was handed in, with the reason."""
    if not why.strip():
        raise PlanError(_("Give the reason: the account manager has to know what to change."))
    return _decide(
        plan,
        version,
        by,
        "plan given back",
        from_=(MonthPlan.Status.SUBMITTED,),
        to=MonthPlan.Status.RETURNED,
        why=why,
        wrong=_("Only a plan that was handed in can be approved or given back."),
    )


def _decide(plan, version, by, action, *, from_, to, wrong, why="") -> MonthPlan:
    with transaction.atomic():
        plan = MonthPlan.objects.select_for_update().get(pk=plan.pk)
        if version is not None and version != plan.version:
            raise Stale(
                _("%(who)s changed this plan in the meantime. Look at it again, then decide.")
                % {"who": _called(plan.changed_by or plan.drafted_by)}
            )
        if plan.status not in from_:
            raise PlanError(wrong)
        now = timezone.now()
        if to == MonthPlan.Status.SUBMITTED:
            plan.submitted_at, plan.submitted_by = now, by
        else:
            plan.decided_at, plan.decided_by = now, by
        plan.status, plan.reason = to, why.strip()
        plan.version += 1
        plan.save()
        audit.record(by=by, action=action, subject=subject(plan), why=why.strip())
    return plan


def _called(by: str) -> str:
    """What people call the person with this user name."""
    user = User.objects.filter(username=by).first()
    return str(user) if user else by


def _there(plan: MonthPlan, visit: int) -> PlannedVisit:
    found = plan.visits.filter(pk=visit).first()
    if found is None:
        raise Stale(_("This visit is no longer in the plan. Look at the plan again."))
    return found


def _ahead(day: date, today: date) -> None:
    if day < today:
        raise PlanError(_("What was planned for a past day stays: the day is measured by it."))


def _fits(plan: MonthPlan, customer: int, day: date, today: date) -> None:
    if day.replace(day=1) != plan.month:
        raise PlanError(_("Choose a day of the plan's month."))
    if day < today:
        raise PlanError(_("That day is past: choose today or a later one."))
    if not workdays_of(day, day):
        raise PlanError(_("%(day)s is not a working day.") % {"day": day.isoformat()})
    served = RouteAssignment.objects.on(day).filter(customer_id=customer, route=plan.route_id)
    shop = Customer.objects.filter(pk=customer).first()
    open_ = shop and shop.opened_on <= day and (shop.closed_on is None or shop.closed_on >= day)
    if not open_ or not served.exists():
        raise PlanError(
            _("On %(day)s the shop is closed or belongs to another route.")
            % {"day": day.isoformat()}
        )
    if plan.visits.filter(customer_id=customer, day=day).exists():
        raise PlanError(_("The shop is planned for that day already."))


def _record(plan, action: str, customer: int, by: str, why: str, **days: date) -> None:
    licence = Licence.objects.filter(customer_id=customer).order_by("-period").first()
    audit.record(
        by=by,
        action=action,
        subject=subject(plan),
        why=why.strip(),
        licence=licence.number if licence else "",
        **{name: day.isoformat() for name, day in days.items()},
    )
