"""The indicators that come from orders: the one home of each formula.

Pure and exact: whole numbers and sets of customers in, `Fraction` out, None where the figure is
undefined. Definitions, sources and worked tables: docs/algorithms/order-indicators.md.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction


def ratio(part: int, whole: int) -> Fraction | None:
    """part ÷ whole; undefined where the whole is 0."""
    return Fraction(part, whole) if whole else None


@dataclass(frozen=True)
class RepeatDemand:
    """The rate can exceed 1 (new customers came); `returning` says how many came back."""

    rate: Fraction | None
    now: int
    before: int
    returning: int


def repeat_demand(*, now: Collection[int], before: Collection[int]) -> RepeatDemand:
    """Repeat-demand rate 重需率 of a product.

    `now`: customers with requested > 0 this week; `before`: customers with an order of it in the
    three weeks before. Undefined where nobody ordered before.
    """
    now, before = set(now), set(before)
    rate = Fraction(len(now), len(before)) if before else None
    return RepeatDemand(rate, len(now), len(before), len(now & before))


def order_to_limit(*, requested: int, limit: int | None) -> Fraction | None:
    """Order-to-limit rate 订足率: the week's requested quantity ÷ the placement limit.

    Undefined without a limit, and at a limit of 0 (nothing was on offer).
    """
    return Fraction(requested, limit) if limit else None


def full_order_coverage(
    orders: Iterable[tuple[int, int | None]], *, customers: int
) -> Fraction | None:
    """Full-order coverage 订足面: customers at or above their limit this week ÷ all customers.

    `orders`: (requested, limit) per customer; one without a limit counts below only.
    """
    if not customers:
        return None
    full = 0
    for requested, limit in orders:
        rate = order_to_limit(requested=requested, limit=limit)
        full += rate is not None and rate >= 1
    return Fraction(full, customers)


def order_activity(*, now: int, before: int) -> Fraction | None:
    """动销率: customers with an order this period ÷ customers with one in the three before."""
    return Fraction(now, before) if before else None


def sell_through(*, last_stock: int, ordered: int, this_stock: int) -> Fraction | None:
    """动销比: (last stock + ordered − this stock) ÷ (last stock + ordered)."""
    available = last_stock + ordered
    return Fraction(available - this_stock, available) if available else None


def company_stockout_rate(*, unsupplied_records: int, demand_records: int) -> Fraction | None:
    """公司断货率: demand records supplied with 0 ÷ demand records (requested > 0)."""
    return Fraction(unsupplied_records, demand_records) if demand_records else None


def customer_stockout_rate(*, out_of_stock: int, ordering: int) -> Fraction | None:
    """客户断货率: sample customers with a stock-out ÷ those with an order in the three before."""
    return Fraction(out_of_stock, ordering) if ordering else None
