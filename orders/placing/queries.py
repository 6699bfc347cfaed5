"""Reads: the calls that are due and those that were made, and the rescues, with names and words."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone

from brands.api import named_products
from customers.api import named_shops
from orders.placing.models import Call, FollowUp, Rescue
from orders.placing.words import words

_RANK = Case(
    *(When(kind=kind, then=Value(rank)) for rank, kind in enumerate(Call.Kind)),
    output_field=IntegerField(),
)


def open_calls(customers: QuerySet) -> QuerySet[Call]:
    """The calls that somebody has to make, the most urgent first, then the latest orders."""
    found = Call.objects.filter(customer__in=customers, called_at=None)
    return found.annotate(rank=_RANK).order_by("rank", "-day", "pk")


def calls_made(customers: QuerySet, day: date) -> QuerySet[Call]:
    """The calls that people made on a day, the last one first."""
    since, until = _day(day)
    found = Call.objects.filter(
        customer__in=customers, called_at__range=(since, until), called_by__isnull=False
    )
    return found.select_related("called_by").order_by("-called_at")


def _day(day: date) -> tuple[datetime, datetime]:
    return tuple(timezone.make_aware(datetime.combine(day, one)) for one in (time.min, time.max))


def describe(calls: Iterable[Call], day: date) -> None:
    """Give each call its `named_shop` and its reasons in words, `said`."""
    calls = list(calls)
    shops = named_shops({call.customer_id for call in calls}, day)
    wanted = {r["product"] for call in calls for r in call.reasons if "product" in r}
    products = named_products(wanted, day)
    for call in calls:
        call.named_shop = shops[call.customer_id]
        call.said = [words(reason, products) for reason in call.reasons]


def followed(customers: QuerySet, *, since: date) -> list[FollowUp]:
    """What became of the products that shopkeepers wanted, by orders since a day, named."""
    found = list(
        FollowUp.objects.filter(introduction__customer__in=customers, order_day__gte=since)
        .select_related("introduction", "call")
        .order_by("-order_day", "pk")
    )
    shops = named_shops({one.introduction.customer_id for one in found}, since)
    products = named_products({one.introduction.product_id for one in found}, since)
    for one in found:
        one.shop = shops[one.introduction.customer_id]
        one.product = products[one.introduction.product_id]
    return found


def rescues(customers: QuerySet) -> QuerySet[Rescue]:
    """The rescues, those under way first."""
    found = Rescue.objects.filter(customer__in=customers)
    return found.select_related("asked_by", "reason_by", "outcome_by").order_by(
        "outcome", "-asked_at"
    )
