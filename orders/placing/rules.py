"""What a mock order is advised, and which orders make a call due. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# In the columns `status` and `payment` of the orders' file, which are free texts.
FAILED_PAYMENT = (
    "失败",
    "未支付",
    "未付款",
    "未到账",
    "余额不足",
    "拒付",
    "failed",
    "declined",
    "unpaid",
)
# Below this share of what was asked for, the product was short for everybody.
SHORT_BELOW = 900  # permille


@dataclass(frozen=True, slots=True)
class Advised:
    """`packs`: what to order, None where the stock or the target is not known. `held`: the quota in
    force allows no more."""

    packs: int | None
    held: bool = False


def advise(
    *, target: int | None, stock: int | None, coming: int, in_force: int | None, unit: int
) -> Advised:
    """The order that brings stock to the target: target − stock − what is on its way, in whole
    units (rounded up), up to the quota in force (then rounded down)."""
    if target is None or stock is None:
        return Advised(None)
    lacking = max(0, target - stock - coming)
    wanted = -(-lacking // unit) * unit
    if in_force is None or wanted <= in_force:
        return Advised(wanted)
    return Advised(in_force // unit * unit, held=True)


def payment_failed(*texts: str) -> bool:
    said = " ".join(texts).lower()
    return any(word in said for word in FAILED_PAYMENT)


@dataclass(frozen=True, slots=True)
class Short:
    """An order line that was not supplied whole, and what is known of why."""

    product: int
    requested: int
    supplied: int
    in_force: int | None = None
    supply: int | None = None  # permille of what the whole district asked for that day
    status: str = ""

    @property
    def reason(self) -> dict:
        """As a Call keeps it; the first that explains it is the code."""
        code = "unknown"
        if self.in_force is not None and self.requested > self.in_force:
            code = "over-quota"
        elif self.supply is not None and self.supply < SHORT_BELOW:
            code = "short-supply"
        numbers = {
            "product": self.product,
            "requested": self.requested,
            "supplied": self.supplied,
            "in_force": self.in_force,
            "supply": self.supply,
            "status": self.status,
        }
        return {"code": code} | {
            name: value for name, value in numbers.items() if value not in (None, "")
        }


@dataclass(frozen=True, slots=True)
class Followed:
    """`packs` = 0 and `settled`: the shop ordered without it; not settled: no order tells yet."""

    settled: bool
    day: date | None = None
    packs: int = 0


def follow(
    *, introduced_on: date, orders: Mapping[date, Mapping[int, int]], product: int
) -> Followed:
    """What the shop's orders {day: {product: packs}} say of a product that it wanted.

    An order of the day of the visit counts where the product is in it; where it is not, it may have
    been placed before the visit, so only the next one tells.
    """
    for day in sorted(orders):
        if day < introduced_on:
            continue
        packs = orders[day].get(product, 0)
        if packs or day > introduced_on:
            return Followed(True, day, packs)
    return Followed(False)
