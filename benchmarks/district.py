"""The big district that all benchmarks work on: 5,000 shops × 120 products, half carried, 98 days.

    python benchmarks/district.py [--shops 5000] [--products 120] [--days 98] [--again]

Makes the database `benchmark_district_…` on the server of DATABASE_URL, fills it once and leaves it
there. A benchmark calls `use()` and works on a copy of it, `Place.database`, that is thrown away by
the next call. Shops, demand, stock and orders come from the demo's own simulation. After the last
day three further days are kept back in a file, each with its orders and with 250 late shop-days of
the weeks before: `arrive(place, 0)` lets the first of them come in.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path

import django
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("SECRET_KEY", "only for the benchmark")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.master import CALENDARS, write_products, write_shops  # noqa: E402
from inventory.models import Source  # noqa: E402
from inventory.services import record_days  # noqa: E402
from marketing_ops.demo import places, seasons, simulation, town  # noqa: E402
from marketing_ops.demo.district import OrderRows  # noqa: E402
from marketing_ops.demo.fill import copy_order_lines  # noqa: E402
from marketing_ops.runs import services as runs  # noqa: E402
from marketing_ops.runs.models import Run  # noqa: E402

SEED = 7
AS_OF = date(2026, 3, 1)  # the last day that is filled
WARM_UP, LATER_DAYS, LATE_SHOP_DAYS = 14, 3, 250
SHOPS_AT_ONCE = 500
SERVER_DATABASE = connection.settings_dict["NAME"]  # where no benchmark works


@dataclass(frozen=True)
class Place:
    """A filled benchmark district."""

    database: str
    as_of: date
    shops: int
    products: int
    days: int
    kept_back: Path  # the file of the days that are still to come


def use(*, shops=5000, products=120, days=98, again=False, copy="copy") -> Place:
    """Connect this process to a fresh copy of the filled district, after filling it if need be.

    `again` fills it anew. Another process finds the copy under `Place.database`; a benchmark that
    wants to find its own again gives it a name, `copy`, and asks `is_there`.
    """
    name = f"benchmark_district_{shops}_{products}_{days}"
    folder = settings.VAR_DIR / "benchmarks"
    place = Place(f"{name}_{copy}", AS_OF, shops, products, days, folder / f"{name}.later.npz")
    connect(SERVER_DATABASE)
    there = is_there(name)
    if there and not again:
        connect(name)
        there = place.kept_back.exists() and _is_filled()
        connect(SERVER_DATABASE)
    if again or not there:
        create(name, "template1")
        connect(name)
        call_command("migrate", verbosity=0)
        folder.mkdir(parents=True, exist_ok=True)
        _fill(place)
        connect(SERVER_DATABASE)
    create(place.database, name)
    connect(place.database)
    call_command("migrate", verbosity=0)  # it may have been filled before the last migration
    return place


def arrive(place: Place, number: int) -> int:
    """Let kept-back day `number` (0 to 2) and its late shop-days come in; how many shop-days."""
    with np.load(place.kept_back) as kept:
        columns = [kept[f"{name}{number}"] for name in ("customer", "day", *_ROW)]
        orders = OrderRows(*(kept[f"order_{field.name}{number}"] for field in fields(OrderRows)))
    with transaction.atomic():
        _copy_orders(orders, later_day(place, number))
    return _record(columns)


def later_day(place: Place, number: int) -> date:
    """The day that `arrive(place, number)` brings."""
    return place.as_of + timedelta(days=number + 1)


_ROW = ("product", "opening", "received", "sold", "transferred")


def is_there(name: str) -> bool:
    """Whether the server has a database of that name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def create(name: str, template: str) -> None:
    """Make a database as a copy of another, in the place of one of that name."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def connect(name: str) -> None:
    """Let this process work on a database of the server."""
    connection.close()
    connection.settings_dict["NAME"] = name


def _is_filled():
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('runs_run')")
        if cursor.fetchone()[0] is None:
            return False
    return Run.objects.filter(kind=Run.Kind.DEMO, status=Run.Status.DONE).exists()


def _fill(place: Place) -> None:
    began = time.perf_counter()

    def say(line):
        print(f"[district {time.perf_counter() - began:5.1f} s] {line}", flush=True)

    rng = np.random.Generator(np.random.PCG64([SEED, place.shops, place.products]))
    with transaction.atomic():
        prices, product_ids = write_products(place.products)
        cast = write_shops(place.shops, product_ids, rng)
    say(f"{place.shops} shops and {place.products} products")
    kept, kept_orders, rows, lines = [], [], 0, 0
    for first in range(0, place.shops, SHOPS_AT_ONCE):
        block = np.arange(first, min(first + SHOPS_AT_ONCE, place.shops))
        ledger, later, orders = _simulate(place, cast, block, prices, rng)
        _record(ledger)
        come = orders.ordered_on <= np.datetime64(place.as_of)
        with transaction.atomic():
            lines += _copy_orders(_chosen(orders, come), place.as_of)
        kept.append(later)
        kept_orders.append(_chosen(orders, ~come))
        rows += len(ledger[0])
        say(f"{block[-1] + 1} shops, {rows:,} ledger rows, {lines:,} order lines")
    _keep_back(place, kept, kept_orders)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    run = runs.start(kind=Run.Kind.DEMO, title=place.database, by="benchmark", as_of=place.as_of)
    runs.finish(run, counts={"ledger_rows": rows, "order_lines": lines})
    say("ready")


def _simulate(place, cast, block, prices, rng):
    """Ledger columns, kept-back columns with their lot, and order rows of a block of shops."""
    count = len(block)
    shop, product, mean = town.assortment(
        rng,
        prices=prices,
        urban=cast.urban[block],
        formats=cast.formats[block],
        scales=cast.scales[block],
        share=0.5,
    )
    total = WARM_UP + place.days + LATER_DAYS
    days = np.datetime64(place.as_of) + LATER_DAYS - np.arange(total)[::-1]
    weekday = seasons.weekdays(days)
    order = np.zeros((len(CALENDARS), total), bool)
    deliver = np.zeros((len(CALENDARS), total), bool)
    cover = np.zeros(len(CALENDARS))
    for number, (orders_on, delivers_on, _share) in enumerate(CALENDARS):
        order[number] = np.isin(weekday, orders_on)
        deliver[number] = np.isin(weekday, delivers_on)
        cover[number] = 7 / len(delivers_on) + delivers_on[0] - orders_on[0]
    mine = cast.calendar[block]
    out = cast.formats[block] == places.FORMATS.index("娱乐服务类")
    factor = seasons.season(days)[:, None] * seasons.weekday_factors(days, out)
    supply = np.ones((total, len(prices)))
    supply[:, ::20] = 0.6  # one product in twenty is scarce
    pairs = len(shop)
    course = simulation.simulate(
        simulation.Setting(
            shop=shop,
            product=product,
            mean=mean,
            shop_factor=factor * rng.gamma(60, 1 / 60, (total, count)),
            product_factor=np.ones((total, len(prices))),
            ordering=order[mine].T,
            next_delivery=simulation.next_delivery(deliver[mine].T),
            cover=cover[mine],
            care=rng.choice([0.8, 1.0, 1.15, 1.5], count, p=[0.12, 0.45, 0.33, 0.10]),
            limit=np.ceil(mean * 7 * rng.choice([0.8, 2.5], pairs, p=[0.1, 0.9]) / 10).astype(int)
            * 10,
            supply=supply,
            truck=np.ones((total, count), bool),
            kept=np.where(rng.random(pairs) < 0.01, 2, 0).astype(np.int32),
            first_stock_on=np.zeros(pairs, np.int32),
        ),
        rng,
    )
    shown = rng.random((total, count)) > 0.005  # now and then a till is silent for a day
    shown[:WARM_UP] = False
    # Lot -1 goes in now, lot 0 to 2 later: the day itself, and shop-days that come late.
    lot = np.full((total, count), -1)
    lot[-LATER_DAYS:] = np.arange(LATER_DAYS)[:, None]
    late = rng.choice(20 * count, LATER_DAYS * LATE_SHOP_DAYS * count // place.shops, replace=False)
    lot[total - LATER_DAYS - 20 + late // count, late % count] = np.arange(len(late)) % LATER_DAYS
    shown[total - LATER_DAYS - 20 + late // count, late % count] = True
    day, pair = np.nonzero(shown[:, shop])
    columns = [
        cast.customer_ids[block][shop[pair]].astype(np.int32),
        days[day],
        cast.product_ids[product[pair]].astype(np.int32),
        *(getattr(course, name)[day, pair] for name in _ROW[1:]),
    ]
    when = lot[day, shop[pair]]
    ledger = [column[when < 0] for column in columns]
    later = [*(column[when >= 0] for column in columns), when[when >= 0]]
    return ledger, later, _orders(course, days, shop, product, block, cast)


def _orders(course, days, shop, product, block, cast):
    """The order lines of all days; shop and product are their ids."""
    asked = course.order_day >= WARM_UP
    pair, delivered = course.order_pair[asked], course.delivered[asked]
    delivery = days[0] + delivered
    delivery[delivered < 0] = np.datetime64("NaT")
    return OrderRows(
        shop=cast.customer_ids[block[shop[pair]]],
        product=cast.product_ids[product[pair]],
        ordered_on=days[course.order_day[asked]],
        requested=course.requested[asked],
        supplied=course.supplied[asked],
        delivered_on=delivery,
    )


def _record(columns) -> int:
    customer, day, *rows = columns
    recorded = record_days(
        customers=customer,
        days=day,
        rows=tuple(rows),
        source=Source.objects.get(code="pos-complete"),
        by="benchmark",
    )
    return recorded.new + recorded.changed


def _chosen(orders: OrderRows, chosen) -> OrderRows:
    return OrderRows(*(column[chosen] for column in vars(orders).values()))


def _copy_orders(orders: OrderRows, last_day: date) -> int:
    """Append order lines whose shops and products are given by their ids."""
    ids = [np.arange(column.max(initial=0) + 1) for column in (orders.shop, orders.product)]
    return copy_order_lines(orders, customer_ids=ids[0], product_ids=ids[1], last_day=last_day)


def _keep_back(place, kept, kept_orders):
    *columns, lot = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    arrays = {
        f"{name}{number}": column[lot == number]
        for number in range(LATER_DAYS)
        for name, column in zip(("customer", "day", *_ROW), columns, strict=True)
    }
    orders = OrderRows(*(
        np.concatenate([getattr(part, field.name) for part in kept_orders])
        for field in fields(OrderRows)
    ))  # fmt: skip
    for number in range(LATER_DAYS):
        mine = _chosen(orders, orders.ordered_on == np.datetime64(later_day(place, number)))
        arrays |= {f"order_{name}{number}": column for name, column in vars(mine).items()}
    np.savez(place.kept_back, **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=5000)
    parser.add_argument("--products", type=int, default=120)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--again", action="store_true", help="fill anew even if it is there")
    options = parser.parse_args()
    place = use(
        shops=options.shops, products=options.products, days=options.days, again=options.again
    )
    print(f"database {place.database}, {place.days} days up to {place.as_of}")


if __name__ == "__main__":
    main()
