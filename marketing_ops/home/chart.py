"""The chart of one shop × product: stock, sales and deliveries day by day, as shapes for SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketing_ops.home.days import LedgerDay, State
from marketing_ops.lib import quantities
from marketing_ops.lib.charts import Days, Quantities, runs

# Pixels from the top: events' names, stock, deliveries' marks, sales, days' names.
STOCK_TOP, STOCK_HEIGHT = 24, 150
MARK_TOP, MARK_HEIGHT = STOCK_TOP + STOCK_HEIGHT + 4, 10
SALES_TOP, SALES_HEIGHT = MARK_TOP + MARK_HEIGHT + 10, 70
BOTTOM = SALES_TOP + SALES_HEIGHT
HEIGHT = BOTTOM + 22
STRIP = 5  # height of a stock-out's strip on the ground line


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle, or the place of a mark or text; `words` is what a pointer over it reads."""

    kind: str
    x: str
    y: int
    width: str = ""
    height: int = 0
    words: str = ""


@dataclass(frozen=True)
class Chart:
    """Shapes in the order in which they are drawn, and the scales' texts."""

    first: date
    last: date
    bands: list[Shape]
    strips: list[Shape]
    bars: list[Shape]
    marks: list[Shape]
    days: list[Shape]
    lines: list[Shape]
    scale: list[Shape]
    ticks: list[Shape]
    names: list[Shape]
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Band:
    """An event over the days `first` to `last` (None: still open)."""

    first: date
    last: date | None
    name: str


def draw(days: Sequence[LedgerDay], *, events: Sequence[Band], packs_per_carton: int) -> Chart:
    """The chart of these days (consecutive, at least one)."""
    span = Days(days[0].day, days[-1].day)
    seen = [entry for entry in days if entry.row is not None]
    stock = Quantities.for_values(
        (entry.row.closing for entry in seen), height=STOCK_HEIGHT, unit=packs_per_carton
    )
    sales = Quantities.for_values(
        (entry.row.sold for entry in seen), height=SALES_HEIGHT, unit=packs_per_carton
    )
    bars, marks = [], []
    for entry in seen:
        row = entry.row
        for kind, top, scale, value in (
            ("stock", STOCK_TOP, stock, row.closing),
            ("sales", SALES_TOP, sales, row.sold),
        ):
            if value:
                bars.append(
                    Shape(
                        kind,
                        span.left(entry.day),
                        top + scale.y(value),
                        span.width(entry.day, entry.day),
                        scale.length(value),
                    )
                )
        if row.received:
            marks.append(Shape("delivery", span.middle(entry.day), MARK_TOP))
    scale_texts, lines = [], []
    for top, scale, values in (
        (STOCK_TOP, stock, stock.ticks),
        (SALES_TOP, sales, (0, sales.top)),
    ):
        for value in values:
            y = top + scale.height * (scale.top - value) // scale.top
            lines.append(Shape("ground" if value == 0 else "grid", "0", y))
            scale_texts.append(
                Shape("text", "0", y + 4, words=quantities.show(value, packs_per_carton))
            )
    bands, strips, names = _bands(days, span, events)
    return Chart(
        first=span.first,
        last=span.last,
        bands=bands,
        strips=strips,
        bars=bars,
        marks=marks,
        days=[
            Shape(
                "day",
                span.left(entry.day),
                STOCK_TOP,
                span.width(entry.day, entry.day),
                BOTTOM - STOCK_TOP,
                _day_words(entry, packs_per_carton),
            )
            for entry in days
        ],
        lines=lines,
        scale=scale_texts,
        ticks=_ticks(span),
        names=names,
    )


def _bands(days, span, events) -> tuple[list[Shape], list[Shape], list[Shape]]:
    """Shaded runs of days, the strips of the stock-outs among them, and the events' names."""
    whole = STOCK_TOP, BOTTOM - STOCK_TOP
    state = {entry.day: entry.state for entry in days}

    def band(kind, first, last, top=whole[0], height=whole[1]):
        return Shape(kind, span.left(first), top, span.width(first, last), height)

    bands, names = [], []
    for event in events:
        inside = span.clip(event.first, event.last or span.last)
        if inside:
            bands.append(band("event", *inside, top=4, height=BOTTOM - 4))
            # A name that begins near the right edge is written to the left of it.
            late = (inside[0] - span.first).days * 2 > len(span)
            names.append(
                Shape(
                    "name-end" if late else "name",
                    span.left(inside[1]) if late else span.left(inside[0]),
                    17,
                    words=event.name,
                )
            )
    unseen = {State.NO_REPORT, State.NOT_IN_REPORT, State.FLAGGED}
    bands += [band("unseen", *run) for run in runs(state, lambda day: state[day] in unseen)]
    out = runs(state, lambda day: state[day] == State.STOCKOUT)
    bands += [band("out", *run) for run in out]
    strips = [
        band("out-strip", *run, top=STOCK_TOP + STOCK_HEIGHT - STRIP, height=STRIP) for run in out
    ]
    return bands, strips, names


def _ticks(span: Days) -> list[Shape]:
    """The first of each month, and on wide screens its 15th too."""
    found = []
    for day in span:
        # What begins in the last days has no room for its name.
        if day.day in (1, 15) and (span.last - day).days * 20 >= len(span):
            found.append(
                Shape(
                    "tick" if day.day == 1 else "tick-wide",
                    span.left(day),
                    BOTTOM,
                    # Translators: a Django date format for month and day on a narrow axis.
                    words=formats.date_format(day, pgettext("date format", "M j")),
                )
            )
    return found


def _day_words(entry: LedgerDay, packs_per_carton: int) -> str:
    day = f"{entry.day:%Y-%m-%d}"
    if entry.row is None:
        return _("%(day)s: not observed") % {"day": day}
    shown = {
        name: quantities.show(getattr(entry.row, name), packs_per_carton)
        for name in ("closing", "sold", "received")
    }
    parts = [_("%(day)s: stock %(closing)s, sold %(sold)s") % {"day": day, **shown}]
    if entry.row.received:
        parts.append(_("received %(received)s") % shown)
    if entry.state == State.STOCKOUT:
        parts.append(_("stock-out day"))
    if entry.state == State.FLAGGED:
        parts.append(_("flagged, not observed"))
    return " · ".join(parts)
