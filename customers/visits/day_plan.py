"""What the plan knows of a day, for the bundle of the phone: thin places between two parts of the
app, so that the visit works with and without a plan."""

from datetime import date

from customers.visits.plan_queries import (
    Planned,
    bag_of,
    meetings_for,
    planned_on,
    schedule_standard,
)

__all__ = ["Planned", "frame_of", "planned_on"]


def frame_of(user, day: date) -> dict:
    """What the bundle says of the day itself: "standard", "meeting" and "bag"."""
    meetings = meetings_for(user, day)
    return {
        "standard": schedule_standard(user, day),
        "meeting": {
            "ids": [meeting.pk for meeting in meetings],
            "parts": [
                {"title": title, "text": text}
                for meeting in meetings
                for title, text in meeting.parts
            ],
            "read": all(meeting.read_at for meeting in meetings),
        }
        if meetings
        else None,
        "bag": [
            {"id": line.item.pk, "words": line.item.words, "checked": line.checked}
            for line in bag_of(user, day)
        ],
    }
