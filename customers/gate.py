"""The gate before every page: a view names the action that it is, and the scope decides."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone

from customers.scope import ALLOWED, Action, customers_of, roles_of
from marketing_ops.accounts import second_factor
from marketing_ops.accounts.roles import Role


def requires(action: Action):
    """Let a view be seen by who may do `action` today; others get 403, strangers the login page.

    The view finds the day in `request.today` and the shops it may speak of in
    `request.customers` (a queryset); it takes shops from nowhere else. `request.roles` are the
    person's of today. What only administrators may do asks for their second factor too.
    """

    def decorate(view):
        @wraps(view)
        def gated(request, *args, **kwargs):
            request.today = timezone.localdate()
            request.roles = roles_of(request.user, on=request.today)
            if not ALLOWED.get(action, frozenset()) & request.roles:
                raise PermissionDenied
            if ALLOWED[action] == {Role.ADMIN} and second_factor.missing(request):
                return redirect("second_factor")
            request.customers = customers_of(request.user, on=request.today)
            return view(request, *args, **kwargs)

        gated.action = action
        return gated

    return decorate
