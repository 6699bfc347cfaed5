"""The closed loop of benchmarks/replay_loop.py, in short: which method serves better for less."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from django.conf import settings

LOOP = settings.BASE_DIR / "benchmarks" / "replay_loop.py"

if not (settings.SHARED_DATA / "replay" / "truth").is_dir():
    pytest.skip(
        f"skipped: {settings.SHARED_DATA} has no replay/ (set SHARED_DATA to the folder)",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def loop():
    spec = importlib.util.spec_from_file_location("replay_loop", LOOP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def district(loop):
    return loop.District()


def course(loop, district, **rules):
    """(fill, stock) of all pairs with whole cartons."""
    policy = loop.asked(replace(loop.REGIME_OFF, **rules))
    return loop.measured(district, *loop.run(district, policy, cartons=True))[:2]


def test_the_level_sells_more_from_less_stock_than_the_mean(loop, district):
    mean_fill, mean_stock = course(loop, district, method="mean")
    fill, stock = course(loop, district, method="level", service_level=700)
    assert fill > mean_fill
    assert stock < 0.85 * mean_stock


def test_a_higher_service_level_sells_more_from_more_stock(loop, district):
    courses = [course(loop, district, service_level=level) for level in (800, 950)]
    assert courses[0][0] < courses[1][0] and courses[0][1] < courses[1][1]


def test_nothing_of_the_future_is_seen(loop, district):
    """What a method is told on a day does not change with what happens from that day on."""
    day = district.start
    chosen = np.flatnonzero(
        (district.order_weekday == district.weekday[day]) & (district.lead == district.lead[0])
    )
    told = loop.Course(district, 1).evidence(day, chosen)
    other = loop.Course(district, 1)
    for later in range(day, day + 7):
        other.see(later, district.sold[later] + 5, district.closing[later] + 5)
    again = other.evidence(day, chosen)
    for name in ("observed", "stockout", "sold", "closing", "peer_millipacks", "supply_permille"):
        assert (getattr(told, name) == getattr(again, name)).all(), name
