"""What the benchmarks ask of a worker; the worker is told to include this module.

Both sides use a queue of their own, so that no other worker on the broker takes a benchmark's work.
"""

import os
from datetime import date

from celery import shared_task

from marketing_ops.celery import app
from marketing_ops.nightly import run_night

# The benchmark's own number; its worker inherits it.
QUEUE = f"benchmark-{os.environ.setdefault('BENCHMARK', str(os.getpid()))}"
app.conf.task_default_queue = QUEUE


@shared_task
def night(as_of: str) -> None:
    """A whole night in the worker, as its schedule would start it, but for a day of our choice."""
    run_night(as_of=date.fromisoformat(as_of), by="benchmark")


def drop_queue() -> None:
    """Throw away what is left in the queue."""
    with app.connection_for_write() as connection:
        connection.default_channel.queue_delete(QUEUE)
