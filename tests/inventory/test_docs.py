"""The tables of docs/algorithms/ledger.md and quality.md, run."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from django.db import transaction

from inventory import queries, services
from inventory.models import Source
from inventory.quality.detectors import books_emptied
from marketing_ops.lib import clock
from tests.quality import test_detectors as small

DOCS = Path(__file__).resolve().parents[2] / "docs" / "algorithms"
DAY = date(2024, 3, 5)


def table(document, name):
    text = (DOCS / document).read_text(encoding="utf-8")
    lines = re.search(rf"<!-- table: {name} -->\n((?:\|.*\n)+)", text)[1].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("listed", "arrivals", "outcomes", "wanted"), table("ledger.md", "arrivals")
)
def test_arrivals(shop, record, listed, arrivals, outcomes, wanted):
    if listed == "yes":
        with transaction.atomic():
            now = clock.received_now()
        services.list_manual_days(customers=[shop.pk], days=[DAY], at=now, by="night")
    seen = []
    for arrival in arrivals.split("; "):
        code, *rows = arrival.split()
        pairs = [map(int, row.split(":")) for row in rows]
        recorded = record(
            [(shop.pk, DAY, product, 10, 0, sold, 0) for product, sold in pairs],
            Source.objects.get(code=code),
        )
        seen += [name for name in ("new", "changed", "unchanged") if getattr(recorded, name)]
    assert ", ".join(seen) == outcomes
    rows = queries.read_documents(customers=(shop.pk, shop.pk + 1)).rows
    codes = dict(Source.objects.values_list("pk", "code"))
    known = zip(rows.product.tolist(), rows.sold.tolist(), rows.source.tolist(), strict=True)
    assert ", ".join(f"{p}:{sold} {codes[source]}" for p, sold, source in known) == wanted


@pytest.mark.parametrize(("days", "supplied", "wanted"), table("quality.md", "books-emptied"))
def test_books_emptied(days, supplied, wanted):
    cells = days.split(", ")
    numbers = [
        None if cell == "?" else tuple(map(int, re.split(r"[+-]", cell.rstrip("*"))))
        for cell in cells
    ]
    grid = small.grid_of([[numbers] * 6])
    lines = []
    if supplied != "—":
        day, packs = map(int, supplied.split(":"))
        lines = [(1, product, day - 1, packs) for product in range(1, 7)]
    order_days = [n for n, cell in enumerate(cells) if cell.endswith("*")]
    found = books_emptied(grid, small.order_days(grid, *order_days), small.supplied(grid, lines))
    spans = {(int(a) + 1, int(b) + 1) for a, b in zip(found.first, found.last, strict=True)}
    assert [f"{a} to {b}" for a, b in spans] == ([] if wanted == "—" else [wanted])
    assert not spans or np.unique(found.slot).size == 6
