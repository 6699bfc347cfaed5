"""What the night finds in a ledger that does not fit."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory import queries, services
from inventory.documents import Rows
from inventory.models import ManualCollection, Source
from inventory.quality.findings import CARRIED, continuity_breaks, missing_products
from inventory.quality.models import Carried, Checked, Finding
from inventory.quality.services import find_shard
from inventory.queries import Documents

MONDAY = date(2024, 3, 4)
KINDS = Finding.Kind


def day(n):
    return MONDAY + timedelta(n)


def check(night, *shops):
    """Check the shards of the shops; {(kind, shop's place, day): (products, expected, found)}."""
    places = {shop.pk: i for i, shop in enumerate(shops)}
    for shard in sorted({shop.pk // queries.SHARD for shop in shops}):
        find_shard(night, shard)
    return {
        (f.kind, places[f.customer_id], (f.day - MONDAY).days): (f.products, f.expected, f.found)
        for f in Finding.objects.filter(customer__in=places)
    }


def test_an_opening_that_differs_from_the_closing_before_is_a_finding(pos, record, night, uploads):
    shop = uploads()
    record(
        [
            (shop.pk, day(0), 7, 10, 0, 3, 0),
            (shop.pk, day(0), 8, 5, 0, 0, 0),
            (shop.pk, day(1), 7, 6, 0, 1, 0),
            (shop.pk, day(1), 8, 5, 0, 0, 0),
        ],
        pos,
    )
    assert check(night(day(1)), shop) == {(KINDS.CONTINUITY, 0, 1): ([7], [7], [6])}


def test_a_late_day_brings_a_break_to_light_and_a_correction_removes_it(
    pos, record, night, uploads
):
    shop = uploads()
    record([(shop.pk, day(0), 7, 10, 0, 3, 0), (shop.pk, day(2), 7, 5, 0, 1, 0)], pos)
    found = check(night(day(2)), shop)
    assert found == {(KINDS.NOT_OBSERVED, 0, 1): ([], [], [])}
    record([(shop.pk, day(1), 7, 7, 0, 3, 0)], pos)
    found = check(night(day(2)), shop)
    assert found == {(KINDS.CONTINUITY, 0, 2): ([7], [4], [5])}
    record([(shop.pk, day(1), 7, 7, 0, 2, 0)], pos)
    assert check(night(day(2)), shop) == {}


def test_a_product_of_the_assortment_missing_from_a_reported_day_is_a_finding(
    pos, record, night, uploads
):
    shop, complete = uploads(), uploads()
    both = [(7, 10, 0, 0, 0), (8, 5, 0, 0, 0)]
    record([(shop.pk, day(0), *row) for row in both], pos)
    record([(shop.pk, day(n), *both[0]) for n in (-1, 1, 100)], pos)
    source = Source.objects.get(code="pos-complete")
    record([(complete.pk, day(0), *row) for row in both], source)
    record([(complete.pk, day(n), *both[0]) for n in (1, 100)], source)
    found = check(night(day(1)), shop, complete)
    # Not before its first row, and no longer after 91 days without one.
    assert found == {(KINDS.MISSING_PRODUCT, 0, 1): ([8], [0], [0])}


def test_a_missing_day_is_listed_for_manual_collection_until_it_comes(pos, record, night, uploads):
    shop, closed, silent = uploads(), uploads(closed_on=day(1)), uploads(uploads=False)
    never = uploads()
    for s in (shop, closed):
        record([(s.pk, day(0), 7, 10, 0, 0, 0)], pos)
    found = check(night(day(2)), shop, closed, silent, never)
    assert set(found) == {
        (KINDS.NOT_OBSERVED, *place) for place in [(0, 1), (0, 2), (1, 1), (3, 0), (3, 1), (3, 2)]
    }
    assert ManualCollection.objects.filter(customer=shop, day=day(1)).exists()
    record([(shop.pk, day(1), 7, 10, 0, 0, 0)], pos)
    found = check(night(day(2)), shop, closed, silent, never)
    assert (KINDS.NOT_OBSERVED, 0, 1) not in found and (KINDS.NOT_OBSERVED, 0, 2) in found


def test_a_manual_row_that_a_later_upload_contradicts_is_a_finding(
    pos, manual, record, night, uploads
):
    shop = uploads()
    listed = night(day(0))
    services.list_manual_days(customers=[shop.pk], days=[day(1)], at=listed.known_at, by="a test")
    for n in (0, 1):
        record([(shop.pk, day(n), 7, 10, 0, 0, 0), (shop.pk, day(n), 8, 5, 0, 0, 0)], manual)
        record([(shop.pk, day(n), 7, 10, 0, n, 0), (shop.pk, day(n), 8, 5, 0, 0, 0)], pos)
    found = check(night(day(1)), shop)
    assert found == {(KINDS.MANUAL_CONTRADICTED, 0, 1): ([7], [10], [9])}


def test_checking_again_and_from_an_earlier_moment_changes_nothing(pos, record, night, uploads):
    shop = uploads()
    early = night(day(0))
    record([(shop.pk, day(0), 7, 10, 0, 3, 0), (shop.pk, day(1), 7, 6, 0, 0, 0)], pos)
    later = night(day(1))
    first = check(later, shop)
    kept = list(Finding.objects.order_by("pk").values())
    assert check(later, shop) == first == check(early, shop)
    assert list(Finding.objects.order_by("pk").values()) == kept


def test_step_by_step_and_all_at_once_find_the_same(pos, record, night, uploads):
    random = np.random.default_rng(4)
    shops = [uploads() for _ in range(3)]
    arrivals = [
        [
            (shop.pk, day(int(n)), product, int(random.integers(2, 4)), 0, 1, 0)
            for product in (7, 8)
            if random.random() < 0.9
        ]
        for n in random.permutation(12)
        for shop in shops
        if random.random() < 0.9
    ]
    arrivals = [rows for rows in arrivals if rows]
    for rows in arrivals:
        record(rows, pos)
        stepwise = check(night(day(12)), *shops)
    Finding.objects.all().delete()
    Checked.objects.all().delete()
    Carried.objects.all().delete()
    at_once = check(night(day(12)), *shops)
    ignored = KINDS.MISSING_PRODUCT  # judged when a day comes, by the assortment known then
    assert {k: v for k, v in at_once.items() if k[0] != ignored} == {
        k: v for k, v in stepwise.items() if k[0] != ignored
    }


ROWS = st.dictionaries(
    st.tuples(st.integers(1, 2), st.integers(0, 4)),
    st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1),
    max_size=8,
)


def documents_of(days):
    keys = sorted(days)
    rows = [(p, *days[key][p]) for key in keys for p in sorted(days[key])]
    product, opening, received = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    nothing = np.zeros_like(product)
    return Documents(
        np.array([customer for customer, _ in keys], dtype=np.int32),
        np.array([day(n) for _, n in keys], dtype="datetime64[D]"),
        np.ones(len(keys), dtype=np.int32),
        np.zeros(len(keys), dtype=bool),
        Rows(product, opening, received, nothing, nothing, nothing),
        np.append(0, np.cumsum([len(days[key]) for key in keys])).astype(np.int64),
    )


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_breaks_and_missing_products_are_those_of_plain_loops(days):
    documents = documents_of(days)
    breaks = {
        (customer, day(n)): [
            (p, sum(days[customer, n - 1][p]), opening)
            for p, (opening, _) in sorted(rows.items())
            if p in days.get((customer, n - 1), {}) and sum(days[customer, n - 1][p]) != opening
        ]
        for (customer, n), rows in days.items()
    }
    found = continuity_breaks(documents).by_shop_day()
    assert {key: list(zip(*lists, strict=True)) for key, lists in found.items()} == {
        key: rows for key, rows in breaks.items() if rows
    }

    first = np.datetime64(day(0), "D").astype(int)
    carried = {1: np.array([(2, first + 1, first + 9), (4, first, first + 9)], CARRIED)}
    missing = {
        (customer, day(n)): [p for p, since in ((2, 1), (4, 0)) if n >= since and p not in rows]
        for (customer, n), rows in days.items()
        if customer == 1
    }
    found = missing_products(documents, carried).by_shop_day()
    assert {key: lists[0] for key, lists in found.items()} == {
        key: products for key, products in missing.items() if products
    }


@pytest.mark.django_db
def test_an_empty_district_has_no_findings(night):
    assert find_shard(night(day(0)), 0) == {}
