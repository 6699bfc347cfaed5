"""The rules of the recommender: the table of docs/algorithms/recommendations.md, the order."""

import re

import pytest
from django.conf import settings

from orders.recommendations.rules import (
    Limits,
    PairFacts,
    ProductFacts,
    Why,
    packs_of,
    reasons_for,
    recommend,
)

DOC = settings.BASE_DIR / "docs" / "algorithms" / "recommendations.md"
TABLE = re.compile(r"<!-- recommendation table -->\n((?:\|.*\n)+)")
NUMBERS = "observed", "stockout", "stock", "peers", "in_force", "requested", "rate", "lasts"


def cases():
    (table,) = TABLE.findall(DOC.read_text(encoding="utf-8"))
    header, _line, *rows = (
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()
    )
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        yield pytest.param(cells, id=cells["what"])


def product(number=1, *, price_class=3, stage="成熟期", flags=()):
    return ProductFacts(number, price_class, stage, frozenset(flags), 10)


@pytest.mark.parametrize("cells", list(cases()))
def test_the_row_of_the_worked_table_is_what_the_rules_say(cells):
    one = product(
        price_class=int(cells["class"]), stage=cells["stage"], flags=cells["flags"].split()
    )
    facts = {name: int(cells[name]) for name in NUMBERS if cells[name]}
    pair = PairFacts(known=cells["known"] == "yes", refused=cells["refused"] == "yes", **facts)
    found = reasons_for(one, pair)
    said = " ".join(f"{r.why} {r.number}" if r.number else r.why for r in found) or "—"
    assert said == cells["→ reasons"]
    if found:
        assert packs_of(one, pair, found) == int(cells["→ packs"])


SEEN = PairFacts(known=True, observed=80, stock=9)


def test_what_matters_most_comes_first_and_five_are_enough():
    products = [
        *(product(number, stage="导入期") for number in range(1, 7)),
        product(7, flags=["重点"]),
        product(8),
    ]
    pairs = {number: PairFacts(peers=number + 2) for number in range(1, 7)}
    pairs[8] = PairFacts(
        known=True, observed=80, stock=1, in_force=20, requested=10, rate=1000, lasts=7
    )
    found = recommend(products, pairs)
    assert [one.product for one in found] == [7, 8, 6, 5, 4]
    assert [one.reasons[0].why for one in found[:3]] == [
        Why.KEY_MISSING,
        Why.ROOM,
        Why.NEW_LISTING,
    ]


def test_a_shop_of_which_nothing_was_observed_gets_nothing():
    key = product(flags=["重点"])
    assert recommend([key], {}) == []
    assert recommend([key], {2: PairFacts(known=True, observed=0)}) == []
    assert recommend([key], {2: SEEN}) != []


def test_how_many_peers_it_takes_is_data():
    new = product(stage="成长期")
    pairs = {1: PairFacts(peers=4), 2: SEEN}
    assert recommend([new], pairs, Limits(peers=4)) != []
    assert recommend([new], pairs, Limits(peers=5)) == []
