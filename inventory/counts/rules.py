"""The arithmetic of counts and of what is collected by hand. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Match:
    """How a count and the ledger agree. `unknown`: products of which the ledger said nothing; they
    are told beside the rate and are no part of it."""

    equal: int = 0
    compared: int = 0
    unknown: int = 0

    @property
    def rate(self) -> Fraction | None:
        """The match rate 库存信息吻合度; None where nothing could be compared."""
        return Fraction(self.equal, self.compared) if self.compared else None

    def __add__(self, other: "Match") -> "Match":
        return Match(
            self.equal + other.equal, self.compared + other.compared, self.unknown + other.unknown
        )


def match(pairs: Iterable[tuple[int | None, int]]) -> Match:
    """Of (expected, counted) packs."""
    equal = compared = unknown = 0
    for expected, counted in pairs:
        unknown += expected is None
        compared += expected is not None
        equal += expected == counted
    return Match(equal, compared, unknown)


class DoesNotBalance(ValueError):
    """The four numbers of a line contradict each other; `code` says how."""

    def __init__(self, code: str, packs: int):
        super().__init__(f"{code}: {packs}")
        self.code, self.packs = code, packs


def balance(
    *, opening: int, received: int, sold: int | None, closing: int | None, transferred: int = 0
) -> tuple[int, int] | None:
    """(sold, closing) where one of the two was said, or both; None where neither was.

    closing = opening + received − sold + transferred. Raises DoesNotBalance: "more than there was"
    with what there was, or "contradiction" with the closing stock that the others leave.
    """
    there = opening + received + transferred
    if sold is None and closing is None:
        return None
    if sold is None:
        sold = there - closing
    left = there - sold
    if sold < 0 or left < 0:
        raise DoesNotBalance("more than there was", there)
    if closing is not None and closing != left:
        raise DoesNotBalance("contradiction", left)
    return sold, left
