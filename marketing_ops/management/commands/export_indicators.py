import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from brands.models import Barcode
from customers.models import Licence
from inventory.indicators import figures
from inventory.indicators.figures import PERIOD_EXPORT, PeriodFigures
from inventory.indicators.models import Figure, ResultSet, ShopPeriod
from inventory.indicators.queries import result_set_for
from inventory.indicators.rules import decimals
from orders.quotas import queries as quotas
from orders.quotas import reasons
from orders.quotas.evidence import UNKNOWN
from orders.quotas.models import RuleSet
from orders.quotas.rules import METHODS
from orders.quotas.services import what_if

COLUMNS = (
    "licence_no", "barcode",
    "cycle_start", "cycle_end", *(f"cycle_{name}" for name in PERIOD_EXPORT),
    "window_start", "window_end", *(f"window_{name}" for name in PERIOD_EXPORT),
    "stockout_threshold", "quota", "target_level", "quota_rule", "reasons",
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """What a line of the export says; `days`: start and end of cycle and window, None: none."""

    customer: int
    product: int
    days: tuple[date | None, ...]
    cycle: PeriodFigures
    window: PeriodFigures
    threshold: int
    advice: dict[str, int] | None


class Command(BaseCommand):
    help = "Write the indicators and recommended quotas of a day, one row per customer × product."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", required=True, metavar="DAY", help="YYYY-MM-DD")
        parser.add_argument("--out", required=True, metavar="FILE.csv")
        parser.add_argument(
            "--raw", action="store_true", help="from the ledger as reported, no flag applied"
        )
        parser.add_argument(
            "--method", choices=METHODS, help="quotas by this method instead of the rule set's"
        )

    def handle(self, *, as_of, out, raw, method, **options):
        result_set = result_set_for(_day(as_of))
        if result_set is None:
            raise CommandError(
                _("There are no results of %(day)s: run the night for it first (nightly --as-of).")
                % {"day": as_of}
            )
        version = result_set.rules.rpartition("@")[2]
        rule_set = RuleSet.objects.get(version=version)
        if raw or method:
            rules = replace(rule_set.rules, method=method or rule_set.rules.method)
            pairs = _computed(result_set, rules, raw)
            label = f"{rules.method}@{version}"
        else:
            pairs, label = _stored(result_set), result_set.rules
        count = _write(Path(out), _lines(pairs, result_set, label))
        self.stdout.write(
            _("%(count)d rows of %(day)s written, known at %(known_at)s.")
            % {"count": count, "day": as_of, "known_at": result_set.known_at.isoformat()}
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            _("--as-of “%(text)s” is not a day: write it as 2024-06-25.") % {"text": text}
        ) from None


def _stored(result_set: ResultSet) -> Iterator[Pair]:
    """What the night wrote."""
    periods = {
        row[0]: row[1:]
        for row in ShopPeriod.objects.filter(result_set=result_set).values_list(
            "customer_id", "cycle_start", "cycle_end", "window_start", "window_end"
        )
    }
    advice = {
        (row.customer_id, row.product_id): row.row
        for row in quotas.advice_for(result_set).iterator()
    }
    for figure in Figure.objects.filter(result_set=result_set).iterator():
        pair = figure.customer_id, figure.product_id
        yield Pair(
            *pair,
            days=periods[figure.customer_id],
            cycle=figure.cycle,
            window=figure.window,
            threshold=figure.threshold,
            advice=advice.get(pair),
        )


def _computed(result_set: ResultSet, rules, raw: bool) -> Iterator[Pair]:
    """The same, computed anew in memory: without flags, or by another method."""
    for block, advice in what_if(
        rules, as_of=result_set.as_of, known_at=result_set.known_at, raw=raw
    ):
        columns = figures.columns(block)
        days: tuple[date | None, ...] = (None,) * 4
        if block.cycles:
            first, latest = block.cycles[0], block.cycles[-1]
            days = latest.start, latest.end, first.start, latest.end
        for index in range(len(block)):
            cycle, window = figures.periods_of(columns, index)
            yield Pair(
                customer=int(block.customer[index]),
                product=int(block.product[index]),
                days=days,
                cycle=cycle,
                window=window,
                threshold=int(block.threshold[index]),
                advice=advice.row(index),
            )


def _lines(pairs: Iterator[Pair], result_set: ResultSet, rule: str) -> list[list]:
    """The lines in the order of licence and barcode, all fields as text."""
    licences = _licences(result_set.as_of)
    barcodes = _barcodes(result_set.as_of)
    lines = []
    for pair in pairs:
        cycle_start, cycle_end, window_start, window_end = pair.days
        quota = target = why = ""
        if pair.advice is not None:
            quota, target = (
                "" if pair.advice[name] == UNKNOWN else pair.advice[name]
                for name in ("quota", "target_level")
            )
            why = reasons.text(pair.advice)
        lines.append([
            licences.get(pair.customer, ""),
            barcodes.get(pair.product, ""),
            cycle_start, cycle_end, *_period(pair.cycle),
            window_start, window_end, *_period(pair.window),
            pair.threshold, quota, target, rule, why,
        ])  # fmt: skip
    lines.sort(key=lambda line: line[:2])
    return lines


def _period(period: PeriodFigures) -> list:
    values = [getattr(period, name) for name in PERIOD_EXPORT]
    return [*values[:5], *(decimals(value) for value in values[5:])]


def _licences(day: date) -> dict[int, str]:
    """The licence number that each customer has on a day, else the last one before or after it."""
    held = Licence.objects.order_by("customer_id", "period").values_list(
        "customer_id", "number", "period"
    )
    return _chosen(held, day)


def _barcodes(day: date) -> dict[int, str]:
    """The pack's barcode of each product on a day: of several that hold, the newest."""
    codes = Barcode.objects.filter(kind=Barcode.Kind.PACK).order_by("product_id", "period", "code")
    return _chosen(codes.values_list("product_id", "code", "period"), day)


def _chosen(rows, day: date) -> dict[int, str]:
    """Of each owner's dated codes, in order of time, the last that has begun by `day`."""
    result: dict[int, str] = {}
    for owner, code, period in rows:
        if owner not in result or period.lower is None or period.lower <= day:
            result[owner] = code
    return result


def _write(path: Path, lines: list[list]) -> int:
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
            _("%(path)s cannot be written (%(error)s): name a file in a folder of your own.")
            % {"path": path, "error": error.strerror}
        ) from None
    return len(lines)
