"""What needs attention in many shops at once: what a night's figures say, and what people did.

What a published set says never changes, so it is judged once per process and shop and kept until
the next night; decisions and flags are asked for at each look.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from brands.models import ProductProperties
from inventory.indicators.models import Figure, ResultSet
from inventory.quality.models import Detection, Flag
from marketing_ops.home.attention import (
    Attention,
    Kind,
    attention,
    in_doubt,
    quota_changed,
    quota_off,
    shop_without_data,
)
from marketing_ops.home.standing import Standing
from marketing_ops.lib.periods import WINDOW_DAYS
from orders.quotas.models import QuotaDecision, Recommendation

CHANGED_WITHIN = timedelta(days=7)
_EPISODE = "customer_id", "product_id", "cause", "first_day", "last_day"
_COLUMNS = (
    "customer_id", "product_id", "cycle_observed", "window_observed", "window_stockout",
    "window_sold", "window_closing", "recent_observed", "recent_stockout", "recent_sold",
    "latest_closing", "latest_age", "days_without_sale",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason about one product of a shop; `product` None: about the shop as a whole."""

    product: int | None
    matter: Attention

    @property
    def rank(self) -> tuple:
        kind, weight = self.matter.rank
        return kind, self.product is not None, weight, self.product or 0


class Kept:
    """The concerns by shop and next delivery, of one set judged by one rule."""

    def __init__(self):
        self.key, self.shops = None, {}

    def of(self, key: tuple) -> dict[tuple[int, date | None], tuple[Concern, ...]]:
        if self.key != key:
            self.key, self.shops = key, {}
        return self.shops


_kept = Kept()


def concerns_of(
    standing: Standing, deliveries: Mapping[int, date | None], *, today: date
) -> dict[int, list[Concern]]:
    """All concerns of the shops (id: next delivery), the worst first.

    Of a product's changed and its recommended quota only the change is told.
    """
    results = standing.results
    found = {pk: list(own) for pk, own in _of_night(standing, deliveries).items()}
    changed = _changed_quotas(deliveries, today)
    touched = {customer for customer, _product in changed}
    for (customer, product), matter in changed.items():
        own = found[customer]
        own[:] = [c for c in own if c.product != product or c.matter.kind != Kind.QUOTA]
        if matter:
            own.append(Concern(product, matter))
    flags = _flags(deliveries, results)
    flagged = {flag["customer_id"] for flag in flags}
    for customer in flagged:
        found[customer] = [c for c in found[customer] if c.matter.kind != Kind.FLAGGED]
    for customer, concern in _doubts(_undecided(flags, _detected(flagged, results))):
        found[customer].append(concern)
    touched |= flagged
    for customer in touched:
        found[customer].sort(key=lambda concern: concern.rank)
    return found


def _of_night(standing: Standing, deliveries) -> dict[int, tuple[Concern, ...]]:
    results = standing.results
    # The times tell a set from one of the same number in a database that was restored since.
    key = results.pk, results.known_at, results.completed_at, standing.reasonable_days
    kept = _kept.of(key)
    missing = {pk: day for pk, day in deliveries.items() if (pk, day) not in kept}
    if missing:
        for pk, own in _judge(standing, missing).items():
            kept[pk, missing[pk]] = own
    return {pk: kept[pk, day] for pk, day in deliveries.items()}


def _judge(standing: Standing, deliveries) -> dict[int, tuple[Concern, ...]]:
    """What the set says of the shops: each product's gravest figure, and quotas far off."""
    results = standing.results
    classes = dict(
        ProductProperties.objects.on(results.as_of).values_list("product_id", "price_class")
    )
    found: dict[int, list[Concern]] = {pk: [] for pk in deliveries}
    pairs, unknown = dict.fromkeys(deliveries, 0), dict.fromkeys(deliveries, 0)
    figures = Figure.objects.filter(result_set=results, customer_id__in=list(deliveries))
    for figure in figures.values_list(*_COLUMNS, named=True).iterator(chunk_size=5000):
        customer = figure.customer_id
        pairs[customer] += 1
        matter = attention(
            figure,
            as_of=results.as_of,
            next_delivery=deliveries[customer],
            reasonable=standing.reasonable_range(classes.get(figure.product_id)),
        )
        if matter:
            unknown[customer] += matter.kind == Kind.NO_DATA
            found[customer].append(Concern(figure.product_id, matter))
    for customer, own in found.items():
        if unknown[customer] == pairs[customer]:
            own.append(Concern(None, shop_without_data(pairs[customer])))
    advice = Recommendation.objects.filter(
        result_set=results, customer_id__in=list(deliveries), in_force__isnull=False
    ).values_list("customer_id", "product_id", "quota", "in_force", "unit")
    for customer, product, quota, in_force, unit in advice:
        if matter := quota_off(recommended=quota, in_force=in_force, unit=unit):
            found[customer].append(Concern(product, matter))
    for customer, concern in _doubts(_detected(deliveries, results)):
        found[customer].append(concern)
    return {pk: tuple(sorted(own, key=lambda concern: concern.rank)) for pk, own in found.items()}


def _changed_quotas(
    customers: Collection[int], today: date
) -> dict[tuple[int, int], Attention | None]:
    """Pairs whose quota in force began or ended of late; None: it is the same as before."""
    since = today - CHANGED_WITHIN
    began = Q(period__startswith__gt=since, period__startswith__lte=today)
    ended = Q(period__endswith__gt=since, period__endswith__lte=today)
    before: dict[tuple[int, int], tuple[date, int]] = {}
    now: dict[tuple[int, int], int] = {}
    days: dict[tuple[int, int], date] = {}
    for row in (
        QuotaDecision.objects.known(None)
        .filter(began | ended, customer_id__in=list(customers))
        .order_by("period")
    ):
        pair, lower, upper = (row.customer_id, row.product_id), row.period.lower, row.period.upper
        if lower is None or lower <= since:
            before[pair] = upper, row.packs
        if upper is None or upper > today:
            now[pair] = row.packs
        days[pair] = lower if lower and lower > since else upper
    return {
        pair: quota_changed(before=before.get(pair, (None, None))[1], now=now.get(pair), since=day)
        for pair, day in days.items()
    }


def _detected(customers: Collection[int], results: ResultSet) -> list[dict]:
    """What the night found to look false in the shops."""
    if not customers:
        return []
    return list(
        Detection.objects.filter(
            sweep__as_of=results.as_of,
            sweep__known_at=results.known_at,
            customer_id__in=list(customers),
        ).values(*_EPISODE)
    )


def _flags(customers: Collection[int], results: ResultSet) -> list[dict]:
    """What people said of days on which a figure of the set may rest."""
    since = results.as_of - timedelta(days=WINDOW_DAYS)
    said = Flag.objects.filter(customer_id__in=list(customers), last_day__gte=since)
    return list(said.values(*_EPISODE, "status"))


def _undecided(flags: list[dict], detected: list[dict]) -> list[dict]:
    """Flags that are open, and what the night detected where nobody has said anything."""
    return [flag for flag in flags if flag["status"] == Flag.Status.OPEN] + [
        row for row in detected if not any(_decides(flag, row) for flag in flags)
    ]


def _doubts(episodes: Iterable[dict]) -> Iterator[tuple[int, Concern]]:
    """A concern for each product and cause, of all their days together."""
    days = Counter()
    for row in episodes:
        pair = row["customer_id"], row["product_id"], row["cause"]
        days[pair] += (row["last_day"] - row["first_day"]).days + 1
    for (customer, product, cause), together in days.items():
        yield customer, Concern(product, in_doubt(cause, days=together))


def _decides(flag: dict, row: dict) -> bool:
    """Whether somebody has said something of days of the same episode."""
    same = all(flag[name] == row[name] for name in ("customer_id", "product_id", "cause"))
    return same and flag["first_day"] <= row["last_day"] and flag["last_day"] >= row["first_day"]
