"""Which shop-product-days are flagged, which shop-days were not observed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db import connection

from inventory import queries as ledger
from inventory.quality.findings import unobserved_days
from inventory.quality.models import Detection, Flag, Sweep

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Episode:
    """Days of one product in one shop that are taken for false, both ends inside."""

    customer: int
    product: int
    first_day: date
    last_day: date
    cause: str


def episodes_in_force(
    *, customers: tuple[int, int], as_of: date, known_at: datetime
) -> list[Episode]:
    """What counts as false for the night of `as_of` and `known_at`, in order.

    What that night detected, and what people flagged, less what they rejected, as decided up to
    `known_at`; the later word prevails. A rejection restores its days only, so an episode can
    fall into two.
    """
    first, last = customers
    detected = Detection.objects.filter(
        sweep__as_of=as_of, sweep__known_at=known_at, customer__gte=first, customer__lt=last
    ).values_list("customer_id", "product_id", "first_day", "last_day", "cause")
    episodes: dict[tuple[int, int], list[Episode]] = defaultdict(list)
    for row in detected.iterator():
        episodes[row[0], row[1]].append(Episode(*row))
    for said, rejected in _words(customers, as_of, known_at):
        pair = episodes[said.customer, said.product]
        pair[:] = [part for episode in pair for part in _without(episode, said)]
        if not rejected:
            pair.append(said)
    return sorted(episode for pair in episodes.values() for episode in pair)


def _words(customers, as_of, known_at) -> list[tuple[Episode, bool]]:
    """What people said up to `known_at`, in the order of time: the days, and whether rejected."""
    words = []
    for flag in Flag.objects.filter(
        customer__gte=customers[0],
        customer__lt=customers[1],
        raised_at__lte=known_at,
        first_day__lte=as_of,
    ):
        decided = flag.decided_at is not None and flag.decided_at <= known_at
        last_day = min(flag.last_day, as_of)
        said = Episode(flag.customer_id, flag.product_id, flag.first_day, last_day, flag.cause)
        rejected = decided and flag.status == Flag.Status.REJECTED
        words.append((flag.decided_at if decided else flag.raised_at, flag.pk, said, rejected))
    return [word[2:] for word in sorted(words, key=lambda word: word[:2])]


def _without(episode: Episode, said: Episode) -> list[Episode]:
    """What is left of an episode when the days of another of the same cause are taken out."""
    same = (episode.customer, episode.product, episode.cause) == (
        said.customer,
        said.product,
        said.cause,
    )
    if not same or said.last_day < episode.first_day or said.first_day > episode.last_day:
        return [episode]
    pair = episode.customer, episode.product
    parts = (
        Episode(*pair, episode.first_day, said.first_day - DAY, episode.cause),
        Episode(*pair, said.last_day + DAY, episode.last_day, episode.cause),
    )
    return [part for part in parts if part.first_day <= part.last_day]


def was_searched(as_of: date, known_at: datetime) -> bool:
    """Whether what the night of `as_of` and `known_at` found to look false is known."""
    sweeps = Sweep.objects.filter(as_of=as_of, known_at=known_at)
    return sweeps.exists() and not sweeps.filter(complete=False).exists()


def not_observed(
    *, customers: tuple[int, int], first_day: date, last_day: date, known_at: datetime | None
) -> tuple[np.ndarray, np.ndarray]:
    """Days without a document, of the shops that were due to upload: customer int32[K], day [K].

    A shop is due while it is open and its properties say that it uploads, from its first ledger
    day on; one that has none yet from the first ledger day of the district on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, greatest(c.opened_on, lower(p.period), %(first)s),"
            " least(c.closed_on, upper(p.period) - 1, %(last)s)"
            " FROM customers_customer c JOIN customers_customerproperties p"
            " ON p.customer_id = c.id AND p.uploads AND p.period && daterange(%(first)s, %(last)s,"
            " '[]') WHERE c.id >= %(low)s AND c.id < %(high)s",
            {"first": first_day, "last": last_day, "low": customers[0], "high": customers[1]},
        )
        spans = cursor.fetchall()
    shops, begun = ledger.first_ledger_days(customers=customers, known_at=known_at)
    begins = dict(zip(shops.tolist(), begun.tolist(), strict=True))
    if any(shop not in begins for shop, *_ in spans):
        shops, begun = ledger.first_ledger_days(known_at=known_at)
        if not len(shops):
            return np.empty(0, np.int32), np.empty(0, "datetime64[D]")
        district = begun.min().item()
        begins = {shop: district for shop, *_ in spans} | begins
    due = [(shop, max(first, begins[shop]), last) for shop, first, last in spans]
    there = ledger.changed_shop_days(
        since=None, known_at=known_at, customers=customers, first_day=first_day, last_day=last_day
    )
    return unobserved_days(due, *there)
