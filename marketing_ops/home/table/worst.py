"""The products of some shops that need attention, the worst first."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from marketing_ops.home.attention import Attention, attention
from marketing_ops.home.shop_sums import NULL, figures_of
from marketing_ops.home.shops import ProductFacts, Shop
from marketing_ops.home.standing import Standing
from marketing_ops.home.table.judged import UNKNOWN, judge

SHOWN = 3  # products of a shop, with their reason

Matter = tuple[ProductFacts, Attention]

# What attention() asks of a figure.
_COLUMNS = (
    "window_observed",
    "window_stockout",
    "window_sold",
    "window_closing",
    "cycle_observed",
    "latest_age",
    "latest_closing",
    "recent_observed",
    "recent_stockout",
    "recent_sold",
    "days_without_sale",
)
_Figure = namedtuple("_Figure", _COLUMNS)


@dataclass(frozen=True, slots=True)
class Worst:
    """The SHOWN worst products of a shop, and how many others need attention."""

    matters: list[Matter] = field(default_factory=list)
    others: int = 0


def worst_of(
    shops: Mapping[int, Shop],
    products: Mapping[int, ProductFacts],
    standing: Standing,
    chosen: frozenset[int] | None,
) -> dict[int, Worst]:
    """By customer id, in no query; `chosen`: only of these products (None: of all)."""
    figures = _of_shops(figures_of(standing.results), sorted(shops))
    named = {pk: one for pk, one in products.items() if chosen is None or pk in chosen}
    known = np.isin(figures["product"], np.array(list(named), "i8"))
    figures = {name: values[known] for name, values in figures.items()}
    kind, weight = judge(
        {name: figures[name] for name in _COLUMNS},
        wait=_by(figures["customer"], {pk: _wait(standing, one) for pk, one in shops.items()}),
        least=_by(figures["product"], {pk: _range(standing, one)[0] for pk, one in named.items()}),
        most=_by(figures["product"], {pk: _range(standing, one)[1] for pk, one in named.items()}),
    )
    matter = np.flatnonzero(kind)
    order = matter[
        np.lexsort(
            (figures["product"][matter], -weight[matter], kind[matter], figures["customer"][matter])
        )
    ]
    customers, begins, counts = np.unique(
        figures["customer"][order], return_index=True, return_counts=True
    )
    first = np.arange(len(order)) - np.repeat(begins, counts) < SHOWN
    found = {
        pk: Worst([], max(count - SHOWN, 0))
        for pk, count in zip(customers.tolist(), counts.tolist(), strict=True)
    }
    columns = [figures[name][order[first]].tolist() for name in ("customer", "product", *_COLUMNS)]
    for pk, product, *values in zip(*columns, strict=True):
        matter = attention(
            _Figure(*(None if value == NULL else value for value in values)),
            as_of=standing.results.as_of,
            next_delivery=shops[pk].next_delivery,
            reasonable=standing.reasonable_range(named[product].price_class),
        )
        found[pk].matters.append((named[product], matter))
    return found


def _of_shops(figures: dict[str, np.ndarray], shops: Sequence[int]) -> dict[str, np.ndarray]:
    """The rows of these shops (ids, ascending); the columns are in the order of the customers."""
    begins, ends = (np.searchsorted(figures["customer"], shops, side) for side in ("left", "right"))
    lengths = ends - begins
    rows = np.repeat(begins - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    return {name: values[rows] for name, values in figures.items()}


def _by(ids: np.ndarray, values: Mapping[int, int]) -> np.ndarray:
    """The value of each id."""
    known = np.array(sorted(values), "i8")
    return np.array([values[pk] for pk in known.tolist()], "i8")[np.searchsorted(known, ids)]


def _wait(standing: Standing, shop: Shop) -> int:
    """Days from the close of the results' day to the morning of the next delivery."""
    if shop.next_delivery is None:
        return UNKNOWN
    return (shop.next_delivery - standing.results.as_of).days - 1


def _range(standing: Standing, product: ProductFacts) -> tuple[int, int]:
    return standing.reasonable_range(product.price_class) or (UNKNOWN, UNKNOWN)
