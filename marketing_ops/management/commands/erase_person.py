"""`manage.py erase_person`: a person's data go, on request; the figures stay."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.visits.services import erasure
from marketing_ops.accounts.models import User
from orders.placing.services import erase_words


class Command(BaseCommand):
    help = (
        "Erase a person's data: of somebody with a login (--user, after their posts have ended) "
        "or of the shopkeeper of a licence (--licence). What was counted stays."
    )

    def add_arguments(self, parser):
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--user", help="Login name.")
        who.add_argument("--licence", help="Licence number of the shop, present or former.")
        parser.add_argument("--why", required=True, help="For the audit trail: who asked, when.")
        parser.add_argument("--by", default="erase_person", help="Who does it.")

    def handle(self, *, user, licence, why, by, **options):
        now = timezone.now()
        if user:
            done = self._maker(user, why=why, by=by, now=now)
        else:
            shop = Customer.objects.filter(licences__number=licence).order_by("-licences__period")
            if not shop.exists():
                raise CommandError(
                    _("No shop has or had the licence number %(number)s.") % {"number": licence}
                )
            with transaction.atomic():
                done = erasure.erase_shopkeeper(shop[0], by=by, why=why, now=now)
                done["calls"] = erase_words(shop[0].pk)
        self.stdout.write("erased: " + ", ".join(f"{name} {n}" for name, n in done.items()))

    def _maker(self, name, *, why, by, now):
        person = User.objects.filter(username=name).first()
        if person is None:
            raise CommandError(
                _("There is no person with the login name %(name)s.") % {"name": name}
            )
        try:
            return erasure.erase_maker(person, by=by, why=why, now=now)
        except erasure.StillInOffice:
            raise CommandError(
                _("%(name)s still holds a post: end it first.") % {"name": name}
            ) from None
