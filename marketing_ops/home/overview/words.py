"""The overview's figures in words: tiles, bars, charts and tables, each with its way down."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.models import PriceClass
from customers.models import Area, Format, Scale
from inventory.indicators import rules
from inventory.indicators.span_reads import Sums
from marketing_ops.home import writing
from marketing_ops.home.overview.asked import LABELS, Asked
from marketing_ops.home.overview.figures import BOUNDS, Group, Overview

# Of cells observed on fewer days together, a figure is greyed: † four weeks of one product.
FEW_DAYS = 28
FIGURES = {
    "stockout": (gettext_lazy("Stock-out rate"), "stockout_rate", writing.share),
    "satisfaction": (gettext_lazy("Sales satisfaction"), "satisfaction", writing.share),
    "ratio": (gettext_lazy("Stock-to-sales ratio"), "ratio_days", writing.in_days),
}
DIMENSIONS = {
    "price_class": gettext_lazy("By price class"),
    "department": gettext_lazy("By market department"),
    "manager": gettext_lazy("By account manager"),
    "format": gettext_lazy("By business format"),
    "area": gettext_lazy("By area"),
    "scale": gettext_lazy("By scale"),
}
SEGMENT, NO_DATA = gettext_lazy("Stock-out segment"), gettext_lazy("no data")
# The order of the trade, not of the alphabet.
_ORDERS = {"format": Format.values, "area": Area.values, "scale": Scale.values}


def carton_count(value: Fraction | None) -> str:
    """Whole cartons, in groups of three digits."""
    return (
        writing.DASH
        if value is None
        else _("%(cartons)s ct") % {"cartons": writing.whole(round(value))}
    )


def counted(part: int, whole: int) -> str:
    """A share with its counts; a dash where nothing was counted."""
    if not whole:
        return writing.DASH
    return f"{writing.share(Fraction(part, whole))} ({part:,}/{whole:,})"


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    address: str
    more: Sequence[str] = ()
    few: bool = False


def tiles(asked: Asked, found: Overview) -> list[Tile]:
    now = found.total
    shops, cells = reverse("overview-shops"), reverse("overview-cells")
    result = []
    for name, (label, attribute, written) in FIGURES.items():
        more = [_counts(name, now), *_compared(found, attribute, written)]
        value = written(getattr(now, attribute))
        few = now.observed_days < FEW_DAYS
        result.append(Tile(str(label), value, shops + asked.address(sort=name), more=more, few=few))
    is_over = asked.calendar.is_over(asked.results.as_of)
    more = _compared(found, "cartons", carton_count) if is_over else []
    address = shops + asked.address(sort="sold")
    result.append(Tile(_("Sold"), carton_count(now.cartons), address, more=more))
    for label, address, part, whole, words in (
        (
            _("Shops with data"),
            shops + asked.address(data="none"),
            found.with_data,
            found.shops,
            _("the others: no observed day in a cycle that ended in the period"),
        ),
        (
            _("Cells always out of stock"),
            cells + asked.address(which="out"),
            now.cells_always_out,
            now.cells,
            _("products of a shop"),
        ),
        (
            _("Cells left out"),
            cells + asked.address(which="left"),
            now.left_out,
            now.cells,
            _("always out, or nothing sold"),
        ),
    ):
        value = writing.share(Fraction(part, whole)) if whole else writing.DASH
        counts = [f"({part:,}/{whole:,})"] if whole else []
        result.append(Tile(label, value, address, more=[*counts, words]))
    return result


def _compared(found: Overview, attribute: str, written) -> list[str]:
    """Against the period before and that of a year before, where there is one."""
    now, lines = getattr(found.total, attribute), []
    for words, other in (
        (_("against the period before: %(change)s (%(figure)s)"), found.before),
        (_("against the year before: %(change)s (%(figure)s)"), found.year_before),
    ):
        if other is not None:
            before = getattr(other, attribute)
            change = _signed(rules.change(now, before))
            lines.append(words % {"change": change, "figure": written(before)})
    return lines


def _counts(name: str, sums: Sums) -> str:
    if name == "stockout":
        return _("%(out)s of %(observed)s observed product-days") % {
            "out": writing.whole(sums.stockout_days),
            "observed": writing.whole(sums.observed_days),
        }
    part = sums.cells_satisfaction if name == "satisfaction" else sums.cells
    words = _("over %(part)s of %(cells)s cells") if name == "satisfaction" else _("%(part)s cells")
    return words % {"part": writing.whole(part), "cells": writing.whole(sums.cells)}


def _signed(change: Fraction | None) -> str:
    if change is None:
        return writing.DASH
    return ("+" if change > 0 else "") + writing.share(change)


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    width: str  # of the longest bar
    share: str
    address: str


def histograms(asked: Asked, found: Overview) -> list[tuple[str, list[Bar]]]:
    """(title, bars) of each figure over the shops; each bar leads to its shops."""
    shops = reverse("overview-shops")
    result = []
    for name, counts in found.histograms.items():
        most, shown = max(counts), sum(counts)
        labels = [*class_labels(name), writing.DASH]
        codes = [*map(str, range(len(BOUNDS[name]))), "none"]
        bars = [
            Bar(
                label,
                count,
                _width(count, most),
                writing.share(Fraction(count, shown)) if shown else writing.DASH,
                shops + asked.address(**{name: code, "sort": name}),
            )
            for label, count, code in zip(labels, counts, codes, strict=True)
        ]
        result.append((str(FIGURES[name][0]), bars))
    return result


def class_labels(figure: str) -> list[str]:
    """The classes of a histogram, each from its bound up to below the next."""
    bounds = BOUNDS[figure]
    labels = []
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        if high is None:
            labels.append(f"{low}" if low == 100 else f"≥ {low}")
        elif high == low:
            labels.append(f"{low}")
        else:
            labels.append(f"{low}–{high}" if low else f"< {high}")
    if figure == "ratio":
        return [_("%(days)s d") % {"days": label} for label in labels]
    return [f"{label}%" for label in labels]


def _width(part, whole) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0%"


@dataclass(frozen=True)
class Row:
    """One group of a dimension; `down` narrows the overview to it, `shops` lists its shops."""

    label: str
    down: str
    list_address: str
    shops: str
    stockout: str
    counts: str
    width: str
    satisfaction: str
    ratio: str
    cartons: str
    out: str
    few: bool


def tables(asked: Asked, found: Overview) -> list[tuple[str, str, list[Row]]]:
    """(name, title, rows) of each dimension that tells more than one group apart."""
    result = []
    for name, title in DIMENSIONS.items():
        groups = found.groups[name]
        if name == "manager" and len(found.groups["department"]) > 1:
            continue  # like with like: within one department
        if name == "department" and len(groups) < 2:
            continue
        result.append((name, str(title), [_row(asked, name, group) for group in _in_order(
            asked, name, groups
        )]))  # fmt: skip
    return result


def _in_order(asked: Asked, name: str, groups: list[Group]) -> list[Group]:
    if name in _ORDERS:
        order = ["", *_ORDERS[name]]
        return sorted(groups, key=lambda group: order.index(group.key))
    if name == "price_class":
        return sorted(groups, key=lambda group: group.key or len(PriceClass) + 1)
    return sorted(groups, key=lambda group: label_of(asked, name, group.key))


def label_of(asked: Asked, name: str, key) -> str:
    if name == "department":
        return asked.names.departments.get(key, writing.DASH)
    if name == "manager":
        return asked.names.managers.get(key, writing.DASH)
    return str(LABELS[name](key).label) if key else writing.DASH


def _row(asked: Asked, name: str, group: Group) -> Row:
    sums = group.sums
    rate = sums.stockout_rate
    narrowed = asked.address(**{name: group.key}) if group.key else ""
    return Row(
        label=label_of(asked, name, group.key),
        down=narrowed,
        list_address=reverse("overview-shops") + narrowed if narrowed else "",
        shops=f"{group.with_data:,}/{group.shops:,}",
        stockout=writing.share(rate),
        counts=f"{sums.stockout_days:,}/{sums.observed_days:,}" if sums.observed_days else "",
        width=f"{float(rate * 100):.1f}%" if rate else "0%",
        satisfaction=writing.share(sums.satisfaction),
        ratio=writing.in_days(sums.ratio_days),
        cartons=carton_count(sums.cartons),
        out=f"{sums.cells_always_out:,}/{sums.cells:,}",
        few=sums.observed_days < FEW_DAYS,
    )


def charts(found: Overview) -> list[dict]:
    """The courses of the three figures: id, title and data of a chart each."""
    result = []
    for name, (label, attribute, written) in FIGURES.items():
        values = [getattr(sums, attribute) for _calendar, sums in found.trend]
        words = [
            counted(sums.stockout_days, sums.observed_days)
            if name == "stockout"
            else written(getattr(sums, attribute))
            for _calendar, sums in found.trend
        ]
        factor = 1 if name == "ratio" else 100
        data = {
            "kind": "lines",
            "x": [calendar.code for calendar, _sums in found.trend],
            "unit": "" if name == "ratio" else "%",
            "places": 1,
            "series": [
                {
                    "name": str(label),
                    "values": [
                        None if value is None else round(float(value * factor), 3)
                        for value in values
                    ],
                    "words": words,
                    "tone": {"stockout": "bad", "satisfaction": "good", "ratio": "info"}[name],
                }
            ],
        }
        result.append({"id": f"trend-{name}", "title": str(label), "data": data})
    return result


def segments(asked: Asked, found: Overview) -> list[tuple[str, int, str]]:
    """(code, shops, address of their list)."""
    shops = reverse("overview-shops")
    return [
        (code, count, shops + asked.address(segment=code)) for code, count in found.segments.items()
    ]


def reason(sums: Sums) -> str:
    """Why a shop or product stands among the worst."""
    if sums.cells and sums.cells_always_out == sums.cells:
        return _("always out of stock")
    if sums.cells_always_out:
        return _("%(out)s of %(cells)s always out of stock") % {
            "out": writing.whole(sums.cells_always_out),
            "cells": writing.whole(sums.cells),
        }
    return _("now and then out of stock") if sums.stockout_days else ""
