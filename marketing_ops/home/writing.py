"""Figures in writing, the same on every page: exact, and a dash where there is none."""

from fractions import Fraction

from django.utils.translation import gettext as _

from inventory.indicators.rules import decimals

DASH = "—"


def number(value: Fraction | int | None, places: int = 1) -> str:
    """With a fixed number of decimals; half to even."""
    return DASH if value is None else decimals(value, places).replace("-", "−")


def whole(value: int | None) -> str:
    """A count, in groups of three digits."""
    return DASH if value is None else f"{value:,}"


def share(value: Fraction | None, places: int = 1) -> str:
    """A share of 1 as per cent."""
    return DASH if value is None else f"{number(value * 100, places)}%"


def signed(value: Fraction | int | None, places: int = 1) -> str:
    """A difference: its sign is written also where it is plus."""
    return f"{'+' if value is not None and value > 0 else ''}{number(value, places)}"


def in_days(value: Fraction | int | None, places: int = 1, *, sign: bool = False) -> str:
    written = signed if sign else number
    return DASH if value is None else _("%(days)s d") % {"days": written(value, places)}


def in_packs(value: Fraction | int | None, places: int = 0) -> str:
    """Packs alone, as a formula needs them; cartons and packs are lib.quantities.show."""
    return DASH if value is None else _("%(packs)s pk") % {"packs": number(value, places)}
