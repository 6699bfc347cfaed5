import os
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer, Licence, MarketDepartment, Post, Route
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.audit import services as audit


@dataclass(frozen=True)
class Scope:
    """What a post is about; all None for the roles that have the whole district."""

    department: MarketDepartment | None = None
    route: Route | None = None
    customer: Customer | None = None


class Command(BaseCommand):
    help = (
        "Create a person with a login and a post from today on, or give a known person a new "
        "password and a further post. The password is read from PASSWORD in the environment."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", help="the login name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--department", help="a market manager's market department, by name")
        parser.add_argument("--route", help="an account manager's route, by name")
        parser.add_argument(
            "--licence",
            nargs="+",
            action="extend",
            metavar="N",
            help="a retail customer's licence numbers",
        )

    def handle(self, *, name, role, department, route, licence, **options):
        password = os.environ.get("PASSWORD", "")
        if not password:
            raise CommandError(
                _("No password: put it into PASSWORD in the environment of this command.")
            )
        today = timezone.localdate()
        role = Role(role)
        with transaction.atomic():
            scopes = self.scopes(name, role, department, route, licence or [], today)
            user, created = self.login(name, role, password)
            new = [scope for scope in scopes if self.give_post(user, role, scope, today)]
            audit.record(
                by="create_user",
                action="create user" if created else "change user",
                subject=f"user {name}",
                role=role.value,
                new_posts=len(new),
            )
        done = _("%(name)s created") if created else _("%(name)s has a new password")
        self.stdout.write(
            done % {"name": name}
            + "; "
            + ngettext("%(count)d new post.", "%(count)d new posts.", len(new))
            % {"count": len(new)}
        )

    def scopes(self, name, role, department, route, licences, today) -> list[Scope]:
        """What the new posts are about; raises CommandError where the options do not fit."""
        wanted = {
            Role.ACCOUNT_MANAGER: {"--route", "--department"},
            Role.MARKET_MANAGER: {"--department"},
            Role.CUSTOMER: {"--licence"},
        }.get(role, set())
        given = {"--department": department, "--route": route, "--licence": licences}
        for option, value in given.items():
            if value and option not in wanted:
                raise CommandError(
                    _("%(option)s does not go with the role %(role)s: leave it out.")
                    % {"option": option, "role": role.value}
                )
        if role == Role.ACCOUNT_MANAGER:
            if not route:
                return self.held_already(name, role, "--route", today)
            return [Scope(route=self.route(route, department))]
        if role == Role.MARKET_MANAGER:
            if not department:
                return self.held_already(name, role, "--department", today)
            return [Scope(department=self.department(department))]
        if role == Role.CUSTOMER:
            if not licences:
                return self.held_already(name, role, "--licence", today)
            return [Scope(customer=self.customer(number, today)) for number in licences]
        return [Scope()]

    def held_already(self, name, role, option, today) -> list[Scope]:
        """No scope named: right for a person (from an import, say) who holds such a post."""
        if Post.objects.on(today).filter(user__username=name, role=role).exists():
            return []
        raise CommandError(
            _("The role %(role)s needs %(option)s: %(name)s holds no such post yet.")
            % {"role": role.value, "option": option, "name": name}
        )

    def department(self, name) -> MarketDepartment:
        found = MarketDepartment.objects.filter(name=name).first()
        if found is None:
            raise _unknown("--department", name, MarketDepartment.objects.all())
        return found

    def route(self, name, department) -> Route:
        routes = Route.objects.all()
        if department:
            routes = routes.filter(department=self.department(department))
        found = list(routes.filter(name=name)[:2])
        if not found:
            raise _unknown("--route", name, routes)
        if len(found) > 1:
            raise CommandError(
                _("Several departments have a route “%(name)s”: name one by --department.")
                % {"name": name}
            )
        return found[0]

    def customer(self, number, today) -> Customer:
        licence = Licence.objects.on(today).filter(number=number).select_related("customer").first()
        if licence is None:
            raise CommandError(
                _(
                    "No shop has the licence %(number)s today. Import the customers first, or "
                    "name the number that is on the licence now."
                )
                % {"number": number}
            )
        return licence.customer

    def login(self, name, role, password) -> tuple[User, bool]:
        """The person with this password; an administrator may also use the admin pages."""
        user = User.objects.select_for_update().filter(username=name).first()
        created = user is None
        user = user or User(username=name)
        try:
            User._meta.get_field("username").run_validators(name)
        except ValidationError as error:
            raise CommandError(f"{name}: {' '.join(error.messages)}") from None
        try:
            validate_password(password, user)
        except ValidationError as error:
            # Whoever can run this may choose; but they should know.
            self.stderr.write(_("A weak password: %(why)s") % {"why": " ".join(error.messages)})
        user.set_password(password)
        user.is_active = True
        if role == Role.ADMIN:
            user.is_staff = user.is_superuser = True
        user.save()
        return user, created

    def give_post(self, user, role, scope, today) -> bool:
        """Let the post begin today unless the person holds it already; whether it is new."""
        post = {
            "user": user,
            "role": role,
            "department": scope.department,
            "route": scope.route,
            "customer": scope.customer,
        }
        if Post.objects.on(today).filter(**post, substitute_for=None).exists():
            return False
        Post.objects.create(**post, period=DateRange(today, None))
        return True


def _unknown(option, name, known) -> CommandError:
    names = ", ".join(row.name for row in known.order_by("name")[:20]) or _("none yet")
    return CommandError(
        _(
            "%(option)s “%(name)s” is not known. Known are: %(names)s. Import the customers "
            "first, which brings departments and routes."
        )
        % {"option": option, "name": name, "names": names}
    )
