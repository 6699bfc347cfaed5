from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from marketing_ops.lib import commands
from marketing_ops.nightly import run_night
from orders.quotas.models import RuleSet


class Command(BaseCommand):
    help = "Run the whole night for a day: findings, indicators, recommended quotas, roll-ups."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", metavar="DAY", help="YYYY-MM-DD; default: yesterday")
        parser.add_argument(
            "--known-at",
            metavar="TIME",
            help="ISO 8601; tell the night from what was known then, beside the current results",
        )

    def handle(self, *, as_of, known_at, **options):
        today = timezone.localdate()
        day = commands.day("--as-of", as_of) if as_of else today - timedelta(days=1)
        if day >= today:
            raise CommandError(
                _("--as-of %(day)s is not over yet: name a day before %(today)s.")
                % {"day": day, "today": today}
            )
        moment = _time(known_at) if known_at else None
        try:
            run = run_night(as_of=day, known_at=moment, by="command")
        except RuleSet.DoesNotExist as error:
            raise CommandError(str(error)) from None
        seconds = (run.finished_at - run.started_at).total_seconds()
        self.stdout.write(
            _("Night of %(day)s done in %(seconds).1f s, known at %(known_at)s.")
            % {"day": day, "seconds": seconds, "known_at": run.known_at.isoformat()}
        )
        for name, number in sorted(run.counts.items()):
            self.stdout.write(f"  {name}: {number}")


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            _("--known-at “%(text)s” is not a time: write it as 2024-06-26T02:00:00+08:00.")
            % {"text": text}
        ) from None
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    if moment > timezone.now():
        raise CommandError(
            _("--known-at %(text)s lies in the future: nothing is known of it yet.")
            % {"text": text}
        )
    return moment
