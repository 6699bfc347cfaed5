"""The files of orders and events against the small town."""

import threading
from datetime import date
from decimal import Decimal

from django.db import connections

from brands.models import Barcode
from customers.models import Event
from orders.models import OrderLine
from tests.town import since

from .files import EVENT_HEADER, ORDER_HEADER
from .running import counts, places, run

STATUS = ORDER_HEADER + ",status,payment"


def orders(*rows, header=ORDER_HEADER, **options):
    return run("orders", header, *rows, **options)


def events(*rows, **options):
    return run("events", EVENT_HEADER, *rows, **options)


def current():
    lines = OrderLine.objects.known(None).order_by("customer_id", "ordered_on", "product_id")
    return list(lines.values_list("requested", "supplied", "delivered_on", "status", "payment"))


def test_order_lines_go_in_delivered_or_not(town):
    report = orders("2024-06-20,L1,6901,30,10,2024-06-22", "2024-06-27,L1,6902,10,10,")
    assert counts(report) == (2, 0, 0, 0)
    assert current() == [(30, 10, date(2024, 6, 22), "", ""), (10, 10, None, "", "")]


def test_the_same_orders_twice_change_nothing(town):
    rows = ["2024-06-20,L1,6901,30,10,2024-06-22", "2024-06-27,L1,6902,10,10,"]
    orders(*rows)
    assert counts(orders(*rows)) == (0, 0, 2, 0)
    assert OrderLine.objects.count() == 2


def test_a_correction_supersedes_and_keeps_what_was_known(town):
    orders("2024-06-20,L1,6901,30,10,")
    before = OrderLine.objects.get()
    assert counts(orders("2024-06-20,L1,6901,30,20,2024-06-22")) == (0, 1, 0, 0)
    assert current() == [(30, 20, date(2024, 6, 22), "", "")]
    assert list(OrderLine.objects.known(before.received_at)) == [before]
    before.refresh_from_db()
    assert before.superseded_at == OrderLine.objects.known(None).get().received_at


def test_status_and_payment_stay_where_a_file_leaves_them_out(town):
    orders("2024-06-20,L1,6901,30,10,,已付款,电子结算", header=STATUS)
    assert counts(orders("2024-06-20,L1,6901,30,10,")) == (0, 0, 1, 0)
    assert counts(orders("2024-06-20,L1,6901,30,20,")) == (0, 1, 0, 0)
    assert current() == [(30, 20, None, "已付款", "电子结算")]
    assert counts(orders("2024-06-20,L1,6901,30,20,,,", header=STATUS)) == (0, 1, 0, 0)
    assert current() == [(30, 20, None, "", "")]


def test_every_bad_order_is_named(town):
    report = orders(
        "2024-06-20,L1,6901,30,10,2024-06-22",
        "2024-06-29,L1,6901,30,10,",
        "2024-06-20,L7,6901,30,10,",
        "2024-06-20,L1,7777,30,10,",
        "2024-06-20,L1,6902,30,-1,",
        "2024-06-20,L1,6903,30,10,2024-06-19",
        "2024-06-20,L1,6904,many,10,",
    )
    assert counts(report) == (1, 0, 0, 6)
    assert places(report) == [
        (3, "ordered_on"),
        (4, "licence_no"),
        (5, "barcode"),
        (6, "supplied"),
        (7, "delivered_on"),
        (8, "requested"),
    ]


def test_doubles_are_rejected_and_two_barcodes_of_one_product_added_up(town):
    Barcode.objects.create(product=town.products["6901"], code="6991", period=since())
    report = orders(
        "2024-06-20,L1,6901,30,10,",
        "2024-06-20,L1,6991,5,5,",
        "2024-06-20,L1,6902,1,1,",
        "2024-06-20,L1,6902,1,1,",
        "2024-06-20,L1,6903,1,1,",
        "2024-06-20,L1,6903,2,1,",
    )
    assert counts(report) == (3, 0, 0, 3)
    assert [p.line for p in report.problems] == [5, 6, 7]
    assert [line[:2] for line in current()] == [(35, 15), (1, 1)]


def test_orders_all_or_nothing_and_on_trial(town):
    rows = ["2024-06-20,L1,6901,30,10,", "2024-06-20,L9,6901,30,10,"]
    assert orders(*rows, all_or_nothing=True).new == 0
    assert counts(orders(*rows, dry_run=True)) == (1, 0, 0, 1)
    assert OrderLine.objects.count() == 0


def test_two_imports_of_orders_at_once_put_every_line_in_once(committed_town):
    rows = [f"2024-06-{day:02},L{shop},6901,9,9," for day in range(1, 28) for shop in range(1, 6)]
    reports = []

    def work():
        reports.append(orders(*rows))
        connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts(report) for report in reports) == [
        (0, 0, len(rows), 0),
        (len(rows), 0, 0, 0),
    ]


def test_an_event_goes_in_with_its_shops(town):
    report = events("道路封闭,2024-06-01,2024-07-01,0.7,L1;L3", "展会,2024-06-10,2024-06-20,1.5,L6")
    assert counts(report) == (2, 0, 0, 0)
    event = Event.objects.get(title="道路封闭")
    assert event.expected_factor == Decimal("0.7")
    assert event.customer_ids == sorted([town.shops["L1"].pk, town.shops["L3"].pk])


def test_the_same_events_twice_change_nothing_in_whatever_order_of_shops(town):
    events("道路封闭,2024-06-01,2024-07-01,0.7,L1;L3")
    assert counts(events("道路封闭,2024-06-01,2024-07-01,0.70,L3;L1")) == (0, 0, 1, 0)


def test_a_further_word_on_an_event_supersedes_and_keeps_its_real_end(town):
    events("道路封闭,2024-06-01,2024-07-01,0.7,L1")
    first = Event.objects.get()
    Event.objects.filter(pk=first.pk).update(superseded_at=first.received_at)
    ended = Event.objects.create(
        key=first.key,
        title=first.title,
        starts_on=first.starts_on,
        expected_end=first.expected_end,
        expected_factor=first.expected_factor,
        customer_ids=first.customer_ids,
        ended_on=date(2024, 6, 15),
        received_at=first.received_at,
    )
    assert counts(events("道路封闭,2024-06-01,2024-08-01,0.7,L1")) == (0, 1, 0, 0)
    now = Event.objects.known(None).get()
    assert (now.expected_end, now.ended_on) == (date(2024, 8, 1), date(2024, 6, 15))
    ended.refresh_from_db()
    assert ended.superseded_at == now.received_at


def test_bad_events_are_named(town):
    report = events(
        "道路封闭,2024-06-01,2024-05-01,0.7,L1",
        "展会,2024-06-01,2024-07-01,0,L1",
        "停电,2024-06-01,2024-07-01,0.5,L1;L7",
        "灯会,2024-06-01,2024-07-01,0.5,",
        "庙会,2024-06-01,2024-07-01,0.5,L1",
        "庙会,2024-06-01,2024-07-01,0.6,L1",
    )
    assert counts(report) == (0, 0, 0, 6)
    assert {place for place in places(report)} == {
        (2, "expected_end"),
        (3, "expected_factor"),
        (4, "licence_nos"),
        (5, "licence_nos"),
        (6, "title"),
        (7, "title"),
    }


def test_a_shop_that_opens_during_an_event_is_part_of_it(town):
    assert counts(events("展会,2024-05-01,2024-06-01,1.5,L6")) == (1, 0, 0, 0)
    assert places(events("灯会,2024-05-01,2024-05-14,1.5,L6")) == [(2, "licence_nos")]
