"""From the ledger to flags in force: the sweep, what people decide, and the export."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from brands.models import Brand, Product
from inventory import queries as ledger
from inventory.indicators.models import ResultSet
from inventory.quality import services
from inventory.quality.models import Cause, Detection, Flag, Sweep
from inventory.quality.queries import episodes_in_force, was_searched
from inventory.quality.sweep import forget_all_but, look_shard, match_transfers

MONDAY = date(2024, 3, 4)


def day(n):
    return MONDAY + timedelta(n)


@pytest.fixture
def products(db):
    brand = Brand.objects.create(name="a brand")
    products = [Product.objects.create(brand=brand, name=f"p{n}") for n in range(6)]
    for product in products:
        product.barcodes.create(code=f"69{product.pk:011}", period=DateRange(MONDAY, None))
    return products


@pytest.fixture
def emptied(uploads, products, pos, record):
    """A shop that orders on Fridays and has "sold" all its stock on the first of them."""
    shop = uploads()
    shop.licences.create(number="L1", period=DateRange(MONDAY, None))
    shop.calendars.create(period=DateRange(MONDAY, None), order_weekdays=[5], delivery_weekdays=[7])
    course = [(20, 0, 2), (18, 0, 2), (16, 0, 2), (14, 0, 2), (12, 0, 12), (0, 0, 0), (0, 18, 2)]
    record(
        [
            (shop.pk, day(n), product.pk, *numbers, 0)
            for n, numbers in enumerate(course)
            for product in products
        ],
        pos,
    )
    return shop


def supplied(shop, products):
    """Ten packs of everything on the Sunday."""
    return (
        np.full(len(products), shop.pk),
        np.array([product.pk for product in products]),
        np.full(len(products), day(6), dtype="datetime64[D]"),
        np.full(len(products), 10),
    )


def sweep(night, shop, products):
    counts = look_shard(night, shop.pk // ledger.SHARD, supplied=supplied(shop, products))
    match_transfers(night)
    return counts


def in_force(night, shop):
    found = episodes_in_force(
        customers=(shop.pk, shop.pk + 1), as_of=night.as_of, known_at=night.known_at
    )
    return [(e.product, (e.first_day - MONDAY).days, (e.last_day - MONDAY).days) for e in found]


def test_a_sweep_repeated_writes_the_same(emptied, products, night):
    tonight = night(day(6))
    assert sweep(tonight, emptied, products)["books-emptied"] == 6
    first = list(Detection.objects.order_by("product").values_list("product", "first_day", "found"))
    assert [row[1:] for row in first] == [(day(4), 18)] * 6
    sweep(tonight, emptied, products)
    again = Detection.objects.order_by("product").values_list("product", "first_day", "found")
    assert list(again) == first
    assert Sweep.objects.count() == 1


def test_a_rejected_detection_restores_its_days_from_the_decision_on(emptied, products, night):
    tonight = night(day(6))
    sweep(tonight, emptied, products)
    detection = Detection.objects.get(product=products[0])
    services.decide_detection(
        detection=detection, status=Flag.Status.REJECTED, by="market1", why="a wedding"
    )
    assert len(in_force(tonight, emptied)) == 6, "not yet known to that night"
    tomorrow = night(day(6))
    sweep(tomorrow, emptied, products)
    assert products[0].pk not in [product for product, *_ in in_force(tomorrow, emptied)]
    assert len(in_force(tomorrow, emptied)) == 5
    assert len(in_force(tonight, emptied)) == 6, "the earlier night is as it was"


def test_what_looked_false_is_forgotten_with_the_night(emptied, products, night):
    nights = [night(day(6)), night(day(6))]
    for each in nights:
        sweep(each, emptied, products)
    forget_all_but({(nights[1].as_of, nights[1].known_at)})
    assert [len(in_force(each, emptied)) for each in nights] == [0, 6]
    assert not was_searched(nights[0].as_of, nights[0].known_at)
    assert was_searched(nights[1].as_of, nights[1].known_at)


def test_a_part_of_an_episode_can_be_rejected_and_upheld_days_stay(emptied, products, night):
    for status, first, last in (("rejected", 5, 5), ("upheld", 0, 0)):
        flag = services.raise_flag(
            cause=Cause.BOOKS_EMPTIED,
            customer=emptied.pk,
            product=products[0].pk,
            first_day=day(first),
            last_day=day(last),
            by="am1",
            why="seen",
        )
        services.decide_flag(flag=flag.pk, status=status, by="market1", why="asked the shop")
    tonight = night(day(6))
    sweep(tonight, emptied, products)
    mine = [days for product, *days in in_force(tonight, emptied) if product == products[0].pk]
    assert mine == [[0, 0], [4, 4], [6, 6]]


def test_a_flag_raised_by_hand_is_in_force_while_it_is_open(emptied, products, night):
    tonight = night(day(6))
    flag = services.raise_flag(
        cause=Cause.TRANSFER,
        customer=emptied.pk,
        product=products[0].pk,
        first_day=day(1),
        last_day=day(1),
        by="am1",
        why="sold to a colleague",
    )
    assert in_force(tonight, emptied) == []
    assert in_force(night(day(6)), emptied) == [(products[0].pk, 1, 1)]
    with pytest.raises(PermissionError, match="someone else"):
        services.decide_flag(flag=flag.pk, status="upheld", by="am1", why="I know")
    services.decide_flag(flag=flag.pk, status="rejected", by="market1", why="an invoice")
    assert in_force(night(day(6)), emptied) == []
    with pytest.raises(ValueError, match="was rejected by market1"):
        services.decide_flag(flag=flag.pk, status="upheld", by="market2", why="no")


def thirty_days(record, source, product, shops):
    """`shops`: for each, how much more than usual it sold and received on day 20."""
    for shop, (extra_sale, extra_receipt) in shops.items():
        stock, rows = 200, []
        for n, sold in enumerate([3, 2, 4, 3, 2, 3, 4, 2, 3, 3] * 3):
            sold += extra_sale * (n == 20)
            received = extra_receipt * (n == 20) + 10 * (n == 2)
            rows.append((shop.pk, day(n), product.pk, stock, received, sold, 0))
            stock += received - sold
        record(rows, source)
    return (
        np.array([shop.pk for shop in shops]),
        np.full(len(shops), product.pk),
        np.full(len(shops), day(2), dtype="datetime64[D]"),
        np.full(len(shops), 10),
    )


def test_both_shops_of_a_transfer_are_flagged_and_name_each_other(
    uploads, products, pos, record, night
):
    gave, took = uploads(), uploads()
    lines = thirty_days(record, pos, products[0], {gave: (15, 0), took: (0, 15)})
    tonight = night(day(29))
    for shard in sorted({gave.pk // ledger.SHARD, took.pk // ledger.SHARD}):
        look_shard(tonight, shard, supplied=lines)
    for _twice in range(2):
        assert match_transfers(tonight) == {"transfers": 1, "matched": 1}
    found = Detection.objects.order_by("side").values_list(
        "side", "customer", "partner", "first_day", "expected", "found"
    )
    assert list(found) == [
        ("gave", gave.pk, took.pk, day(20), 3, 18),
        ("took", took.pk, gave.pk, day(20), 0, 15),
    ]


def test_a_day_on_which_a_shop_took_and_sold_too_much_is_flagged_once(
    uploads, products, pos, record, night
):
    through, took = uploads(), uploads()
    lines = thirty_days(record, pos, products[0], {through: (15, 15), took: (0, 15)})
    tonight = night(day(29))
    for shard in sorted({through.pk // ledger.SHARD, took.pk // ledger.SHARD}):
        look_shard(tonight, shard, supplied=lines)
    assert match_transfers(tonight) == {"transfers": 2, "matched": 0}
    assert set(Detection.objects.values_list("customer", "side")) == {
        (through.pk, "took"),
        (took.pk, "took"),
    }


def test_the_export_names_every_flagged_day_and_every_missing_shop_day(
    emptied, products, night, tmp_path, pos, record
):
    record([(emptied.pk, day(8), products[0].pk, 16, 0, 1, 0)], pos)
    tonight = night(day(8))
    sweep(tonight, emptied, products)
    ResultSet.objects.create(
        as_of=tonight.as_of,
        known_at=tonight.known_at,
        rules="level@1",
        thresholds={},
        status=ResultSet.Status.COMPLETE,
        created_at=tonight.known_at,
        completed_at=tonight.known_at,
    )
    out = tmp_path / "flags.csv"
    call_command("export_flags", as_of=str(day(8)), out=str(out))
    lines = list(csv.DictReader(out.open()))
    assert [line for line in lines if line["flag"] == "not-observed"] == [
        {"day": str(day(7)), "licence_no": "L1", "barcode": "", "flag": "not-observed"}
    ]
    flagged = {(line["day"], line["barcode"]) for line in lines if line["flag"] == "books-emptied"}
    codes = [product.barcodes.get().code for product in products]
    assert flagged == {(str(day(n)), code) for n in (4, 5, 6) for code in codes}
    assert {line["licence_no"] for line in lines} == {"L1"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("as_of", "message"), [("2024-03-10", "run the night first"), ("March", "is not a day")]
)
def test_the_export_says_what_is_missing(as_of, message, tmp_path):
    with translation.override("en"), pytest.raises(CommandError, match=message):
        call_command("export_flags", as_of=as_of, out=str(tmp_path / "flags.csv"))
