"""The tables of docs/algorithms/stock-counts.md, run."""

import re
from fractions import Fraction

import pytest
from django.conf import settings

from inventory.counts.rules import DoesNotBalance, balance, match

DOC = settings.BASE_DIR / "docs" / "algorithms" / "stock-counts.md"


def rows(name):
    table = re.search(rf"<!-- {name} table -->\n((?:\|.*\n)+)", DOC.read_text(encoding="utf-8"))
    for line in table[1].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def number(text):
    return None if text == "—" else int(text)


@pytest.mark.parametrize("row", list(rows("match")), ids=lambda row: row[0])
def test_the_match_rate_is_as_the_table_says(row):
    pairs, equal, compared, unknown, rate = row
    found = match([tuple(map(number, pair.split(","))) for pair in pairs.split()])
    assert (found.equal, found.compared, found.unknown) == (int(equal), int(compared), int(unknown))
    assert found.rate == (None if rate == "—" else Fraction(rate))


@pytest.mark.parametrize("row", list(rows("balance")), ids=lambda row: " ".join(row[:4]))
def test_a_line_balances_as_the_table_says(row):
    opening, received, sold, closing, said = row
    numbers = {
        "opening": int(opening),
        "received": int(received),
        "sold": number(sold),
        "closing": number(closing),
    }
    try:
        found = balance(**numbers)
    except DoesNotBalance as error:
        assert error.code == said
    else:
        assert said == ("not observed" if found is None else f"{found[0]}, {found[1]}")
