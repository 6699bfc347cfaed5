"""What to recommend to one shop: plain rules, each with its reason. Pure.

docs/algorithms/recommendations.md says the same in words, with a table that is run as a test.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from brands.models import Flag, Stage

# Who gets these is decided by policy: they are pressed on nobody (class 1 likewise).
BY_POLICY = frozenset(
    {Flag.SCARCE, Flag.PILOT, Flag.POINT_LIMITED, Flag.VOLUME_LIMITED, Flag.CONTROLLED}
)
KEY_BRANDS = frozenset({Flag.KEY, Flag.ASSESSED})
NEW = frozenset({Stage.INTRODUCTION, Stage.GROWTH})


@dataclass(frozen=True)
class Limits:
    """Defaults † of the rules: `peers` shops of the kind must sell what is new to this one; `most`
    products are recommended; what was refused is left alone for `rest_days`."""

    peers: int = 3
    most: int = 5
    rest_days: int = 30


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ProductFacts:
    product: int
    price_class: int
    stage: str
    flags: frozenset[str]
    carton: int  # packs

    @property
    def by_policy(self) -> bool:
        return self.price_class == 1 or bool(self.flags & BY_POLICY)


@dataclass(frozen=True, slots=True)
class PairFacts:
    """A product in a shop; packs and days, None: unknown.

    `observed`, `stockout`: days of the window; 0 observed days say nothing. `peers`: how many
    shops of its kind sold it in the window. `requested`: the most in one of the last orders.
    `rate`: thousandths of a pack that are sold a day, `lasts`: days that an order has to cover.
    """

    known: bool = False  # it belongs to the shop's assortment
    observed: int = 0
    stockout: int = 0
    stock: int | None = None
    peers: int = 0
    in_force: int | None = None
    requested: int = 0
    rate: int | None = None
    lasts: int | None = None
    refused: bool = False

    @property
    def allowed(self) -> bool:
        """A quota in force is the policy's word for this shop."""
        return bool(self.in_force)

    @property
    def never_there(self) -> bool:
        """Not in the assortment, or out of stock on every observed day of the window."""
        return not self.known or (self.observed > 0 and self.observed == self.stockout)

    @property
    def is_short(self) -> bool:
        """The stock does not last until an order placed now has run its time."""
        if self.stock is None or not self.rate or self.lasts is None:
            return False
        return self.stock * 1000 < self.rate * self.lasts


NOTHING = PairFacts()


class Why(StrEnum):
    """In the order in which they count."""

    KEY_MISSING = "key"
    ROOM = "room"
    NEW_LISTING = "new"


_RANK = {why: place for place, why in enumerate(Why)}


@dataclass(frozen=True, slots=True)
class Reason:
    why: Why
    number: int  # peers of a new listing, packs of room; else 0


@dataclass(frozen=True, slots=True)
class Recommended:
    product: int
    packs: int
    reasons: tuple[Reason, ...]

    @property
    def rank(self) -> tuple:
        first = self.reasons[0]
        return _RANK[first.why], -len(self.reasons), -first.number, self.product


def reasons_for(product: ProductFacts, pair: PairFacts, limits: Limits = LIMITS) -> list[Reason]:
    """Why this product is recommended to the shop; empty: it is not."""
    # Nothing beyond the quota in force, and nothing that was just refused.
    if pair.refused or pair.in_force == 0 or (product.by_policy and not pair.allowed):
        return []
    found = []
    if product.flags & KEY_BRANDS and pair.never_there:
        found.append(Reason(Why.KEY_MISSING, 0))
    room = (pair.in_force or 0) - pair.requested
    if pair.known and room > 0 and pair.is_short:
        found.append(Reason(Why.ROOM, room))
    if product.stage in NEW and not pair.known and pair.peers >= limits.peers:
        found.append(Reason(Why.NEW_LISTING, pair.peers))
    return found


def packs_of(product: ProductFacts, pair: PairFacts, reasons: Iterable[Reason]) -> int:
    """How many to begin with: the room where there is some, else a carton; at most the quota."""
    room = next((reason.number for reason in reasons if reason.why == Why.ROOM), 0)
    wanted = room or product.carton
    return min(wanted, pair.in_force) if pair.in_force is not None else wanted


def recommend(
    products: Iterable[ProductFacts], pairs: Mapping[int, PairFacts], limits: Limits = LIMITS
) -> list[Recommended]:
    """At most `limits.most` products for a shop, what matters most first. `pairs`: by product; one
    that is not in it is unknown in the shop. A shop of which nothing was observed gets none."""
    if not any(pair.observed for pair in pairs.values()):
        return []
    found = []
    for product in products:
        pair = pairs.get(product.product, NOTHING)
        if reasons := reasons_for(product, pair, limits):
            packs = packs_of(product, pair, reasons)
            found.append(Recommended(product.product, packs, tuple(reasons)))
    return sorted(found, key=lambda one: one.rank)[: limits.most]
