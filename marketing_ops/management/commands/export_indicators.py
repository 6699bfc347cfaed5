from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from brands.codes import packs_on
from customers.codes import licences_on
from inventory.indicators import figures
from inventory.indicators.figures import PERIOD_EXPORT, PeriodFigures
from inventory.indicators.models import Figure, ResultSet, ShopPeriod
from inventory.indicators.queries import result_set_for
from inventory.indicators.rules import decimals
from inventory.quality.queries import was_searched
from marketing_ops.lib import commands
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
        result_set = result_set_for(commands.day("--as-of", as_of))
        if result_set is None:
            raise CommandError(
                _("There are no results of %(day)s: run the night for it first (nightly --as-of).")
                % {"day": as_of}
            )
        version = result_set.rules.rpartition("@")[2]
        rule_set = RuleSet.objects.get(version=version)
        if method and not raw and not was_searched(result_set.as_of, result_set.known_at):
            raise CommandError(
                _(
                    "What looked false on %(day)s is no longer known: run the night for it again "
                    "(nightly --as-of)."
                )
                % {"day": as_of}
            )
        if raw or method:
            rules = replace(rule_set.rules, method=method or rule_set.rules.method)
            pairs = _computed(result_set, rules, raw)
            label = f"{rules.method}@{version}"
        else:
            pairs, label = _stored(result_set), result_set.rules
        lines = _lines(pairs, result_set, label)
        commands.write_csv(out, COLUMNS, lines)
        self.stdout.write(
            _("%(count)d rows of %(day)s written, known at %(known_at)s.")
            % {"count": len(lines), "day": as_of, "known_at": result_set.known_at.isoformat()}
        )


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
    licences = licences_on(result_set.as_of)
    barcodes = packs_on(result_set.as_of)
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
