"""What came of the demo's visits and orders: stock counted, products introduced, calls that are
due, an order rescued. The visits are there already (visited.py)."""

import random
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from brands.models import ProductProperties
from customers.scope import customers_of
from customers.visits.models import Visit
from customers.visits.steps import goods_on
from inventory.counts.models import StockCount
from inventory.counts.queries import last_monday, lines_of_week, points
from inventory.counts.services import Entry, collect_week
from inventory.counts.stock import last_stock
from marketing_ops.accounts.models import User
from marketing_ops.lib.periods import DAY
from orders.models import OrderLine
from orders.placing import services
from orders.placing.models import Call, MockOrderLine, Rescue
from orders.recommendations.models import Introduction
from orders.recommendations.queries import recommended

SHARE_COUNTED = 0.6  # of the visits
SHARE_OFF = 0.05  # of the products counted
WEEKS_ENTERED = 8
REACTIONS = ("will_order", "interested", "interested", "none", "refused")


def after_visits(*, today: date) -> int:
    """The counts, introductions and calls, where there are none yet; how many calls are due."""
    if StockCount.objects.exists():
        return 0
    with transaction.atomic():
        for day in Visit.objects.order_by("day").values_list("day", flat=True).distinct():
            _of_day(day)
        services.follow_orders(today=today, at=timezone.now())
        if Visit.objects.exists():
            _people_at_work(today)
    return Call.objects.filter(called_at=None).count()


def _of_day(day: date) -> None:
    dice = random.Random(f"{day}")
    visits = list(Visit.objects.filter(day=day).order_by("started_at", "customer"))
    shops = [visit.customer_id for visit in visits]
    products = goods_on(day).products
    shelves, advice = last_stock(shops, before=day), recommended(shops, day=day, products=products)
    next_orders = _next_orders(shops, day)
    counts, introductions, orders = [], [], []
    for visit in visits:
        of_visit = {"visit": visit, "customer_id": visit.customer_id, "day": day}
        shelf = shelves.get(visit.customer_id, {})
        if dice.random() < SHARE_COUNTED:
            for product in sorted(shelf.keys() & products.keys()):
                packs, seen = shelf[product]
                off = dice.choice((-2, -1, 1, 3)) if dice.random() < SHARE_OFF else 0
                counts.append(
                    StockCount(
                        **of_visit,
                        product_id=product,
                        expected=packs,
                        expected_day=seen,
                        counted=max(0, packs + off),
                    )
                )
        reactions = {
            one.product: dice.choice(REACTIONS) for one in advice.get(visit.customer_id, [])[:2]
        }
        ordered = next_orders.get(visit.customer_id, {})
        for product, packs in sorted(ordered.items())[:2]:
            # What was promised and then ordered.
            reactions.setdefault(product, "will_order")
            orders.append(MockOrderLine(**of_visit, product_id=product, packs=packs))
        introductions += [
            Introduction(**of_visit, product_id=product, reaction=reaction)
            for product, reaction in sorted(reactions.items())
        ]
    StockCount.objects.bulk_create(counts)
    Introduction.objects.bulk_create(introductions)
    MockOrderLine.objects.bulk_create(orders)


def _next_orders(shops: list[int], day: date) -> dict[int, dict[int, int]]:
    lines = OrderLine.objects.known(None).filter(
        customer__in=shops, ordered_on__gt=day, ordered_on__lte=day + 3 * DAY, requested__gt=0
    )
    found: dict[int, dict[int, int]] = {}
    for pk, product, packs in lines.values_list("customer_id", "product_id", "requested"):
        found.setdefault(pk, {})[product] = packs
    return found


def _people_at_work(today: date) -> None:
    """Two calls were made, and an order was rescued yesterday."""
    am01, desk = (User.objects.get(username=name) for name in ("am01", "district1"))
    yesterday = today - DAY
    asked = timezone.make_aware(datetime.combine(yesterday, time(14, 20)))
    shops = list(
        Visit.objects.filter(made_by=am01).order_by("started_at").values_list("customer", flat=True)
    )
    for call in Call.objects.filter(customer__in=shops, called_at=None).order_by("pk")[:2]:
        said = {"result": Call.Result.SETTLED, "text": "已说明货源情况，下周优先安排"}
        services.finish_call(call=call.pk, **said, by=am01, at=asked + timedelta(minutes=10))
    _weeks_of_points(am01, today)
    if shops and not Rescue.objects.exists():
        row = services.ask_rescue(
            customer=shops[0],
            day=yesterday,
            trouble=Rescue.Trouble.DEPOSIT,
            note="银行系统维护，截单前存不进款",
            by=am01,
            at=asked,
        )
        services.explain_rescue(
            rescue=row.pk,
            reason="银行通知 15 点恢复，同意保单",
            by=desk,
            at=asked + timedelta(minutes=6),
        )
        services.close_rescue(
            rescue=row.pk,
            outcome=Rescue.Outcome.KEPT,
            by=desk,
            at=asked + timedelta(minutes=15),
        )


def _weeks_of_points(user: User, today: date) -> None:
    """Some of the information points of am01 are through with the last week, with prices."""
    monday = last_monday(today)
    shops = list(customers_of(user, on=today).order_by("pk").values_list("pk", flat=True))
    prices = dict(ProductProperties.objects.on(today).values_list("product_id", "retail_price"))
    for point in points(shops, monday)[:WEEKS_ENTERED]:
        entries = [
            Entry(
                line.product,
                line.opening,
                line.received,
                line.sold,
                line.closing,
                price=prices.get(line.product),
            )
            for line in lines_of_week(point.customer, monday)
            if line.sold is not None
        ]
        if entries:
            collect_week(
                customer=point.customer,
                monday=monday,
                entries=entries,
                by=user.username,
                at=timezone.now(),
                today=today,
            )
