"""Visits that look unlike visits: the worked table of the document, and each rule at its bound."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from customers.visits.rules.checks import Check, Limits, Place, Seen, check

DOC = Path(settings.BASE_DIR) / "docs/algorithms/visit-checks.md"
DAY = datetime(2024, 6, 28)


def at(text: str) -> datetime:
    hours, minutes = text.split(":")
    return DAY.replace(hour=int(hours), minute=int(minutes))


def seen(key="A", begun="09:30", ended="09:42", person=1, **other) -> Seen:
    values = {"on_site": True, "customer": 1, **other}
    return Seen(key=key, person=person, started=at(begun), ended=at(ended), **values)


def places(text: str) -> tuple[Place, ...]:
    found = re.findall(r"(\d+) ± (\d+|—)", text)
    return tuple(Place(int(m), None if near == "—" else float(near)) for m, near in found)


def worked_table():
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in DOC.read_text().splitlines()
        if re.match(r"\| [A-K] \|", line)
    ]
    assert len(rows) == 11
    return rows


def test_the_worked_table_of_the_document_comes_out_as_written():
    visits, expected = [], {}
    for key, person, kind, begun, ended, where, clock, again, counts, findings in worked_table():
        visits.append(
            seen(
                key,
                begun,
                ended,
                int(person),
                on_site=kind == "on site",
                places=places(where),
                clock_seconds=int(clock),
                photos_again=int(again),
                counts=counts,
            )
        )
        expected[key] = [one.strip() for one in findings.split(";") if one.strip()]
    found = check(visits)
    for visit in visits:
        said = [_written(finding) for finding in found.get(visit.key, [])]
        assert said == expected[visit.key], visit.key


def _written(finding) -> str:
    parts = finding.check.code
    if finding.value or finding.check == Check.SAME_COUNTS:
        parts += f" {finding.value}" + (f"/{finding.limit}" if finding.limit else "")
    return parts


def test_counts_are_compared_with_earlier_visits_within_28_days_only():
    now = seen(counts="x")
    for days, asked in ((28, True), (29, False)):
        before = Seen("Z", 1, 9, True, now.started - timedelta(days=days),
                      now.ended - timedelta(days=days), counts="x")  # fmt: skip
        found = check([now], earlier=[before])
        assert bool(found) is asked
        if asked:
            assert found["A"][0].value == 28
            assert found["A"][0].other == "Z"
        # The earlier visit is not itself among those that were asked for.
        assert "Z" not in found


def test_a_day_that_is_not_worked_is_asked_about_whatever_the_hour():
    assert check([seen(workday=False)])["A"][0].check == Check.HOURS
    assert check([seen()]) == {}


@pytest.mark.parametrize("minutes", [0, 7, 8, 9])
def test_the_standard_of_the_day_is_the_least_length(minutes):
    found = check([seen(begun="10:00", ended=f"10:{minutes:02}")], limits=Limits(minutes=8))
    assert (Check.SHORT in [one.check for one in found.get("A", [])]) is (minutes < 8)


@tried(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 90)), max_size=8), st.randoms())
def test_overlaps_are_found_alike_in_any_order_and_on_both_sides(spans, dice):
    visits = [
        Seen(str(n), 1, n, True, DAY + timedelta(minutes=450 + begin % 90),
             DAY + timedelta(minutes=450 + begin % 90 + long))
        for n, (begin, long) in enumerate(spans)
    ]  # fmt: skip
    turned = list(visits)
    dice.shuffle(turned)
    found = check(visits)
    assert found == check(turned)
    pairs = {
        (key, one.other)
        for key, findings in found.items()
        for one in findings
        if one.check == Check.OVERLAP
    }
    assert pairs == {(b, a) for a, b in pairs}
    expected = {
        (a.key, b.key)
        for a in visits
        for b in visits
        if a.key != b.key
        and (min(a.ended, b.ended) - max(a.started, b.started)).total_seconds() > 60
    }
    assert pairs == expected
