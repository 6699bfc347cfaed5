"""What needs attention about a shop's product, worst first, and in which words.

Pure: a pair's stored integers in, one reason out. The order of the reasons is that of the damage
that one can still do something about today: what sells and will be out before the truck comes, what
was never there, what is too thin or lies too long, what we do not know, what somebody has to look
at.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.indicators import rules
from inventory.indicators.rules import Position
from inventory.quality.models import Cause
from marketing_ops.home.writing import in_days
from marketing_ops.lib import quantities

# A recommended quota is worth a look from so far off the quota in force, and from a carton on. A
# week's demand swings by about a fifth of itself (variance_squared), so less says nothing; and less
# than the unit in which one orders changes no order.
QUOTA_OFF_BY = Fraction(1, 4)


class Kind(IntEnum):
    """By damage, the worst first."""

    OUT_SOON = 1
    ALWAYS_OUT = 2
    SHORT = 3
    OVERSTOCKED = 4
    STANDING = 5
    NO_DATA = 6
    QUOTA = 7
    FLAGGED = 8

    @property
    def code(self) -> str:
        """As addresses and styles name it."""
        return self.name.lower().replace("_", "-")

    @property
    def css(self) -> str:
        return f"why-{self.code}"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Kind.ALWAYS_OUT: gettext_lazy("always out"),
    Kind.OUT_SOON: gettext_lazy("out before delivery"),
    Kind.SHORT: gettext_lazy("stock low"),
    Kind.OVERSTOCKED: gettext_lazy("overstocked"),
    Kind.STANDING: gettext_lazy("standing still"),
    Kind.NO_DATA: gettext_lazy("no data"),
    Kind.QUOTA: gettext_lazy("quota changed"),
    Kind.FLAGGED: gettext_lazy("data in doubt"),
}


@dataclass(frozen=True, slots=True)
class Attention:
    """`weight` orders the pairs of one kind, the heaviest first.

    `numbers` is what the words say, by kind (see _WORDS); the words come in the reader's language.
    """

    kind: Kind
    weight: Fraction | int
    numbers: tuple = ()

    @property
    def rank(self) -> tuple:
        return self.kind, -self.weight

    @property
    def words(self) -> str:
        return _WORDS[self.kind](*self.numbers)

    def words_in(self, packs_per_carton: int) -> str:
        """The same, where packs stand in it, in cartons of this size."""
        if self.kind == Kind.QUOTA:
            return _quota(*self.numbers, packs_per_carton=packs_per_carton)
        return self.words


def attention(
    figure,
    *,
    as_of: date,
    next_delivery: date | None,
    reasonable: tuple[int, int] | None,
) -> Attention | None:
    """The gravest that a night's figures say of a pair, None where nothing needs attention.

    `figure`: a Figure, or anything with its columns. `reasonable`: least and most days of stock of
    the product's class by the rules of that night; None: no range, and no judgement by it.
    """
    observed = figure.window_observed
    if observed and figure.window_stockout == observed:
        return Attention(Kind.ALWAYS_OUT, observed, (observed,))
    if _stale(figure):
        # What was said of the days before may long be over.
        return Attention(Kind.NO_DATA, figure.window_sold or 0, (figure.latest_age,))
    effective = (figure.recent_observed or 0) - (figure.recent_stockout or 0)
    left = rules.days_of_stock(
        latest_closing=figure.latest_closing,
        recent_sold=figure.recent_sold or 0,
        recent_effective_days=effective,
    )
    if left is not None and next_delivery is not None:
        # The stock at the close of `as_of` has to last for the days until the one of the truck.
        wait = (next_delivery - as_of).days - 1
        if left < wait or left == 0:
            speed = Fraction(figure.recent_sold, effective)
            return Attention(Kind.OUT_SOON, (wait - left) * speed, (left, wait + 1))
    standing = rules.stands_still(
        latest_closing=figure.latest_closing, days_without_sale=figure.days_without_sale
    )
    if standing:
        return Attention(Kind.STANDING, figure.days_without_sale, (figure.days_without_sale,))
    return _by_range(figure, reasonable, left) if observed and reasonable else None


def _by_range(figure, reasonable: tuple[int, int], left: Fraction | None) -> Attention | None:
    """Whether the window's ratio lies outside the range, and what is on the shelf now does too.

    The ratio is of the eve of the last delivery: a stock that the truck has filled since, or that
    was sold since, is nobody's business today.
    """
    least, most = reasonable
    ratio = rules.ratio_days(
        closing=figure.window_closing,
        sold=figure.window_sold,
        observed_days=figure.window_observed,
    )
    position = rules.position(ratio, lowest=least, highest=most)
    if left is not None and position != rules.position(left, lowest=least, highest=most):
        return None
    if position == Position.OVERSTOCK:
        return Attention(Kind.OVERSTOCKED, ratio, (ratio, most))
    if position == Position.SHORT:
        speed = Fraction(figure.window_sold, figure.window_observed)
        return Attention(Kind.SHORT, (least - ratio) * speed, (ratio, least))
    return None


def _stale(figure) -> bool:
    """Whether the latest complete cycle and the days since went by without an observed day."""
    return not figure.cycle_observed and (
        figure.latest_age is None or figure.latest_age >= rules.STANDS_STILL_DAYS // 2
    )


def quota_off(*, recommended: int | None, in_force: int | None, unit: int) -> Attention | None:
    """A recommended quota that lies worth a look (QUOTA_OFF_BY) beside the one in force; packs."""
    if recommended is None or in_force is None:
        return None
    off = abs(recommended - in_force)
    if not off or off < unit or off < QUOTA_OFF_BY * in_force:
        return None
    return Attention(Kind.QUOTA, off, (in_force, recommended, None))


def quota_changed(*, before: int | None, now: int | None, since: date) -> Attention | None:
    """Another quota in force since a day of late; None packs: none."""
    if before == now:
        return None
    return Attention(Kind.QUOTA, abs((now or 0) - (before or 0)), (before, now, since))


def in_doubt(cause: str, *, days: int) -> Attention:
    """So many days that look false for one cause, and that nobody has decided on yet."""
    return Attention(Kind.FLAGGED, days, (cause, days))


def shop_without_data(products: int) -> Attention:
    """None of a shop's so many products is known of late."""
    return Attention(Kind.NO_DATA, products, (None, products))


def _always_out(days: int) -> str:
    return _("always out of stock: %(days)s") % {"days": in_days(days, 0)}


def _out_soon(left: Fraction, until_delivery: int) -> str:
    wait = in_days(until_delivery, 0)
    if left == 0:
        return _("sold out, delivery in %(wait)s") % {"wait": wait}
    return _("lasts %(left)s, delivery in %(wait)s") % {"left": in_days(left), "wait": wait}


def _short(ratio: Fraction, least: int) -> str:
    shown = {"days": in_days(ratio), "least": in_days(least, 0)}
    return _("low: stock for %(days)s, reasonable from %(least)s") % shown


def _overstocked(ratio: Fraction, most: int) -> str:
    shown = {"days": in_days(ratio, 0), "most": in_days(most, 0)}
    return _("overstocked: stock for %(days)s, reasonable up to %(most)s") % shown


def _standing(days: int) -> str:
    return _("standing still: no sale for %(days)s") % {"days": in_days(days, 0)}


def _no_data(age: int | None, products: int = 0) -> str:
    if products:
        return ngettext(
            "no data of its %(n)s product", "no data of any of its %(n)s products", products
        ) % {"n": products}
    if age is None:
        return _("no data")
    return _("no data for %(days)s") % {"days": in_days(age, 0)}


def _quota(
    before: int | None, after: int | None, since: date | None, packs_per_carton: int = 10
) -> str:
    shown = {
        "before": quantities.show(before, packs_per_carton),
        "after": quantities.show(after, packs_per_carton),
    }
    if since is None:
        return _("quota %(before)s, recommended %(after)s") % shown
    return _("quota %(after)s instead of %(before)s since %(day)s") % {
        **shown,
        "day": f"{since:%m-%d}",
    }


def _flagged(cause: str, days: int) -> str:
    return _("%(cause)s? %(days)s to be decided") % {
        "cause": Cause(cause).label,
        "days": in_days(days, 0),
    }


_WORDS = {
    Kind.ALWAYS_OUT: _always_out,
    Kind.OUT_SOON: _out_soon,
    Kind.SHORT: _short,
    Kind.OVERSTOCKED: _overstocked,
    Kind.STANDING: _standing,
    Kind.NO_DATA: _no_data,
    Kind.QUOTA: _quota,
    Kind.FLAGGED: _flagged,
}
