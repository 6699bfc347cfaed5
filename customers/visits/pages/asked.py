"""What an address asks for: a day, a month, one's own route. What cannot be read is not there."""

from datetime import date, datetime

from django.http import Http404
from django.shortcuts import get_object_or_404

from customers.models import Post, Route
from customers.scope import routes_of
from marketing_ops.accounts.roles import Role

FIRST_YEAR, LAST_YEAR = 2000, 2099


def month_of(text: str) -> date:
    """2024-07 as its first day; Http404."""
    return _read(text, "%Y-%m")


def day_of(text: str) -> date:
    """2024-07-01; Http404."""
    return _read(text, "%Y-%m-%d")


def _read(text: str, form: str) -> date:
    try:
        found = datetime.strptime(text, form).date()
    except ValueError:
        raise Http404 from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR or found.strftime(form) != text:
        raise Http404
    return found


def own_route(user, number: int, *, on: date) -> Route:
    """A route that the person works on, leads or oversees; Http404 alike for what is not theirs."""
    routes = routes_of(user, on=on).select_related("department")
    return get_object_or_404(routes, pk=number)


def people_of(department: int, day: date) -> list[Post]:
    """The posts of the account managers of a department on a day, by name of the person."""
    return list(
        Post.objects.on(day)
        .filter(role=Role.ACCOUNT_MANAGER, route__department=department)
        .select_related("user", "route")
        .order_by("user__display_name", "pk")
    )
