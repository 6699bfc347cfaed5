import time
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.indicators import services as indicators
from marketing_ops.demo import called, district, mornings, visited
from marketing_ops.demo.fill import NotEmpty, fill, filled
from marketing_ops.nightly import due_day, run_night


class Command(BaseCommand):
    help = "Fill an empty database with the demo district and run its night; safe to repeat."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError(
                _(
                    "The demo's passwords are public, so it fills no database unless DEMO=1 is "
                    "in the environment; script/demo sets it."
                )
            )
        self.began = time.monotonic()
        now = timezone.now()
        yesterday = timezone.localdate(now) - timedelta(days=1)
        run = filled()
        if run is None:
            self.say(_("making the demo district up to %(day)s") % {"day": yesterday})
            made = district.generate(as_of=yesterday)
            self.say(_("%(count)d ledger rows made") % {"count": len(made.ledger)})
            try:
                run = fill(made, by="demo", say=self.say)
            except NotEmpty as error:
                raise CommandError(str(error)) from error
        else:
            self.say(_("the demo district is there, up to %(day)s") % {"day": run.as_of})
        # Shortly after midnight yesterday's night is not due yet, and the one before still counts.
        for day in sorted({due_day(now), yesterday}):
            if not indicators.has_results(day):
                self.say(_("the night of %(day)s begins") % {"day": day})
                run_night(as_of=day, by="demo")
        self.mornings(timezone.localdate(now))
        self.say(_("the demo district is ready"))

    def mornings(self, today) -> None:
        mornings.holidays(today=today)
        mornings.windows()
        mornings.bag()
        drafted = mornings.plans(today=today)
        mornings.meetings(today=today)
        if drafted:
            self.say(_("%(count)d plans of visits are drafted") % {"count": drafted})
        made = visited.visits(today=today)
        if made:
            self.say(_("%(count)d visits of the last days are in") % {"count": made})
        due = called.after_visits(today=today)
        if due:
            self.say(_("%(count)d calls are due") % {"count": due})

    def say(self, line: str) -> None:
        seconds = time.monotonic() - self.began
        self.stdout.write(f"[demo {seconds:4.1f} s] {line}")
        self.stdout.flush()
