"""Which shops: the filters that every list of shops, and of what belongs to shops, shares."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices

from customers import pinyin
from customers.models import (
    Area,
    CustomerProperties,
    Format,
    Licence,
    RouteAssignment,
    Scale,
)
from marketing_ops.accounts.roles import Role
from marketing_ops.lib.rest.filters import Choice, Declared, Text, Whole, YesNo


class Segment(TextChoices):
    """A shop by its stock-outs (inventory.indicators.rules.Segment), or none."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    NONE = "none"


class ShopFilters(Declared):
    q = Text(label="Part of the name, in Chinese or pinyin, or of the licence number.")
    licence_no = Text(label="The licence number, a present or a former one.")
    department = Whole(label="Id of a market department.")
    route = Whole(label="Id of a route.")
    manager = Whole(label="Id of the account manager who holds the route's post.")
    format = Choice(Format, label="Business format.")
    area = Choice(Area, label="Urban or rural.")
    scale = Choice(Scale, label="Large, medium or small.")
    group = Whole(label="Id of a chain group.")
    uploads = YesNo(label="Whether the shop uploads point-of-sale data.")
    information_point = YesNo(label="Whether the shop is an information point.")
    segment = Choice(Segment, label="Stock-out segment of the window; none: no day observed.")


def matching(
    customers: QuerySet,
    asked: Mapping[str, Any],
    day: date | OuterRef,
    *,
    segments: Callable[[], Mapping[int, str]],
) -> QuerySet:
    """Those of `customers` that fit what was asked of ShopFilters, as they are on `day`.

    `day` can be an OuterRef to an annotation of `customers`, where each has a day of its own.
    `segments` tells the segment of each customer that has one; it is called where it is needed.
    """

    def holds(model, *conditions: Q, **values):
        return Exists(
            model.objects.filter(
                *conditions, customer_id=OuterRef("pk"), period__contains=day, **values
            )
        )

    if "licence_no" in asked:
        former = Licence.objects.filter(customer_id=OuterRef("pk"), number=asked["licence_no"])
        customers = customers.filter(Exists(former))
    if "q" in asked:
        text = asked["q"].strip()
        named = Q(name__icontains=text)
        if pinyin.is_typed(text):
            # Of all shops: which of them may be seen is not decided here.
            names = CustomerProperties.objects.order_by().values_list("name", flat=True)
            named |= Q(name__in=pinyin.fitting(names.distinct(), text))
        customers = customers.filter(
            holds(Licence, number__icontains=text) | holds(CustomerProperties, named)
        )
    if "segment" in asked:
        of = segments()
        if asked["segment"] == Segment.NONE:
            customers = customers.exclude(pk__in=list(of))
        else:
            wanted = [pk for pk, segment in of.items() if segment == asked["segment"]]
            customers = customers.filter(pk__in=wanted)
    facts: dict[str, Any] = {
        name: asked[name] for name in ("format", "area", "scale") if name in asked
    }
    if "group" in asked:
        facts["group_id"] = asked["group"]
    for name in ("uploads", "information_point"):
        if name in asked:
            facts[name] = asked[name] == "true"
    if facts:
        customers = customers.filter(holds(CustomerProperties, **facts))
    served: dict[str, Any] = {}
    if "route" in asked:
        served["route_id"] = asked["route"]
    if "department" in asked:
        served["route__department_id"] = asked["department"]
    if "manager" in asked:
        served |= {
            "route__posts__user_id": asked["manager"],
            "route__posts__role": Role.ACCOUNT_MANAGER,
            "route__posts__substitute_for__isnull": True,
            "route__posts__period__contains": day,
        }
    return customers.filter(holds(RouteAssignment, **served)) if served else customers
