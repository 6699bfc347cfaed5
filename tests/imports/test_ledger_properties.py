"""The ledger's importer against plain loops, and against being killed."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import ShopDay
from inventory.uploads import ledger as uploads

from .test_ledger import counts, ledger, load

NAMES = ("day", "licence", "code", "opening", "received", "sold", "closing")
# rows that are mostly right, so that doubles and corrections come about
ROWS = st.tuples(
    st.sampled_from(["2024-06-01", "2024-06-01", "2024-06-02", "2024-07-01", "x"]),
    st.sampled_from(["L1", "L1", "L2", "L2", "L9"]),
    st.sampled_from(["6901", "6901", "6902", "7777"]),
    st.sampled_from(["5", "5", "5", "-1", "1.5"]),
    st.sampled_from(["0", "0", "3"]),
    st.sampled_from(["0", "0", "3", "=A1"]),
    st.sampled_from(["5", "5", "8", "2"]),
).map(lambda words: dict(zip(NAMES, words, strict=True)))


def expected(rows):
    """(lines rejected, {key: numbers} that go in), row by row from the rules."""
    rejected, seen = set(), {}
    for line, row in enumerate(rows, start=2):
        try:
            numbers = [int(row[name]) for name in ("opening", "received", "sold", "closing")]
            good = min(numbers) >= 0 and numbers[0] + numbers[1] - numbers[2] == numbers[3]
        except ValueError:
            good = False
        good &= row["day"] in ("2024-06-01", "2024-06-02")
        good &= row["licence"] != "L9" and row["code"] != "7777"
        if not good:
            rejected.add(line)
            continue
        seen.setdefault((row["licence"], row["day"], row["code"]), []).append((line, numbers))
    kept = {}
    for key, found in seen.items():
        if all(numbers == found[0][1] for _line, numbers in found):
            kept[key] = found[0][1]
            rejected |= {line for line, _numbers in found[1:]}
        else:
            rejected |= {line for line, _numbers in found}
    return rejected, kept


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(ROWS, max_size=16))
def test_what_goes_in_and_what_is_rejected_agrees_with_plain_loops(town, rows):
    rejected, kept = expected(rows)
    lines = [",".join(row.values()) for row in rows]
    report = load(*lines, dry_run=True)
    assert report.rejected == len(rejected)
    assert {problem.line for problem in report.problems} == rejected
    assert report.new + report.changed + report.unchanged == len(kept)


def test_an_import_that_dies_half_way_is_completed_by_the_next(town, monkeypatch):
    rows = [
        f"2024-06-{day:02},L{shop},690{product},9,0,1,8"
        for day, shop, product in itertools.product(range(1, 11), range(1, 7), range(1, 5))
    ]
    monkeypatch.setattr(uploads, "BATCH", 7)
    calls = itertools.count()
    real = uploads.record_days

    def dies(**what):
        if next(calls) == 4:
            raise KeyboardInterrupt
        return real(**what)

    monkeypatch.setattr(uploads, "record_days", dies)
    with pytest.raises(KeyboardInterrupt):
        load(*rows)
    half = ShopDay.objects.count()
    assert 0 < half < 60
    monkeypatch.setattr(uploads, "record_days", real)
    assert counts(load(*rows)) == (len(rows) - 4 * half, 0, 4 * half, 0)
    assert ledger() == [(9, 0, 1, 0, 8)] * len(rows)
    assert set(ShopDay.objects.values_list("version", flat=True)) == {1}
