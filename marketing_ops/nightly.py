"""The night: from the ledger to indicators, recommended quotas and findings, step by step.

STEPS is the whole night, each step with those that it comes after. A night is fixed by four
things: the as-of day, the moment up to which it knows what was received (`known_at`), the rule set
and the calendars; the same four give the same results to the byte, in one process or over many
workers, today or years later.

Nothing that a night writes is seen before its last step, which swaps the results in; a night that
was killed leaves a result set that nobody reads, and the next night sweeps it away.
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from celery import shared_task
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError

from inventory import queries as ledger
from inventory.indicators import closing, spans
from inventory.indicators import services as indicators
from inventory.indicators.models import ResultSet
from inventory.indicators.shards import keeping_blocks
from inventory.quality import services as quality
from inventory.quality import sweep
from marketing_ops import broker
from marketing_ops.lib.clock import fix_known_at
from marketing_ops.runs import services as runs
from marketing_ops.runs import sharding
from marketing_ops.runs.models import Run
from orders.indicators import services as order_indicators
from orders.placing.services import follow_orders
from orders.queries import deliveries
from orders.quotas import queries as rule_sets
from orders.quotas import services as quotas

log = structlog.get_logger(__name__)

# One night at a time, however it was started: PostgreSQL's advisory lock of this number.
NIGHT_LOCK = 7_310_010
# More helpers than this never have anything to do on the machines that we know.
MOST_HELPERS = 16


@dataclass(frozen=True)
class Night:
    """What fixes a night, as handed to every step."""

    run_id: int
    result_set_id: int
    rule_set_id: int
    as_of: date
    known_at: datetime

    @classmethod
    def of(cls, run: Run) -> "Night":
        return cls(
            run_id=run.pk,
            result_set_id=run.inputs["result_set"],
            rule_set_id=run.inputs["rule_set"],
            as_of=run.as_of,
            known_at=run.known_at,
        )


@dataclass(frozen=True)
class Step:
    """One step of the night. `work(night, shard)` does one shard and returns counts.

    `after`: the steps whose results it needs, of all shards; others may run beside it.
    """

    name: str
    title: str
    work: Callable[[Night, int], dict | None]
    shards: Callable[[], Iterable[int]]
    after: tuple[str, ...] = ()


def _whole() -> Iterable[int]:
    return [0]


def _look_for_false_data(night: Night, shard: int) -> dict:
    supplied = deliveries(
        customers=ledger.customers_of(shard),
        first_day=sweep.first_day(night.as_of),
        last_day=night.as_of,
        known_at=night.known_at,
    )
    return sweep.look_shard(night, shard, supplied=supplied)


def _follow_orders(night: Night, _shard: int) -> dict:
    """Calls are due because of what is known today, never because of a night told again."""
    if ResultSet.objects.filter(pk=night.result_set_id, replay=True).exists():
        return {}
    return follow_orders(today=night.as_of + timedelta(days=1), at=timezone.now())


# What many wait for comes first, and what nobody waits for fills the gaps.
STEPS = [
    Step("flags", _("Looking for false data"), _look_for_false_data, ledger.shards),
    Step("transfers", _("Matching transfers"), sweep.match_transfers, _whole, after=("flags",)),
    Step(
        "indicators",
        _("Indicators"),
        indicators.compute_shard,
        ledger.shards,
        after=("transfers",),
    ),
    Step("rollups", _("Roll-ups"), indicators.roll_up, _whole, after=("indicators",)),
    Step(
        "orders",
        _("Indicators from orders"),
        order_indicators.compute,
        _whole,
        after=("indicators",),
    ),
    Step(
        "quotas",
        _("Recommended quotas"),
        quotas.recommend_shard,
        ledger.shards,
        after=("indicators",),
    ),
    Step("cycles", _("Closed cycles"), closing.close_cycles, ledger.shards, after=("transfers",)),
    Step(
        "spans",
        _("Weeks and months"),
        spans.sum_spans,
        ledger.shards,
        after=("indicators", "cycles"),
    ),
    Step("findings", _("Checking the ledger"), quality.find_shard, ledger.shards),
    Step("calls", _("Calls that are due"), _follow_orders, _whole),
]


def run_night(*, as_of: date, by: str, known_at: datetime | None = None) -> Run:
    """Run the whole night for `as_of` and return its finished run; raises what a step raised.

    Waits for a night that is under way. With `known_at` the night is told from what was known
    then, and its results stand beside the current ones instead of replacing them.
    """
    with _alone():
        # With the lock in hand no other night lives, but helpers of a killed one may.
        runs.bury_the_dead()
        sharding.call_off()
        indicators.drop_unpublished()
        rule_set = rule_sets.rules_for(as_of, known_at)
        fixed = known_at or fix_known_at()
        thresholds = quotas.thresholds_of(rule_set.rules)
        result_set = indicators.open_set(
            as_of=as_of,
            known_at=fixed,
            rules=rule_set.label,
            threshold=thresholds.default,
            thresholds=dict(thresholds.of_product),
            replay=known_at is not None,
        )
        with runs.recorded(
            kind=Run.Kind.NIGHT,
            title=f"{as_of}",
            by=by,
            as_of=as_of,
            known_at=fixed,
            result_set=result_set.pk,
            rule_set=rule_set.pk,
        ) as run:
            total = _lay_out(run)
            _call_helpers(run.pk, total)
            _take_part(run)
            if not sharding.is_done(run.pk):
                raise RuntimeError("The night was called off by another one: run it again.")
            runs.progress(run, step="publish", done=total, total=total)
            _publish(result_set)
            runs.finish(run, counts=_counts(run))
        return run


def _publish(result_set) -> None:
    """Show indicators and recommendations to everybody in one moment."""
    with transaction.atomic():
        quotas.publish_results(result_set)
        indicators.publish(result_set)


def _lay_out(run: Run) -> int:
    """Write down all shards of all steps; helpers see all of them or none. How many there are."""
    with transaction.atomic():
        total = sum(sharding.lay_out(run, step.name, step.shards()) for step in STEPS)
        runs.progress(run, step=STEPS[0].name, done=0, total=total)
    return total


def _take_part(run: Run) -> None:
    night = Night.of(run)
    with keeping_blocks():
        sharding.take_part(
            run.pk,
            {step.name: partial(step.work, night) for step in STEPS},
            after={step.name: step.after for step in STEPS},
            until_done=True,
        )


def _counts(run: Run) -> dict[str, int]:
    return {
        f"{step.name}_{name}": count
        for step in STEPS
        for name, count in sharding.counts_of(run.pk, step.name).items()
    }


def _call_helpers(run_id: int, shards: int) -> None:
    """Ask the workers to take part; without a broker this process does everything itself."""
    if shards < 2:
        return
    if not broker.answers():
        log.warning("no broker: this process does the night alone", run=run_id)
        return
    try:
        for _number in range(min(shards - 1, MOST_HELPERS)):
            help_with.apply_async((run_id,), retry=False, expires=600)
    except (BrokerError, OSError) as error:
        log.warning("the broker went away: this process goes on alone", error=str(error))


@shared_task
def help_with(run_id: int) -> None:
    """Do shards of a night that nobody is at. What fails here, the night's own process meets."""
    run = Run.objects.filter(pk=run_id, status=Run.Status.RUNNING).first()
    if run is not None:
        _take_part(run)


@contextmanager
def _alone():
    """Hold the night's lock; it belongs to the connection, so a killed night lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [NIGHT_LOCK])
    try:
        yield
    finally:
        # A lost connection has let go of it already.
        with suppress(Exception), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [NIGHT_LOCK])


def due_day(now: datetime) -> date:
    """The as-of day of the last night that is due at `now` (aware): the day before NIGHT_HOUR."""
    local = timezone.localtime(now)
    days = 1 if local.hour >= settings.NIGHT_HOUR else 2
    return local.date() - timedelta(days=days)


@shared_task
def night_if_due() -> None:
    """Run the last due night unless it is done; beat asks every ten minutes."""
    as_of = due_day(timezone.now())
    if not indicators.has_results(as_of):
        run_night(as_of=as_of, by="schedule")
