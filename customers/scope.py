"""Who may do what, and whose shops they see: the one rule, asked by every page, API and file.

Two questions, both answered from the posts that a person holds on a day:

- `may(user, action, on=day)`: may they do this kind of thing at all?
- `customers_of(user, on=day)`: to which shops does it apply?

The default is no: without a post there is no right, and an action not listed is nobody's.
"""

from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from customers.models import Customer, Post, Route, RouteAssignment
from marketing_ops.accounts.roles import Role


class Action(StrEnum):
    """What can be done on the site; each page and file names one."""

    SEE_SHOPS = "see shops"
    SEE_FIGURES = "see figures"
    SEE_DISTRICT = "see the whole district"
    SEE_RUNS = "see runs"
    SEE_RULES = "see the rules of the quotas"
    SEE_OWN_SHOP = "see one's own shop"
    SEE_TRAIL = "see the audit trail"
    KEEP_MASTER_DATA = "keep master data"
    IMPORT_FILES = "import files"
    RUN_NIGHTS = "run a night again"
    MAKE_VISITS = "make visits"
    SEE_VISITS = "see visits"
    PLAN_VISITS = "plan visits"
    APPROVE_PLANS = "approve plans of visits"
    SEE_CONFIDENTIAL = "see what was told in confidence"
    SEE_COUNTS = "see stock counts and what is collected by hand"
    COLLECT_BY_HAND = "collect by hand what no upload told"
    MAKE_CALLS = "call shops about their orders"
    HANDLE_RESCUES = "write the reason of an order rescue and close it"


_EVERYBODY_AT_WORK = frozenset(Role) - {Role.CUSTOMER}
# These see the whole district. An inspector sees what an inspection plan gives, and no more.
_DISTRICT_WIDE = frozenset({Role.DISTRICT, Role.ADMIN})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_SHOPS: frozenset(Role),
    Action.SEE_FIGURES: _EVERYBODY_AT_WORK,
    Action.SEE_DISTRICT: _DISTRICT_WIDE,
    Action.SEE_RUNS: frozenset({Role.DISTRICT, Role.ADMIN}),
    Action.SEE_RULES: _EVERYBODY_AT_WORK,
    Action.SEE_OWN_SHOP: frozenset({Role.CUSTOMER}),
    Action.SEE_TRAIL: frozenset({Role.ADMIN}),
    Action.KEEP_MASTER_DATA: frozenset({Role.ADMIN}),
    Action.IMPORT_FILES: frozenset({Role.ADMIN}),
    Action.RUN_NIGHTS: frozenset({Role.ADMIN}),
    Action.MAKE_VISITS: frozenset({Role.ACCOUNT_MANAGER}),
    # An inspector sees what an inspection plan gives, and there is none yet.
    Action.SEE_VISITS: _EVERYBODY_AT_WORK - {Role.INSPECTOR},
    Action.PLAN_VISITS: frozenset({Role.ACCOUNT_MANAGER, Role.MARKET_MANAGER}),
    Action.APPROVE_PLANS: frozenset({Role.MARKET_MANAGER, Role.ADMIN}),
    Action.SEE_CONFIDENTIAL: _DISTRICT_WIDE,
    Action.SEE_COUNTS: _EVERYBODY_AT_WORK - {Role.INSPECTOR},
    Action.COLLECT_BY_HAND: frozenset({Role.ACCOUNT_MANAGER}),
    Action.MAKE_CALLS: _EVERYBODY_AT_WORK - {Role.INSPECTOR},
    Action.HANDLE_RESCUES: _DISTRICT_WIDE,
}


def posts_of(user, *, on: date) -> QuerySet[Post]:
    """The posts that `user` holds on that day; none for who has no login or was switched off."""
    if not user.is_authenticated or not user.is_active:
        return Post.objects.none()
    return Post.objects.on(on).filter(user_id=user.pk)


def roles_of(user, *, on: date) -> frozenset[Role]:
    return frozenset(Role(role) for role in posts_of(user, on=on).values_list("role", flat=True))


def may(user, action: Action, *, on: date) -> bool:
    return bool(ALLOWED.get(action, frozenset()) & roles_of(user, on=on))


def customers_of(user, *, on: date) -> QuerySet[Customer]:
    """The shops that `user` sees on that day, in one query.

    An account manager's are those on the routes of their posts (a substitute's too, while it
    lasts), a market manager's those of the department's routes, a retail customer's the own one.
    """
    posts = posts_of(user, on=on)
    held = list(posts.values_list("role", "route_id", "department_id", "customer_id"))
    if any(role in _DISTRICT_WIDE for role, *_rest in held):
        return Customer.objects.all()
    routes = [route for _role, route, _department, _customer in held if route]
    departments = [department for _role, _route, department, _customer in held if department]
    own = [customer for *_rest, customer in held if customer]
    if not (routes or departments or own):
        return Customer.objects.none()
    assigned = RouteAssignment.objects.on(on).filter(
        Q(route_id__in=routes) | Q(route__department_id__in=departments),
        customer_id=OuterRef("pk"),
    )
    return Customer.objects.filter(Exists(assigned) | Q(pk__in=own))


def routes_of(user, *, on: date) -> QuerySet[Route]:
    """The routes that `user` works on that day (a substitute's too) or leads; the district staff's
    and the administrators' are all."""
    posts = posts_of(user, on=on)
    held = list(posts.values_list("role", "route_id", "department_id"))
    if any(role in _DISTRICT_WIDE for role, *_rest in held):
        return Route.objects.all()
    own = Q(pk__in=[route for _role, route, _department in held if route])
    return Route.objects.filter(
        own | Q(department__in=[department for *_rest, department in held if department])
    )


def own_shops_of(user, *, on: date) -> QuerySet[Customer]:
    """The shops that are the person's own on that day, as a retail customer."""
    posts = posts_of(user, on=on).filter(role=Role.CUSTOMER)
    return Customer.objects.filter(pk__in=posts.values("customer_id"))
