"""A person's data are erased on request, while the figures stay.

What stays says nothing about the person: how many visits, when, how long, to which shop, with which
ticks and quantities. What goes: names, places, photos, and whatever was written in free words.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework import serializers

from customers.models import Customer, CustomerProperties, Post
from customers.visits.answers import MOST_TEXT
from customers.visits.body import steps_serializer
from customers.visits.models import (
    Care,
    ConfidentialReport,
    Conflict,
    MonthPlan,
    Photo,
    PlannedShop,
    PlannedVisit,
    Position,
    Promise,
    Question,
    SetAside,
    Visit,
)
from customers.visits.services import kept, photos
from marketing_ops.accounts.services import end_logins
from marketing_ops.audit import services as audit

ERASED = "—"
_OF_THE_MAKER = ("made_by", "client", "check_in", "check_out")
_BY_HAND = ("moved", "added", "removed")
_NAMES_IN_PLANS = ("drafted_by", "changed_by", "submitted_by", "decided_by")


class StillInOffice(Exception):
    """The person holds a post: end it first."""


@transaction.atomic
def erase_maker(user, *, by: str, why: str, now: datetime) -> dict[str, int]:
    """Take an account manager's name and places out of everything of the visits, and out of the
    login. Raises StillInOffice. Returns how many rows of each kind changed."""
    if Post.objects.on(timezone.localdate(now)).filter(user=user).exists():
        raise StillInOffice
    done = {
        "positions": Position.objects.filter(visit__made_by=user).delete()[0],
        "visits": 0,
        "kept": 0,
    }
    for visit in Visit.objects.filter(made_by=user).iterator():
        visit.body = {
            name: value for name, value in visit.body.items() if name not in _OF_THE_MAKER
        }
        visit.client = ""
        visit.save(update_fields=["body", "client"])
        done["visits"] += 1
    for model in (SetAside, Conflict):
        for row in model.objects.filter(sent_by=user):
            body = kept.body_of(row)
            kept.rewrite(row, {name: body[name] for name in body if name not in _OF_THE_MAKER})
            done["kept"] += 1
    # The trail must not say what was erased: it names the row.
    subject = f"person {user.pk}"
    erased = f"erased-{user.pk}"
    _take_out_of_plans(user, erased)
    user.username, user.display_name, user.email = erased, "", ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    end_logins(user)
    user.api_tokens.all().delete()
    audit.record(by=by, action="person erased", subject=subject, why=why, **done)
    return done


def _take_out_of_plans(user, erased: str) -> None:
    """Of their columns, and of the reasons, which call a person by name (plan_words.py: [code, who,
    …])."""
    login, names = user.get_username(), {user.get_username(), str(user)}
    for column in _NAMES_IN_PLANS:
        MonthPlan.objects.filter(**{column: login}).update(**{column: erased})
    by_hand = Q()
    for code in _BY_HAND:
        for name in names:
            by_hand |= Q(why__contains=[[code, name]])
    for model in (PlannedVisit, PlannedShop):
        for row in model.objects.filter(by_hand).iterator():
            row.why = [
                [code, erased, *values[1:]]
                if code in _BY_HAND and values[0] in names
                else [code, *values]
                for code, *values in row.why
            ]
            row.save(update_fields=["why"])


@transaction.atomic
def erase_shopkeeper(customer: Customer, *, by: str, why: str, now: datetime) -> dict[str, int]:
    """Take the shopkeeper's name and all free words and photos out of what is kept of a shop."""
    contacts = CustomerProperties.objects.filter(customer=customer).exclude(contact="")
    done = {"contacts": contacts.update(contact=""), "visits": 0, "photos": 0, "kept": 0}
    visits = Visit.objects.filter(customer=customer)
    keys = list(visits.values_list("pk", flat=True))
    for visit in visits.iterator():
        visit.body = without_words(visit.body)
        visit.unplanned_reason = ""
        visit.save(update_fields=["body", "unplanned_reason"])
        done["visits"] += 1
    of_shop = {"customer": customer}
    for model in (Promise, Care, Question):
        model.objects.filter(**of_shop).update(text=ERASED)
    Question.objects.filter(**of_shop).exclude(answer="").update(answer=ERASED)
    ConfidentialReport.objects.filter(**of_shop).exclude(note="").update(note=ERASED)
    numbers = list(customer.licences.values_list("number", flat=True))
    aside = SetAside.objects.filter(Q(visit_id__in=keys) | Q(licence_no__in=numbers))
    for row in [*aside, *Conflict.objects.filter(visit__in=keys)]:
        kept.rewrite(row, without_words(kept.body_of(row)))
        done["kept"] += 1
    for row in aside:
        # An error quotes what it does not like.
        row.errors = [{**error, "words": ERASED} for error in row.errors]
        row.save(update_fields=["errors"])
    keys += [row.visit_id for row in aside]
    here = Photo.objects.filter(visit_id__in=keys, received_at__isnull=False, erased_at=None)
    done["photos"] = photos.erase(here, now=now)
    licence = numbers[-1] if numbers else customer.pk
    audit.record(by=by, action="shopkeeper erased", subject=f"licence {licence}", why=why, **done)
    return done


def without_words(body: dict) -> dict:
    """A visit's body without what was written freely: choices, ticks and quantities stay.

    What no step of today describes cannot be told apart and goes as a whole.
    """
    kept = {name: body[name] for name in body if name not in ("unplanned_reason", "steps")}
    described = steps_serializer()().fields
    sent = body.get("steps")
    kept["steps"] = {
        name: _without_words(described[name], answer)
        for name, answer in (sent.items() if isinstance(sent, dict) else ())
        if name in described
    }
    return kept


def _without_words(field: serializers.Field, value):
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        child = field.child
        return [_without_words(child, one) for one in value] if isinstance(value, list) else []
    if isinstance(field, serializers.Serializer):
        if not isinstance(value, dict):
            return {}
        return {
            name: _without_words(inner, value[name])
            for name, inner in field.fields.items()
            if name in value and not _is_free(inner)
        }
    return value


def _is_free(field: serializers.Field) -> bool:
    return type(field) is serializers.CharField and (field.max_length or MOST_TEXT) > 60
