"""Sharing the pieces of a step among processes, so that any of them may be killed at any point.

Whoever works on a shard holds its row locked, inside one transaction with all that it writes. A
process that dies lets go of the lock and leaves nothing behind; the next one takes the shard up.
There is no queue to lose and no lease to expire: helpers come (or do not come) by Celery, and the
caller does by itself whatever nobody else has done. Order is kept by what a step comes after: its
shards are open to nobody before those are done.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress

from django.db import Error, transaction
from django.db.models import Case, When
from django.utils import timezone

from marketing_ops.runs.models import Run, Shard

Work = Callable[[int], dict | None]


def lay_out(run: Run, step: str, numbers: Iterable[int]) -> int:
    """Write down the shards of `step` that are to be done; returns how many there are."""
    shards = [Shard(run=run, step=step, number=number) for number in numbers]
    Shard.objects.bulk_create(shards)
    return len(shards)


def take_part(
    run_id: int,
    works: Mapping[str, Work],
    *,
    after: Mapping[str, Collection[str]] | None = None,
    until_done: bool = False,
) -> int:
    """Do shards of some steps that nobody is at, one transaction each; returns how many were done.

    `works`: step -> `work(number)`, which writes the shard's results and returns counts; steps are
    taken up in this order. `after`: step -> those of which every shard must be done first; steps
    that do not wait for one another are done side by side. With `until_done` it also waits for the
    shards that others hold, goes on with what these hold up, and does those that they let go of
    undone. An error of `work` is raised to the caller either way, and its step is noted in the run.
    """
    done = 0
    own: set[int] = set()
    while True:
        shard = None
        try:
            with transaction.atomic():
                shard = _next(run_id, works, after or {}, own, until_done)
                if shard is None:
                    return done
                shard.counts = works[shard.step](shard.number) or {}
                shard.done_at = timezone.now()
                shard.save(update_fields=["counts", "done_at"])
        except BaseException:
            # Where the connection is lost there is nobody to tell.
            with suppress(Error):
                if shard is not None:
                    Run.objects.filter(pk=run_id).update(step=shard.step)
            raise
        done += 1
        own.add(shard.number)
        report(run_id, shard.step)


def _next(run_id: int, works, after, own: set[int], wait: bool) -> Shard | None:
    """The next shard, locked; None if there is none that may be done now (or, to wait, at all).

    Of a step's shards rather one of the numbers in `own`: this process knows them from other steps.
    """
    rank = Case(*(When(step=step, then=number) for number, step in enumerate(works)))
    known = Case(When(number__in=own, then=0), default=1)
    all_open = Shard.objects.filter(
        run_id=run_id, step__in=works, done_at=None, run__status=Run.Status.RUNNING
    )
    while True:
        unfinished = set(all_open.order_by().values_list("step", flat=True).distinct())
        ready = [step for step in unfinished if unfinished.isdisjoint(after.get(step, ()))]
        shards = all_open.filter(step__in=ready).order_by(rank, known, "number")
        shard = shards.select_for_update(skip_locked=True, of=("self",)).first()
        if shard is None and wait and ready:
            # Blocks until the holder commits (then the row is no longer open) or dies.
            shard = shards.select_for_update(of=("self",)).first()
            if shard is None:
                continue
        return shard


def call_off() -> None:
    """Take away what is left undone of runs that are over, so that nobody begins with it.

    Returns when nobody is at such a shard any more: helpers outlive a killed process, and would
    write beside the run that follows it.
    """
    left = Shard.objects.filter(done_at=None).exclude(run__status=Run.Status.RUNNING)
    with transaction.atomic():
        held = list(left.select_for_update(of=("self",)).values_list("pk", flat=True))
        Shard.objects.filter(pk__in=held, done_at=None).delete()


def is_done(run_id: int) -> bool:
    """Whether a run goes on and all its shards are done."""
    run = Run.objects.get(pk=run_id)
    return run.status == Run.Status.RUNNING and not run.shards.filter(done_at=None).exists()


def report(run_id: int, step: str) -> None:
    """Bring the run's progress up to date: a step of which a shard was done, and how many are."""
    done = Shard.objects.filter(run_id=run_id, done_at__isnull=False).count()
    Run.objects.filter(pk=run_id, status=Run.Status.RUNNING, done__lte=done).update(
        step=step, done=done, beat_at=timezone.now()
    )


def counts_of(run_id: int, step: str) -> dict[str, int]:
    """The counts of all shards of `step`, added up."""
    total: dict[str, int] = {}
    for counts in Shard.objects.filter(run_id=run_id, step=step).values_list("counts", flat=True):
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return total
