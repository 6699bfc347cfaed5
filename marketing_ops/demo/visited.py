"""Visits of the last working days of the demo: received as a phone would send them, most of them as
they should be, a few that look unlike visits; with reports of the days before."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from customers import workdays as calendar
from customers.models import CustomerProperties, Licence, Post
from customers.visits.made_queries import served_by_routes
from customers.visits.models import Report, Unvisited, Visit
from customers.visits.plan_queries import schedule_on
from customers.visits.report_facts import scope_of
from customers.visits.services import reports as services
from customers.visits.services.receive import Arrival, receive
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.home.visits.reports import gather
from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY

DAYS = 2
A_DAY = 25  # shops, where the day has no plan (the first of a month)
SHARE_VISITED = 0.93
SUGGESTIONS = ("希望送货早一点", "新品宣传单不够", "订货平台晚上打开慢", "价签希望补几张")
EFFECTS = ("补了货签，客户愿意把新品摆到显眼处", "说清了紧俏货源的分配办法", "教会客户用平台查订单")
CARE = ("老人独自看店，看不清屏幕，需电话代订", "存款不及时，提前一天提醒")
PROMISES = ("下次带价格标签", "问清新品到货时间")


def visits(*, today: date) -> int:
    """Of the last working days, where there is no visit yet; how many."""
    if Visit.objects.exists():
        return 0
    with transaction.atomic():
        return _all(today)


def _all(today: date) -> int:
    exceptions = calendar.exceptions(today - 30 * DAY, today)
    days = workdays.workdays(today - 30 * DAY, today - DAY, exceptions)[-DAYS:]
    count = 0
    posts = Post.objects.on(today).filter(role=Role.ACCOUNT_MANAGER, substitute_for=None)
    for number, post in enumerate(posts.select_related("user").order_by("user__username")):
        for day in days:
            dice = random.Random(f"{number} {day}")
            count += _day_of(post.user, post.route_id, day, dice, number)
        if number < 4:
            for day in days[:-1]:
                _report(post.user, day)
    return count


@dataclass(frozen=True)
class Stop:
    customer: int
    licence: str
    latitude: float | None
    longitude: float | None


def _stops(route: int, day: date) -> list[Stop]:
    planned = schedule_on([route], day).lines
    if planned:
        return [Stop(one.customer, one.licence, one.latitude, one.longitude) for one in planned]
    shops = served_by_routes([route], day)[:A_DAY]
    numbers = dict(
        Licence.objects.on(day).filter(customer__in=shops).values_list("customer_id", "number")
    )
    rows = CustomerProperties.objects.on(day).filter(customer__in=shops).order_by("customer")
    return [
        Stop(row.customer_id, numbers.get(row.customer_id, ""), row.latitude, row.longitude)
        for row in rows
    ]


def _day_of(user: User, route: int, day: date, dice: random.Random, number: int) -> int:
    clock = timezone.make_aware(datetime.combine(day, time(9, dice.randint(20, 35))))
    sent = 0
    for line in _stops(route, day):
        if dice.random() > SHARE_VISITED or not line.licence:
            if dice.random() < 0.7:
                why = dice.choice([Unvisited.Why.TIME, Unvisited.Why.CLOSED, Unvisited.Why.MOVED])
                Unvisited.objects.create(customer_id=line.customer, day=day, by=user, why=why)
            continue
        minutes = dice.randint(8, 12) if sent != 5 or number % 2 else 3
        body = _body(line, clock, minutes, dice, far=number == 0 and sent == 7)
        clock += timedelta(minutes=minutes + dice.randint(1, 3))
        if number == 0 and sent == 11:  # the next begins before this one is over
            clock -= timedelta(minutes=6)
        status, _answer = receive(
            Arrival(
                raw=b"{}",
                body=body,
                by=user,
                sent_at=None,
                received_at=clock + timedelta(minutes=1),
            )
        )
        sent += status == 201
    return sent


def _body(line: Stop, begun: datetime, minutes: int, dice: random.Random, *, far: bool) -> dict:
    place = {}
    if line.latitude is not None:
        north = 0.012 if far else dice.gauss(0, 0.0003)
        here = {
            "latitude": round(line.latitude + north, 6),
            "longitude": round(line.longitude + dice.gauss(0, 0.0003), 6),
            "accuracy": dice.randint(8, 40),
            "coordinate_system": "WGS-84",
        }
        place = {"check_in": here, "check_out": here}
    steps: dict = {
        "greeting": {"trend": dice.choice(["up", "level", "level", "down"])},
        "display": {
            "whole_cartons": "yes",
            "zero_boxes": dice.choice(["yes", "yes", "na"]),
            "tidy": dice.choice(["yes", "yes", "yes", "no"]),
        },
        "price_tags": {"complete": dice.choice(["yes", "yes", "no"]), "match": "yes"},
        "introduced": {"topics": ["policy", "supply"]},
        "closing": {"handbook": True},
    }
    if dice.random() < 0.15:
        steps["closing"]["suggestions"] = dice.choice(SUGGESTIONS)
    if dice.random() < 0.12:
        steps["closing"]["effect"] = dice.choice(EFFECTS)
    if dice.random() < 0.03:
        steps["closing"]["care"] = dice.choice(CARE)
    if dice.random() < 0.1:
        due = (begun + timedelta(days=dice.choice([1, 7]))).date().isoformat()
        steps["promises"] = {"made": [{"text": dice.choice(PROMISES), "due_on": due}]}
    if dice.random() < 0.1:
        steps["questions"] = {
            "asked": [{"text": "新品什么时候到货？", "about": "marketing", "answered": True}]
        }
    return {
        "id": str(UUID(int=dice.getrandbits(128), version=4)),
        "licence_no": line.licence,
        "started_at": begun.isoformat(),
        "ended_at": (begun + timedelta(minutes=minutes)).isoformat(),
        "client": "demo",
        "steps": steps,
        **place,
    }


def _report(user: User, day: date) -> None:
    """Handed in on the evening of the day."""
    now = timezone.make_aware(datetime.combine(day, time(16, 20)))
    words = {
        "problems": "几家店问新品到货时间，已统一答复。",
        "gains": "货签补齐，紧俏货源政策讲清楚了。",
    }
    kind = Report.Kind.DAY
    services.save(user=user, kind=kind, first=day, words=words, now=now)
    scope = scope_of(user, kind, day, today=day)
    services.hand_in(
        user=user, kind=kind, first=day, facts=gather(scope), visits=scope.keys, now=now
    )
