"""Who made which visit, whose shop it was, and what may be seen of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from customers.models import Customer, Post
from customers.scope import Action, customers_of, may, roles_of
from customers.visits.models import Visit
from customers.visits.rules import arrival as rules
from marketing_ops.accounts.roles import Role

# Whose visits these roles see: those to their shops, whoever made them.
LEADING = frozenset({Role.MARKET_MANAGER, Role.DISTRICT, Role.ADMIN})


@dataclass(frozen=True)
class Shop:
    """`place` is (longitude, latitude) in WGS-84, None where it is not known."""

    customer: int
    place: tuple[float, float] | None


_SHOP = """
    SELECT l.customer_id, f.longitude, f.latitude
      FROM customers_licence l
      JOIN customers_customer c ON c.id = l.customer_id
      JOIN customers_routeassignment a ON a.customer_id = l.customer_id
      JOIN customers_post p ON p.route_id = a.route_id
      LEFT JOIN customers_customerproperties f
             ON f.customer_id = l.customer_id AND f.period @> %(day)s::date
     WHERE l.number = %(licence)s AND p.user_id = %(user)s AND p.role = 'account_manager'
       AND (c.closed_on IS NULL OR c.closed_on >= %(first)s)
       AND l.period && daterange(%(first)s, %(day)s, '[]')
       AND a.period * p.period && daterange(%(first)s, %(day)s, '[]')
     ORDER BY l.period @> %(day)s::date DESC, lower(l.period) DESC
     LIMIT 1
"""


def shop_of(user, licence: str, *, day: date) -> Shop | None:
    """The shop with this licence number, if `user` serves it as its account manager on `day` or
    did so shortly before: a phone may not have heard of a change, or that the shop closed, yet."""
    if "\0" in licence:
        return None
    first = day - timedelta(days=rules.DAYS_AFTER_A_CHANGE)
    asked = {"licence": licence, "user": user.pk, "first": first, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(_SHOP, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    customer, longitude, latitude = row
    known = longitude is not None and latitude is not None
    return Shop(customer, (longitude, latitude) if known else None)


def may_send(user, *, on: date) -> bool:
    """Whether `user` is an account manager, or was shortly before: what waits on the phone of who
    got another post is still sent."""
    first = on - timedelta(days=rules.DAYS_AFTER_A_CHANGE)
    if not user.is_active:
        return False
    posts = Post.objects.during(first, on).filter(user_id=user.pk, role=Role.ACCOUNT_MANAGER)
    return posts.exists()


def visits_seen_by(user, *, on: date) -> QuerySet[Visit]:
    """Whose visits one sees: one's own, and those to one's shops as who leads. The next account
    manager of a shop gets its promises, not its visits."""
    own = Q(made_by=user.pk)
    if not LEADING & roles_of(user, on=on):
        return Visit.objects.filter(own)
    return Visit.objects.filter(own | Q(customer__in=customers_of(user, on=on)))


def may_see_confidential(user, *, on: date) -> bool:
    return may(user, Action.SEE_CONFIDENTIAL, on=on)


def shops_served_by(user, *, on: date) -> QuerySet[Customer]:
    """The open shops on the routes of a person's posts as an account manager."""
    routes = Post.objects.on(on).filter(user_id=user.pk, role=Role.ACCOUNT_MANAGER)
    return Customer.objects.filter(
        Q(closed_on=None) | Q(closed_on__gte=on),
        opened_on__lte=on,
        assignments__period__contains=on,
        assignments__route__in=routes.values("route"),
    )


def kept_seen_by(model, user, *, on: date) -> QuerySet:
    """Of the conflicts or the visits set aside (`model`) those that the person sent; who leads sees
    those of the account managers of their shops' routes."""
    own = Q(sent_by=user.pk)
    if not LEADING & roles_of(user, on=on):
        return model.objects.filter(own)
    people = Post.objects.on(on).filter(
        role=Role.ACCOUNT_MANAGER,
        route__assignments__customer__in=customers_of(user, on=on),
        route__assignments__period__contains=on,
    )
    return model.objects.filter(own | Q(sent_by__in=people.values("user_id")))
