"""What the first person to look in the morning would wait for is done before, in each web process.

That is the code of all pages (more than a second of a core), and the figures of a new night (a
fifth of a second for 5,000 shops, and the time that the database takes).
"""

import logging
from threading import Event, Thread

from django.db import connection
from django.urls import get_resolver
from django.utils import timezone

from inventory.indicators.models import ResultSet
from inventory.indicators.queries import current_set
from inventory.indicators.span_reads import known_spans, read_others, read_span
from marketing_ops.home.master import read_version
from marketing_ops.home.overview import period
from marketing_ops.home.shop_sums import key_of, shop_sums
from marketing_ops.home.standing import Standing
from marketing_ops.home.table.columns import SORTS, WORST_FIRST
from marketing_ops.home.table.found import catalogue
from marketing_ops.home.table.peers import kinds

LOOK_EVERY = 60  # seconds
_log = logging.getLogger(__name__)


def warm(results: ResultSet) -> None:
    """Read what the table of shops and the overview keep of a set."""
    version = read_version()
    table = shop_sums(results, Standing(results).segment_bounds)
    table.floats(WORST_FIRST, SORTS[WORST_FIRST].figure)
    kinds(results, version)
    catalogue(results, timezone.localdate(), version)
    known = known_spans(results)
    usual = period.read({}, known, results.as_of) if known else None
    if usual is not None:
        read_others(results, usual.kind, usual.span)
        for one in period.trend(usual, known):
            read_span(results, one.kind, one.start)


def keep_warm(stop: Event) -> None:
    """Until `stop`, look each minute whether another set is shown; a failure waits for the next."""
    get_resolver().url_patterns  # noqa: B018 imports the pages
    done = None
    while True:
        try:
            results = current_set()
            if results is not None and key_of(results) != done:
                warm(results)
                done = key_of(results)
        except Exception:
            _log.exception("the figures were not read in advance")
        finally:
            connection.close()
        if stop.wait(LOOK_EVERY):
            return


def start() -> None:
    """In a thread of its own, which ends with the process."""
    Thread(target=keep_warm, args=[Event()], name="warm", daemon=True).start()
