"""What attention() says of many figures at once: its kind and weight as columns.

The table of shops picks the gravest of 300,000 figures by these; the words of the few that are
shown come from attention() itself. All in whole numbers but for the weight, which is one division:
numerator and denominator are below 2^53 and so near to each other that different weights of one
kind stay different, so the order is that of the exact ones.
"""

from collections.abc import Mapping

import numpy as np

from inventory.indicators import rules
from marketing_ops.home.attention import Kind

UNKNOWN = -1  # of a wait, a range or a column that is null

Columns = Mapping[str, np.ndarray]


def judge(
    figures: Columns, *, wait: np.ndarray, least: np.ndarray, most: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kind (0: nothing needs attention) and weight of each figure.

    `figures`: columns of Figure, null as 0, but as UNKNOWN in latest_closing, latest_age and
    days_without_sale. `wait`: days that the stock has to last until the next delivery; `least` and
    `most`: the reasonable days of stock. Each of them by figure, UNKNOWN where there is none.
    """
    of = {name: values.astype("i8") for name, values in figures.items()}
    observed, closing, sold = of["window_observed"], of["window_closing"], of["window_sold"]
    latest, recent = of["latest_closing"], of["recent_sold"]
    effective = of["recent_observed"] - of["recent_stockout"]
    has_left = (latest >= 0) & (recent != 0) & (effective != 0)
    kind = np.zeros(len(observed), "i1")
    above, below = np.zeros(len(observed), "i8"), np.ones(len(observed), "i8")

    def put(chosen: np.ndarray, what: Kind, over: np.ndarray, under: np.ndarray | int = 1) -> None:
        """The first that fits a figure is told of it."""
        chosen = chosen & (kind == 0)
        kind[chosen] = what
        above[chosen] = over[chosen]
        below[chosen] = under[chosen] if isinstance(under, np.ndarray) else under

    put((observed > 0) & (of["window_stockout"] == observed), Kind.ALWAYS_OUT, observed)
    age = of["latest_age"]
    stale = (of["cycle_observed"] == 0) & ((age < 0) | (age >= rules.STANDS_STILL_DAYS // 2))
    put(stale, Kind.NO_DATA, sold)
    # Lasts latest × effective ÷ recent days, to be compared with `wait`.
    short_by = wait * recent - latest * effective
    out_soon = has_left & (wait != UNKNOWN) & ((short_by > 0) | (latest == 0))
    put(out_soon, Kind.OUT_SOON, short_by, effective)
    unsold = of["days_without_sale"]
    put((latest > 0) & (unsold >= rules.STANDS_STILL_DAYS), Kind.STANDING, unsold)
    window = _position(closing * observed, sold, least, most)
    now = _position(latest * effective, recent, least, most)
    told = (observed > 0) & (sold > 0) & (least != UNKNOWN) & (~has_left | (window == now))
    put(told & (window > 0), Kind.OVERSTOCKED, closing * observed, sold)
    put(told & (window < 0), Kind.SHORT, least * sold - closing * observed, observed)
    return kind, above / below


def _position(
    days_by_sold: np.ndarray, sold: np.ndarray, least: np.ndarray, most: np.ndarray
) -> np.ndarray:
    """1 above the range, −1 below it, 0 within."""
    return (days_by_sold > most * sold).astype("i1") - (days_by_sold < least * sold)
