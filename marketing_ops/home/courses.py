"""The course of the stock of all products of a shop over its last days, for small lines."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from inventory.documents import decode
from inventory.indicators.models import ResultSet
from inventory.indicators.rules import RECENT_DAYS
from inventory.models import ShopDay
from inventory.quality.models import Cause
from inventory.quality.queries import episodes_in_force


def stock_courses(
    customer: int, results: ResultSet, *, counted_from: date | None, products: Iterable[int]
) -> dict[int, list[int | None]]:
    """The closing stock in packs of each product on the last 28 days, oldest first.

    As the night of `results` counted them: None where a day was not observed (or flagged as
    false); a complete source's silence is no stock from the product's first row in the window on
    (`counted_from`, None: the last 28 days). Two queries, and one for the flags.
    """
    first = results.as_of - timedelta(days=RECENT_DAYS - 1)
    begin = min(counted_from or first, first)
    known = ShopDay.objects.known(results.known_at).filter(
        customer=customer, day__range=(begin, results.as_of)
    )
    documents = list(known.values_list("day", "source_id", "complete", "rows").order_by("day"))
    place = {product: index for index, product in enumerate(products)}
    days = (results.as_of - begin).days + 1
    stock = np.full((days, len(place)), -1, np.int64)
    if documents:
        _put(stock, documents, begin, place)
    for episode in episodes_in_force(
        customers=(customer, customer + 1), as_of=results.as_of, known_at=results.known_at
    ):
        index = place.get(episode.product)
        if index is not None and episode.cause != Cause.KEPT_BACK:
            start = max(0, (episode.first_day - begin).days)
            stock[start : (episode.last_day - begin).days + 1, index] = -1
    return {
        product: [None if value < 0 else value for value in stock[-RECENT_DAYS:, index].tolist()]
        for product, index in place.items()
    }


def _put(stock: np.ndarray, documents: list, begin: date, place: dict[int, int]) -> None:
    """Write the documents' rows into `stock` [day, product], and what complete ones leave out."""
    sources = np.array([source for _day, source, *_rest in documents], np.int32)
    rows, starts = decode([bytes(body) for *_rest, body in documents], sources)
    day = np.array([(one[0] - begin).days for one in documents])
    complete = np.zeros(len(stock), bool)
    complete[day] = [one[2] for one in documents]
    column = np.array([place.get(product, -1) for product in rows.product.tolist()], np.int64)
    wanted = column >= 0
    row = np.repeat(day, np.diff(starts))
    stock[row[wanted], column[wanted]] = rows.closing[wanted]
    seen = np.logical_or.accumulate(stock >= 0, axis=0)
    stock[(stock < 0) & seen & complete[:, None]] = 0
