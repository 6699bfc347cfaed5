"""What the plan knows of a day, for the bundle of the phone: thin places between two parts of the
app, so that the visit works with and without a plan."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Planned:
    """A shop's place in the schedule of a day: the how-manieth, why, and when in words or None."""

    position: int
    why: str = ""
    window: str | None = None


def planned_on(user, day: date) -> dict[int, Planned]:
    """The shops (ids) that are planned for a person on a day."""
    return {}


def frame_of(user, day: date) -> dict:
    """What the bundle says of the day itself: "standard", "meeting" and "bag"."""
    return {"standard": {"visits": 30, "minutes": 8}, "meeting": None, "bag": []}
