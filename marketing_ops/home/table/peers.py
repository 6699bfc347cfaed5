"""Like compared with like: a shop beside the sum of the district's others of its kind.

Of a kind are shops of one format, area and scale, as they were on the day of the results. Only sums
over several others are told, never a name: fewer than FEWEST, or so few whom the reader does not
see anyway that theirs could be worked out from the sum, and there is no comparison.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np

from customers.queries import shops_on
from inventory.indicators.models import ResultSet
from marketing_ops.home.master import Version
from marketing_ops.home.shop_sums import SUMMED, ShopSums, SumTable, key_of

FEWEST = 5  # shops


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The district's shops as on the day of the results, ids ascending.

    `kind`: a number for each format × area × scale; `place`: in the order of the licences.
    """

    customers: np.ndarray
    kind: np.ndarray
    place: np.ndarray

    def of(self, customers: np.ndarray, values: np.ndarray, unknown: int) -> np.ndarray:
        if not len(self.customers):
            return np.full(len(customers), unknown)
        at = np.minimum(np.searchsorted(self.customers, customers), len(self.customers) - 1)
        return np.where(self.customers[at] == customers, values[at], unknown)

    def kinds_of(self, customers: np.ndarray) -> np.ndarray:
        """−1: not a shop of that day."""
        return self.of(customers, self.kind, -1)

    def places_of(self, customers: np.ndarray) -> np.ndarray:
        """What shops are put in order by; those that came since the night are the last."""
        return self.of(customers, self.place, len(self.customers))


def kinds(results: ResultSet, version: Version) -> Kinds:
    return _kinds(results.as_of, version, *key_of(results))


@lru_cache(maxsize=2)
def _kinds(day: date, *_key: Version | int | datetime) -> Kinds:
    shops = shops_on(day)
    named = shops["format"].notna().to_numpy()
    kind = shops.groupby(["format", "area", "scale"]).ngroup().to_numpy()
    in_order = shops["licence"].fillna("\U0010ffff").to_numpy().argsort(kind="stable")
    place = np.empty(len(shops), "i8")
    place[in_order] = np.arange(len(shops))
    return Kinds(shops.index.to_numpy(), np.where(named, kind, -1), place)


@dataclass(frozen=True, slots=True)
class Peers:
    """The others of a shop's kind that have an observed day, and their sums."""

    shops: int
    sums: ShopSums


@lru_cache(maxsize=16)
def _add_up(kinds: Kinds, table: SumTable) -> tuple:
    """Of each shop of the table its kind and whether it counts; of each kind its shops and sums."""
    own = kinds.kinds_of(table.customers)
    counted = (own >= 0) & (table.columns["observed_days"][:-1] > 0)
    size = int(kinds.kind.max(initial=-1)) + 1
    shops = np.bincount(own[counted], minlength=size)
    found = {name: np.zeros(size, "i8") for name in SUMMED}
    for name, sums in found.items():
        np.add.at(sums, own[counted], table.columns[name][:-1][counted])
    return own, counted, shops, found


class PeerSums:
    """The sums of each kind over a SumTable, for one reader who sees `visible` shops (ids)."""

    def __init__(self, kinds: Kinds, table: SumTable, visible: np.ndarray):
        self._kinds = kinds
        own, counted, self._shops, self._sums = _add_up(kinds, table)
        seen = counted & np.isin(table.customers, visible)
        self._hidden = self._shops - np.bincount(own[seen], minlength=len(self._shops))

    def of(self, customer: int, sums: ShopSums) -> Peers | None:
        """The peers of a shop with these sums."""
        kind = int(self._kinds.kinds_of(np.array([customer]))[0])
        if kind < 0 or 0 < self._hidden[kind] < FEWEST:
            return None
        counts = bool(sums.observed_days)
        shops = int(self._shops[kind]) - counts
        if shops < FEWEST:
            return None
        others = (
            int(self._sums[name][kind]) - (getattr(sums, name) if counts else 0) for name in SUMMED
        )
        return Peers(shops, ShopSums(*others))
