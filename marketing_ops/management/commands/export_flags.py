from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from brands.codes import packs_on
from customers.codes import licences_on
from inventory import queries as ledger
from inventory.indicators.models import ResultSet, ShopPeriod
from inventory.indicators.queries import result_set_for
from inventory.quality import queries as quality
from inventory.quality.models import Finding
from marketing_ops.lib import commands
from marketing_ops.lib.periods import WINDOW_DAYS

COLUMNS = ("day", "licence_no", "barcode", "flag")
DAY = timedelta(days=1)


class Command(BaseCommand):
    help = "Write the flagged shop-product-days of a day's windows, and the days not observed."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", required=True, metavar="DAY", help="YYYY-MM-DD")
        parser.add_argument("--out", required=True, metavar="FILE.csv")

    def handle(self, *, as_of, out, **options):
        result_set = result_set_for(commands.day("--as-of", as_of))
        if result_set is None or not quality.was_searched(result_set.as_of, result_set.known_at):
            raise CommandError(
                _("%(day)s was not searched for false data: run the night first (nightly --as-of).")
                % {"day": as_of}
            )
        lines = sorted(_lines(result_set))
        commands.write_csv(out, COLUMNS, lines)
        self.stdout.write(
            _("%(count)d rows of %(day)s written, known at %(known_at)s.")
            % {"count": len(lines), "day": as_of, "known_at": result_set.known_at.isoformat()}
        )


def _lines(result_set: ResultSet) -> Iterator[tuple[str, str, str, str]]:
    """From the first day of each shop's window up to the day itself."""
    as_of, known_at = result_set.as_of, result_set.known_at
    earliest = as_of - (WINDOW_DAYS - 1) * DAY
    starts = _window_starts(result_set)
    first_day = min([earliest, *starts.values()])
    licences, barcodes = licences_on(as_of), packs_on(as_of)
    for shard in ledger.shards():
        customers = ledger.customers_of(shard)
        there = _observed(customers, first_day, as_of, known_at)
        for episode in quality.episodes_in_force(
            customers=customers, as_of=as_of, known_at=known_at
        ):
            first = max(episode.first_day, starts.get(episode.customer, earliest))
            for n in range((episode.last_day - first).days + 1):
                day = first + n * DAY
                if (episode.customer, day) in there:
                    licence = licences.get(episode.customer, "")
                    barcode = barcodes.get(episode.product, "")
                    yield day.isoformat(), licence, barcode, episode.cause
        missing = quality.not_observed(
            customers=customers, first_day=first_day, last_day=as_of, known_at=known_at
        )
        for customer, day in zip(*(column.tolist() for column in missing), strict=True):
            if day >= starts.get(customer, earliest):
                kind = Finding.Kind.NOT_OBSERVED.value
                yield day.isoformat(), licences.get(customer, ""), "", kind


def _observed(customers, first_day, last_day, known_at) -> set[tuple[int, date]]:
    shop_days = ledger.changed_shop_days(
        since=None, known_at=known_at, customers=customers, first_day=first_day, last_day=last_day
    )
    return set(zip(*(np.asarray(column).tolist() for column in shop_days), strict=True))


def _window_starts(result_set: ResultSet) -> dict[int, date]:
    periods = ShopPeriod.objects.filter(result_set=result_set, window_start__isnull=False)
    return dict(periods.values_list("customer_id", "window_start"))
