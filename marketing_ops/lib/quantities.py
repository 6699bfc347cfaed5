"""Whole packs underneath, cartons and packs on the screen.

A carton holds as many packs as its product says (usually 10); a case is 250 cartons. Everything
here is exact integer arithmetic: no quantity ever passes through a float.
"""

import re

from django.utils.translation import gettext as _

CARTONS_PER_CASE = 250
# 包 pack, 条 carton, 箱 case; the letters are what the English screen shows.
_WRITTEN = re.compile(
    r"^\s*(?P<sign>[-−])?\s*"
    r"(?:(?P<cases>\d+)\s*(?:箱|cs)\s*)?"
    r"(?:(?P<cartons>\d+)\s*(?:条|ct)\s*)?"
    r"(?:(?P<packs>\d+)\s*(?:包|pk)?\s*)?$"
)


def split(packs: int, packs_per_carton: int) -> tuple[int, int]:
    """(cartons, packs) of a quantity; a negative quantity has both parts negative or zero.

    Raises ValueError if a carton holds no pack.
    """
    if packs_per_carton < 1:
        raise ValueError(f"{packs_per_carton} packs per carton: a carton holds at least one pack")
    cartons, rest = divmod(abs(packs), packs_per_carton)
    return (-cartons, -rest) if packs < 0 else (cartons, rest)


def to_packs(*, cases: int = 0, cartons: int = 0, packs: int = 0, packs_per_carton: int) -> int:
    """The number of packs in cases, cartons and packs together."""
    if packs_per_carton < 1:
        raise ValueError(f"{packs_per_carton} packs per carton: a carton holds at least one pack")
    return (cases * CARTONS_PER_CASE + cartons) * packs_per_carton + packs


def show(packs: int | None, packs_per_carton: int, *, with_cases: bool = False) -> str:
    """A quantity as people read it: "3条2包", "0包", "−1条", with cases "1箱3条"; None is "—"."""
    if packs is None:
        return "—"
    cartons, rest = split(abs(packs), packs_per_carton)
    parts = []
    if with_cases:
        cases, cartons = divmod(cartons, CARTONS_PER_CASE)
        if cases:
            parts.append(_("%(cases)d cs") % {"cases": cases})
    if cartons:
        parts.append(_("%(cartons)d ct") % {"cartons": cartons})
    if rest or not parts:
        parts.append(_("%(packs)d pk") % {"packs": rest})
    sign = "−" if packs < 0 else ""
    return sign + _separator(parts).join(parts)


def _separator(parts: list[str]) -> str:
    """Latin units need a space between them, Chinese ones do not."""
    return " " if any(part.isascii() for part in parts) else ""


def parse(text: str, packs_per_carton: int) -> int:
    """The packs that someone wrote: "3条2包", "3ct 2pk", "−5", "1箱".

    A bare number is packs. Raises ValueError for anything else.
    """
    match = _WRITTEN.match(text)
    if match is None or not any(match[unit] for unit in ("cases", "cartons", "packs")):
        raise ValueError(
            f"{text!r} is not a quantity: write packs (32) or cartons and packs (3条2包)"
        )
    packs = to_packs(
        cases=int(match["cases"] or 0),
        cartons=int(match["cartons"] or 0),
        packs=int(match["packs"] or 0),
        packs_per_carton=packs_per_carton,
    )
    return -packs if match["sign"] else packs
