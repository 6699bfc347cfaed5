"""What the person who sees a page of the desk may do on it."""

from django.http import HttpRequest

from customers.scope import ALLOWED, Action
from marketing_ops.accounts import second_factor
from marketing_ops.accounts.roles import Role


def allowed(request: HttpRequest, action: Action) -> bool:
    """Whether the gate would let this request do `action`, but for the second factor."""
    return bool(ALLOWED[action] & request.roles)


def wants_second_factor(request: HttpRequest, action: Action) -> bool:
    """Whether the gate would first ask for the second factor: better said before a long upload."""
    return ALLOWED[action] == {Role.ADMIN} and second_factor.missing(request)
