"""Which route a file's "market department, account manager" is; unknown ones are created.

A file names people, the house keeps routes: a shop belongs to a route, and a dated post says who
serves the route. So a shop whose route is served by the named person on that day stays where it
is, and a route given to a successor needs no change of its shops.
"""

from datetime import date

from django.contrib.auth.hashers import make_password
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from customers.models import MarketDepartment, Post, Route
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.audit import services as audit
from marketing_ops.lib.importing import BadValue, Job


class Routes:
    """Finds or makes the routes that the rows of one import need. Use inside its transaction."""

    def __init__(self, job: Job):
        self.job = job
        self.departments = {d.name: d for d in MarketDepartment.objects.all()}
        self.routes = {r.pk: r for r in Route.objects.all()}
        self.posts: dict[int, list[Post]] = {}
        held = Post.objects.filter(role=Role.ACCOUNT_MANAGER, substitute_for__isnull=True)
        for post in held.order_by("period"):
            self.posts.setdefault(post.route_id, []).append(post)
        self.people: dict[str, User] = {}

    def find(self, department: str, manager: str, day: date, current: int | None) -> int:
        """The id of the route of `manager` in `department` on `day`; `current` is the shop's route
        so far, preferred where it fits."""
        person = self.person(manager)
        place = self._department(department)
        own = [
            route
            for route in self.routes.values()
            if route.department_id == place.pk
            and any(_holds(p, day) and p.user_id == person.pk for p in self._posts(route))
        ]
        if any(route.pk == current for route in own):
            return current
        if own:
            return min(own, key=lambda route: route.name).pk
        return self._appoint(person, place, manager, day).pk

    def _appoint(self, person: User, place: MarketDepartment, manager: str, day: date) -> Route:
        """The person's route in that department, served from `day` on: an own one that begins
        later or has nobody, else a new one."""
        for route in sorted(self.routes.values(), key=lambda route: route.name):
            posts = self._posts(route)
            if route.department_id != place.pk or any(_until(p) > day for p in posts[:-1]):
                continue
            last = posts[-1] if posts else None
            if last and last.user_id == person.pk and last.period.lower > day:
                last.period = DateRange(day, last.period.upper)
                last.save(update_fields=["period"])
                return route
            if route.name == manager and (last is None or _until(last) <= day):
                return self._post(person, route, day)
        taken = {r.name for r in self.routes.values() if r.department_id == place.pk}
        name, number = manager, 2
        while name in taken:
            name, number = f"{manager} {number}", number + 1
        route = Route.objects.create(name=name, department=place)
        self.routes[route.pk] = route
        return self._post(person, route, day)

    def _post(self, person: User, route: Route, day: date) -> Route:
        post = Post.objects.create(
            user=person, role=Role.ACCOUNT_MANAGER, route=route, period=DateRange(day, None)
        )
        self.posts.setdefault(route.pk, []).append(post)
        audit.record(
            by=self.job.by,
            run=self.job.run_id,
            action="post",
            subject=f"person {person.username}",
            why=_("named as account manager in an imported file"),
            route=route.name,
            since=day.isoformat(),
        )
        return route

    def _posts(self, route: Route) -> list[Post]:
        return self.posts.get(route.pk, [])

    def person(self, manager: str) -> User:
        """Who is meant: a user name, else a name; created if unknown. Raises BadValue if several
        people have the name."""
        if manager not in self.people:
            found = list(User.objects.filter(username=manager)) or list(
                User.objects.filter(display_name=manager)[:2]
            )
            if len(found) > 1:
                raise BadValue(_("Several people have this name. Give the user name instead."))
            self.people[manager] = found[0] if found else self._create_person(manager)
        return self.people[manager]

    def _create_person(self, manager: str) -> User:
        person = User.objects.create(
            username=manager, display_name=manager, password=make_password(None)
        )
        audit.record(
            by=self.job.by,
            run=self.job.run_id,
            action="create person",
            subject=f"person {manager}",
            why=_("named as account manager in an imported file"),
        )
        self.job.made.append(
            _("The account manager %(name)s was not known: created as a person without login.")
            % {"name": manager}
        )
        return person

    def _department(self, name: str) -> MarketDepartment:
        if name not in self.departments:
            self.departments[name] = MarketDepartment.objects.create(name=name)
            audit.record(
                by=self.job.by,
                run=self.job.run_id,
                action="create department",
                subject=f"department {name}",
                why=_("named in an imported file"),
            )
            self.job.made.append(
                _("The market department %(name)s was not known: created.") % {"name": name}
            )
        return self.departments[name]


def _holds(post: Post, day: date) -> bool:
    return post.period.lower <= day < _until(post)


def _until(post: Post) -> date:
    return post.period.upper or date.max
