"""What the orders ask of people: calls are made from them, done with a result, orders rescued."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from marketing_ops.audit import services as audit
from orders.models import OrderLine
from orders.placing.models import Call, FollowUp, Rescue
from orders.placing.rules import Short, follow, payment_failed
from orders.recommendations.models import Introduction

_LOCK = 7_310_042
# Orders so many days back are looked at: a file of the day before may come late.
DAYS_BACK = 3
# What was wanted longer ago than this and never ordered about is forgotten.
FOLLOW_WITHIN = timedelta(days=60)
WANTED = (Introduction.Reaction.WILL_ORDER, Introduction.Reaction.INTERESTED)

# Lines of the days that were not supplied whole or name a status; the district's share of what was
# asked for of the product that day; and the quota in force then.
_LINES = """
    WITH lines AS (
        SELECT customer_id, product_id, ordered_on, requested, supplied, status, payment
          FROM orders_orderline
         WHERE ordered_on BETWEEN %(first)s AND %(last)s AND superseded_at IS NULL
    ), district AS (
        SELECT product_id, ordered_on, 1000 * sum(supplied) / nullif(sum(requested), 0) AS permille
          FROM lines GROUP BY 1, 2
    )
    SELECT l.customer_id, l.ordered_on, l.product_id, l.requested, l.supplied, q.packs,
           d.permille::integer, l.status, l.payment
      FROM lines l
      JOIN district d USING (product_id, ordered_on)
      LEFT JOIN quotas_quotadecision q
             ON q.customer_id = l.customer_id AND q.product_id = l.product_id
            AND q.superseded_at IS NULL AND q.period @> l.ordered_on
     WHERE l.supplied < l.requested OR l.status <> '' OR l.payment <> ''
     ORDER BY l.customer_id, l.ordered_on, l.requested - l.supplied DESC, l.product_id
"""


class AlreadyDone(Exception):
    """Somebody was there before; the text says who."""


@transaction.atomic
def follow_orders(*, today: date, at: datetime) -> dict[str, int]:
    """Look at the orders of the last days: make the calls that are due, and settle what the shops'
    next orders say of products that they wanted. Every repeat of it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    counts = _calls_of_orders(today, at)
    counts["followed"] = _follow_up(today, at)
    counts["mended"] += _mend_not_ordered(at)
    return counts


def _calls_of_orders(today: date, at: datetime) -> dict[str, int]:
    first = today - timedelta(days=DAYS_BACK)
    due: dict[tuple[int, str, date], list[dict]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"first": first, "last": today})
        for pk, day, product, requested, supplied, quota, supply, status, payment in cursor:
            if payment_failed(status, payment):
                # Once for the order: each of its lines says the same.
                due[pk, Call.Kind.PAYMENT, day] = [
                    {"code": "payment", "status": status, "payment": payment}
                ]
            elif supplied < requested:
                short = Short(product, requested, supplied, quota, supply, status)
                due.setdefault((pk, Call.Kind.UNFULFILLED, day), []).append(short.reason)
    for pk, _kind, day in [key for key in due if key[1] == Call.Kind.PAYMENT]:
        # An order that nobody could pay is not supplied either: one call for both.
        due.pop((pk, Call.Kind.UNFULFILLED, day), None)
    kinds = (Call.Kind.PAYMENT, Call.Kind.UNFULFILLED)
    known = {
        (call.customer_id, call.kind, call.day): call
        for call in Call.objects.filter(kind__in=kinds, day__range=(first, today))
    }
    new = [
        Call(customer_id=pk, kind=kind, day=day, reasons=reasons, made_at=at)
        for (pk, kind, day), reasons in due.items()
        if (pk, kind, day) not in known
    ]
    Call.objects.bulk_create(new)
    still = [call for call in known.values() if call.called_at is None]
    changed = [call for call in still if due.get(_key(call), call.reasons) != call.reasons]
    for call in changed:
        call.reasons = due[_key(call)]
    Call.objects.bulk_update(changed, ["reasons"])
    gone = [call.pk for call in still if _key(call) not in due]
    return {"calls": len(new), "mended": _lapse(gone, at)}


def _key(call: Call) -> tuple[int, str, date]:
    return call.customer_id, call.kind, call.day


def _lapse(calls: Iterable[int], at: datetime) -> int:
    """The orders say that nobody has to call any more."""
    return Call.objects.filter(pk__in=list(calls), called_at=None).update(
        called_at=at, result=Call.Result.LAPSED
    )


def _follow_up(today: date, at: datetime) -> int:
    wanted = list(
        Introduction.objects.filter(
            reaction__in=WANTED, follow_up=None, day__gt=today - FOLLOW_WITHIN
        ).order_by("day", "pk")
    )
    if not wanted:
        return 0
    orders = _orders({one.customer_id for one in wanted}, since=min(one.day for one in wanted))
    found = []
    for one in wanted:
        said = follow(
            introduced_on=one.day,
            orders=orders.get(one.customer_id, {}),
            product=one.product_id,
        )
        if said.settled:
            found.append(
                FollowUp(introduction=one, order_day=said.day, packs=said.packs, settled_at=at)
            )
    calls = _calls_about([one for one in found if not one.was_ordered], at)
    for one in found:
        if not one.was_ordered:
            one.call = calls[one.introduction.customer_id, one.order_day]
    FollowUp.objects.bulk_create(found)
    return len(found)


def _orders(customers: Iterable[int], *, since: date) -> dict[int, dict[date, dict[int, int]]]:
    """{customer: {day: {product: requested}}}"""
    orders: dict[int, dict[date, dict[int, int]]] = {}
    lines = OrderLine.objects.known(None).filter(customer__in=customers, ordered_on__gte=since)
    columns = "customer_id", "ordered_on", "product_id", "requested"
    for pk, day, product, packs in lines.values_list(*columns):
        orders.setdefault(pk, {}).setdefault(day, {})[product] = packs
    return orders


def _calls_about(missed: list[FollowUp], at: datetime) -> dict[tuple[int, date], Call]:
    """One call for each shop and order, with all the products that are not in it."""
    products: dict[tuple[int, date], dict[int, dict]] = {}
    for one in missed:
        said = one.introduction
        products.setdefault((said.customer_id, one.order_day), {})[said.product_id] = {
            "code": "not-ordered",
            "product": said.product_id,
            "reaction": said.reaction,
            "visited": f"{said.day:%Y-%m-%d}",
        }
    calls = {}
    for (customer, day), reasons in products.items():
        call, new = Call.objects.get_or_create(
            customer_id=customer,
            kind=Call.Kind.NOT_ORDERED,
            day=day,
            defaults={"reasons": list(reasons.values()), "made_at": at},
        )
        there = {reason["product"] for reason in call.reasons}
        more = [reason for pk, reason in reasons.items() if pk not in there]
        if not new and more:
            # A visit that was sent late: whoever has called already calls once more.
            call.reasons = [*call.reasons, *more]
            call.called_at, call.called_by, call.result = None, None, ""
            call.save(update_fields=["reasons", "called_at", "called_by", "result"])
        calls[customer, day] = call
    return calls


def _mend_not_ordered(at: datetime) -> int:
    """Calls about products that the shop has ordered since."""
    still = list(Call.objects.filter(kind=Call.Kind.NOT_ORDERED, called_at=None))
    if not still:
        return 0
    orders = _orders({call.customer_id for call in still}, since=min(call.day for call in still))
    mended = []
    for call in still:
        since = {
            product
            for day, lines in orders.get(call.customer_id, {}).items()
            if day >= call.day
            for product, packs in lines.items()
            if packs
        }
        if {reason["product"] for reason in call.reasons} <= since:
            mended.append(call.pk)
    return _lapse(mended, at)


@transaction.atomic
def finish_call(*, call: int, result: str, text: str, by, at: datetime) -> Call:
    """The call was made. The same again changes nothing; raises AlreadyDone where another result
    is there."""
    row = Call.objects.select_for_update().get(pk=call)
    if row.called_at is not None:
        if (row.called_by_id, row.result, row.result_text) == (by.pk, result, text):
            return row
        raise AlreadyDone(
            _("This call is done already: %(result)s.") % {"result": row.get_result_display()}
        )
    row.result, row.result_text, row.called_at, row.called_by = result, text, at, by
    row.save(update_fields=["result", "result_text", "called_at", "called_by"])
    audit.record(by=by.get_username(), action="call done", subject=f"call {row.pk}", result=result)
    return row


@transaction.atomic
def ask_rescue(*, customer: int, day: date, trouble: str, note: str, by, at: datetime) -> Rescue:
    """Ask to keep a shop's order of a day. Asked again, it is the same rescue."""
    row, new = Rescue.objects.get_or_create(
        customer_id=customer,
        day=day,
        defaults={"trouble": trouble, "note": note, "asked_at": at, "asked_by": by},
    )
    if new:
        subject = f"rescue {row.pk}"
        audit.record(by=by.get_username(), action="rescue asked", subject=subject, trouble=trouble)
    return row


@transaction.atomic
def explain_rescue(*, rescue: int, reason: str, by, at: datetime) -> Rescue:
    """Customer service writes the reason, once. Raises AlreadyDone."""
    row = Rescue.objects.select_for_update().get(pk=rescue)
    if row.reason_at is not None:
        if (row.reason_by_id, row.reason) == (by.pk, reason):
            return row
        raise AlreadyDone(_("The reason is written already: %(reason)s") % {"reason": row.reason})
    row.reason, row.reason_at, row.reason_by = reason, at, by
    row.save(update_fields=["reason", "reason_at", "reason_by"])
    audit.record(by=by.get_username(), action="rescue explained", subject=f"rescue {row.pk}")
    return row


@transaction.atomic
def close_rescue(*, rescue: int, outcome: str, by, at: datetime) -> Rescue:
    """The telephone desk keeps the order, or could not. Raises AlreadyDone where it is closed with
    another outcome, or has no reason yet."""
    row = Rescue.objects.select_for_update().get(pk=rescue)
    if row.reason_at is None:
        raise AlreadyDone(_("Customer service has to write the reason first."))
    if row.outcome_at is not None:
        if row.outcome == outcome:
            return row
        raise AlreadyDone(
            _("This is closed already: %(how)s.") % {"how": row.get_outcome_display()}
        )
    row.outcome, row.outcome_at, row.outcome_by = outcome, at, by
    row.save(update_fields=["outcome", "outcome_at", "outcome_by"])
    audit.record(
        by=by.get_username(), action="rescue closed", subject=f"rescue {row.pk}", outcome=outcome
    )
    return row


@transaction.atomic
def erase_words(customer: int) -> int:
    """Take whatever was written in free words about a shop out of its calls and rescues; who did
    what and when stays. Returns how many texts went."""
    texts = ((Call, "result_text"), (Rescue, "note"), (Rescue, "reason"))
    return sum(
        model.objects.filter(customer=customer).exclude(**{name: ""}).update(**{name: ""})
        for model, name in texts
    )
