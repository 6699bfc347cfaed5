"""The geometry of charts drawn as SVG on the server; pure.

Across, a chart is laid out in per cent of its width, so that it fills a phone and a desk alike
without a script and without scaling its letters; down, it is laid out in pixels. All lengths come
out as text, so that no template writes a decimal comma into an attribute.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """A run of days from `first` to `last`, each as wide as the others."""

    first: date
    last: date

    def __post_init__(self):
        if self.last < self.first:
            raise ValueError(f"{self.last} lies before {self.first}: a chart needs a day")

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self):
        return (self.first + number * DAY for number in range(len(self)))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def left(self, day: date) -> str:
        """The left edge of a day."""
        return _percent((day - self.first).days, len(self))

    def middle(self, day: date) -> str:
        return _percent(2 * (day - self.first).days + 1, 2 * len(self))

    def width(self, first: date, last: date) -> str:
        """From the left edge of `first` to the right one of `last`, without a gap to the next."""
        ends = (last - self.first).days + 1, (first - self.first).days
        right, left = (_hundredths(place, len(self)) for place in ends)
        return _written(right - left)

    def clip(self, first: date, last: date) -> tuple[date, date] | None:
        """The part of a run of days that lies inside, None where nothing does."""
        first, last = max(first, self.first), min(last, self.last)
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Quantities:
    """A scale of whole packs from 0 at the bottom to `top`, `height` pixels high.

    `ticks` are the quantities that get a line, from 0 on.
    """

    top: int
    height: int
    ticks: tuple[int, ...]

    @classmethod
    def for_values(cls, values: Iterable[int], *, height: int, unit: int = 1) -> "Quantities":
        """A scale that holds all `values`, with two to four steps of round numbers.

        `unit`: packs of a carton; from two cartons on the steps are whole cartons. Without any
        value above 0 the scale goes to 1.
        """
        highest = max(values, default=0)
        base = unit if highest >= 2 * unit else 1
        step = base * _round_step(-(-max(highest, 1) // base))
        steps = -(-max(highest, 1) // step)
        return cls(steps * step, height, tuple(range(0, steps * step + 1, step)))

    def y(self, value: int) -> int:
        """Pixels from the top; a value above 0 is never drawn as nothing."""
        if value > 0:
            return min(self.height - 1, round(self.height * (self.top - value) / self.top))
        return self.height

    def length(self, value: int) -> int:
        """The height of a bar of this value."""
        return self.height - self.y(value)


def runs(days: Iterable[date], holds: Callable[[date], bool]) -> list[tuple[date, date]]:
    """First and last day of every unbroken run of days (given in order) for which `holds`."""
    found: list[tuple[date, date]] = []
    for day in days:
        if not holds(day):
            continue
        if found and found[-1][1] + DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _round_step(highest: int) -> int:
    """The least of 1, 2, 5, 10, 20, … of which at most four reach `highest`."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if 4 * digit * power >= highest:
                return digit * power
        power *= 10


def _percent(part: int, whole: int) -> str:
    return _written(_hundredths(part, whole))


def _hundredths(part: int, whole: int) -> int:
    return round(10_000 * part / whole)


def _written(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
