"""The file of the ledger against the small town."""

import gzip
import io
import random
import threading

import pytest
from django.db import connection, connections

from brands.models import Barcode
from inventory.models import ShopDay
from marketing_ops.imports import run_import
from marketing_ops.lib.importing import TableError
from marketing_ops.runs.models import Run
from tests.town import TODAY, since

from .files import LEDGER_HEADER, text, xlsx_file
from .running import counts, places, run


def load(*rows, header=LEDGER_HEADER, **options):
    return run("ledger", header, *rows, **options)


def ledger(*columns, current=True) -> list[tuple]:
    """Rows of the ledger as reported, in the order shop, day, product."""
    names = ", ".join(columns or ("opening", "received", "sold", "transferred", "closing"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM inventory_ledger_row WHERE current = %s"
            " ORDER BY customer_id, day, product_id",
            [current],
        )
        return cursor.fetchall()


def test_rows_become_shop_days(town):
    report = load(
        "2024-06-01,L1,6901,20,10,5,25",
        "2024-06-02,L1,6901,25,0,3,22",
        "2024-06-01,L2,6902,8,0,8,0",
        "2024-06-01,L1,6902,4,0,0,4",
    )
    assert counts(report) == (4, 0, 0, 0)
    assert ledger() == [(20, 10, 5, 0, 25), (4, 0, 0, 0, 4), (25, 0, 3, 0, 22), (8, 0, 8, 0, 0)]
    assert ShopDay.objects.count() == 3
    assert set(ShopDay.objects.values_list("by", "run_id")) == {("tester", Run.objects.get().pk)}


def test_the_same_file_twice_changes_nothing(town):
    rows = ["2024-06-01,L1,6901,20,10,5,25", "2024-06-01,L2,6902,8,0,8,0"]
    load(*rows)
    assert counts(load(*rows)) == (0, 0, 2, 0)
    assert ShopDay.objects.count() == 2


def test_a_corrected_day_counts_its_rows_one_by_one(town):
    load("2024-06-01,L1,6901,20,10,5,25", "2024-06-01,L1,6902,4,0,0,4")
    report = load(
        "2024-06-01,L1,6901,20,10,5,25",
        "2024-06-01,L1,6902,4,0,1,3",
        "2024-06-01,L1,6903,1,0,0,1",
    )
    assert counts(report) == (1, 1, 1, 0)
    assert ledger() == [(20, 10, 5, 0, 25), (4, 0, 1, 0, 3), (1, 0, 0, 0, 1)]
    assert ledger(current=False) == [(20, 10, 5, 0, 25), (4, 0, 0, 0, 4)]


def test_an_old_file_does_not_undo_a_correction(town):
    load("2024-06-01,L1,6901,20,10,5,25")
    load("2024-06-01,L1,6901,20,10,6,24")
    assert counts(load("2024-06-01,L1,6901,20,10,5,25")) == (0, 0, 1, 0)
    assert ledger() == [(20, 10, 6, 0, 24)]


def test_every_bad_row_is_named_and_the_good_ones_go_in(town):
    report = load(
        "2024-06-01,L1,6901,20,10,5,25",
        "2024-06-01,L7,6902,1,0,0,1",
        "2024-06-01,L1,7777,1,0,0,1",
        "2024-06-01,L1,6902,-1,2,0,1",
        "2024-06-01,L1,6903,5,0,2,4",
        "2024-06-29,L1,6901,1,0,0,1",
        "2024-06-02,L1,6901,ten,0,0,10",
        "2024-06-02,L1,6902,=B2,0,0,0",
        "2024-06-02,L1,6903,1.5,0,0,1.5",
        "2024-06-31,L1,6903,1,0,0,1",
        "2024-06-02,L1,6904,,0,0,0",
        "2024-06-03,L1,6904,1,0,0",
    )
    assert counts(report) == (1, 0, 0, 11)
    assert sorted(places(report)) == [
        (3, "licence_no"),
        (4, "barcode"),
        (5, "opening"),
        (6, "closing"),
        (7, "day"),
        (8, "opening"),
        (9, "opening"),
        (10, "closing"),
        (10, "opening"),
        (11, "day"),
        (12, "opening"),
        (13, ""),
    ]
    reasons = {problem.line: problem.reason for problem in report.problems}
    assert "opening 5 + received 0 − sold 2 + transferred 0 = 3" in reasons[6]
    assert "2024-06-28" in reasons[7]
    assert "formula" in reasons[9]
    assert ledger() == [(20, 10, 5, 0, 25)]


def test_transferred_may_be_negative_and_belongs_to_the_balance(town):
    header = LEDGER_HEADER + ",transferred"
    report = load(
        "2024-06-01,L1,6901,20,0,5,5,-10",
        "2024-06-01,L2,6901,5,0,0,15,+10",
        "2024-06-01,L3,6901,5,0,0,5,",
        "2024-06-01,L4,6901,5,0,9,1,4",
        "2024-06-01,L5,6901,5,0,0,-1,-6",
        header=header,
    )
    assert counts(report) == (3, 0, 0, 2)
    assert ledger("transferred", "closing") == [(-10, 5), (10, 15), (0, 5)]
    assert places(report) == [(5, "closing"), (6, "closing")]


def test_the_source_of_a_row_is_named_by_code_or_name(town):
    report = load(
        "2024-06-01,L1,6901,20,0,5,15,manual",
        "2024-06-01,L2,6901,20,0,5,15,人工采集",
        "2024-06-01,L3,6901,20,0,5,15,",
        "2024-06-01,L4,6901,20,0,5,15,hearsay",
        header=LEDGER_HEADER + ",source",
    )
    assert counts(report) == (3, 0, 0, 1)
    codes = ShopDay.objects.order_by("customer_id").values_list("source__code", flat=True)
    assert list(codes) == ["manual", "manual", "pos"]
    assert "pos" in report.problems[0].reason


def test_of_equal_rows_the_first_goes_in_and_the_others_are_named(town):
    row = "2024-06-01,L1,6901,20,10,5,25"
    report = load(row, "2024-06-01,L2,6901,1,0,0,1", row, row)
    assert counts(report) == (2, 0, 0, 2)
    assert [p.line for p in report.problems] == [4, 5]
    assert "line 2" in report.problems[0].reason


def test_of_rows_that_contradict_each_other_none_goes_in(town):
    report = load(
        "2024-06-01,L1,6901,20,10,5,25",
        "2024-06-01,L1,6902,1,0,0,1",
        "2024-06-01,L1,6901,20,10,6,24",
    )
    assert counts(report) == (1, 0, 0, 2)
    assert [p.line for p in report.problems] == [2, 4]
    assert ledger() == [(1, 0, 0, 0, 1)]


def test_two_barcodes_of_one_product_are_added_up_and_not_doubles(town):
    Barcode.objects.create(product=town.products["6901"], code="6991", period=since())
    rows = ["2024-06-01,L1,6901,20,10,5,25", "2024-06-01,L1,6991,2,0,1,1"]
    assert counts(load(*rows)) == (2, 0, 0, 0)
    assert ledger() == [(22, 10, 6, 0, 26)]
    assert counts(load(*rows)) == (0, 0, 2, 0)
    assert counts(load(rows[0], "2024-06-01,L1,6991,2,0,0,2")) == (0, 2, 0, 0)


def test_a_cartons_barcode_is_named_as_such(town):
    Barcode.objects.create(
        product=town.products["6901"], code="69010", kind="carton", period=since()
    )
    report = load("2024-06-01,L1,69010,1,0,0,1")
    assert "carton" in report.problems[0].reason


def test_a_shop_is_looked_up_as_of_the_rows_own_day(town):
    report = load("2024-05-14,L6,6901,1,0,0,1", "2024-05-15,L6,6901,1,0,0,1")
    assert counts(report) == (1, 0, 0, 1)
    assert "from 2024-05-15 on" in report.problems[0].reason


def test_where_no_shop_is_known_every_row_is_rejected(db):
    report = load("2024-06-01,L1,6901,1,0,0,1", "2024-06-02,L1,6901,1,0,0,1")
    assert counts(report) == (0, 0, 0, 2)
    assert "Import the customers first" in report.problems[0].reason


def test_all_or_nothing_writes_nothing_if_one_row_is_bad(town):
    rows = ["2024-06-01,L1,6901,20,10,5,25", "2024-06-01,L2,6901,1,0,0,2"]
    report = load(*rows, all_or_nothing=True)
    assert (report.read, report.new, report.rejected) == (2, 0, 1)
    assert ShopDay.objects.count() == 0
    assert counts(load(rows[0], all_or_nothing=True)) == (1, 0, 0, 0)


def test_a_trial_run_says_what_would_happen_and_changes_nothing(town):
    load("2024-06-01,L1,6901,20,10,5,25")
    report = load("2024-06-01,L1,6901,20,10,6,24", "2024-06-01,L2,6901,1,0,0,1", "x", dry_run=True)
    assert counts(report) == (1, 1, 0, 1)
    assert ledger() == [(20, 10, 5, 0, 25)]


def test_a_truncated_gzip_writes_nothing_at_all(town):
    draw = random.Random(7)
    rows = [
        f"2024-06-{day:02},L1,690{product},{draw.randrange(9**6)},0,0,{{0}}"
        for day in range(1, 28)
        for product in range(1, 5)
    ]
    rows = [row.format(row.split(",")[3]) for row in rows]
    whole = gzip.compress(text(LEDGER_HEADER, *rows).encode())
    file = io.BytesIO(whole[: len(whole) * 2 // 3])
    with pytest.raises(TableError, match="breaks off"):
        run_import("ledger", file, by="tester", today=TODAY)
    assert ShopDay.objects.count() == 0
    assert Run.objects.get().status == Run.Status.FAILED


def test_a_spreadsheet_with_dates_and_numbers_as_cells(town):
    import datetime

    file = xlsx_file(
        [
            ["日期", "许可证号", "条码", "期初库存", "购进", "销售", "期末库存"],
            [datetime.date(2024, 6, 1), "L1", 6901, 20, 10.0, 5, 25],
            ["2024/6/2", "L1", "6901", 25, 0, "=D2", 20],
            [datetime.datetime(2024, 6, 3), "L1", 6901, 25.5, 0, 0, 25.5],
        ]
    )
    report = run_import("ledger", file, by="tester", today=TODAY)
    assert counts(report) == (1, 0, 0, 2)
    assert sorted(places(report)) == [(3, "销售"), (4, "期初库存"), (4, "期末库存")]


def test_problems_beyond_those_kept_are_counted_and_written_to_the_file(town, monkeypatch):
    monkeypatch.setattr("marketing_ops.lib.importing.MAX_KEPT", 10)
    sink = io.StringIO()
    rows = [f"2024-06-01,=L{n},6901,1,0,0,1" for n in range(100)]
    report = load(*rows, problems_to=sink)
    assert (report.rejected, report.problem_count, len(report.problems)) == (100, 100, 10)
    written = sink.getvalue().splitlines()
    assert len(written) == 101
    assert ",'=L0," in written[1]  # a spreadsheet must not run it


def test_progress_goes_from_reading_to_writing(town):
    seen = []
    load(
        *[f"2024-06-{day:02},L{shop},6901,1,0,0,1" for day in range(1, 28) for shop in range(1, 7)],
        progress=lambda *sign: seen.append(sign),
    )
    steps = list(dict.fromkeys(step for step, _done, _total in seen))
    assert steps == ["read", "check", "write"]
    assert all(done <= total for _step, done, total in seen)
    assert seen[-1][1] == seen[-1][2]


def test_two_imports_of_one_file_at_once_put_every_row_in_once(committed_town):
    rows = [
        f"2024-06-{day:02},L{shop},690{product},9,0,1,8"
        for day in range(1, 28)
        for shop in range(1, 6)
        for product in range(1, 5)
    ]
    reports, errors = [], []

    def work(order):
        try:
            reports.append(load(*order))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[order]) for order in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(report.new for report in reports) == len(rows)
    assert sum(report.unchanged for report in reports) == len(rows)
    assert ShopDay.objects.filter(version=1).count() == ShopDay.objects.count() == 27 * 5
