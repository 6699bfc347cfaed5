"""Where a visit was made: from the phone's coordinates to metres from the shop."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isfinite

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.coordinates import to_wgs84
from customers.models import CoordinateSystem
from customers.visits.models import Position
from customers.visits.rules import arrival as rules
from customers.workdays import exceptions
from marketing_ops.lib.workdays import is_workday

Point = tuple[float, float]


@dataclass
class Places:
    """What is kept of check-in and check-out. `missing` and `metres` by moment."""

    positions: list[Position] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    metres: dict[str, int | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(
    data: dict, *, offset: timedelta, times: dict[str, datetime], shop: Point | None
) -> Places:
    """The places in a body that was checked. Nothing here can fail: what is wrong is left out.

    `times`: of both moments by our clock, for places without a time of their own. `shop`: where the
    shop is known to be, (longitude, latitude).
    """
    found = Places()
    for moment in Position.Moment.values:
        place = data.get(moment) or {}
        if "longitude" in place and "latitude" in place:
            _add(found, moment, place, offset, times[moment], shop)
        elif place.get("missing"):
            found.missing[moment] = place["missing"]
        elif place:
            found.notes.append(_("A place could not be read and was left out."))
    return found


def _add(found: Places, moment: str, place: dict, offset, time: datetime, shop) -> None:
    raw = place["longitude"], place["latitude"]
    if not all(isfinite(value) for value in raw):
        found.notes.append(_("A place could not be read and was left out."))
        return
    at = place["at"] + offset if place.get("at") else time
    if not rules.within_working_hours(
        timezone.localtime(at), is_workday=_is_workday(timezone.localdate(at))
    ):
        found.notes.append(_("A place outside working hours was not kept."))
        return
    system = place.get("coordinate_system", CoordinateSystem.WGS84)
    longitude, latitude = to_wgs84(*raw, system)
    accuracy = place.get("accuracy")
    found.positions.append(
        Position(
            moment=moment,
            at=at,
            longitude=longitude,
            latitude=latitude,
            accuracy=accuracy if accuracy is not None and isfinite(accuracy) else None,
            coordinate_system=system,
            raw_longitude=raw[0],
            raw_latitude=raw[1],
        )
    )
    if shop is not None:
        found.metres[moment] = rules.metres(shop, (longitude, latitude))


def _is_workday(day: date) -> bool:
    return is_workday(day, exceptions(day, day))
