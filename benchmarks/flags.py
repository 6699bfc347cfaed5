"""How well the detectors find the planted faults of the replay district, and what they flag else.

    python benchmarks/flags.py

Needs the shared data (SHARED_DATA). The answers are read here to measure, and nowhere else. No
database: the ledger is laid out straight from the file.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
REPLAY = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data")) / "replay"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("SECRET_KEY", "only for the benchmark")

import django  # noqa: E402

django.setup()

from inventory.documents import Rows  # noqa: E402
from inventory.indicators import panel  # noqa: E402
from inventory.quality import detectors  # noqa: E402
from inventory.quality.grid import lay_out  # noqa: E402
from inventory.quality.sweep import look  # noqa: E402
from inventory.queries import Documents  # noqa: E402


def read(name):
    return pd.read_csv(REPLAY / name, dtype={"licence_no": "int64", "barcode": "int64"})


def documents_of(ledger):
    """The ledger as inventory.queries would give it; a shop's and a product's place among the
    licences and barcodes stand for their ids (of products plus 1: none has the number 0)."""
    shops, customer = np.unique(ledger.licence_no.to_numpy(), return_inverse=True)
    codes, product = np.unique(ledger.barcode.to_numpy(), return_inverse=True)
    day = ledger.day.to_numpy("datetime64[D]")
    order = np.lexsort((product, day, customer))
    customer, day, product = customer[order].astype(np.int32), day[order], 1 + product[order]
    begins = np.append(True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1]))
    starts = np.append(np.flatnonzero(begins), len(customer))
    opening, received, sold = (
        ledger[name].to_numpy(np.int32)[order] for name in ("opening", "received", "sold")
    )
    nothing = np.zeros(len(order), dtype=np.int32)
    rows = Rows(product.astype(np.int32), opening, received, sold, nothing, nothing)
    first = starts[:-1]
    documents = Documents(
        customer[first], day[first], nothing[first], nothing[first].astype(bool), rows, starts
    )
    return documents, shops, codes


def main():
    if not REPLAY.is_dir():
        sys.exit(f"{REPLAY} is missing: set SHARED_DATA to the folder of the shared data.")
    documents, shops, codes = documents_of(read("ledger.csv.gz"))
    orders, customers, truth = (
        read("orders.csv.gz"),
        read("customers.csv"),
        read("truth/faults.csv"),
    )
    days = documents.day
    period = {"first_day": days.min().item(), "last_day": days.max().item()}
    known = {"known_at": datetime.now(UTC), "rank": {}, "first_ledger": {}}
    grid = lay_out(panel.build([documents], **period, **known), **period)
    begun = time.perf_counter()
    supplied = grid.place(
        np.searchsorted(shops, orders.licence_no),
        1 + np.searchsorted(codes, orders.barcode),
        orders.delivered_on.to_numpy("datetime64[D]"),
        orders.supplied.to_numpy(),
    )
    weekday = (grid.first_day.astype(int) + np.arange(len(grid.closing)) + 3) % 7 + 1
    order_weekday = customers.set_index("licence_no").order_weekday.loc[shops].to_numpy()
    order_days = weekday[:, None] == order_weekday[None, grid.shops]
    seen = look(grid, order_days, supplied)
    partner = detectors.match_jumps(seen.takes, seen.gives)
    matched = partner[partner >= 0]
    gives = seen.gives[matched]
    flagged = {
        "books-emptied": seen.books.cells(grid.closing.shape),
        "kept-back": seen.kept.cells(grid.closing.shape),
    }
    transfers = np.zeros(grid.closing.shape, dtype=bool)
    transfers[seen.received.first, seen.received.slot] = True
    own = (grid.customer.astype(np.int64) << 32) | grid.product
    give_slot = np.searchsorted(own, (gives["customer"].astype(np.int64) << 32) | gives["product"])
    transfers[gives["day"] - grid.first_day.astype(int), give_slot] = True
    flagged["transfer"] = transfers
    print(f"{grid.closing.shape[1]:,} pairs, {time.perf_counter() - begun:.1f} s")
    print("cause           flagged  planted    both  precision  recall")
    for cause, cells in flagged.items():
        planted = truth[truth.fault == cause]
        there = grid.place(
            np.searchsorted(shops, planted.licence_no),
            1 + np.searchsorted(codes, planted.barcode),
            planted.day.to_numpy("datetime64[D]"),
            np.ones(len(planted), dtype=np.int32),
        )
        found, both = int(cells.sum()), int((cells & (there > 0)).sum())
        print(
            f"{cause:14} {found:8,} {len(planted):8,} {both:8,}"
            f" {both / max(found, 1):10.4f} {both / len(planted):7.4f}"
        )
    any_fault = grid.place(
        np.searchsorted(shops, truth.licence_no),
        1 + np.searchsorted(codes, truth.barcode),
        truth.day.to_numpy("datetime64[D]"),
        np.ones(len(truth), dtype=np.int32),
    )
    union = np.logical_or.reduce(list(flagged.values()))
    both = int((union & (any_fault > 0)).sum())
    print(
        f"any cause: precision {both / union.sum():.4f}, recall {both / (any_fault > 0).sum():.4f}"
    )


if __name__ == "__main__":
    main()
