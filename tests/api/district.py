"""The town with a ledger, orders, findings and all else that the API tells of, after its night.

Reported by "pos" up to DAY, the same every week. Sales fall short of nothing but where it says so.

| shop | product | what happens                                                                |
|------|---------|-----------------------------------------------------------------------------|
| L1   | 6902    | 14 packs come each Tuesday, 2 are sold a day; 2024-06-15 was not reported;  |
|      |         | 2024-06-14 was reported twice: 1 sold at first, then 2                      |
| L1   | 6903    | never there: 0 packs, 0 sold, every day                                     |
| L1   | 6904    | 7 packs come each Tuesday, 3 are sold a day: out from Thursday on           |
| L2   | 6902    | 300 packs at first, 1 is sold a day                                         |
| L3   | 6902    | as L2                                                                       |
| L5   | 6902    | 7 packs come each Wednesday, 1 is sold a day                                |
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from customers.models import Event
from inventory.models import Source
from inventory.quality.models import Cause, Detection, Flag, Sweep
from inventory.services import record_days
from marketing_ops.lib.clock import received_now
from marketing_ops.nightly import run_night
from orders.models import OrderLine
from orders.quotas.models import QuotaDecision
from tests import town as town_module
from tests.town import DAY, Town, since

FIRST = date(2024, 3, 1)
SILENT_DAY, TWICE = date(2024, 6, 15), date(2024, 6, 14)
# The last night that is due then is that of DAY.
NOW = datetime(2024, 6, 26, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

STORIES = {
    ("L1", "6902"): (20, {2: 14}, 2),
    ("L1", "6903"): (0, {}, 0),
    ("L1", "6904"): (0, {2: 7}, 3),
    ("L2", "6902"): (300, {}, 1),
    ("L3", "6902"): (300, {}, 1),
    ("L5", "6902"): (7, {3: 7}, 1),
}


def build() -> Town:
    town = town_module.build()
    for licence in ("L1", "L2", "L3", "L5"):
        _report(town, licence)
    _order(town)
    run_night(as_of=DAY, by="test")
    _judge(town)
    return town


def _course(opening, supply, sells):
    """(day, opening, received, sold), from FIRST to DAY."""
    stock = opening
    for number in range((DAY - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        received = supply.get(day.isoweekday(), 0)
        sold = min(stock + received, sells)
        yield day, stock, received, sold
        stock += received - sold


def _report(town: Town, licence: str) -> None:
    lines = [
        (town.products[barcode].pk, *line)
        for (shop, barcode), story in STORIES.items()
        if shop == licence
        for line in _course(*story)
        if licence != "L1" or line[0] != SILENT_DAY
    ]
    if licence == "L1":
        first_word = [
            (product, day, opening, received, max(0, sold - 1))
            for product, day, opening, received, sold in lines
            if day == TWICE
        ]
        _record(town, licence, first_word)
    _record(town, licence, lines)


def _record(town: Town, licence: str, lines: list[tuple]) -> None:
    product, days, opening, received, sold = (np.array(c) for c in zip(*lines, strict=True))
    record_days(
        customers=np.full(len(lines), town.shops[licence].pk),
        days=days.astype("M8[D]"),
        rows=(product, opening, received, sold, np.zeros_like(sold)),
        source=Source.objects.get(code="pos"),
        by="till",
    )


def _order(town: Town) -> None:
    """What came was ordered two days before, and supplied in full; quotas and events beside it."""
    received = received_now()
    OrderLine.objects.bulk_create(
        OrderLine(
            customer=town.shops[licence],
            product=town.products[barcode],
            ordered_on=day - timedelta(days=2),
            requested=came,
            supplied=came,
            delivered_on=day,
            received_at=received,
        )
        for (licence, barcode), story in STORIES.items()
        for day, _opening, came, _sold in _course(*story)
        if came
    )
    for licence, packs in (("L1", 20), ("L5", 30)):
        QuotaDecision.objects.create(
            customer=town.shops[licence],
            product=town.products["6902"],
            period=since(date(2024, 5, 1)),
            packs=packs,
            by="market1",
            reason="按上季度销量核定",
            decided_at=NOW,
            received_at=received,
        )
    for key, licences in (("road", ["L1"]), ("fair", ["L1", "L5"]), ("fog", ["L5"])):
        Event.objects.create(
            key=key,
            title=key,
            starts_on=date(2024, 6, 20),
            expected_end=date(2024, 6, 30),
            expected_factor="1.2",
            customer_ids=[town.shops[licence].pk for licence in licences],
            received_at=received,
        )


def _judge(town: Town) -> None:
    """An episode that looks false, and somebody's word on it, in L1 and in L5."""
    sweep = Sweep.objects.get(as_of=DAY, shard=0)
    for licence in ("L1", "L5"):
        episode = {
            "customer": town.shops[licence],
            "product": town.products["6902"],
            "cause": Cause.KEPT_BACK,
            "first_day": date(2024, 6, 1),
            "last_day": date(2024, 6, 3),
        }
        Detection.objects.create(sweep=sweep, expected=3, found=1, **episode)
        Flag.objects.create(raised_at=NOW, raised_by="am01", **episode)
