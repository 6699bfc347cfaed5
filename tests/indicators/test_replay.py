"""All reported pairs of the replay district, kernel against oracle (needs the shared data)."""

import csv
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pandas
import pytest
from django.conf import settings

from inventory.documents import Rows
from inventory.indicators import panel
from inventory.queries import Documents
from marketing_ops.lib.periods import make_calendar
from tests.indicators import ledger, oracle

AS_OF = date(2024, 6, 25)
REPLAY = settings.SHARED_DATA / "replay"

pytestmark = pytest.mark.skipif(
    not (REPLAY / "ledger.csv.gz").exists(),
    reason=f"the replay district is not at {REPLAY}: set SHARED_DATA to the folder that holds it",
)


@pytest.fixture(scope="module")
def shops():
    """licence number -> (number from 1, delivery weekdays, opened on)."""
    with open(REPLAY / "customers.csv", encoding="utf-8-sig") as file:
        return {
            row["licence_no"]: (
                number,
                [int(day) for day in row["delivery_weekday"].split(";")],
                date.fromisoformat(row["opened_on"]),
            )
            for number, row in enumerate(csv.DictReader(file), 1)
        }


@pytest.fixture(scope="module")
def frame(shops):
    frame = pandas.read_csv(
        REPLAY / "ledger.csv.gz", dtype={"licence_no": str, "barcode": str}, parse_dates=["day"]
    )
    frame["customer"] = frame["licence_no"].map(lambda licence: shops[licence][0])
    codes = {code: number for number, code in enumerate(sorted(frame["barcode"].unique()), 1)}
    frame["product"] = frame["barcode"].map(codes)
    return frame.sort_values(["customer", "day", "product"], ignore_index=True)


def documents_of(frame) -> Documents:
    customer, day = frame["customer"].to_numpy(), frame["day"].to_numpy("datetime64[D]")
    new = np.ones(len(frame), bool)
    new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    first = np.flatnonzero(new)
    columns = {
        name: frame[name].to_numpy(np.int32) for name in ("product", "opening", "received", "sold")
    }
    nothing = np.zeros(len(frame), np.int32)
    return Documents(
        customer=customer[first].astype(np.int32),
        day=day[first],
        source=np.ones(len(first), np.int32),
        complete=np.zeros(len(first), bool),
        rows=Rows(*columns.values(), nothing, nothing),
        starts=np.append(first, len(frame)).astype(np.int64),
    )


def test_every_reported_pair_of_the_replay_district_agrees_with_the_oracle(shops, frame):
    documents = documents_of(frame)
    built = panel.build(
        [documents],
        first_day=AS_OF - timedelta(days=104),
        last_day=AS_OF,
        known_at=ledger.KNOWN_AT,
        rank={number: weekdays[0] for number, weekdays, _ in shops.values()},
        first_ledger=frame.groupby("customer")["day"].min().dt.date.to_dict(),
    )
    calendars = {
        number: make_calendar([(opened, None, weekdays)])
        for number, weekdays, opened in shops.values()
    }

    found = ledger.figures_of(built, calendars, AS_OF)

    rows = defaultdict(list)
    for customer, *row in zip(
        frame["customer"], frame["day"].dt.date, frame["product"], frame["sold"],
        frame["closing"], strict=True,
    ):  # fmt: skip
        rows[customer].append(tuple(row))
    wanted = {}
    for number, weekdays, opened in shops.values():
        if number in rows:
            figures = oracle.shop_figures(
                rows[number],
                [(opened, None, weekdays)],
                AS_OF,
                first_ledger_day=min(row[0] for row in rows[number]),
            )
            wanted |= {(number, product): values for product, values in figures.items()}
    assert len(wanted) == 10_359
    assert found.keys() == wanted.keys()
    assert {pair for pair in wanted if found[pair] != wanted[pair]} == set()
