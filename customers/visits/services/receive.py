"""A visit arrives: once, however often it is sent, and whole or not at all.

The key is the UUID that the phone made. The same body again gets the same receipt; another body
under the same UUID is a conflict, and both are kept; a body that is no valid visit is set aside as
it came, with the place and the reason, and can be sent again corrected.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied, ValidationError

from customers.visits.body import read_body
from customers.visits.models import Conflict, Position, SetAside, Visit
from customers.visits.queries import Shop, shop_of
from customers.visits.rules import arrival as rules
from customers.visits.services import photos, places
from customers.visits.steps import visit_steps

_LOCK = 7_310_004  # a namespace of PostgreSQL's advisory locks


@dataclass(frozen=True)
class Arrival:
    """A request: the body as it came and as JSON, whose it is, and when.

    `sent_at` is the phone's clock at the moment of sending, None where it was not said.
    """

    raw: bytes
    body: dict
    by: object
    sent_at: datetime | None
    received_at: datetime

    @property
    def visit_id(self) -> UUID:
        return UUID(str(self.body["id"]))

    @property
    def digest(self) -> bytes:
        return rules.digest(self.body)

    @property
    def today(self) -> date:
        return timezone.localdate(self.received_at)


def receive(arrival: Arrival) -> tuple[int, dict]:
    """(HTTP status, answer): 201 new, 200 known, 409 conflict, 422 set aside.

    Raises ValidationError where the body has no UUID, PermissionDenied where it says that another
    person made the visit.
    """
    _require_key(arrival.body)
    _require_own(arrival)
    known = Visit.objects.filter(pk=arrival.visit_id).first()
    if known is not None:
        return _again(known, arrival)
    try:
        data = _checked(arrival)
        with transaction.atomic():
            _hold(arrival.visit_id)
            known = Visit.objects.filter(pk=arrival.visit_id).first()
            if known is None:
                return 201, answer_of(_write(arrival, data))
    except ValidationError as error:
        return _set_aside(arrival, list(rules.places_of(error.detail)))
    return _again(known, arrival)


def _require_key(body) -> None:
    words = _("Give “id”: the UUID of the visit.")
    if not isinstance(body, dict):
        raise ValidationError({"id": [words]})
    try:
        UUID(body.get("id", ""))
    except (ValueError, AttributeError, TypeError):
        raise ValidationError({"id": [words]}) from None


def _require_own(arrival: Arrival) -> None:
    made_by = arrival.body.get("made_by")
    if made_by and isinstance(made_by, str) and made_by != arrival.by.get_username():
        raise PermissionDenied(
            _("%(name)s made this visit: log in as %(name)s to send it.")
            % {"name": rules.storable(made_by[:150])}
        )


def _hold(visit_id: UUID) -> None:
    """Of several requests with one UUID one writes at a time; the others then find its row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(visit_id)])


@dataclass(frozen=True)
class _Checked:
    data: dict
    shop: Shop
    offset: timedelta
    started_at: datetime
    ended_at: datetime
    day: date


def _checked(arrival: Arrival) -> _Checked:
    """The body as the serializer reads it, its times by our clock, and its shop."""
    data = read_body(arrival.body)
    offset = rules.clock_offset(sent_at=arrival.sent_at, received_at=arrival.received_at)
    started_at, ended_at = data["started_at"] + offset, data["ended_at"] + offset
    # A visit is never of a day that has not come; its times stay as the phone said them.
    day = min(timezone.localdate(started_at), arrival.today)
    shop = shop_of(arrival.by, data["licence_no"], day=day)
    if shop is None:
        # One wording for a number that nobody has and for another's shop.
        words = _("No shop of yours had this licence number on that day or shortly before.")
        raise ValidationError({"licence_no": [words]})
    return _Checked(data, shop, offset, started_at, ended_at, day)


def _write(arrival: Arrival, checked: _Checked) -> Visit:
    data = checked.data
    times = {"check_in": checked.started_at, "check_out": checked.ended_at}
    found = places.read(data, offset=checked.offset, times=times, shop=checked.shop.place)
    visit = Visit(
        id=arrival.visit_id,
        customer_id=checked.shop.customer,
        licence_no=data["licence_no"],
        made_by=arrival.by,
        kind=data.get("kind", Visit.Kind.ON_SITE),
        day=checked.day,
        started_at=checked.started_at,
        ended_at=checked.ended_at,
        phone_started_at=data["started_at"],
        phone_ended_at=data["ended_at"],
        clock_offset=int(checked.offset.total_seconds()),
        unplanned_reason=data.get("unplanned_reason", ""),
        body=_shown(arrival.body),
        body_hash=arrival.digest,
        client=data.get("client", ""),
        receipt=rules.new_receipt(),
        received_at=arrival.received_at,
        notes=[*_clock_notes(checked, arrival), *found.notes, *_unknown_steps(arrival.body)],
        check_in_distance=found.metres.get("check_in"),
        check_out_distance=found.metres.get("check_out"),
        check_in_missing=found.missing.get("check_in", ""),
        check_out_missing=found.missing.get("check_out", ""),
    )
    visit.save(force_insert=True)
    for position in found.positions:
        position.visit = visit
    Position.objects.bulk_create(found.positions)
    noted = len(visit.notes)
    _record_steps(visit, data.get("steps", {}))
    if len(visit.notes) > noted:
        visit.save(update_fields=["notes"])
    photos.expect(visit, data)
    SetAside.objects.filter(visit_id=visit.pk, sent_by=arrival.by, settled_at=None).update(
        settled_at=arrival.received_at
    )
    return visit


def _record_steps(visit: Visit, answers: dict) -> None:
    for step in visit_steps():
        if step.record is None or step.name not in answers:
            continue
        try:
            step.record(visit, answers[step.name])
        except ValidationError as error:
            raise ValidationError({"steps": {step.name: error.detail}}) from error


def _shown(body: dict) -> dict:
    """The body as it is kept with the visit: its places and what is confidential lie elsewhere."""
    shown = {name: value for name, value in body.items() if name not in ("check_in", "check_out")}
    if isinstance(shown.get("steps"), dict):
        secret = {step.name for step in visit_steps() if step.confidential}
        shown["steps"] = {
            name: answer for name, answer in shown["steps"].items() if name not in secret
        }
    return rules.storable(shown)


def _clock_notes(checked: _Checked, arrival: Arrival) -> list[str]:
    if checked.offset:
        minutes = round(abs(checked.offset).total_seconds() / 60)
        words = _("The phone's clock was off by %(minutes)d minutes; the times were corrected.")
        return [words % {"minutes": minutes}]
    if checked.started_at > arrival.received_at + rules.CLOCK_TOLERANCE:
        return [_("By the phone's clock this visit has not begun yet: set the clock right.")]
    return []


def _unknown_steps(body: dict) -> list[str]:
    sent = body.get("steps")
    known = {step.name for step in visit_steps()}
    unknown = sorted(str(name)[:40] for name in sent if name not in known) if sent else []
    if not unknown:
        return []
    words = _("Kept, but not understood by this version of the site: %(names)s.")
    return [words % {"names": rules.storable(", ".join(unknown[:20]))}]


def answer_of(visit: Visit) -> dict:
    """The receipt. All but the photos is the same for every repeat."""
    return {
        "id": str(visit.pk),
        "receipt": visit.receipt,
        "received_at": visit.received_at,
        "state": "accepted",
        "photos": photos.standing(visit),
        "notes": visit.notes,
    }


def _again(visit: Visit, arrival: Arrival) -> tuple[int, dict]:
    own = visit.made_by_id == arrival.by.pk
    if own and bytes(visit.body_hash) == arrival.digest:
        return 200, answer_of(visit)
    Conflict.objects.bulk_create([Conflict(visit=visit, **_kept(arrival))], ignore_conflicts=True)
    kept = Conflict.objects.get(visit=visit, sent_by=arrival.by, body_hash=arrival.digest)
    if own:
        words = _(
            "Another visit came under this key before (receipt %(receipt)s). Both are kept: look "
            "at them, and send this one again as a new visit if it is one."
        )
    else:
        words = _("There is a visit under this key already. This one is kept beside it.")
    return 409, {
        "id": str(visit.pk),
        "state": "conflict",
        "kept": visit.receipt if own else None,
        "conflict": kept.pk,
        "detail": words % {"receipt": visit.receipt},
    }


def _set_aside(arrival: Arrival, errors: list[dict]) -> tuple[int, dict]:
    kept = {"visit_id": arrival.visit_id, **_kept(arrival)}
    licence = arrival.body.get("licence_no")
    row = SetAside(
        **kept,
        licence_no=rules.storable(licence)[:60] if isinstance(licence, str) else "",
        receipt=rules.new_receipt(),
        errors=rules.storable(errors),
    )
    SetAside.objects.bulk_create([row], ignore_conflicts=True)
    row = SetAside.objects.get(
        visit_id=arrival.visit_id, sent_by=arrival.by, body_hash=arrival.digest
    )
    return 422, {
        "id": str(row.visit_id),
        "state": "set_aside",
        "receipt": row.receipt,
        "errors": row.errors,
    }


def _kept(arrival: Arrival) -> dict:
    client = arrival.body.get("client")
    return {
        "body": arrival.raw,
        "body_hash": arrival.digest,
        "client": rules.storable(client)[:60] if isinstance(client, str) else "",
        "sent_by": arrival.by,
        "day": _said_day(arrival),
        "received_at": arrival.received_at,
    }


def _said_day(arrival: Arrival) -> date:
    """The day of a visit that may make no sense: as it says, where it can be read."""
    try:
        started = datetime.fromisoformat(arrival.body.get("started_at"))
        offset = rules.clock_offset(sent_at=arrival.sent_at, received_at=arrival.received_at)
        return min(timezone.localdate(started + offset), arrival.today)
    except (TypeError, ValueError, OverflowError):
        return arrival.today
