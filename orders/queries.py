"""Reading order lines in bulk."""

from datetime import date, datetime

import numpy as np
from django.db import connection

from marketing_ops.lib.copying import read_columns
from orders.models import OrderLine


def deliveries(
    *, customers: tuple[int, int], first_day: date, last_day: date, known_at: datetime
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What was delivered to customers with first <= id < last, as it was known at `known_at`.

    Four arrays: customer, product (int32), day of delivery (datetime64[D]), packs (int32). Lines
    supplied with nothing, or without a day of delivery, are left out.
    """
    with connection.cursor() as cursor:
        found = read_columns(
            cursor,
            "SELECT customer_id::int4, product_id::int4, delivered_on, supplied::int4"
            "  FROM orders_orderline"
            " WHERE customer_id >= %s AND customer_id < %s AND supplied > 0"
            "   AND delivered_on BETWEEN %s AND %s AND received_at <= %s"
            "   AND (superseded_at IS NULL OR superseded_at > %s)",
            {"customer": "int4", "product": "int4", "day": "date", "packs": "int4"},
            [*customers, first_day, last_day, known_at, known_at],
        )
    return found["customer"], found["product"], found["day"], found["packs"]


def delivered_to(customer: int, first_day: date, last_day: date) -> dict[int, dict[date, int]]:
    """{product: {day: packs}} of what one shop was delivered on these days, as known now."""
    found: dict[int, dict[date, int]] = {}
    lines = OrderLine.objects.known(None).filter(
        customer=customer, delivered_on__range=(first_day, last_day), supplied__gt=0
    )
    for product, day, packs in lines.values_list("product_id", "delivered_on", "supplied"):
        days = found.setdefault(product, {})
        days[day] = days.get(day, 0) + packs
    return found
