"""What a district decides about visits, in one value: how often, the standard of a day, its times,
the way between shops. Plain values; versions of it are kept by models.VisitRuleSet.

Whatever is wrong with a body is named by its field, with the cure. docs/algorithms/visit-plan.md
says what every field means.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass

_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


class RulesError(ValueError):
    """`problems` maps each field to what is wrong with it and the cure."""

    def __init__(self, problems: dict[str, str]):
        self.problems = problems
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))


@dataclass(frozen=True)
class Frequency:
    """Visits a month: those of the scale, and what format, stock-out segment and customer value
    add to them or take away."""

    scale: Mapping[str, int] = field(default_factory=lambda: {"大": 6, "中": 4, "小": 3})
    format: Mapping[str, int] = field(default_factory=lambda: {"娱乐服务类": -1, "其他": -1})
    segment: Mapping[str, int] = field(default_factory=lambda: {"A": 2, "B": 1})
    value: Mapping[str, int] = field(default_factory=lambda: {"valuable": 1, "low": -1})
    least: int = 1
    most: int = 10


@dataclass(frozen=True)
class Standard:
    """At least so many shops a day, in town and in the country, and minutes in each."""

    town: int = 30
    country: int = 25
    minutes: int = 8

    def visits(self, *, town: int, country: int) -> int:
        """The standard of a day with so many shops of each kind: by their shares, rounded to the
        nearest; of a day without shops that of the town."""
        shops = town + country
        if not shops:
            return self.town
        return (2 * (self.town * town + self.country * country) + shops) // (2 * shops)


@dataclass(frozen=True)
class Times:
    """Of a day, HH:MM; `pause` in minutes lies between the first visit and the last."""

    meeting: str = "08:00"
    schedule: str = "08:30"
    first_visit: str = "09:30"
    end: str = "15:00"
    back: str = "16:00"
    pause: int = 0

    def minute(self, name: str) -> int:
        """One of the times as minutes since midnight."""
        hours, minutes = getattr(self, name).split(":")
        return int(hours) * 60 + int(minutes)


@dataclass(frozen=True)
class Balance:
    """How a month is spread: by how many visits two days may differ at most; how far above the
    standard a day may go, in percent; from which to which day of the month large and volatile
    customers come first."""

    spread: int = 4
    most_percent: int = 110
    first_from: int = 6
    first_to: int = 10


@dataclass(frozen=True)
class Travel:
    """Between two shops: straight distance × road factor at the speed of the town (both shops in
    town) or of the country, and the minutes to park and go in. `unknown_minutes`: where a shop has
    no place."""

    town_kmh: int = 15
    country_kmh: int = 30
    road_percent: int = 130
    stop_minutes: int = 1
    unknown_minutes: int = 6


# field: (least, most)
_BOUNDS = {
    "frequency.scale": (0, 31),
    "frequency.format": (-10, 10),
    "frequency.segment": (-10, 10),
    "frequency.value": (-10, 10),
    "frequency.least": (0, 31),
    "frequency.most": (1, 31),
    "standard.town": (1, 100),
    "standard.country": (1, 100),
    "standard.minutes": (1, 120),
    "times.pause": (0, 180),
    "balance.spread": (1, 20),
    "balance.most_percent": (100, 200),
    "balance.first_from": (1, 31),
    "balance.first_to": (1, 31),
    "travel.town_kmh": (1, 120),
    "travel.country_kmh": (1, 120),
    "travel.road_percent": (100, 300),
    "travel.stop_minutes": (0, 60),
    "travel.unknown_minutes": (0, 120),
}


@dataclass(frozen=True)
class VisitRules:
    """One version of the rules; the defaults are the first version."""

    frequency: Frequency = field(default_factory=Frequency)
    standard: Standard = field(default_factory=Standard)
    times: Times = field(default_factory=Times)
    balance: Balance = field(default_factory=Balance)
    travel: Travel = field(default_factory=Travel)

    def __post_init__(self):
        problems = dict(_problems(self))
        if problems:
            raise RulesError(problems)

    @classmethod
    def from_json(cls, body: object) -> "VisitRules":
        """The rules of a JSON body; what is left out has its default. Raises RulesError."""
        return cls(**_parts(cls, body, ""))

    def to_json(self) -> dict:
        return asdict(self)


def _parts(kind, body, place: str) -> dict:
    if not isinstance(body, dict):
        raise RulesError({place.rstrip(".") or "body": "is not an object; {} has the defaults"})
    known = {one.name: one for one in fields(kind)}
    unknown = sorted(set(body) - set(known))
    if unknown:
        text = f"is not a rule; remove it, or use one of: {', '.join(known)}"
        raise RulesError({f"{place}{name}": text for name in unknown})
    values = {}
    for name, value in body.items():
        part = known[name].default_factory
        if isinstance(part, type) and is_dataclass(part):
            value = part(**_parts(part, value, f"{place}{name}."))
        values[name] = value
    return values


def _problems(rules: VisitRules) -> Iterator[tuple[str, str]]:
    for name, (least, most) in _BOUNDS.items():
        section, _dot, key = name.partition(".")
        value = getattr(getattr(rules, section), key)
        numbers = value.values() if isinstance(value, Mapping) else (value,)
        if not all(type(one) is int and least <= one <= most for one in numbers):
            yield name, f"is {value!r}; give whole numbers from {least} to {most}"
    times = rules.times
    order = ("meeting", "schedule", "first_visit", "end", "back")
    wrong = [one for one in order if not _TIME.match(str(getattr(times, one)))]
    for one in wrong:
        yield f"times.{one}", f"is {getattr(times, one)!r}; write HH:MM"
    if not wrong and sorted(order, key=times.minute) != list(order):
        yield "times", f"do not follow each other; keep the order {', '.join(order)}"
    if rules.frequency.least > rules.frequency.most:
        yield "frequency.least", "is above frequency.most; lower it"
    if rules.balance.first_from > rules.balance.first_to:
        yield "balance.first_from", "is after balance.first_to; lower it"
