"""Who may do what with the plan of a route: asked by pages and API alike."""

from dataclasses import dataclass
from datetime import date

from customers.models import Route
from customers.scope import posts_of
from marketing_ops.accounts.roles import Role


@dataclass(frozen=True)
class May:
    """`change`: move visits and hand the plan in. `lead`: decide about it."""

    change: bool
    lead: bool


def may_with(user, route: Route, *, on: date) -> May:
    """Account managers (and who stands in) change the plans of their routes, market managers change
    and decide about those of their department, administrators decide."""
    posts = list(posts_of(user, on=on))
    leads = any(
        post.role == Role.MARKET_MANAGER and post.department_id == route.department_id
        for post in posts
    )
    serves = any(post.role == Role.ACCOUNT_MANAGER and post.route_id == route.pk for post in posts)
    return May(change=leads or serves, lead=leads or any(post.role == Role.ADMIN for post in posts))


def led_departments(user, *, on: date) -> list[int]:
    """The market departments whose manager the person is."""
    posts = posts_of(user, on=on).filter(role=Role.MARKET_MANAGER)
    return list(posts.values_list("department_id", flat=True))
