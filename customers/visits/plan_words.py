"""The plan's reasons and times in the reader's language."""

from collections.abc import Iterable
from datetime import date

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import Format, Scale
from customers.visits.rules.ruleset import VisitRules
from customers.visits.rules.travel import Timetable

_SEGMENTS = {
    "A": gettext_lazy("always out of stock"),
    "B": gettext_lazy("often out of stock"),
    "C": gettext_lazy("sometimes out of stock"),
    "D": gettext_lazy("rarely out of stock"),
    "E": gettext_lazy("never out of stock"),
}
_VALUES = {
    "valuable": gettext_lazy("valuable customer"),
    "secondary": gettext_lazy("secondary-value customer"),
    "potential": gettext_lazy("potential-value customer"),
    "low": gettext_lazy("low-value customer"),
}


def clock(minute: int) -> str:
    """Minutes since midnight as 09:05; a day that ends after midnight ends at 24:00 or later."""
    return f"{minute // 60:02}:{minute % 60:02}"


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": rest}


def short_day(day: date) -> str:
    """06-28 Friday, for buttons and menus."""
    return f"{day:%m-%d} {WEEKDAYS[day.weekday()]}"


def enough(table: Timetable, rules: VisitRules) -> tuple[str, str]:
    """Whether the day's visits can be done, honestly; and the tone of it (good, warn, bad)."""
    end = rules.times.minute("end")
    shown = {
        "visits": table.visits,
        "minutes": rules.standard.minutes,
        "way": duration(table.way_minutes),
        "until": clock(table.ends_at),
        "end": clock(end),
    }
    words = (
        ngettext(
            "%(visits)d visit of %(minutes)d min and %(way)s of way: until %(until)s.",
            "%(visits)d visits of %(minutes)d min and %(way)s of way: until %(until)s.",
            table.visits,
        )
        % shown
    )
    tone = "good"
    if table.too_many:
        tone = "bad"
        words += " " + (
            ngettext(
                "%(count)d too many to be done by %(end)s.",
                "%(count)d too many to be done by %(end)s.",
                table.too_many,
            )
            % {"count": table.too_many, "end": clock(end)}
        )
    if table.missed:
        tone = "bad" if tone == "bad" else "warn"
        words += " " + (
            ngettext(
                "%(count)d shop is met outside its time window.",
                "%(count)d shops are met outside their time windows.",
                len(table.missed),
            )
            % {"count": len(table.missed)}
        )
    if table.without_place:
        tone = "warn" if tone == "good" else tone
        words += " " + (
            ngettext(
                "%(count)d shop has no place on the map: its way is guessed.",
                "%(count)d shops have no place on the map: their way is guessed.",
                table.without_place,
            )
            % {"count": table.without_place}
        )
    return words, tone


def frequency(wanted: int, why: Iterable) -> str:
    """How often a shop is to be visited, and what makes it so."""
    words = ngettext("%(n)d visit a month", "%(n)d visits a month", wanted) % {"n": wanted}
    parts = [part for one in why if (part := _of_frequency(*one))]
    if not parts:
        return words
    return _("%(visits)s: %(reasons)s") % {"visits": words, "reasons": _("; ").join(parts)}


def _of_frequency(code: str, *values) -> str:
    if code == "scale":
        scale, visits = values
        name = str(Scale(scale).label) if scale in Scale.values else _("scale not known")
        return f"{name} {visits}"
    if code in ("format", "segment", "value"):
        name, extra = values
        known = {"format": dict(Format.choices), "segment": _SEGMENTS, "value": _VALUES}[code]
        return f"{known.get(name, name)} {extra:+d}".replace("-", "−")
    if code == "least":
        return _("never fewer than %d") % values
    if code == "most":
        return _("never more than %d") % values
    if code == "part":
        days, month_days, visits = values
        return _("%(days)d of %(month_days)d working days: %(visits)d") % {
            "days": days,
            "month_days": month_days,
            "visits": visits,
        }
    return shortfall(code, *values)


def shortfall(code: str, *values) -> str:
    """Why a shop gets fewer visits than wanted; "" for a code that says something else."""
    if code == "days":
        return _("only %d working days on which it can be visited") % values
    if code == "room":
        return _("the month has room for %d visits of this route") % values
    if code == "no-days":
        return _("no working day is left in the month")
    if code == "removed":
        by, day, why = values
        return _("%(by)s took the visit of %(day)s away: %(why)s") % {
            "by": by,
            "day": day,
            "why": why,
        }
    return ""


def not_drafted() -> str:
    """Of a shop that the draft did not know."""
    return _("not on the route when the plan was drafted")


def reasons(why: Iterable) -> list[str]:
    """Why a visit is planned for its day."""
    return [words for one in why if (words := _of_visit(*one))]


def _of_visit(code: str, *values) -> str:
    if code == "overdue":
        return _("a promise or question is overdue since %s") % values
    if code == "due":
        return _("a promise or question is due on %s") % values
    if code == "first-days":
        return _("large or volatile: from the %(first)d to the %(last)d") % {
            "first": values[0],
            "last": values[1],
        }
    if code == "before-order":
        return _("before its order of %s") % values[0][5:]
    if code == "moved":
        by, day, why = values
        shown = {"by": by, "day": day[5:], "why": why}
        if why:
            return _("moved by %(by)s from %(day)s: %(why)s") % shown
        return _("moved by %(by)s from %(day)s") % shown
    if code == "added":
        by, why = values
        shown = {"by": by, "why": why}
        return _("added by %(by)s: %(why)s") % shown if why else _("added by %(by)s") % shown
    return ""
