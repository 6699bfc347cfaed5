"""The worked tables of docs/algorithms/quota*.md: every row is a case."""

import re

import pytest
from django.conf import settings

from orders.quotas.engine import recommend
from orders.quotas.rules import QuotaRules
from tests.quotas.build import pair

DOCS = settings.BASE_DIR / "docs" / "algorithms"
TABLE = re.compile(r"<!-- quota table: (\w+) -->\n((?:\|.*\n)+)")


def cases():
    for path in sorted(DOCS.glob("quota*.md")):
        for method, table in TABLE.findall(path.read_text(encoding="utf-8")):
            header, _, *rows = (
                [cell.strip() for cell in line.strip().strip("|").split("|")]
                for line in table.splitlines()
            )
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                yield pytest.param(method, cells, id=f"{path.stem} {cells['what']}")


def per_cycle(text: str, separator: str = " "):
    """`12×9 10×4` -> nine times 12, four times 10; a single number stays one."""
    parts = [part.partition("×") for part in text.split(separator)]
    if len(parts) == 1 and not parts[0][1]:
        return int(text)
    return [int(value) for value, _, times in parts for _ in range(int(times or 1))]


@pytest.mark.parametrize(("method", "cells"), list(cases()))
def test_the_row_of_the_worked_table_is_what_the_engine_says(method, cells):
    rules, figures = {"method": method}, {}
    for name in ("sold", "observed", "stockout"):
        if name in cells:
            figures[name] = per_cycle(cells[name])
    for part in cells["other"].split():
        name, _, value = part.removeprefix("rule:").partition("=")
        if part.startswith("rule:"):
            rules[name] = int(value) if value.isdecimal() else value
        else:
            figures[name] = per_cycle(value, ",")
    lists = [
        value for name, value in figures.items() if isinstance(value, list) and name != "running"
    ]
    if lists:
        figures["cycles"] = len(lists[0])
    found = recommend(pair(**figures), QuotaRules.from_json(rules)).row(0)
    wanted = {name[2:]: int(text) for name, text in cells.items() if name.startswith("→ ")}
    assert {name: found[name] for name in wanted} == wanted
