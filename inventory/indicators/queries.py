"""Reads for the night's figures, and of its results."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection

from brands.models import Product, ProductProperties
from customers.queries import shops_on
from inventory.indicators.blocks import Flags
from inventory.indicators.models import ResultSet, ShopPeriod
from inventory.indicators.rollups import Dimension
from inventory.quality.models import Cause
from inventory.quality.queries import episodes_in_force
from inventory.queries import customers_of
from marketing_ops.lib.periods import Calendar, make_calendar


def panel_path(shard: int) -> Path:
    """Where this machine keeps the panel of a shard, for the database in use."""
    first, last = customers_of(shard)
    folder = Path(settings.VAR_DIR) / "panel" / connection.settings_dict["NAME"]
    return folder / f"customers-{first}-{last}.panel"


def calendars(customers: tuple[int, int]) -> dict[int, Calendar]:
    """The dated delivery calendar of each customer with first <= id < last that has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, lower(period), upper(period), delivery_weekdays"
            " FROM customers_deliverycalendar WHERE customer_id >= %s AND customer_id < %s"
            " ORDER BY customer_id, period",
            customers,
        )
        entries: dict[int, list] = {}
        for customer, start, end, weekdays in cursor.fetchall():
            entry = (start or date.min, end, tuple(weekdays))
            entries.setdefault(customer, []).append(entry)
    # Most shops share a few calendars: each is made once.
    made: dict[tuple, Calendar] = {}
    result = {}
    for customer, own in entries.items():
        key = tuple(own)
        if key not in made:
            made[key] = make_calendar(own)
        result[customer] = made[key]
    return result


def ledger_anchor(known_at: datetime) -> str:
    """What identifies the ledger as it was known: the last document received up to then.

    Another database, or the same one restored to another state, has another one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, received_at FROM inventory_shopday WHERE received_at <= %s"
            " ORDER BY received_at DESC, id DESC LIMIT 1",
            [known_at],
        )
        row = cursor.fetchone()
    return f"{row[0]} {row[1].isoformat()}" if row else ""


def days_before(customers: Iterable[int], day: date, known_at: datetime) -> dict[int, int]:
    """How many days with a document before `day` each of the customers has."""
    wanted = list(customers)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, count(DISTINCT day) FROM inventory_shopday"
            " WHERE customer_id = ANY(%s) AND day < %s AND received_at <= %s"
            " GROUP BY customer_id",
            [wanted, day, known_at],
        )
        return dict(cursor.fetchall())


def flags_in_force(shard: int, as_of: date, known_at: datetime) -> Flags:
    """The flagged episodes of a shard's shops, as they count in a night."""
    episodes = episodes_in_force(customers=customers_of(shard), as_of=as_of, known_at=known_at)
    return Flags(
        customer=np.array([episode.customer for episode in episodes], np.int32),
        product=np.array([episode.product for episode in episodes], np.int32),
        first=np.array([episode.first_day for episode in episodes], "M8[D]"),
        last=np.array([episode.last_day for episode in episodes], "M8[D]"),
        kept_back=np.array([episode.cause == Cause.KEPT_BACK for episode in episodes], bool),
    )


def cycle_ends(result_set: ResultSet) -> dict[int, date]:
    """The last day of each shop's latest cycle; the as-of day for a shop without one."""
    ends = ShopPeriod.objects.filter(result_set=result_set).values_list("customer_id", "cycle_end")
    return {customer: end or result_set.as_of for customer, end in ends}


def customer_dimensions(ends: dict[int, date]) -> list[Dimension]:
    """The dimensions of roll-ups by customer, in the order of the ids, as on each one's own day."""
    names = ("department", "manager", "area", "format", "scale")
    values: dict[int, tuple] = {}
    for day in sorted(set(ends.values())):
        shops = shops_on(day)
        columns = [
            shops[name].astype(object).where(shops[name].notna(), None).tolist() for name in names
        ]
        for customer, *row in zip(shops.index.tolist(), *columns, strict=True):
            if ends.get(customer) == day:
                values[customer] = tuple(row)
    unknown = (None,) * len(names)
    rows = [values.get(customer, unknown) for customer in sorted(ends)]
    return [Dimension.of("total", [None] * len(rows))] + [
        Dimension.of(name, [row[place] for row in rows]) for place, name in enumerate(names)
    ]


def product_dimensions(day: date) -> tuple[np.ndarray, list[Dimension]]:
    """(product ids in order, the dimensions of roll-ups by product) as on a day."""
    products = list(Product.objects.order_by("pk").values_list("pk", "brand_id"))
    classes = dict(ProductProperties.objects.on(day).values_list("product_id", "price_class"))
    ids = [product for product, _ in products]
    return np.array(ids, np.int64), [
        Dimension.of("total", [None] * len(ids)),
        Dimension.of("class", [classes.get(product) for product in ids]),
        Dimension.of("brand", [brand for _, brand in products]),
        Dimension("product", tuple(map(str, ids)), np.arange(len(ids))),
    ]


def current_set() -> ResultSet | None:
    """The results that pages show, None before the first night."""
    return ResultSet.objects.filter(is_current=True).first()


def result_set_for(as_of: date) -> ResultSet | None:
    """The results of a day: those completed last, if the day was run several times."""
    return ResultSet.objects.complete().filter(as_of=as_of).order_by("-completed_at", "-id").first()
