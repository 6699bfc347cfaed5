"""The columns of the table of shops: one line's figures, for the screen and for the files alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.models import Area, Format, Scale
from inventory.indicators.rules import Segment, scaled
from marketing_ops.home import writing
from marketing_ops.home.exports import Column, Kind
from marketing_ops.home.shop_sums import ShopSums
from marketing_ops.home.shops import Shop
from marketing_ops.home.table.peers import Peers
from marketing_ops.home.table.worst import Worst

# A shop rests on few observations where none of its products (of those asked for) was observed on
# so many days of the window: † four weekly cycles, the days from which speeds are told.
FEW_DAYS = 28
NO_SEGMENT = "none"  # a shop without an observed day


@dataclass(frozen=True, slots=True)
class Sort:
    """`highest_first`: the worst; `figure` None: by licence number."""

    label: str | Promise
    figure: Callable[[ShopSums], Fraction | int | None] | None
    highest_first: bool = True


# What the table can be sorted by; each begins with the worst.
SORTS = {
    "stockout": Sort(_("Stock-out rate"), lambda sums: sums.stockout_rate),
    "satisfaction": Sort(
        _("Sales satisfaction"), lambda sums: sums.satisfaction, highest_first=False
    ),
    "ratio": Sort(_("Stock-to-sales ratio"), lambda sums: sums.ratio_days),
    "out": Sort(_("Products always out"), lambda sums: sums.always_out),
    "unseen": Sort(_("Products left out"), lambda sums: sums.left_out),
    "licence": Sort(_("Licence number"), None),
}
WORST_FIRST = "stockout"


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure of the peers, and how far the shop's own lies from it, as it is shown: rounded."""

    value: Fraction
    difference: Fraction
    word: str | Promise


@dataclass
class Line:
    """One shop of the table. `sums` are over the products asked for, `segment` over all of them;
    `longest`: the observed days of the product that has most."""

    shop: Shop
    sums: ShopSums
    segment: Segment | None
    longest: int
    peers: Peers | None
    worst: Worst = field(default_factory=Worst)

    @property
    def few(self) -> bool:
        return self.longest < FEW_DAYS

    @property
    def segment_code(self) -> str:
        return self.segment.value if self.segment else NO_SEGMENT

    @property
    def stockout_counts(self) -> str:
        """`(9/10)`; "" where there is no share."""
        sums = self.sums
        if sums.stockout_rate is None:
            return ""
        return f"({writing.whole(sums.stockout_days)}/{writing.whole(sums.observed_days)})"

    @property
    def satisfaction_counts(self) -> str:
        """Packs sold of those sold and expected."""
        sums = self.sums
        if sums.satisfaction is None:
            return ""
        expected = _grouped(writing.number(sums.sold_and_expected, 1))
        return f"({writing.whole(sums.satisfied_sold)}/{expected})"

    @cached_property
    def stockout_beside(self) -> Beside | None:
        return self._beside("stockout_rate", 3, (_("worse"), _("better")))

    @cached_property
    def satisfaction_beside(self) -> Beside | None:
        return self._beside("satisfaction", 3, (_("better"), _("worse")))

    @cached_property
    def ratio_beside(self) -> Beside | None:
        return self._beside("ratio_days", 1, (_("longer"), _("shorter")))

    def _beside(self, figure: str, places: int, words: tuple) -> Beside | None:
        """`places` of a decimal that are shown; `words`: for more and for less than the peers."""
        own = getattr(self.sums, figure)
        theirs = getattr(self.peers.sums, figure) if self.peers else None
        if own is None or theirs is None:
            return None
        # Of the values as they are shown: a reader can do the sum.
        difference = Fraction(scaled(own, places) - scaled(theirs, places), 10)
        more, less = words
        word = more if difference > 0 else less if difference < 0 else _("the same")
        return Beside(theirs, difference, word)

    @property
    def worst_in_words(self) -> str:
        parts = [
            f"{product.name} {matter.words_in(product.packs_per_carton)}"
            for product, matter in self.worst.matters
        ]
        if others := self.worst.others:
            more = ngettext("%(others)s more", "%(others)s more", others)
            parts.append(more % {"others": others})
        return "; ".join(parts)


def _grouped(number: str) -> str:
    """The digits before the point in groups of three."""
    whole, point, part = number.partition(".")
    return f"{int(whole):,}{point}{part}"


def _label(choices: type, value: str) -> str:
    return str(choices(value).label) if value else ""


def _of_shop(name: str, label: Any, value: Callable[[Shop], str]) -> Column:
    return Column(name, label, Kind.TEXT, lambda line: value(line.shop))


def _of_sums(name: str, label: Any, kind: Kind) -> Column:
    return Column(name, label, kind, lambda line: getattr(line.sums, name))


def _beside(of: str, kind: Kind, difference: Kind, labels: tuple) -> list[Column]:
    def part(name):
        def value(line):
            beside = getattr(line, f"{of}_beside")
            return None if beside is None else getattr(beside, name)

        return value

    return [
        Column(f"{of}_peers", labels[0], kind, part("value")),
        Column(f"{of}_difference", labels[1], difference, part("difference")),
        Column(f"{of}_word", labels[2], Kind.TEXT, part("word")),
    ]


COLUMNS = [
    _of_shop("licence", _("Licence number"), lambda shop: shop.licence),
    _of_shop("shop", _("Shop"), lambda shop: shop.name),
    _of_shop("format", _("Business format"), lambda shop: _label(Format, shop.format)),
    _of_shop("area", _("Area"), lambda shop: _label(Area, shop.area)),
    _of_shop("scale", _("Scale"), lambda shop: _label(Scale, shop.scale)),
    _of_shop("department", _("Market department"), lambda shop: shop.department),
    _of_shop("route", _("Route"), lambda shop: shop.route),
    _of_shop("manager", _("Account manager"), lambda shop: ", ".join(shop.managers)),
    _of_shop("delivery", _("Delivery"), lambda shop: ", ".join(shop.weekdays)),
    Column("segment", _("Stock-out segment"), Kind.TEXT, lambda line: line.segment),
    _of_sums("stockout_rate", _("Stock-out rate"), Kind.SHARE),
    _of_sums("stockout_days", _("Stock-out product-days"), Kind.COUNT),
    _of_sums("observed_days", _("Observed product-days"), Kind.COUNT),
    *_beside(
        "stockout",
        Kind.SHARE,
        Kind.DECIMAL,
        (
            _("Stock-out rate of the peers"),
            _("Stock-out rate beside the peers (points)"),
            _("Stock-out rate beside the peers"),
        ),
    ),
    _of_sums("satisfaction", _("Sales satisfaction"), Kind.SHARE),
    _of_sums("satisfied_sold", _("Sold (packs)"), Kind.COUNT),
    _of_sums("sold_and_expected", _("Sold and expected (packs)"), Kind.DECIMAL),
    *_beside(
        "satisfaction",
        Kind.SHARE,
        Kind.DECIMAL,
        (
            _("Satisfaction of the peers"),
            _("Satisfaction beside the peers (points)"),
            _("Satisfaction beside the peers"),
        ),
    ),
    _of_sums("ratio_days", _("Stock-to-sales ratio (days)"), Kind.DECIMAL),
    _of_sums("closing", _("Closing stock (packs)"), Kind.COUNT),
    _of_sums("daily_sales", _("Sold a day (packs)"), Kind.DECIMAL),
    *_beside(
        "ratio",
        Kind.DECIMAL,
        Kind.DECIMAL,
        (
            _("Ratio of the peers (days)"),
            _("Ratio beside the peers (days)"),
            _("Ratio beside the peers"),
        ),
    ),
    Column("peers", _("Peers (shops)"), Kind.COUNT, lambda line: line.peers and line.peers.shops),
    _of_sums("cells", _("Products"), Kind.COUNT),
    _of_sums("observed_cells", _("Products observed"), Kind.COUNT),
    _of_sums("left_out", _("Products left out"), Kind.COUNT),
    _of_sums("always_out", _("Products always out"), Kind.COUNT),
    Column("few", _("Few observations"), Kind.YES, lambda line: line.few),
    Column("worst", _("Worst products"), Kind.TEXT, lambda line: line.worst_in_words),
]
