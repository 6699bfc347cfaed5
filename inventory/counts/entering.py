"""What a person typed into the form of a day or a week, read line by line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from inventory.counts.queries import Line
from inventory.counts.rules import DoesNotBalance, balance
from inventory.counts.services import Entry
from marketing_ops.lib.quantities import parse, show

MOST_PACKS = 1_000_000
MOST_PRICE = Decimal("99999.99")
PARTS = ("opening", "received", "sold", "closing")


class Wrong(Exception):
    """A line cannot be; `part` is the field, the text says what to do."""

    def __init__(self, part: str, words: str):
        super().__init__(words)
        self.part = part


def entry_of(line: Line, said: Mapping[str, int | None], *, packs_per_carton: int) -> Entry | None:
    """A line with its numbers in packs; what is not in `said` is as the line begins. None: neither
    the sales nor the stock was told, so the product was not observed. Raises Wrong."""
    opening, received = said.get("opening"), said.get("received")
    opening = line.opening if opening is None else opening
    received = line.received if received is None else received
    transferred = said.get("transferred") or 0
    try:
        both = balance(
            opening=opening,
            received=received,
            sold=said.get("sold"),
            closing=said.get("closing"),
            transferred=transferred,
        )
    except DoesNotBalance as error:
        packs = show(error.packs, packs_per_carton)
        if error.code == "contradiction":
            raise Wrong(
                "closing", _("By the sales %(packs)s are left.") % {"packs": packs}
            ) from None
        part = "closing" if said.get("sold") is None else "sold"
        words = _("There were only %(packs)s: set the opening stock or what came right.")
        raise Wrong(part, words % {"packs": packs}) from None
    if both is None:
        return None
    return Entry(line.product, opening, received, *both, transferred=transferred)


def read_packs(text: str, packs_per_carton: int) -> int | None:
    """Packs of what was typed ("3条2包", "32"), None of nothing. Raises ValueError with words."""
    if not text.strip():
        return None
    try:
        packs = parse(text, packs_per_carton)
    except ValueError:
        raise ValueError(_("Write packs (32) or cartons and packs (3条2包).")) from None
    if not 0 <= packs <= MOST_PACKS:
        raise ValueError(_("Write a number of packs from 0 to %(most)d.") % {"most": MOST_PACKS})
    return packs


def read_price(text: str) -> Decimal | None:
    """Yuan per carton. Raises ValueError with words."""
    if not text.strip():
        return None
    try:
        price = Decimal(text.strip())
        if not 0 <= price <= MOST_PRICE or price != round(price, 2):
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(_("Write a price in yuan per carton, such as 125.50.")) from None
    return round(price, 2)


@dataclass
class Typed:
    """A line of the form: the product as named, what stands in its fields, what is wrong there."""

    line: Line
    name: str
    barcode: str
    packs_per_carton: int
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    entry: Entry | None = None

    @property
    def fields(self) -> list[tuple[str, str, str, str]]:
        """(part, what stands in it, what is wrong with it, what follows where it is left empty)"""
        return [
            (
                part,
                self.values.get(part, ""),
                self.errors.get(part, ""),
                self.follows if part == "closing" else "",
            )
            for part in PARTS
        ]

    @property
    def follows(self) -> str:
        """The closing stock by the sales known so far."""
        return "" if self.line.closing is None else show(self.line.closing, self.packs_per_carton)


def blank(line: Line, product: Mapping) -> Typed:
    """A line as it begins."""
    carton = product["packs_per_carton"]
    typed = Typed(line, product["name"], product["barcode"], carton)
    for part in PARTS:
        # The closing stock follows: who corrects the sales need not correct it, too.
        packs = None if part == "closing" else getattr(line, part)
        typed.values[part] = "" if packs is None else show(packs, carton)
    typed.values["price"] = "" if line.price is None else f"{line.price}"
    return typed


def fill(typed: Typed, data: Mapping[str, str], *, unsold: bool) -> Typed:
    """Read what was typed. `unsold`: what was left empty was not sold."""
    said: dict[str, int | None] = {}
    for part in (*PARTS, "price"):
        text = data.get(f"{part}-{typed.line.product}", "")[:40]
        typed.values[part] = text
        try:
            if part == "price":
                price = read_price(text)
            else:
                said[part] = read_packs(text, typed.packs_per_carton)
        except ValueError as error:
            typed.errors[part] = str(error)
    if typed.errors:
        return typed
    if unsold and said["sold"] is None and said["closing"] is None:
        said["sold"] = 0
    try:
        entry = entry_of(typed.line, said, packs_per_carton=typed.packs_per_carton)
    except Wrong as error:
        typed.errors[error.part] = str(error)
    else:
        typed.entry = entry and replace(entry, price=price)
    return typed
