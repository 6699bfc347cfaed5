"""What is known of a shop's day after this and that was received."""

from datetime import date

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Customer
from inventory import queries, services
from inventory.models import ShopDay, Source
from inventory.services import Recorded
from marketing_ops.lib import clock

DAY = date(2024, 3, 5)
A = (7, 10, 0, 3, 0)
B = (7, 10, 0, 4, 0)


def known(shop, day=DAY, known_at=None):
    """{product: (opening, received, sold, transferred, source)} of a shop's day."""
    documents = queries.read_documents(
        customers=(shop.pk, shop.pk + 1), first_day=day, last_day=day, known_at=known_at
    )
    assert len(documents) <= 1
    return {row[0]: row[1:] for row in zip(*(c.tolist() for c in documents.rows), strict=True)}


def view(shop, **where):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version, product_id, opening, received, sold, transferred, closing, source_id,"
            " current FROM inventory_ledger_row WHERE customer_id = %s ORDER BY 1, 2",
            [shop.pk],
        )
        return cursor.fetchall()


def test_the_same_arrival_twice_changes_nothing(shop, pos, record):
    assert record([(shop.pk, DAY, *A)], pos) == Recorded(new=1)
    assert record([(shop.pk, DAY, *A)], pos) == Recorded(unchanged=1)
    assert ShopDay.objects.count() == 1


def test_a_correction_supersedes_and_the_old_word_stays_readable(shop, pos, record):
    record([(shop.pk, DAY, *A)], pos)
    assert record([(shop.pk, DAY, *B)], pos) == Recorded(changed=1)
    first, second = ShopDay.objects.order_by("version")
    assert first.superseded_at == second.received_at
    assert known(shop)[7][2] == 4
    assert known(shop, known_at=first.received_at)[7][2] == 3
    assert view(shop) == [
        (1, 7, 10, 0, 3, 0, 7, pos.pk, False),
        (2, 7, 10, 0, 4, 0, 6, pos.pk, True),
    ]


def test_a_retry_of_the_first_arrival_does_not_undo_the_correction(shop, pos, record):
    record([(shop.pk, DAY, *A)], pos)
    record([(shop.pk, DAY, *B)], pos)
    assert record([(shop.pk, DAY, *A)], pos) == Recorded(unchanged=1)
    assert known(shop)[7][2] == 4


def test_another_source_may_say_what_was_said_before(shop, pos, manual, record):
    record([(shop.pk, DAY, *A)], pos)
    record([(shop.pk, DAY, *B)], pos)
    assert record([(shop.pk, DAY, *A)], manual) == Recorded(changed=1)
    assert known(shop)[7] == (10, 0, 3, 0, manual.pk)


def test_rows_of_other_products_stay_when_one_is_corrected(shop, pos, record):
    record([(shop.pk, DAY, *A), (shop.pk, DAY, 8, 5, 0, 0, -1)], pos)
    record([(shop.pk, DAY, *B)], pos)
    assert known(shop) == {7: (10, 0, 4, 0, pos.pk), 8: (5, 0, 0, -1, pos.pk)}
    current = ShopDay.objects.get(superseded_at=None)
    assert bytes(current.reported) != bytes(current.rows)


def test_a_complete_source_replaces_the_whole_day(shop, pos, record):
    complete = Source.objects.get(code="pos-complete")
    record([(shop.pk, DAY, *A), (shop.pk, DAY, 8, 5, 0, 0, 0)], complete)
    record([(shop.pk, DAY, *B)], complete)
    assert known(shop) == {7: (10, 0, 4, 0, complete.pk)}
    # A single product corrected by another source leaves the day complete.
    record([(shop.pk, DAY, 9, 2, 0, 1, 0)], pos)
    assert set(known(shop)) == {7, 9}
    assert ShopDay.objects.get(superseded_at=None).complete


def test_two_barcodes_of_one_product_are_added_up(shop, pos, record):
    record([(shop.pk, DAY, 7, 10, 2, 3, 1), (shop.pk, DAY, 7, 4, 0, 1, -1)], pos)
    assert known(shop) == {7: (14, 2, 4, 0, pos.pk)}


def test_a_manual_row_of_a_listed_day_prevails_until_it_is_released(shop, pos, manual, record):
    with transaction.atomic():
        now = clock.received_now()
    services.list_manual_days(customers=[shop.pk], days=[DAY], at=now, by="night")
    record([(shop.pk, DAY, *A)], manual)
    assert record([(shop.pk, DAY, *B), (shop.pk, DAY, 8, 5, 0, 0, 0)], pos) == Recorded(changed=1)
    assert known(shop) == {7: (10, 0, 3, 0, manual.pk), 8: (5, 0, 0, 0, pos.pk)}
    assert record([(shop.pk, DAY, *B), (shop.pk, DAY, 8, 5, 0, 0, 0)], pos) == Recorded(unchanged=1)

    assert services.release_manual_day(customer=shop.pk, day=DAY, at=now, by="m1", why="traced")
    assert known(shop) == {7: (10, 0, 4, 0, pos.pk), 8: (5, 0, 0, 0, pos.pk)}
    assert not services.release_manual_day(customer=shop.pk, day=DAY, at=now, by="m1", why="again")


def test_a_manual_row_of_a_day_not_listed_gives_way_to_a_later_upload(shop, pos, manual, record):
    record([(shop.pk, DAY, *A)], manual)
    record([(shop.pk, DAY, *B)], pos)
    assert known(shop) == {7: (10, 0, 4, 0, pos.pk)}


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ((7, 1, 0, 2, 0), "leave -1 packs"),
        ((7, -1, 2, 0, 0), "opening -1"),
        ((7, 1, 0, 0, -2), "leave -1 packs"),
        ((7, 2**31, 0, 0, 0), "opening 2147483648"),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_anything_is_written(
    shop, pos, record, row, place
):
    with pytest.raises(ValueError, match=place):
        record([(shop.pk, DAY, 6, 1, 0, 1, 0), (shop.pk, DAY, *row)], pos)
    assert not ShopDay.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_shopday SET rows = '\\x01'",
        "UPDATE inventory_shopday SET superseded_at = now(), version = 9",
        "UPDATE inventory_shopday SET superseded_at = now() WHERE superseded_at IS NOT NULL",
        "DELETE FROM inventory_shopday",
    ],
)
def test_the_database_refuses_to_change_what_was_received(shop, pos, record, statement):
    record([(shop.pk, DAY, *A)], pos)
    record([(shop.pk, DAY, *B)], pos)
    with (
        pytest.raises(DatabaseError, match="immutable"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_reading_is_narrowed_to_customers_days_and_what_is_new(shop, pos, record):
    other = Customer.objects.create(opened_on=DAY)
    record([(shop.pk, day, *A) for day in ("2024-03-04", "2024-03-05", "2024-03-06")], pos)
    with transaction.atomic():
        then = clock.received_now()
    record([(shop.pk, "2024-03-05", *B), (other.pk, "2024-03-05", *A)], pos)

    def read(**narrow):
        found = queries.read_documents(**narrow)
        return list(zip(found.customer.tolist(), found.day.astype(str).tolist(), strict=True))

    assert len(read()) == 4
    assert read(customers=(other.pk, other.pk + 1)) == [(other.pk, "2024-03-05")]
    assert read(since=then) == [(shop.pk, "2024-03-05"), (other.pk, "2024-03-05")]
    assert read(since=then, known_at=then) == []
    assert read(first_day=date(2024, 3, 6)) == [(shop.pk, "2024-03-06")]
    assert read(shop_days=([shop.pk], np.array(["2024-03-04"], "M8[D]"))) == [
        (shop.pk, "2024-03-04")
    ]
    customers, days = queries.changed_shop_days(since=then)
    assert customers.tolist() == [shop.pk, other.pk]
    assert days.astype(str).tolist() == ["2024-03-05", "2024-03-05"]
    customers, days = queries.changed_shop_days(since=None, known_at=then)
    assert len(customers) == 3


def test_a_day_of_many_shops_goes_in_by_batches(pos, record, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    shops = Customer.objects.bulk_create([Customer(opened_on=DAY) for _ in range(10)])
    rows = [(shop.pk, DAY, product, 10, 0, 1, 0) for shop in shops for product in (9, 7)]
    assert record(rows, pos) == Recorded(new=10)
    found = queries.read_documents()
    assert np.diff(found.starts).tolist() == [2] * 10
    assert found.rows.product.tolist() == [7, 9] * 10
    assert found.document.tolist() == [i for i in range(10) for _ in range(2)]


def test_the_first_ledger_day_is_that_of_what_was_known(shop, pos, record):
    Customer.objects.create(opened_on=DAY)
    record([(shop.pk, "2024-03-05", *A)], pos)
    with transaction.atomic():
        then = clock.received_now()
    record([(shop.pk, "2024-03-02", *A)], pos)
    for known_at, day in ((None, "2024-03-02"), (then, "2024-03-05")):
        customers, days = queries.first_ledger_days(known_at=known_at)
        assert (customers.tolist(), days.astype(str).tolist()) == ([shop.pk], [day])


def test_every_customer_is_in_one_shard(shop):
    shards = queries.shards()
    assert [n for n in shards if shop.pk in range(*queries.customers_of(n))] == [shards[-1]]
