"""The town with a ledger whose figures one can check by hand, a night told on it, and visitors.

117 days up to DAY, reported by "pos" (not complete: a product without a row was not observed).

| shop | product | what happens                                                              |
|------|---------|---------------------------------------------------------------------------|
| L1   | 6902    | 14 packs come each Tuesday, 2 are sold a day; no report on 2024-06-15      |
| L1   | 6903    | never there: 0 packs, 0 sold, every day                                    |
| L1   | 6904    | 7 packs come each Tuesday, 3 are sold a day: out from Thursday on          |
| L2   | 6902    | 300 packs at first, 1 is sold a day                                        |
| L3   | 6902    | 30 packs, the last sale was on 2024-04-30                                  |
| L4   | 6902    | as L2, but nothing is reported after 2024-05-26                            |
| L5   | 6902    | 7 packs come each Wednesday, 1 is sold a day                               |
| L6   |         | nothing is ever reported                                                   |
"""

import html
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.conf import settings as site_settings
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client, override_settings
from django.utils import timezone, translation

from customers.models import Event
from inventory.models import Source
from inventory.services import record_days
from marketing_ops.lib.clock import received_now
from marketing_ops.nightly import run_night
from orders.models import OrderLine
from orders.quotas.models import QuotaDecision
from tests.pages import messages
from tests.town import DAY

FIRST = date(2024, 3, 1)
SILENT_DAY = date(2024, 6, 15)
CUT = date(2024, 6, 18)  # L1 asked for 30 packs of 6902 and was brought 14
L4_SILENT_FROM = date(2024, 5, 27)
# The last night that is due then is that of DAY.
NOW = datetime(2024, 6, 26, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locale")
    messages.compile_into(folder)
    return folder


@pytest.fixture(scope="package", autouse=True)
def compiled(catalogue):
    with override_settings(LOCALE_PATHS=[catalogue]):
        yield


@pytest.fixture(autouse=True)
def chinese(compiled):
    """What a test asks without a request is answered in the site's own language too."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The morning after the night of DAY; `clock.now = …` makes it another time."""

    class Clock:
        now = NOW

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


def course(days, *, opening, supply, sells):
    """(day, opening, received, sold) of a product: `supply` packs by weekday, `sells` wanted."""
    stock, rows = opening, []
    for day in days:
        received = supply.get(day.isoweekday(), 0)
        sold = min(stock + received, sells(day))
        rows.append((day, stock, received, sold))
        stock += received - sold
    return rows


def all_days(first=FIRST, last=DAY):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.fixture
def report():
    """Report days of one shop: {product: [(day, opening, received, sold)]} from a source."""

    def report(customer, products, *, source="pos", by="till"):
        lines = [
            (day, product.pk, opening, received, sold)
            for product, rows in products.items()
            for day, opening, received, sold in rows
        ]
        days, product, opening, received, sold = (np.array(c) for c in zip(*lines, strict=True))
        record_days(
            customers=np.full(len(lines), customer.pk),
            days=days.astype("M8[D]"),
            rows=(product, opening, received, sold, np.zeros_like(sold)),
            source=Source.objects.get(code=source),
            by=by,
        )

    return report


@pytest.fixture
def stocked(town, report):
    """The town with its ledger, orders of L1, a quota in force and an event; no night yet."""
    shops, products = town.shops, town.products
    days = all_days()
    seen = [day for day in days if day != SILENT_DAY]
    l1 = {
        products["6902"]: course(days, opening=20, supply={2: 14}, sells=lambda day: 2),
        products["6903"]: course(days, opening=0, supply={}, sells=lambda day: 0),
        products["6904"]: course(days, opening=0, supply={2: 7}, sells=lambda day: 3),
    }
    slow = course(days, opening=300, supply={}, sells=lambda day: 1)
    still = course(days, opening=40, supply={}, sells=lambda day: day == date(2024, 4, 30))
    steady = course(days, opening=7, supply={3: 7}, sells=lambda day: 1)
    report(shops["L1"], {p: [r for r in rows if r[0] in seen] for p, rows in l1.items()})
    report(shops["L2"], {products["6902"]: slow})
    report(shops["L3"], {products["6902"]: still})
    report(shops["L4"], {products["6902"]: [row for row in slow if row[0] < L4_SILENT_FROM]})
    report(shops["L5"], {products["6902"]: steady})
    received = received_now()
    receipts = [(shops["L1"], product, rows) for product, rows in l1.items()]
    receipts.append((shops["L5"], products["6902"], steady))
    # What came was ordered two days before, and supplied in full but once.
    OrderLine.objects.bulk_create(
        OrderLine(
            customer=shop,
            product=product,
            ordered_on=day - timedelta(days=2),
            requested=30 if (product, day) == (products["6902"], CUT) else came,
            supplied=came,
            delivered_on=day,
            received_at=received,
        )
        for shop, product, rows in receipts
        for day, _opening, came, _sold in rows
        if came
    )
    QuotaDecision.objects.create(
        customer=shops["L1"],
        product=products["6902"],
        period=DateRange(date(2024, 5, 1), None),
        packs=20,
        by="market1",
        reason="按上季度销量核定",
        decided_at=NOW,
        received_at=received,
    )
    Event.objects.create(
        key="road",
        title="东街修路",
        starts_on=date(2024, 5, 20),
        expected_end=date(2024, 6, 10),
        expected_factor="0.8",
        customer_ids=[shops["L1"].pk],
        received_at=received,
    )
    return town


@pytest.fixture
def district(stocked):
    """The town after the night of DAY."""
    run_night(as_of=DAY, by="test")
    return stocked


@pytest.fixture
def visit(town):
    """`visit("am01", "/shops/L1/")`: the page as this person gets it, logged in, in Chinese."""

    clients = {}

    def visit(person, path, *, language=None, **questions):
        client = clients.get(person)
        if client is None:
            client = clients[person] = Client()
            if person:
                client.force_login(town.people[person])
        client.cookies.pop(site_settings.LANGUAGE_COOKIE_NAME, None)
        if language:
            client.cookies[site_settings.LANGUAGE_COOKIE_NAME] = language
        return client.get(path, questions)

    return visit


def text_of(response) -> str:
    """What a reader reads: without tags, spaces run together."""
    body = re.sub(r"<(style|script).*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body))).strip()


def links_of(response) -> list[str]:
    return [
        html.unescape(link) for link in re.findall(r'href="([^"]*)"', response.content.decode())
    ]
