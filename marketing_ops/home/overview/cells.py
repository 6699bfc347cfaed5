"""Products and single cells of a period: summed from the closed cycles when they are asked for.

There are 300,000 cells in a month of a district, so they are summed in the database; the products
of a question are kept per process like its other figures.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from brands.models import Product, ProductProperties
from inventory.indicators.models import NANO, CycleFigure
from inventory.indicators.span_reads import Sums
from inventory.indicators.spans import USUAL_CARTON
from marketing_ops.home.overview.asked import Asked
from marketing_ops.home.overview.figures import per_shop
from marketing_ops.home.overview.kept import Kept
from marketing_ops.lib.copying import read_columns

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
_LEFT_OUT = f"""
    SELECT customer_id::int4, product_id::int4, observed::int4, stockout::int4, sold::int4,
           closing::int4
      FROM ({_CELLS}) c WHERE stockout = observed OR sold = 0
     ORDER BY stockout DESC, observed DESC, customer_id, product_id
"""
_COLUMNS = ("customer", "product", "observed", "stockout", "sold", "closing")


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


_products, _left_out = Kept(64), Kept(16)


def products(asked: Asked) -> list[OfProduct]:
    """The products of the asked shops and class, the highest stock-out rate first."""
    return _products.get(asked.key, lambda: _tell_products(asked))


def _tell_products(asked: Asked) -> list[OfProduct]:
    packs = _packs(asked)
    with _roomy_cursor() as cursor:
        cursor.execute(_PRODUCTS, _question(asked, list(packs)))
        rows = cursor.fetchall()
    found = [
        OfProduct(product, Sums(*sums, sums[5] * NANO // packs[product])) for product, *sums in rows
    ]
    found.sort(key=lambda row: (-row.sums.stockout_rate, -row.sums.stockout_days, row.product))
    return found


def left_out(asked: Asked, *, which: str, product: int | None) -> np.ndarray:
    """int32 [cells, 6]: the cells always out of stock (`out`) or all that are left out (`left`).

    Columns as Cell has them; the longest out first.
    """
    found = _left_out.get(asked.key, lambda: _tell_left_out(asked))
    mask = found[:, 0] > 0
    if which == "out":
        mask &= found[:, _COLUMNS.index("stockout")] == found[:, _COLUMNS.index("observed")]
    if product is not None:
        mask &= found[:, _COLUMNS.index("product")] == product
    return found[mask]


def _tell_left_out(asked: Asked) -> np.ndarray:
    with _roomy_cursor() as cursor:
        question = _question(asked, list(_packs(asked)))
        found = read_columns(cursor, _LEFT_OUT, dict.fromkeys(_COLUMNS, "int4"), question)
    return np.stack([found[name] for name in _COLUMNS], axis=1)


@contextmanager
def _roomy_cursor():
    """A cursor with room to sum 300,000 cells in memory."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield cursor


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
