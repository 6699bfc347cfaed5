"""Reads: how counts agree with the ledger, and what of the collection by hand is due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils.module_loading import import_string

from customers.models import CustomerProperties
from inventory.counts.models import PointWeek, PointWeekLine, StockCount
from inventory.counts.rules import Match
from inventory.counts.stock import last_stock
from inventory.models import ManualCollection, ShopDay, Source
from inventory.queries import read_documents
from marketing_ops.lib.periods import DAY, week

# A missing day is asked for so long: after two weeks nobody remembers.
DAYS_BACK = 14
WEEKS_BACK = 4

_DAYS = """
    SELECT m.customer_id,
           array_agg(m.day ORDER BY m.day) FILTER (WHERE s.id IS NULL),
           array_agg(m.day ORDER BY m.day) FILTER (WHERE f.kind = %(manual)s)
      FROM inventory_manualcollection m
      LEFT JOIN inventory_shopday s
             ON s.customer_id = m.customer_id AND s.day = m.day AND s.superseded_at IS NULL
      LEFT JOIN inventory_source f ON f.id = s.source_id
     WHERE m.customer_id = ANY(%(customers)s) AND m.released_at IS NULL
       AND m.day BETWEEN %(first)s AND %(last)s
     GROUP BY m.customer_id
    HAVING bool_or(s.id IS NULL OR f.kind = %(manual)s)
"""


def matches_of(counts: QuerySet[StockCount], first: str, *more: str) -> list[dict]:
    """The counts summed up by these columns: [{column: value, "match": Match}]."""
    by = (first, *more)
    sums = (
        counts.values(*by)
        .order_by()
        .annotate(
            compared=Count("pk", filter=Q(expected__isnull=False)),
            equal=Count("pk", filter=Q(expected=F("counted"))),
            unknown=Count("pk", filter=Q(expected=None)),
        )
    )
    return [
        {name: row[name] for name in by}
        | {"match": Match(row["equal"], row["compared"], row["unknown"])}
        for row in sums
    ]


@dataclass(frozen=True)
class ShopDays:
    """Days of a shop on the manual-collection list: without any row, and entered by hand."""

    customer: int
    missing: list[date]
    entered: list[date]


def first_day_back(today: date) -> date:
    return today - timedelta(days=DAYS_BACK)


def collection_days(customers: Iterable[int], *, today: date) -> list[ShopDays]:
    """The shops with such days within the last 14 (today is not over), most missing days first."""
    asked = {
        "customers": list(customers),
        "manual": Source.Kind.MANUAL.value,
        "first": first_day_back(today),
        "last": today - DAY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, asked)
        found = [ShopDays(pk, missing or [], entered or []) for pk, missing, entered in cursor]
    return sorted(found, key=lambda one: (-len(one.missing), one.customer))


def may_be_entered(customer: int, day: date, *, today: date) -> bool:
    """Whether that day is asked for: listed within the last 14 days, and nobody but a person has
    told it. What an upload said is doubted by a trace request, not here."""
    if not first_day_back(today) <= day < today:
        return False
    listed = ManualCollection.objects.filter(customer=customer, day=day, released_at=None)
    told = ShopDay.objects.known(None).filter(customer=customer, day=day)
    return listed.exists() and not told.exclude(source__kind=Source.Kind.MANUAL).exists()


@dataclass(frozen=True)
class Line:
    """A product as the form begins: `opening` and `opening_day` (None: nothing is known), what
    came, and what was entered before."""

    product: int
    opening: int
    opening_day: date | None
    received: int
    sold: int | None = None
    closing: int | None = None
    transferred: int = 0
    price: Decimal | None = None


def delivered(customer: int, first: date, last: date) -> dict[int, dict[date, int]]:
    """{product: {day: packs}} of deliveries, from above (settings.COLLECTION_DELIVERIES)."""
    return import_string(settings.COLLECTION_DELIVERIES)(customer, first, last)


def lines_of_day(customer: int, day: date) -> list[Line]:
    """What a missing day begins with: opening = last closing, received = what was delivered; for a
    day that was entered, what was entered."""
    shelf = last_stock([customer], before=day).get(customer, {})
    came = {pk: packs.get(day, 0) for pk, packs in delivered(customer, day, day).items()}
    entered = {line.product: line for line in _told(customer, day, day)}
    lines = []
    for product in sorted(shelf.keys() | came.keys() | entered.keys()):
        packs, seen = shelf.get(product, (0, None))
        lines.append(entered.get(product) or Line(product, packs, seen, came.get(product, 0)))
    return lines


def lines_of_week(customer: int, monday: date) -> list[Line]:
    """What an information point's week begins with: the ledger's own sums where it knows the days,
    else as for a day; with the price seen last. For a week that was entered, what was entered."""
    entered = PointWeek.objects.filter(customer=customer, monday=monday, superseded_at=None).first()
    known = {} if entered is None else {line.product_id: line for line in entered.lines.all()}
    sunday = week(monday).end
    shelf = last_stock([customer], before=monday).get(customer, {})
    came = delivered(customer, monday, sunday)
    told = {line.product: line for line in _told(customer, monday, sunday)}
    prices = last_prices(customer, before=monday)
    lines = []
    for product in sorted(shelf.keys() | came.keys() | told.keys() | known.keys()):
        said, price = known.get(product), prices.get(product)
        if said is not None:
            numbers = said.opening, None, said.received, said.sold, said.closing
            lines.append(Line(product, *numbers, price=said.price))
        elif product in told:
            one = told[product]
            numbers = one.opening, one.opening_day, one.received, one.sold, one.closing
            lines.append(Line(product, *numbers, price=price))
        else:
            packs, seen = shelf.get(product, (0, None))
            total = sum(came.get(product, {}).values())
            lines.append(Line(product, packs, seen, total, price=price))
    return lines


def _told(customer: int, first: date, last: date) -> list[Line]:
    """What the ledger says of the days, summed up by product; of several days only products of
    which each day is told, so that the sums are those of all the days."""
    days = (last - first).days + 1
    found = read_documents(customers=(customer, customer + 1), first_day=first, last_day=last)
    sums: dict[int, list] = {}
    rows = found.rows
    columns = rows.product, rows.opening, rows.received, rows.sold, rows.transferred, rows.closing
    for product, opening, *moved, closing in zip(*(c.tolist() for c in columns), strict=True):
        one = sums.setdefault(product, [0, opening, 0, 0, 0, 0])
        one[0] += 1
        for place, packs in enumerate(moved, start=2):
            one[place] += packs
        one[5] = closing
    return [
        Line(product, opening, None, received, sold, closing, transferred)
        for product, (told, opening, received, sold, transferred, closing) in sums.items()
        if told == days and (days == 1 or not transferred)
    ]


def last_prices(customer: int, *, before: date) -> dict[int, Decimal]:
    """The price seen last of each product in the information point's weeks before."""
    rows = PointWeekLine.objects.filter(
        week__customer=customer,
        week__superseded_at=None,
        week__monday__lt=before,
        price__isnull=False,
    ).order_by("product", "-week__monday")
    return dict(rows.distinct("product").values_list("product", "price"))


@dataclass(frozen=True)
class Point:
    """An information point, and who entered its week (None: it is due)."""

    customer: int
    entered: PointWeek | None


def last_monday(today: date) -> date:
    """Of the last week that is over."""
    return week(today).start - timedelta(days=7)


def weeks_back(today: date) -> list[date]:
    """The Mondays of the weeks that can be entered, the last one first."""
    return [last_monday(today) - timedelta(days=7 * back) for back in range(WEEKS_BACK)]


def points(customers: Collection[int], monday: date) -> list[Point]:
    """The information points of that week among the customers, those that are due first."""
    shops = (
        CustomerProperties.objects.on(week(monday).end)
        .filter(customer__in=customers, information_point=True, customer__opened_on__lte=monday)
        .filter(Q(customer__closed_on=None) | Q(customer__closed_on__gt=monday))
    )
    done = {
        row.customer_id: row
        for row in PointWeek.objects.filter(
            customer__in=customers, monday=monday, superseded_at=None
        )
    }
    found = [Point(pk, done.get(pk)) for pk in shops.values_list("customer_id", flat=True)]
    return sorted(found, key=lambda one: (one.entered is not None, one.customer))


def is_point(customer: int, monday: date) -> bool:
    return bool(points([customer], monday))
