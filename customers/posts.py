"""Who leads whom. That one head leads at most eight people is advice: it warns, it forbids not."""

from datetime import date

from customers.models import MarketDepartment, Post
from marketing_ops.accounts.roles import Role

LEADS_AT_MOST = 8


def led_by(department: MarketDepartment, *, on: date) -> int:
    """How many account managers serve the routes of a department on that day."""
    posts = Post.objects.on(on).filter(
        role=Role.ACCOUNT_MANAGER, route__department=department, substitute_for=None
    )
    return posts.values("user_id").distinct().count()
