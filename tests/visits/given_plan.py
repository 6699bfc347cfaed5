"""For tests of the plan: a route of 150 shops in nine places, a way whose legs are all alike."""

import random
from datetime import date, timedelta

import numpy as np

from customers.visits.rules.balance import Need
from customers.visits.rules.frequency import Facts, visits_a_month
from customers.visits.rules.ruleset import VisitRules
from customers.visits.rules.travel import Stop, travel_order, way_seconds

RULES = VisitRules()
# latitude, longitude, shops, order weekday, town
PLACES = (
    (30.9480, 118.4125, 22, 1, True),
    (30.9418, 118.4170, 24, 2, True),
    (30.9452, 118.4032, 18, 3, True),
    (30.9467, 118.4228, 20, 4, True),
    (30.9391, 118.3961, 14, 5, True),
    (30.9925, 118.3652, 12, 2, False),
    (30.9806, 118.3801, 14, 2, False),
    (30.9869, 118.4359, 14, 1, False),
    (31.0022, 118.4517, 12, 3, False),
)


def equal_legs(count: int, seconds: int) -> np.ndarray:
    return np.full((count, count), seconds) - seconds * np.eye(count, dtype=int)


def route():
    """The working days of July 2024 and the shops of a route; always the same."""
    dice = random.Random(4)
    days = [day for n in range(31) if (day := date(2024, 7, 1) + timedelta(n)).isoweekday() < 6]
    shops = []
    for latitude, longitude, count, weekday, town in PLACES:
        for _shop in range(count):
            scale = dice.choices("大中小", [20, 50, 30])[0]
            facts = Facts(scale, "食杂店", dice.choice("ABCDE"))
            shops.append(
                Need(
                    customer=len(shops) + 1,
                    often=visits_a_month(facts, RULES.frequency),
                    town=town,
                    latitude=latitude + dice.gauss(0, 0.002),
                    longitude=longitude + dice.gauss(0, 0.002),
                    order_weekdays=(weekday,),
                    comes_first=scale == "大",
                    due=date(2024, 7, dice.randint(1, 31)) if dice.random() < 0.1 else None,
                )
            )
    return days, shops


def way(shops) -> int:
    """Seconds of the way of a day with these shops."""
    stops = [Stop(one.customer, one.latitude, one.longitude, one.town) for one in shops]
    order = travel_order(stops, RULES.travel, visit_minutes=8, start=570)
    stops = sorted(stops, key=lambda stop: order.index(stop.customer))
    legs = way_seconds(stops, RULES.travel)
    return int(np.diagonal(legs, 1).sum())
