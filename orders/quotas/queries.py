"""Reads: the rules that hold, what the engine needs to know of the district, what it advised."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from brands.models import Flag, ProductProperties
from customers.models import CustomerProperties, DeliveryCalendar
from customers.models import Event as EventRow
from inventory import queries as ledger
from inventory.indicators.models import Figure, ResultSet
from marketing_ops.lib.copying import read_columns
from orders.quotas.gather import District, Event, Peers, Products
from orders.quotas.models import QuotaDecision, Recommendation, RuleSet
from orders.quotas.rules import FLAGS_BY_POLICY
from orders.quotas.supply import DAYS_BACK, supply_of

_FLAG_BITS = {
    Flag.SCARCE.value: FLAGS_BY_POLICY["scarce"],
    Flag.PILOT.value: FLAGS_BY_POLICY["pilot"],
}


def rules_for(as_of: date, known_at: datetime | None = None) -> RuleSet:
    """The published rule set that holds on `as_of`, as it was known at `known_at` (None: now).

    Of several, the one that holds from the latest day; of these, the one published last. Raises
    RuleSet.DoesNotExist (with the cure) where none holds yet.
    """
    published = RuleSet.objects.exclude(status=RuleSet.Status.DRAFT).filter(starts_on__lte=as_of)
    if known_at is not None:
        published = published.filter(published_at__lte=known_at)
    found = published.order_by("-starts_on", "-published_at", "-version").first()
    if found is None:
        raise RuleSet.DoesNotExist(
            _("No published rule set holds on %(day)s: publish one that starts by then.")
            % {"day": as_of}
        )
    return found


def district_of(as_of: date, known_at: datetime) -> District:
    """What the engine needs to know besides the ledger, as of a day and as known at a time."""
    products = _products(as_of)
    return District(
        as_of=as_of,
        products=products,
        peer_group=_peer_groups(as_of),
        rhythm=_rhythms(as_of),
        events=_events(as_of, known_at),
        supply=supply_of(as_of, known_at, products),
        in_force=_in_force(as_of, known_at),
    )


def _products(as_of: date) -> Products:
    """Every product; what is not known of it on the day is left at nothing special."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM brands_product ORDER BY id")
        number = np.array([row[0] for row in cursor.fetchall()], np.int32)
    price_class = np.zeros(len(number), np.int8)
    flags = np.zeros(len(number), np.int8)
    packs = np.full(len(number), 10, np.int16)
    rows = ProductProperties.objects.on(as_of).values_list(
        "product_id", "price_class", "flags", "packs_per_carton"
    )
    for product, class_, own_flags, carton in rows:
        place = np.searchsorted(number, product)
        price_class[place], packs[place] = class_, carton
        flags[place] = sum(_FLAG_BITS.get(flag, 0) for flag in set(own_flags))
    return Products(number, price_class, flags, packs)


def _peer_groups(as_of: date) -> dict[int, int]:
    """customer -> number of its group: shops of the same format, area and scale."""
    rows = CustomerProperties.objects.on(as_of).values_list(
        "customer_id", "format", "area", "scale"
    )
    kinds: dict[tuple, int] = {}
    return {customer: kinds.setdefault(tuple(kind), len(kinds)) for customer, *kind in rows}


def _rhythms(as_of: date) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Order and delivery weekdays that hold from the day after `as_of`."""
    rows = DeliveryCalendar.objects.on(as_of + timedelta(days=1)).values_list(
        "customer_id", "order_weekdays", "delivery_weekdays"
    )
    return {
        customer: (tuple(sorted(orders)), tuple(sorted(delivers)))
        for customer, orders, delivers in rows
    }


def _events(as_of: date, known_at: datetime) -> tuple[Event, ...]:
    rows = EventRow.objects.known(known_at).filter(
        expected_end__gte=as_of - timedelta(days=DAYS_BACK)
    )
    return tuple(
        Event(
            first=row.starts_on,
            last=row.ended_on or row.expected_end,
            permille=int(row.expected_factor * 1000),
            customers=np.array(sorted(row.customer_ids), np.int64),
        )
        for row in rows.order_by("starts_on", "key")
    )


def _in_force(as_of: date, known_at: datetime):
    """Quotas in force for the next order: customers, products (sorted by both), packs."""
    rows = (
        QuotaDecision.objects.known(known_at)
        .on(as_of + timedelta(days=1))
        .order_by("customer_id", "product_id")
        .values_list("customer_id", "product_id", "packs")
    )
    table = np.array(list(rows), np.int64).reshape(-1, 3).astype(np.int32)
    return table[:, 0], table[:, 1], table[:, 2]


def peers_of(result_set: ResultSet, district: District) -> np.ndarray:
    """Peers.millipacks from the window figures of a set, whether published or not."""
    peers = Peers.empty(district)
    for table in _figure_tables(result_set):
        with connection.cursor() as cursor:
            found = read_columns(
                cursor,
                "SELECT customer_id, product_id, window_sold, window_observed - window_stockout"
                f" FROM {table} WHERE result_set_id = %s AND window_observed > 0",
                dict.fromkeys(("customer", "product", "sold"), "int4") | {"effective": "int2"},
                [result_set.pk],
            )
        shops, place = np.unique(found["customer"], return_inverse=True)
        peers.add(
            district.groups(shops)[place],
            district.products.place(found["product"]),
            found["sold"],
            found["effective"],
        )
    return peers.millipacks()


def _figure_tables(result_set: ResultSet) -> list[str]:
    """Where the figures of a set are: in the table itself, or still in one table per shard."""
    parent = Figure._meta.db_table
    if result_set.status == ResultSet.Status.COMPLETE:
        return [parent]
    names = [f"{parent}_{result_set.pk}_{shard}" for shard in ledger.shards()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NOT NULL", [names]
        )
        there = {row[0] for row in cursor.fetchall()}
    return [name for name in names if name in there]


def advice_for(
    result_set: ResultSet,
    *,
    customers: Iterable[int] | None = None,
    products: Iterable[int] | None = None,
) -> QuerySet[Recommendation]:
    """What a set recommends, narrowed to customers and products, in the order of both."""
    found = Recommendation.objects.filter(result_set=result_set)
    if customers is not None:
        found = found.filter(customer__in=list(customers))
    if products is not None:
        found = found.filter(product__in=list(products))
    return found.order_by("customer_id", "product_id")


def quota_in_force(
    customer, product, *, on: date, known_at: datetime | None = None
) -> QuotaDecision | None:
    """The decision that holds for a customer and a product on a day."""
    decisions = QuotaDecision.objects.known(known_at).on(on)
    return decisions.filter(customer=customer, product=product).first()
