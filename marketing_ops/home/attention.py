"""What needs attention about a shop's product, worst first, and in which words.

Pure: a pair's stored integers in, one reason out. The order of the reasons is that of the damage:
who cannot buy now, who will not be able to before the truck comes, what lies too long, and what we
do not know.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction

from django.utils.translation import gettext as _

from inventory.indicators import rules
from inventory.indicators.models import Figure
from marketing_ops.home.writing import in_days

# † Stock for more than four weekly deliveries, until product groups have ranges of their own.
OVERSTOCK_DAYS = 28


class Kind(IntEnum):
    """By damage, the worst first."""

    ALWAYS_OUT = 1
    OUT_SOON = 2
    OVERSTOCKED = 3
    STANDING = 4
    NO_DATA = 5

    @property
    def css(self) -> str:
        return f"why-{self.name.lower().replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Attention:
    """`weight` orders the pairs of one kind, the heaviest first."""

    kind: Kind
    weight: Fraction | int
    words: str

    @property
    def rank(self) -> tuple:
        return self.kind, -self.weight


def attention(figure: Figure, *, as_of: date, next_delivery: date | None) -> Attention | None:
    """The gravest that can be said of a pair, None where nothing needs attention."""
    window = figure.window
    if window.always_out:
        return Attention(
            Kind.ALWAYS_OUT,
            window.observed_days,
            _("always out of stock: %(days)s") % {"days": in_days(window.observed_days, 0)},
        )
    if _stale(figure):
        # What was said of the days before may long be over.
        return Attention(Kind.NO_DATA, figure.window_sold or 0, _no_data(figure))
    left = figure.days_of_stock
    if left is not None and next_delivery is not None:
        # The stock at the close of `as_of` has to last for the days until the one of the truck.
        wait = (next_delivery - as_of).days - 1
        if left < wait or left == 0:
            speed = Fraction(figure.recent_sold, figure.recent.effective_days)
            return Attention(Kind.OUT_SOON, (wait - left) * speed, _out_soon(left, wait + 1))
    if figure.stands_still:
        return Attention(
            Kind.STANDING,
            figure.days_without_sale,
            _("standing still: no sale for %(days)s")
            % {"days": in_days(figure.days_without_sale, 0)},
        )
    if window.ratio_days is not None and window.ratio_days > OVERSTOCK_DAYS:
        return Attention(
            Kind.OVERSTOCKED,
            window.ratio_days,
            _("overstocked: stock for %(days)s") % {"days": in_days(window.ratio_days, 0)},
        )
    return None


def _stale(figure: Figure) -> bool:
    """Whether the latest complete cycle and the days since went by without an observed day."""
    return not figure.cycle_observed and (
        figure.latest_age is None or figure.latest_age >= rules.STANDS_STILL_DAYS // 2
    )


def _out_soon(left: Fraction, until_delivery: int) -> str:
    wait = in_days(until_delivery, 0)
    if left == 0:
        return _("sold out, delivery in %(wait)s") % {"wait": wait}
    return _("lasts %(left)s, delivery in %(wait)s") % {"left": in_days(left), "wait": wait}


def _no_data(figure: Figure) -> str:
    if figure.latest_age is None:
        return _("no data")
    return _("no data for %(days)s") % {"days": in_days(figure.latest_age, 0)}
