"""The shops that fit what a person asked of the table, in order, with their sums."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache

import numpy as np
from django.db.models import Q
from django.http import HttpRequest

from customers.filters import matching
from inventory.indicators.models import ResultSet
from inventory.indicators.rules import Segment
from marketing_ops.home.master import Version, master_version
from marketing_ops.home.shop_sums import ShopSums, SumTable, key_of, products_of, shop_sums
from marketing_ops.home.shops import ProductFacts, read_products, read_shops
from marketing_ops.home.standing import standing
from marketing_ops.home.table.columns import NO_SEGMENT, SORTS, Line
from marketing_ops.home.table.filters import OF_PRODUCTS, ShopFilter, products_asked
from marketing_ops.home.table.peers import PeerSums, kinds
from marketing_ops.home.table.worst import Worst, worst_of

_SHOPS_AT_ONCE = 500  # of an export


class Found:
    """What was found for a request; needs the results of a night (`standing(request).results`).

    `form` is the answered filter, `asked` its valid answers, `products` those chosen by class,
    brand or product (None: all).
    """

    def __init__(self, request: HttpRequest):
        self._request = request
        self.day: date = request.today
        self._standing = standing(request)
        self.results: ResultSet = self._standing.results
        self.version = master_version(request)
        self._catalogue = catalogue(self.results, self.day, self.version)
        self.form = ShopFilter(request.GET, request, self._catalogue)
        self.asked = self.form.asked()
        self.products = products_asked(self.asked, self._catalogue)
        self.table: SumTable = shop_sums(self.results, self._standing.segment_bounds, self.products)
        self._fitting = self._matching()

    def _matching(self) -> np.ndarray:
        """Ids of the person's open shops that fit what was asked, but for the segment."""
        of_shops = {
            name: value
            for name, value in self.asked.items()
            if name not in (*OF_PRODUCTS, "segment", "sort")
        }
        day = self.day
        shops = matching(self._request.customers, of_shops, day, segments=dict).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gte=day), opened_on__lte=day
        )
        return np.array(shops.order_by().values_list("pk", flat=True), "i8")

    @cached_property
    def _segments(self) -> list[str]:
        """Of each fitting shop."""
        segments = [one.value if one else NO_SEGMENT for one in self.table.segments]
        return [segments[row] for row in self.table.rows(self._fitting)]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Shops in each segment, A first, at the end those without data."""
        counts = Counter(self._segments)
        return [(name, counts[name]) for name in (*(one.value for one in Segment), NO_SEGMENT)]

    @cached_property
    def _shops(self) -> np.ndarray:
        """Ids of the shops found, in no order."""
        wanted = self.asked.get("segment")
        if not wanted:
            return self._fitting
        return self._fitting[np.array(self._segments, object) == wanted]

    @property
    def total(self) -> ShopSums:
        return self.table.together(self.table.rows(self._shops))

    @cached_property
    def ids(self) -> list[int]:
        """The shops found, the worst first; those without the figure last; then by licence."""
        shops = self._shops
        places = kinds(self.results, self.version).places_of(shops)
        sort = SORTS[self.form.sorted_by]
        if sort.figure is None:
            keys = (shops, places)
        else:
            values = self.table.floats(self.form.sorted_by, sort.figure)[self.table.rows(shops)]
            # NaN, which is no figure, is put last by either sign.
            keys = (shops, places, -values if sort.highest_first else values)
        return shops[np.lexsort(keys)].tolist()

    @cached_property
    def _peers(self) -> PeerSums:
        visible = self._fitting
        if self.asked:
            visible = np.array(self._request.customers.values_list("pk", flat=True), "i8")
        return PeerSums(kinds(self.results, self.version), self.table, visible)

    def lines(self, ids: Sequence[int], *, with_worst: bool = True) -> list[Line]:
        """In a number of queries that does not grow with the shops."""
        shops = read_shops(
            self._request.customers.filter(pk__in=ids),
            day=self.day,
            deliveries_after=self.results.as_of,
        )
        lines = []
        for pk, row in zip(ids, self.table.rows(np.array(ids, "i8")).tolist(), strict=True):
            sums = self.table.at(row)
            lines.append(
                Line(
                    shop=shops[pk],
                    sums=sums,
                    segment=sums.segment,
                    longest=int(self.table.longest[row]),
                    peers=self._peers.of(pk, sums),
                )
            )
        if with_worst:
            self.add_worst(lines)
        return lines

    def add_worst(self, lines: Sequence[Line]) -> None:
        """What lines() leaves out where it is not wanted: the products that need attention."""
        shops = {line.shop.pk: line.shop for line in lines}
        found = worst_of(shops, self._catalogue, self._standing, self.products)
        for line in lines:
            line.worst = found.get(line.shop.pk, Worst())

    def all_lines(self) -> Iterator[Line]:
        for start in range(0, len(self.ids), _SHOPS_AT_ONCE):
            yield from self.lines(self.ids[start : start + _SHOPS_AT_ONCE])


def catalogue(results: ResultSet, day: date, version: Version) -> dict[int, ProductFacts]:
    """The products of a set by id, as they are named on a day; read once per process."""
    return _catalogue(day, version, *key_of(results))


@lru_cache(maxsize=2)
def _catalogue(
    day: date, _version: Version, result_set: int, *times: datetime
) -> dict[int, ProductFacts]:
    known_at, completed_at = times
    results = ResultSet(pk=result_set, known_at=known_at, completed_at=completed_at)
    return read_products(products_of(results), day)
