"""Whose sums a person may see: of the whole district, of departments, of account managers.

A sum over a group says something of every shop in it. So it is shown to who may see the whole
district, to a department's market manager, and to the account manager whose own it is.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from customers.models import Post
from customers.scope import Action, may, posts_of
from marketing_ops.accounts.roles import Role


@dataclass(frozen=True)
class Groups:
    """Ids of market departments and of account managers (users); `everything`: all of them."""

    everything: bool
    departments: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()

    def condition(self, dimension: str, key: str) -> Q:
        """Which rows of a table of sums are the person's.

        `dimension` and `key` name its columns, which say "department" or "manager" and an id.
        """
        if self.everything:
            return Q()
        departments, managers = (sorted(map(str, ids)) for ids in (self.departments, self.managers))
        return Q(**{dimension: "department", f"{key}__in": departments}) | Q(
            **{dimension: "manager", f"{key}__in": managers}
        )


def groups_of(user, *, on: date, since: date, until: date) -> Groups:
    """The groups of `user` on a day, for sums over shops as they were from `since` to `until`.

    To a market manager belong the account managers who in that time served routes of the own
    departments and no others: the sum of one who moved over speaks of shops elsewhere.
    """
    if may(user, Action.SEE_DISTRICT, on=on):
        return Groups(everything=True)
    posts = list(posts_of(user, on=on).values_list("role", "department_id"))
    departments = frozenset(department for role, department in posts if role == Role.MARKET_MANAGER)
    own = {user.pk} if any(role == Role.ACCOUNT_MANAGER for role, _department in posts) else set()
    return Groups(False, departments, frozenset(own | _managers(departments, since, until)))


def _managers(departments: frozenset[int], since: date, until: date) -> set[int]:
    if not departments:
        return set()
    served: dict[int, set[int]] = {}
    for manager, department in (
        Post.objects.during(since, until)
        .filter(role=Role.ACCOUNT_MANAGER)
        .values_list("user_id", "route__department_id")
    ):
        served.setdefault(manager, set()).add(department)
    return {manager for manager, where in served.items() if where <= departments}
