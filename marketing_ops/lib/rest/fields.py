"""Figures in writing: exact decimals as text, quantities also in cartons and packs."""

from fractions import Fraction

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketing_ops.lib.quantities import show

PLACES = 6


def decimal_text(value: Fraction | int, places: int = PLACES) -> str:
    """Exactly rounded, half to even, as the files that are exported say it."""
    scaled = round(Fraction(value) * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}.{part:0{places}d}"


@extend_schema_field(
    {"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d{6}$", "example": "7.500000"}
)
class Exact(serializers.Field):
    """A `Fraction` as a decimal text with six places; null where the figure is undefined."""

    def __init__(self, **kwargs):
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value):
        return decimal_text(value)


def in_words(packs: int | None, packs_per_carton: int) -> str | None:
    """ "3条2包" or "3 ct 2 pk"; None stays None."""
    return None if packs is None else show(packs, packs_per_carton)
