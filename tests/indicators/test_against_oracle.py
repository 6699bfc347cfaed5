"""The kernel agrees with the oracle to the last digit, on thousands of small random histories."""

import random
from datetime import date, timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.indicators.blocks import Flags, Thresholds
from marketing_ops.lib.periods import make_calendar
from tests.indicators import ledger, oracle

LAST = date(2024, 6, 25)
SHOPS = 8


def random_calendar(rng: random.Random, first: date):
    """One to three dated entries, each with no to three delivery weekdays; gaps now and then."""
    entries, start = [], first - timedelta(days=rng.randrange(0, 400))
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        weekdays = rng.sample(range(1, 8), rng.choice((1, 1, 1, 1, 2, 3, 0)))
        if number:
            start = first + timedelta(days=rng.randrange(0, 120))
            if start <= entries[-1][0]:
                break
            entries[-1][1] = start - timedelta(days=rng.choice((1, 1, 1, 9)))
            if entries[-1][1] < entries[-1][0]:
                entries[-1][1] = entries[-1][0]
        entries.append([start, None, sorted(weekdays)])
    if rng.random() < 0.1:
        entries[-1][1] = max(entries[-1][0], LAST + timedelta(days=rng.randrange(-30, 5)))
    return [tuple(entry) for entry in entries]


def random_shop(rng: random.Random):
    """(rows of (day, product, sold, closing), calendar, complete days) of one shop."""
    first = LAST - timedelta(days=rng.choice((3, 8, 20, 60, 95, 110, 128)))
    missing = rng.choice((0, 0, 0.05, 0.3, 0.8))
    shut = first + timedelta(days=rng.randrange(0, 120))
    reopened = shut + timedelta(days=rng.choice((0, 0, 7, 15, 40)))
    is_complete = rng.random() < 0.4
    rows, complete, stock = [], set(), {}
    products = rng.sample(range(1, 9), rng.choice((1, 2, 3)))
    speed = {product: rng.choice((0, 0.2, 1, 3)) for product in products}
    day = first
    while day <= LAST + timedelta(days=3):
        if not shut <= day < reopened and rng.random() >= missing:
            reported = 0
            for product in products:
                if rng.random() < 0.03:
                    stock[product] = rng.choice((0, 1, 1, 2, 20))
                if is_complete and (stock.get(product, 0) == 0 or rng.random() < 0.1):
                    continue
                if rng.random() < 0.05 or (product > 6 and day < first + timedelta(days=40)):
                    continue
                held = stock.get(product, rng.choice((0, 5)))
                sold = min(held, rng.choice((0, 1, 2)) if rng.random() < speed[product] else 0)
                stock[product] = held - sold
                rows.append((day, product, sold, held - sold))
                reported += 1
            if is_complete and reported:
                complete.add(day)
        day += timedelta(days=1)
    return rows, random_calendar(rng, first), complete


def random_flags(rng: random.Random, rows):
    """(product, first, last, kept back) episodes; some cover days without a row."""
    episodes = []
    for _ in range(rng.choice((0, 0, 1, 3)) if rows else 0):
        day, product, *_ = rng.choice(rows)
        last = day + timedelta(days=rng.choice((0, 1, 6, 20)))
        episodes.append((product, day, last, rng.random() < 0.5))
    return episodes


def flags_of(episodes_of_shop) -> Flags:
    flat = [(shop, *episode) for shop, found in episodes_of_shop.items() for episode in found]
    return Flags(
        customer=np.array([row[0] for row in flat], np.int32),
        product=np.array([row[1] for row in flat], np.int32),
        first=np.array([row[2] for row in flat], "datetime64[D]"),
        last=np.array([row[3] for row in flat], "datetime64[D]"),
        kept_back=np.array([row[4] for row in flat], bool),
    )


def covered(episodes, kept_back):
    def is_covered(product, day):
        return any(
            product == flagged and first <= day <= last and kept == kept_back
            for flagged, first, last, kept in episodes
        )

    return is_covered


def expected(town, episodes, as_of, threshold):
    result = {}
    for shop, (rows, calendar, complete) in town.items():
        if not rows:
            continue
        found = oracle.shop_figures(
            rows,
            calendar,
            as_of,
            first_ledger_day=min(row[0] for row in rows),
            threshold=threshold,
            complete_days=complete,
            unobserved=covered(episodes.get(shop, ()), False),
            kept_back=covered(episodes.get(shop, ()), True),
        )
        result |= {(shop, product): figures for product, figures in found.items()}
    return result


def calendars_of(town):
    return {
        shop: make_calendar(
            (first, last and last + timedelta(days=1), weekdays)
            for first, last, weekdays in calendar
        )
        for shop, (_, calendar, _) in town.items()
    }


def town_rows(town):
    return [(shop, *row) for shop, (rows, _, _) in town.items() for row in rows]


def town_complete(town):
    return {(shop, day) for shop, (_, _, complete) in town.items() for day in complete}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    back=st.sampled_from((0, 1, 3, 6, 25)),
    default=st.sampled_from((0, 1, 2)),
    flagged=st.booleans(),
)
def test_kernel_and_oracle_agree_on_random_histories(seed, back, default, flagged):
    rng = random.Random(seed)
    town = {shop: random_shop(rng) for shop in range(1, SHOPS + 1)}
    as_of = LAST - timedelta(days=back)
    episodes = (
        {shop: random_flags(rng, rows) for shop, (rows, _, _) in town.items()} if flagged else {}
    )
    own = {3: 0, 5: 4}
    panel = ledger.build(
        town_rows(town), as_of=LAST + timedelta(days=3), complete=town_complete(town), days=200
    )

    found = ledger.figures_of(
        panel,
        calendars_of(town),
        as_of,
        Thresholds(default, tuple(own.items())),
        flags_of(episodes) if flagged else None,
    )

    wanted = expected(town, episodes, as_of, lambda product: own.get(product, default))
    assert found.keys() == wanted.keys()
    for pair, figures in wanted.items():
        assert found[pair] == figures, pair
