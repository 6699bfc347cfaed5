"""Roll-ups: sums over all cells of a product dimension × a customer dimension.

Pure numpy. Shards are added one after the other; only whole numbers are summed, so that the result
does not depend on how the customers were sharded. Definition: docs/algorithms/roll-ups.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

NANO = 10**9  # parts of a pack in which sums of quotients are given
COUNTS = (
    "cells", "customers", "selling_customers", "cells_observed", "cells_satisfaction",
    "cells_always_out", "observed_days", "stockout_days", "sold", "closing", "satisfied_sold",
)  # fmt: skip
PER_DAYS = ("daily_sales", "sold_and_expected")


@dataclass(frozen=True)
class Dimension:
    """What cells are grouped by: `keys` name the groups, `code` [N] is each item's."""

    name: str
    keys: tuple[str, ...]
    code: np.ndarray

    @classmethod
    def of(cls, name: str, values) -> "Dimension":
        """A dimension from one value per item; groups are in the order of their keys."""
        texts = ["" if value is None else str(value) for value in values]
        keys = sorted(set(texts))
        place = {key: number for number, key in enumerate(keys)}
        return cls(name, tuple(keys), np.array([place[text] for text in texts], np.int64))


@dataclass(frozen=True)
class Cells:
    """N cells of one period: `customer` and `product` are positions in the dimensions' items.

    `observed`, `stockout`, `sold`, `closing` int [N] as the figure table holds them, −1 undefined.
    """

    customer: np.ndarray
    product: np.ndarray
    observed: np.ndarray
    stockout: np.ndarray
    sold: np.ndarray
    closing: np.ndarray


class RollUp:
    """The sums of one period by every product dimension × every customer dimension.

    `products`: dimensions of the products, the finest (one group per product) among them;
    `customers`: dimensions of the customers; `most_days`: the most days that a period has.
    """

    def __init__(
        self, products: list[Dimension], customers: list[Dimension], *, items: int, most_days: int
    ):
        self.products, self.customers = products, customers
        self.items = items  # number of products
        self.days = most_days + 1
        self.counts = {
            (by.name, of.name): np.zeros((len(COUNTS), len(by.keys), len(of.keys)), np.int64)
            for by in customers
            for of in products
        }
        self.per_days = {
            (by.name, of.name): np.zeros(
                (len(PER_DAYS), len(by.keys), len(of.keys), self.days), np.int64
            )
            for by in customers
            for of in products
        }

    def add(self, cells: Cells) -> None:
        """Add the cells of some customers; all cells of one customer must come together."""
        observed, stockout = np.maximum(cells.observed, 0), np.maximum(cells.stockout, 0)
        sold, closing = np.maximum(cells.sold, 0), np.maximum(cells.closing, 0)
        effective = observed - stockout
        satisfied = (effective > 0) & (sold > 0)
        values = {
            "cells": np.ones(len(observed), np.int64),
            "cells_observed": observed > 0,
            "cells_satisfaction": satisfied,
            "cells_always_out": (observed > 0) & (effective == 0),
            "observed_days": observed,
            "stockout_days": stockout,
            "sold": sold,
            "closing": closing,
            "satisfied_sold": np.where(satisfied, sold, 0),
        }
        # sold ÷ observed days: cells with the same number of days are summed before dividing.
        # sold + sold ÷ effective × stock-out = sold × observed ÷ effective, likewise.
        quotients = {
            "daily_sales": (sold, observed),
            "sold_and_expected": (np.where(satisfied, sold * observed, 0), effective),
        }
        for by in self.customers:
            group = by.code[cells.customer]
            fine = group * self.items + cells.product
            size = len(by.keys) * self.items
            for name, value in values.items():
                # Sums of whole numbers in floats are exact below 2^53.
                total = np.bincount(fine, value, size).astype(np.int64).reshape(-1, self.items)
                self._put(self.counts, COUNTS.index(name), by, total)
            for number, (above, days) in enumerate(quotients.values()):
                total = np.bincount(fine * self.days + days, above, size * self.days)
                self._put(
                    self.per_days,
                    number,
                    by,
                    total.astype(np.int64).reshape(-1, self.items, self.days),
                )
        self._count_customers(cells, sold)

    def _put(self, sums: Mapping, number: int, by: Dimension, total: np.ndarray) -> None:
        """Add `total` [group, product, …] to the sums of every product dimension."""
        for of in self.products:
            into = sums[by.name, of.name][number]
            if self._is_finest(of):
                into += total
                continue
            for group in range(len(of.keys)):
                into[:, group] += total[:, of.code == group].sum(axis=1)

    def _is_finest(self, of: Dimension) -> bool:
        return len(of.keys) == self.items and bool((of.code == np.arange(self.items)).all())

    def _count_customers(self, cells: Cells, sold: np.ndarray) -> None:
        for name, chosen in (("customers", slice(None)), ("selling_customers", sold > 0)):
            customer, product = cells.customer[chosen], cells.product[chosen]
            for of in self.products:
                groups = len(of.keys)
                pairs = customer * groups + of.code[product]
                if not self._is_finest(of):  # there every cell is another customer
                    # Marks instead of a sort: there are few customers and groups.
                    there = np.zeros(len(self.customers[0].code) * groups, bool)
                    there[pairs] = True
                    pairs = np.flatnonzero(there)
                for by in self.customers:
                    place = by.code[pairs // groups] * groups + pairs % groups
                    count = np.bincount(place, minlength=len(by.keys) * groups)
                    self.counts[by.name, of.name][COUNTS.index(name)] += count.reshape(-1, groups)

    def rows(self) -> Iterator[tuple]:
        """(product dimension, key, customer dimension, key, {column: number}) of cells' groups."""
        for by in self.customers:
            for of in self.products:
                counts = self.counts[by.name, of.name]
                sums = [nano(part) for part in self.per_days[by.name, of.name]]
                for group, product in zip(*np.nonzero(counts[0]), strict=True):
                    numbers = dict(zip(COUNTS, counts[:, group, product].tolist(), strict=True))
                    for name, part in zip(PER_DAYS, sums, strict=True):
                        numbers[f"{name}_nano"] = int(part[group, product])
                    yield of.name, of.keys[product], by.name, by.keys[group], numbers


def nano(by_days: np.ndarray) -> np.ndarray:
    """Σ over days d of by_days[…, d] ÷ d in thousand-millionths, each quotient rounded down."""
    days = np.maximum(np.arange(by_days.shape[-1]), 1)
    whole, rest = by_days // days, by_days % days
    return (whole * NANO + rest * NANO // days)[..., 1:].sum(axis=-1)
