"""Evidence by hand: one pair per call, thirteen weeks, every figure changeable."""

from dataclasses import fields

import numpy as np

from orders.quotas.evidence import Evidence

WEEKS = 13


def pair(
    sold=21,
    observed=7,
    stockout=0,
    closing=5,
    *,
    cycles=WEEKS,
    supply=1000,
    events=1000,
    next_event=1000,
    running=None,
    **other,
) -> Evidence:
    """The evidence of one pair; a list gives a figure per cycle, a number the same for all.

    `running`: (days so far, observed, stockout, sold, closing) of the cycle under way.
    """
    rows = {
        "observed": _rows(observed, cycles),
        "stockout": _rows(stockout, cycles),
        "sold": _rows(sold, cycles),
        "closing": _rows(closing, cycles),
        "supply_permille": _rows(supply, cycles),
        "event_permille": _rows(events, cycles),
    }
    lengths = [7] * cycles
    if running is not None:
        lengths.append(running[0])
        for name, value in zip(
            ("observed", "stockout", "sold", "closing"), running[1:], strict=True
        ):
            rows[name].append(value)
        rows["supply_permille"].append(-1)
        rows["event_permille"].append(1000)
    singles = {
        "next_event_permille": next_event,
        "price_class": 3,
        "flags": 0,
        "packs_per_carton": 10,
        "shop_days": 400,
        "peer_millipacks": -1,
        "in_force": -1,
        "segment": 0,
        "shop_observed": 0,
        "shop_stockout": 0,
        "review_days": 7,
        "lead_days": 2,
    } | other
    return Evidence(
        lengths=np.array(lengths),
        running=running is not None,
        **{name: np.array(values, np.int32).reshape(-1, 1) for name, values in rows.items()},
        **{name: np.array([value], np.int32) for name, value in singles.items()},
    )


def _rows(value, cycles) -> list[int]:
    return list(value) if isinstance(value, list) else [value] * cycles


def block(pairs: list[Evidence]) -> Evidence:
    """Several pairs with the same cycles side by side."""
    first = pairs[0]
    values = {
        one.name: np.concatenate([getattr(each, one.name) for each in pairs], axis=-1)
        for one in fields(Evidence)
        if one.name not in ("lengths", "running")
    }
    return Evidence(lengths=first.lengths, running=first.running, **values)
