"""Sharing the pieces of a step among processes, so that any of them may be killed at any point.

Whoever works on a shard holds its row locked, inside one transaction with all that it writes. A
process that dies lets go of the lock and leaves nothing behind; the next one takes the shard up.
There is no queue to lose and no lease to expire: helpers come (or do not come) by Celery, and the
caller does by itself whatever nobody else has done.
"""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils import timezone

from marketing_ops.runs.models import Run, Shard

Work = Callable[[int], dict | None]


def lay_out(run: Run, step: str, numbers: Iterable[int]) -> int:
    """Write down the shards of `step` that are to be done; returns how many there are."""
    shards = [Shard(run=run, step=step, number=number) for number in numbers]
    Shard.objects.bulk_create(shards)
    return len(shards)


def take_part(run_id: int, step: str, work: Work, *, until_done: bool = False) -> int:
    """Do shards of `step` that nobody is at, one transaction each; returns how many were done.

    `work(number)` writes the shard's results and returns counts. With `until_done` it also waits
    for the shards that others hold, and does those that they let go of undone; an error of `work`
    is raised to the caller either way.
    """
    done = 0
    while True:
        with transaction.atomic():
            open_shards = Shard.objects.filter(
                run_id=run_id, step=step, done_at=None, run__status=Run.Status.RUNNING
            ).order_by("number")
            shard = open_shards.select_for_update(skip_locked=True, of=("self",)).first()
            if shard is None and until_done:
                # Blocks until the holder commits (then the row is no longer open) or dies.
                shard = open_shards.select_for_update(of=("self",)).first()
                if shard is None and open_shards.exists():
                    continue
            if shard is None:
                return done
            shard.counts = work(shard.number) or {}
            shard.done_at = timezone.now()
            shard.save(update_fields=["counts", "done_at"])
        done += 1
        report(run_id, step)


def report(run_id: int, step: str) -> None:
    """Bring the run's progress up to date; late reports never turn it back."""
    shards = Shard.objects.filter(run_id=run_id, step=step)
    Run.objects.filter(pk=run_id, step=step).update(
        done=shards.filter(done_at__isnull=False).count(), beat_at=timezone.now()
    )


def counts_of(run_id: int, step: str) -> dict[str, int]:
    """The counts of all shards of `step`, added up."""
    total: dict[str, int] = {}
    for counts in Shard.objects.filter(run_id=run_id, step=step).values_list("counts", flat=True):
        for name, number in counts.items():
            total[name] = total.get(name, 0) + number
    return total
