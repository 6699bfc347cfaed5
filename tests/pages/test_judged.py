"""The gravest of many figures at once: the same as of each by itself."""

from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_ops.home.attention import attention
from marketing_ops.home.table.judged import UNKNOWN, judge

DAY = date(2024, 6, 25)
UNSEEN = ("latest_closing", "latest_age", "days_without_sale")


def days(most):
    return st.integers(0, most)


packs = st.one_of(st.integers(0, 40), st.integers(0, 2_000_000))


@st.composite
def pairs(draw):
    window, recent = draw(days(98)), draw(days(28))
    figure = {
        "cycle_observed": draw(st.none() | days(7)),
        "window_observed": window,
        "window_stockout": draw(st.sampled_from([0, window]) | days(window)),
        "window_sold": draw(packs),
        "window_closing": draw(packs),
        "recent_observed": recent,
        "recent_stockout": draw(days(recent)),
        "recent_sold": draw(packs),
        "latest_closing": draw(st.none() | packs),
        "latest_age": draw(st.none() | days(20)),
        "days_without_sale": draw(st.none() | days(30)),
    }
    least = draw(days(9))
    reasonable = draw(st.none() | st.tuples(st.just(least), st.integers(least, 40)))
    return figure, draw(st.none() | st.integers(1, 20)), reasonable


@settings(max_examples=150)
@given(st.lists(pairs(), min_size=1, max_size=30))
def test_many_figures_are_judged_as_each_by_itself(drawn):
    names = drawn[0][0]
    columns = {
        name: np.array(
            [(-1 if name in UNSEEN else 0) if one[name] is None else one[name] for one, *_ in drawn]
        )
        for name in names
    }
    kind, weight = judge(
        columns,
        wait=np.array([UNKNOWN if to is None else to - 1 for _one, to, _range in drawn]),
        least=np.array([(of or (UNKNOWN, UNKNOWN))[0] for *_one, of in drawn]),
        most=np.array([(of or (UNKNOWN, UNKNOWN))[1] for *_one, of in drawn]),
    )
    alone = [
        attention(
            SimpleNamespace(**figure),
            as_of=DAY,
            next_delivery=None if to is None else DAY + timedelta(days=to),
            reasonable=reasonable,
        )
        for figure, to, reasonable in drawn
    ]
    assert kind.tolist() == [one.kind if one else 0 for one in alone]
    found = zip(alone, weight.tolist(), strict=True)
    weights = [(one.weight, told) for one, told in found if one]
    assert all(float(Fraction(exact)) == told for exact, told in weights)
