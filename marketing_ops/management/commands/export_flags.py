import csv
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from inventory import queries as ledger
from inventory.indicators.models import ShopPeriod
from inventory.indicators.queries import result_set_for
from inventory.quality import queries as quality
from inventory.quality.models import Finding
from marketing_ops.lib.periods import WINDOW_DAYS

COLUMNS = ("day", "licence_no", "barcode", "flag")
DAY = timedelta(days=1)


class Command(BaseCommand):
    help = "Write the flagged shop-product-days of a day's windows, and the days not observed."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", required=True, metavar="DAY", help="YYYY-MM-DD")
        parser.add_argument("--out", required=True, metavar="FILE.csv")

    def handle(self, *, as_of, out, **options):
        day = _day(as_of)
        sweep = quality.latest_sweep(day)
        if sweep is None:
            raise CommandError(
                _("%(day)s was not searched for false data: run the night first (nightly --as-of).")
                % {"day": as_of}
            )
        lines = sorted(_lines(day, sweep.known_at))
        _write(Path(out), lines)
        self.stdout.write(
            _("%(count)d rows of %(day)s written, known at %(known_at)s.")
            % {"count": len(lines), "day": as_of, "known_at": sweep.known_at.isoformat()}
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            _("--as-of “%(text)s” is not a day: write it as 2024-06-25.") % {"text": text}
        ) from None


def _lines(as_of: date, known_at) -> Iterator[tuple[str, str, str, str]]:
    """From the first day of each shop's window up to the day itself."""
    earliest = as_of - (WINDOW_DAYS - 1) * DAY
    starts = _window_starts(as_of)
    first_day = min([earliest, *starts.values()])
    licences, barcodes = _licences(as_of), _barcodes(as_of)
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


def _window_starts(as_of: date) -> dict[int, date]:
    result_set = result_set_for(as_of)
    periods = ShopPeriod.objects.filter(result_set=result_set, window_start__isnull=False)
    return dict(periods.values_list("customer_id", "window_start"))


def _licences(day: date) -> dict[int, str]:
    """The licence number of each customer on a day: that which began last by then."""
    return _codes("customers_licence", "customer_id", "number", "true", day)


def _barcodes(day: date) -> dict[int, str]:
    """The pack's barcode of each product on a day: of several that hold, the newest."""
    return _codes("brands_barcode", "product_id", "code", "kind = 'pack'", day)


def _codes(table: str, owner: str, code: str, condition: str, day: date) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON ({owner}) {owner}, {code} FROM {table} WHERE {condition}"
            f" ORDER BY {owner}, lower(period) <= %s DESC, lower(period) DESC, {code} DESC",
            [day],
        )
        return dict(cursor.fetchall())


def _write(path: Path, lines: list) -> None:
    """Write the file in one piece: a reader never finds half of it."""
    fresh = path.with_name(path.name + ".part")
    try:
        with open(fresh, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(lines)
        os.replace(fresh, path)
    except OSError as error:
        raise CommandError(
            _("%(path)s cannot be written: %(error)s. Name a file in a folder you may write to.")
            % {"path": path, "error": error.strerror}
        ) from None
