"""Shops as stops of a way: their places and time windows, read for many shops and days at once."""

from collections.abc import Collection
from datetime import date, time

from customers.models import Area, CustomerProperties
from customers.visits.models import VisitWindow
from customers.visits.rules.ruleset import VisitRules
from customers.visits.rules.travel import Stop, Timetable, timetable, travel_order


class Stops:
    """The shops `customers` from `first` to `last`, in two queries."""

    def __init__(self, customers: Collection[int], first: date, last: date):
        self._facts: dict[int, list[CustomerProperties]] = {}
        self._windows: dict[int, list[VisitWindow]] = {}
        for rows, model in ((self._facts, CustomerProperties), (self._windows, VisitWindow)):
            found = model.objects.filter(customer_id__in=customers).during(first, last)
            for row in found.order_by("customer_id", "period", "pk"):
                rows.setdefault(row.customer_id, []).append(row)

    def facts(self, customer: int, day: date) -> CustomerProperties:
        """What holds on the day, else the first that will; without any, a shop without a place."""
        rows = self._facts.get(customer, [])
        return _holding(rows, day) or (rows[0] if rows else CustomerProperties())

    def window(self, customer: int, day: date) -> VisitWindow | None:
        """Of several windows on a day, the earliest."""
        rows = [row for row in self._windows.get(customer, []) if _holds(row, day)]
        return min(rows, key=lambda row: (row.opens, row.closes), default=None)

    def stop(self, customer: int, day: date) -> Stop:
        facts, window = self.facts(customer, day), self.window(customer, day)
        return Stop(
            customer=customer,
            latitude=facts.latitude,
            longitude=facts.longitude,
            town=facts.area != Area.RURAL,
            opens=window and _minute(window.opens),
            closes=window and _minute(window.closes),
        )

    def order(self, customers: Collection[int], day: date, rules: VisitRules) -> list[int]:
        """The customers in the order of the way of that day."""
        return travel_order(
            [self.stop(customer, day) for customer in customers],
            rules.travel,
            visit_minutes=rules.standard.minutes,
            start=rules.times.minute("first_visit"),
        )

    def timetable(self, customers: Collection[int], day: date, rules: VisitRules) -> Timetable:
        """Of the customers in this order."""
        stops = [self.stop(customer, day) for customer in customers]
        return timetable(stops, rules.travel, standard=rules.standard, times=rules.times)

    def standard(self, customers: Collection[int], day: date, rules: VisitRules) -> int:
        """How many visits the standard asks for on a day with these shops."""
        town = sum(self.facts(customer, day).area != Area.RURAL for customer in customers)
        return rules.standard.visits(town=town, country=len(customers) - town)


def _holds(row, day: date) -> bool:
    return (row.period.lower is None or row.period.lower <= day) and (
        row.period.upper is None or day < row.period.upper
    )


def _holding(rows, day: date):
    return next((row for row in rows if _holds(row, day)), None)


def _minute(value: time) -> int:
    return value.hour * 60 + value.minute
