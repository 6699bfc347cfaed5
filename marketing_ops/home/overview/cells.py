"""Products and single cells of a period: summed from the closed cycles when they are asked for.

There are 300,000 cells in a month of a district, so they are summed in the database; the products
of a question are kept per process like its other figures.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from django.core.paginator import Page, Paginator
from django.db import connection

from brands.models import Product, ProductProperties
from inventory.indicators.models import NANO, CycleFigure
from inventory.indicators.span_reads import Sums
from inventory.indicators.spans import USUAL_CARTON
from marketing_ops.home.overview.asked import Asked
from marketing_ops.home.overview.figures import per_shop

KEPT = 64
_FIGURES = CycleFigure._meta.db_table
# As spans.py sums them; see there for the closing.
_CELLS = f"""
    SELECT customer_id, product_id, sum(observed)::int8 AS observed,
           sum(stockout)::int8 AS stockout, sum(sold)::int8 AS sold,
           max((cycle_end - date '2000-01-01')::int8 << 32 | closing) & 4294967295 AS closing
      FROM {_FIGURES}
     WHERE cycle_end BETWEEN %(first)s AND %(last)s AND observed > 0
       AND customer_id = ANY(%(shops)s) AND product_id = ANY(%(products)s)
     GROUP BY customer_id, product_id
"""
_PRODUCTS = f"""
    SELECT product_id, count(*),
           count(*) FILTER (WHERE sold > 0 AND stockout < observed),
           count(*) FILTER (WHERE stockout = observed),
           sum(observed)::int8, sum(stockout)::int8, sum(sold)::int8, sum(closing)::int8,
           coalesce(sum(sold) FILTER (WHERE stockout < observed), 0)::int8,
           sum(sold * {NANO} / observed)::int8,
           coalesce(sum(sold * {NANO} * observed / nullif(observed - stockout, 0)), 0)::int8
      FROM ({_CELLS}) c
     GROUP BY product_id
"""
_LEFT_OUT = {"out": "stockout = observed", "left": "stockout = observed OR sold = 0"}
_WORST = """
    SELECT customer_id, product_id, observed, stockout, sold, closing, count(*) OVER ()
      FROM ({cells}) c WHERE {which}
     ORDER BY stockout DESC, observed DESC, customer_id, product_id
     LIMIT %(size)s OFFSET %(skip)s
"""


@dataclass(frozen=True)
class OfProduct:
    """A product over the asked shops; `sums.cells` are the shops that it was observed in."""

    product: int
    sums: Sums


@dataclass(frozen=True)
class Cell:
    customer: int
    product: int
    observed: int
    stockout: int
    sold: int
    closing: int


class _Counted(Paginator):
    """A paginator of which one page has been read already."""

    def __init__(self, count: int, size: int):
        super().__init__([], size)
        self.count = count


_kept: OrderedDict[tuple, list[OfProduct]] = OrderedDict()
_lock = Lock()


def products(asked: Asked) -> list[OfProduct]:
    """The products of the asked shops and class, the highest stock-out rate first."""
    with _lock:
        if asked.key in _kept:
            return _kept[asked.key]
    packs = _packs(asked)
    with connection.cursor() as cursor:
        cursor.execute(_PRODUCTS, _question(asked, list(packs)))
        rows = cursor.fetchall()
    found = [
        OfProduct(product, Sums(*sums, sums[5] * NANO // packs[product])) for product, *sums in rows
    ]
    found.sort(key=lambda row: (-row.sums.stockout_rate, -row.sums.stockout_days, row.product))
    with _lock:
        _kept[asked.key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def worst_cells(asked: Asked, *, which: str, product: int | None, page: int, size: int) -> Page:
    """A page of the cells always out of stock (`out`) or left out (`left`), the longest first."""
    wanted = [pk for pk in _packs(asked) if product in (None, pk)]
    question = _question(asked, wanted) | {"size": size, "skip": (page - 1) * size}
    sql = _WORST.format(cells=_CELLS, which=_LEFT_OUT[which])
    with connection.cursor() as cursor:
        cursor.execute(sql, question)
        rows = cursor.fetchall()
        if not rows and page > 1:
            return worst_cells(asked, which=which, product=product, page=1, size=size)
    count = rows[0][-1] if rows else 0
    return Page([Cell(*row[:-1]) for row in rows], page, _Counted(count, size))


def _packs(asked: Asked) -> dict[int, int]:
    """Packs per carton of the products of the asked class, as on the period's last day."""
    rows = ProductProperties.objects.on(asked.calendar.span.end)
    if asked.price_class is not None:
        rows = rows.filter(price_class=asked.price_class)
        usual = {}
    else:
        usual = dict.fromkeys(Product.objects.values_list("pk", flat=True), USUAL_CARTON)
    return usual | dict(rows.values_list("product_id", "packs_per_carton"))


def _question(asked: Asked, wanted: list[int]) -> dict:
    span = asked.calendar.span
    shops = per_shop(asked).shops.customer.tolist()
    return {"first": span.start, "last": span.end, "shops": shops, "products": wanted}
