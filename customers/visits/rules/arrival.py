"""The arithmetic of a visit's arrival. Pure: plain values in, plain values out."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any

EARTH_RADIUS = 6_371_008.8  # metres, the mean radius
# † A clock that is off by less is taken as right: so long a request may be on its way.
CLOCK_TOLERANCE = timedelta(minutes=2)
# † A clock that is off by more tells nothing (and its seconds are no 32-bit number any more).
MOST_OFF = timedelta(days=50 * 365)
# † Between the way to the morning meeting and the report; outside, a place is nobody's business.
WORKING_HOURS = (time(7, 30), time(18, 0))
# A phone may have been without signal since its person changed routes.
DAYS_AFTER_A_CHANGE = 45
# Without the letters and digits that look alike.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def digest(body: dict) -> bytes:
    """The SHA-256 by which two bodies are the same: whatever the order of their keys, the spaces,
    the escapes, or the time of sending."""
    compared = {name: value for name, value in body.items() if name != "sent_at"}
    compared["id"] = str(compared.get("id")).lower()
    text = json.dumps(compared, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def new_receipt() -> str:
    """Short enough to be read out on the telephone; one of 6 × 10¹⁴."""
    return "".join(secrets.choice(_LETTERS) for _place in range(10))


def clock_offset(*, sent_at: datetime | None, received_at: datetime) -> timedelta:
    """By how much the phone's clock is behind ours (negative: ahead), in whole seconds; zero where
    it is right, or where nothing is known."""
    if sent_at is None:
        return timedelta(0)
    offset = received_at - sent_at
    whole = timedelta(seconds=round(offset.total_seconds()))
    return whole if CLOCK_TOLERANCE < abs(offset) <= MOST_OFF else timedelta(0)


def within_working_hours(moment: datetime, *, is_workday: bool) -> bool:
    """`moment` in local time."""
    first, last = WORKING_HOURS
    return is_workday and first <= moment.time() <= last


def metres(a: tuple[float, float], b: tuple[float, float]) -> int:
    """The distance of two places (longitude, latitude in degrees) on a sphere: wrong by at most
    half a percent, which is less than a phone's."""
    (east_a, north_a), (east_b, north_b) = (map(radians, place) for place in (a, b))
    haversine = (
        sin((north_b - north_a) / 2) ** 2
        + cos(north_a) * cos(north_b) * sin((east_b - east_a) / 2) ** 2
    )
    return round(2 * EARTH_RADIUS * asin(min(1.0, sqrt(haversine))))


def storable(value: Any) -> Any:
    """The same JSON as PostgreSQL can keep it and JSON can say it: no NUL and no half characters in
    its texts; numbers beyond a float's (1e999) as texts."""
    if isinstance(value, str):
        return value.replace("\0", "␀").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value


def places_of(errors: Any, place: str = "") -> Iterator[dict]:
    """A serializer's nested errors one by one: {"place": "steps.market.prices[3].price", "words"}.

    Errors of a list's members come as a list of dicts (one per member, empty where it is right) or
    as a dict by number.
    """
    if isinstance(errors, dict):
        for name, inner in errors.items():
            if isinstance(name, int) or (isinstance(name, str) and name.isdecimal()):
                path = f"{place}[{name}]"
            elif name == "non_field_errors":
                path = place
            else:
                path = f"{place}.{name}" if place else str(name)
            yield from places_of(inner, path)
    elif isinstance(errors, list | tuple):
        for number, inner in enumerate(errors):
            if isinstance(inner, dict | list | tuple):
                yield from places_of(inner, f"{place}[{number}]")
            else:
                yield {"place": place, "words": str(inner)}
    else:
        yield {"place": place, "words": str(errors)}
