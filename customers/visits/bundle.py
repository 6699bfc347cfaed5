"""What a phone is packed with for a day, so that it needs no network until the evening.

All open shops of the person are in it, the planned ones first in travel order. The number of
queries does not depend on how many shops there are.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from django.db import connection
from django.db.models import FilteredRelation, Q

from customers.models import DeliveryCalendar
from customers.visits.day_plan import Planned, frame_of, planned_on
from customers.visits.queries import shops_served_by
from customers.visits.steps import Bundle, goods_on, visit_facts, visit_steps
from marketing_ops.lib import periods

_MOST_WORDS = 300

_LAST_VISITS = """
    SELECT DISTINCT ON (v.customer_id)
           v.customer_id, v.day, coalesce(nullif(u.display_name, ''), u.username),
           coalesce(v.body #>> '{steps,closing,effect}', v.body #>> '{steps,greeting,note}', '')
      FROM visits_visit v JOIN accounts_user u ON u.id = v.made_by_id
     WHERE v.customer_id = ANY(%s)
     ORDER BY v.customer_id, v.day DESC, v.started_at DESC
"""


def bundle_of(user, day: date, *, today: date) -> dict:
    """The bundle of a person and a day: of the shops that they serve both then and today."""
    shops = shops_served_by(user, on=day)
    if day != today:
        shops = shops.filter(pk__in=shops_served_by(user, on=today).values("pk"))
    plan = planned_on(user, day)
    rows = sorted(_shops(shops, day), key=lambda row: _place_in_day(row, plan))
    customers = [row["pk"] for row in rows]
    goods = goods_on(day)
    packed = Bundle(customers, day, user, goods.products)
    parts = {step.name: step.bundle(packed) for step in visit_steps() if step.bundle}
    facts = [fact(packed) for fact in visit_facts()]
    deliveries, last = _deliveries(customers, day), _last_visits(customers)
    made = [_packed(row, plan, deliveries, last, facts, parts) for row in rows]
    return {
        "user": {"id": user.pk, "username": user.get_username(), "name": str(user)},
        "day": day,
        "as_of": goods.as_of,
        **frame_of(user, day),
        "steps": [
            {"name": step.name, "item": step.item.value, "title": str(step.title)}
            for step in visit_steps()
        ],
        "products": list(goods.products.values()),
        "shops": made,
    }


def _shops(shops, day: date) -> Iterable[dict]:
    def holds(relation):
        return FilteredRelation(relation, condition=Q(**{f"{relation}__period__contains": day}))

    return shops.annotate(licence=holds("licences"), now=holds("properties")).values(
        "pk",
        "licence__number",
        *(
            f"now__{name}"
            for name in (
                "name", "address", "contact", "format", "area", "scale", "latitude", "longitude"
            )
        ),
    )  # fmt: skip


def _place_in_day(row: dict, plan: dict[int, Planned]) -> tuple:
    planned = plan.get(row["pk"])
    return planned is None, planned.position if planned else 0, row["licence__number"] or ""


def _packed(row, plan, deliveries, last, facts, parts) -> dict:
    pk = row["pk"]
    planned = plan.get(pk)
    shop = {"licence_no": row["licence__number"] or ""}
    for name, value in row.items():
        if name.startswith("now__"):
            is_place = name in ("now__latitude", "now__longitude")
            shop[name.removeprefix("now__")] = value if is_place else value or ""
    shop |= {
        "segment": None,
        "position": planned.position if planned else None,
        "planned": planned is not None,
        "why": str(planned.why) if planned else "",
        "window": planned.window if planned else None,
        **deliveries.get(pk, {"next_order": None, "next_delivery": None}),
        "last_visit": last.get(pk),
        "warnings": [],
    }
    for fact in facts:
        shop |= fact.get(pk, {})
    shop["steps"] = {name: part[pk] for name, part in parts.items() if pk in part}
    return shop


def _last_visits(customers: list[int]) -> dict[int, dict]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST_VISITS, [customers])
        return {
            customer: {"day": day, "by": by, "words": words[:_MOST_WORDS]}
            for customer, day, by, words in cursor.fetchall()
        }


def _deliveries(customers: list[int], day: date) -> dict[int, dict]:
    """The next day of ordering from `day` on, and the next delivery after it."""
    calendars: dict[int, list] = {}
    rows = DeliveryCalendar.objects.during(day, day + timedelta(days=366))
    rows = rows.filter(customer__in=customers).order_by("period")
    for row in rows:
        start, end = row.period.lower, row.period.upper
        calendars.setdefault(row.customer_id, []).append(
            (start, end, tuple(row.order_weekdays), tuple(row.delivery_weekdays))
        )
    next_day = lru_cache(_next_day)  # most shops share a few calendars
    return {
        customer: {
            "next_order": next_day(
                tuple((start, end, order) for start, end, order, _ in entries),
                day - timedelta(days=1),
            ),
            "next_delivery": next_day(
                tuple((start, end, delivery) for start, end, _, delivery in entries), day
            ),
        }
        for customer, entries in calendars.items()
    }


def _next_day(entries: tuple, after: date) -> date | None:
    return periods.next_delivery(periods.make_calendar(entries), after)
