"""The file of a day: contract's columns, from what is stored and from what is computed anew."""

import csv
import gzip
import os
import shutil
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from brands.models import Barcode
from inventory.quality.sweep import forget_all_but
from marketing_ops.nightly import run_night
from tests.indicators import oracle

AS_OF = date(2024, 6, 25)
REPLAY = settings.SHARED_DATA / "replay"
PERIOD = (
    "observed_days", "stockout_days", "effective_days", "sold", "closing", "ratio_days",
    "expected_stockout_sales", "satisfaction",
)  # fmt: skip
HEADER = [
    "licence_no", "barcode", "cycle_start", "cycle_end", *(f"cycle_{name}" for name in PERIOD),
    "window_start", "window_end", *(f"window_{name}" for name in PERIOD),
    "stockout_threshold", "quota", "target_level", "quota_rule", "reasons",
]  # fmt: skip


def export(tmp_path, *options):
    path = tmp_path / "export.csv"
    call_command("export_indicators", "--as-of", str(AS_OF), "--out", str(path), *options)
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == HEADER
    return [dict(zip(HEADER, line, strict=True)) for line in lines[1:]]


def written(value) -> str:
    """A figure of the oracle as the contract wants it."""
    if value is None:
        return ""
    if isinstance(value, Fraction):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return f"{exact.quantize(Decimal('0.000001'), ROUND_HALF_EVEN)}"
    return str(value)


@pytest.mark.django_db
def test_a_day_without_results_says_what_to_do(tmp_path):
    with pytest.raises(CommandError, match="nightly --as-of"):
        call_command("export_indicators", "--as-of", "2024-06-25", "--out", str(tmp_path / "x"))


@pytest.mark.django_db
def test_a_folder_that_is_not_there_is_named(tmp_path, reported):
    run_night(as_of=AS_OF, by="test")
    with pytest.raises(CommandError, match=r"missing/x\.csv"):
        export(tmp_path / "missing" / "x.csv")


@pytest.mark.django_db
def test_a_link_is_followed_and_a_device_is_written_into(tmp_path, reported):
    run_night(as_of=AS_OF, by="test")
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    call_command("export_indicators", "--as-of", str(AS_OF), "--out", str(link))
    assert link.is_symlink()
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    call_command("export_indicators", "--as-of", str(AS_OF), "--out", str(pipe))
    assert os.read(reader, 100) == target.read_bytes()[:100]
    os.close(reader)
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


@pytest.mark.django_db
def test_results_whose_flags_are_forgotten_are_not_computed_anew_without_them(tmp_path, reported):
    run_night(as_of=AS_OF, by="test")
    forget_all_but(set())
    export(tmp_path)
    again = "run the night for it again"
    with translation.override("en"), pytest.raises(CommandError, match=again):
        export(tmp_path, "--method", "mean")


@pytest.mark.django_db
def test_the_newest_barcode_names_the_product(tmp_path, reported):
    product = reported.town.products["6904"]
    Barcode.objects.create(product=product, code="0001", period=Barcode.objects.first().period)
    run_night(as_of=AS_OF, by="test")
    assert {row["barcode"] for row in export(tmp_path)} == {"6901", "6902", "6903", "0001"}


@pytest.mark.django_db
def test_what_is_stored_is_what_is_computed_anew(tmp_path, reported):
    run_night(as_of=AS_OF, by="test")
    stored = export(tmp_path)
    assert stored == sorted(stored, key=lambda row: (row["licence_no"], row["barcode"]))
    # The random histories hold nothing that a detector would flag, so raw is the same.
    assert export(tmp_path, "--raw") == stored
    other = export(tmp_path, "--method", "mean")
    assert {row["quota_rule"].partition("@")[0] for row in other} == {"mean"}
    figures = HEADER[: HEADER.index("quota")]
    assert [[row[name] for name in figures] for row in other] == [
        [row[name] for name in figures] for row in stored
    ]


@pytest.mark.django_db
@pytest.mark.skipif(
    not (REPLAY / "ledger.csv.gz").exists(),
    reason=f"the replay district is not at {REPLAY}: set SHARED_DATA to the folder that holds it",
)
def test_the_raw_export_of_the_replay_district_agrees_with_the_oracle(
    tmp_path, settings, django_db_blocker
):
    settings.VAR_DIR = tmp_path
    for kind, name in (
        ("products", "products.csv"), ("customers", "customers.csv"), ("ledger", "ledger.csv.gz"),
    ):  # fmt: skip
        shutil.copy(REPLAY / name, tmp_path)
        call_command("import_data", kind, str(tmp_path / name))
    run_night(as_of=AS_OF, by="test")

    found = {(row["licence_no"], row["barcode"]): row for row in export(tmp_path, "--raw")}

    rows = defaultdict(list)
    with gzip.open(REPLAY / "ledger.csv.gz", "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            rows[row["licence_no"]].append((
                date.fromisoformat(row["day"]), row["barcode"], int(row["sold"]),
                int(row["closing"]),
            ))  # fmt: skip
    wanted = {}
    with open(REPLAY / "customers.csv", encoding="utf-8-sig") as file:
        for shop in csv.DictReader(file):
            own = rows.get(shop["licence_no"])
            if own:
                calendar = [
                    (
                        date.fromisoformat(shop["opened_on"]),
                        None,
                        [int(day) for day in shop["delivery_weekday"].split(";")],
                    )
                ]
                first = min(row[0] for row in own)
                figures = oracle.shop_figures(own, calendar, AS_OF, first_ledger_day=first)
                wanted |= {(shop["licence_no"], product): row for product, row in figures.items()}
    assert len(wanted) == 10_359
    assert found.keys() == wanted.keys()
    columns = HEADER[2 : HEADER.index("quota")]
    different = [
        (pair, name, found[pair][name], written(row.get(name)))
        for pair, row in wanted.items()
        for name in columns
        if found[pair][name] != written(row.get(name))
    ]
    assert different == []
