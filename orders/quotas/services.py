"""Rule sets, decisions, the recommendations of a night, and the what-if that writes nothing."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache

import numpy as np
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max

from inventory import queries as ledger
from inventory.indicators import partitions
from inventory.indicators.blocks import Block, Thresholds
from inventory.indicators.models import ResultSet
from inventory.indicators.shards import night_blocks, shard_blocks
from marketing_ops.audit import services as audit
from marketing_ops.lib.clock import received_now
from orders.quotas import queries, supply
from orders.quotas.engine import recommend
from orders.quotas.evidence import ADVICE_COLUMNS, UNKNOWN, Advice
from orders.quotas.gather import District, Peers, evidence_of
from orders.quotas.models import QuotaDecision, Recommendation, RuleSet
from orders.quotas.rules import QuotaRules

TABLE = Recommendation._meta.db_table


def draft(*, name: str, starts_on: date, rules: QuotaRules, by: str) -> RuleSet:
    """A new version of the rules, not yet in force."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE quotas_ruleset IN SHARE ROW EXCLUSIVE MODE")
        last = RuleSet.objects.aggregate(last=Max("version"))["last"] or 0
        rule_set = RuleSet.objects.create(
            version=last + 1, name=name, starts_on=starts_on, body=rules.to_json()
        )
        audit.record(by=by, action="rule set drafted", subject=f"rule set {rule_set.version}")
    return rule_set


def publish(rule_set: RuleSet, *, by: str) -> RuleSet:
    """Put a draft in force from its first day on, for good.

    Sets that hold from the same day or later never apply again and become superseded. Raises
    rules.RulesError where the body is not valid, ValueError where it is not a draft.
    """
    if not by:
        raise ValueError("Nobody published the rule set: give the person's name as by=")
    with transaction.atomic():
        rule_set = RuleSet.objects.select_for_update().get(pk=rule_set.pk)
        if rule_set.status != RuleSet.Status.DRAFT:
            raise ValueError(f"{rule_set} is published already: make a new version instead")
        # Written out in full, so that later defaults do not reach back into it.
        rule_set.body = rule_set.rules.to_json()
        rule_set.status = RuleSet.Status.PUBLISHED
        rule_set.published_at = received_now()
        rule_set.published_by = by
        rule_set.save()
        RuleSet.objects.filter(
            status=RuleSet.Status.PUBLISHED, starts_on__gte=rule_set.starts_on
        ).exclude(pk=rule_set.pk).update(status=RuleSet.Status.SUPERSEDED)
        audit.record(
            by=by,
            action="rule set published",
            subject=f"rule set {rule_set.version}",
            starts_on=rule_set.starts_on.isoformat(),
            rules=rule_set.body,
        )
    return rule_set


def decide(
    *,
    customer: int,
    product: int,
    packs: int | None,
    starts_on: date,
    ends_on: date | None = None,
    by: str,
    reason: str,
    recommended: int | None = None,
) -> QuotaDecision | None:
    """Put a quota in force from `starts_on` up to the day before `ends_on` (None: until changed).

    `packs` None: no quota holds in that time. What held before is superseded there and stays where
    it still holds; everything that was ever decided stays readable. Raises ValueError without a
    name, a reason, or a day on which it holds.
    """
    if not by or not reason:
        raise ValueError("A quota changes with a name and a reason only: give by= and reason=")
    if packs is not None and packs < 0:
        raise ValueError(f"{packs} packs: a quota is 0 or more packs per cycle")
    if ends_on is not None and ends_on <= starts_on:
        raise ValueError(f"The quota would end on {ends_on}, before it starts on {starts_on}")
    with transaction.atomic():
        _lock_pair(customer, product)
        now = received_now()
        pair = {"customer_id": customer, "product_id": product}
        replaced = QuotaDecision.objects.known(None).filter(
            **pair, period__overlap=DateRange(starts_on, ends_on)
        )
        rest = [left for old in replaced for left in _what_stays(old, starts_on, ends_on, now)]
        before = sorted((old.packs for old in replaced), reverse=True)
        replaced.update(superseded_at=now)
        QuotaDecision.objects.bulk_create(rest)
        decision = None
        if packs is not None:
            decision = QuotaDecision.objects.create(
                **pair,
                period=DateRange(starts_on, ends_on),
                packs=packs,
                recommended=recommended,
                by=by,
                reason=reason,
                decided_at=now,
                received_at=now,
            )
        audit.record(
            by=by,
            action="quota decided",
            subject=f"customer {customer} product {product}",
            why=reason,
            packs=packs,
            before=before,
            recommended=recommended,
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat() if ends_on else None,
        )
    return decision


def _lock_pair(customer: int, product: int) -> None:
    """One decision on a pair at a time, also where there is no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"quota {customer:d} {product:d}"],
        )


def _what_stays(
    old: QuotaDecision, starts_on: date, ends_on: date | None, now: datetime
) -> Iterator[QuotaDecision]:
    """The parts of a decision outside the new period, as new rows."""
    lower, upper = old.period.lower, old.period.upper
    parts = []
    if lower is None or lower < starts_on:
        parts.append(DateRange(lower, starts_on))
    if ends_on is not None and (upper is None or upper > ends_on):
        parts.append(DateRange(ends_on, upper))
    for part in parts:
        yield QuotaDecision(
            customer_id=old.customer_id,
            product_id=old.product_id,
            period=part,
            packs=old.packs,
            recommended=old.recommended,
            by=old.by,
            reason=old.reason,
            decided_at=old.decided_at,
            received_at=now,
        )


def thresholds_of(rules: QuotaRules) -> Thresholds:
    """The rules' stock-out thresholds as the indicators take them."""
    own = rules.stockout_threshold_by_product
    return Thresholds(rules.stockout_threshold, tuple(sorted(own.items())))


def recommend_shard(night, shard: int) -> dict:
    """Recommend quotas for a shard in a night (result_set_id, rule_set_id), and write them.

    After the indicators of all shards: new shops and those seen for a few days go by the sales of
    their peers. In the caller's transaction; repeating it replaces what an earlier attempt left.
    """
    result_set = ResultSet.objects.get(pk=night.result_set_id)
    rules = RuleSet.objects.get(pk=night.rule_set_id).rules
    district = _district_of(result_set.pk, result_set.created_at)
    peers = _peers_of(result_set.pk, result_set.created_at)
    found = [
        (block, recommend(evidence_of(block, district, peers), rules))
        for block in night_blocks(result_set, shard)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        pairs = partitions.write_shard(
            cursor,
            TABLE,
            result_set=result_set.pk,
            shard=shard,
            customers=ledger.customers_of(shard),
            columns=_columns(found),
        )
    quotas = sum(int((advice.quota != UNKNOWN).sum()) for _block, advice in found)
    return {"pairs": pairs, "with_quota": quotas}


# Read once per process: both are fixed with the night, which its row's time tells apart from the
# one of another database with the same number.
@lru_cache(maxsize=2)
def _district_of(result_set_id: int, created_at: datetime) -> District:
    result_set = ResultSet.objects.get(pk=result_set_id)
    return queries.district_of(result_set.as_of, result_set.known_at)


@lru_cache(maxsize=2)
def _peers_of(result_set_id: int, created_at: datetime) -> np.ndarray:
    result_set = ResultSet.objects.get(pk=result_set_id)
    return queries.peers_of(result_set, _district_of(result_set_id, created_at))


def _columns(found: list[tuple[Block, Advice]]) -> dict[str, tuple]:
    def joined(arrays, dtype=np.int32) -> np.ndarray:
        return np.concatenate([np.zeros(0, dtype), *arrays])

    columns = {
        "customer_id": (joined([block.customer for block, _ in found]), "int4"),
        "product_id": (joined([block.product for block, _ in found]), "int4"),
    }
    for name in ADVICE_COLUMNS:
        values = joined([getattr(advice, name) for _, advice in found])
        field = Recommendation._meta.get_field(name)
        pg_type = {"SmallIntegerField": "int2", "IntegerField": "int4"}[field.get_internal_type()]
        columns[name] = values, pg_type, values == UNKNOWN if field.null else None
    return columns


def publish_results(result_set: ResultSet) -> None:
    """Let readers see the recommendations of a set. Call it with indicators.publish, before it.

    Also sweeps away those of sets that are no more.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(relname, '_', 3)::int FROM pg_class"
            f" WHERE relname ~ '^{TABLE}_[0-9]+(_[0-9]+)?$' AND relkind IN ('r', 'p')"
            " AND pg_table_is_visible(oid) ORDER BY 1"
        )
        there = {row[0] for row in cursor.fetchall()}
        alive = ResultSet.objects.filter(pk__in=there).values_list("pk", flat=True)
        for orphan in sorted(there - set(alive)):
            partitions.drop(cursor, TABLE, result_set=orphan)
        partitions.attach(cursor, TABLE, result_set=result_set.pk, shard_size=ledger.SHARD)
        district = _district_of(result_set.pk, result_set.created_at)
        supply.keep(result_set, district.supply, district.products)


def what_if(
    rules: QuotaRules, *, as_of: date, known_at: datetime, raw: bool = False
) -> list[tuple[Block, Advice]]:
    """What other rules would recommend for all pairs; nothing is written.

    The night's own functions on the night's own blocks. `raw`: no flag applied.
    """
    blocks = [
        block
        for shard in ledger.shards()
        for block in shard_blocks(
            shard, as_of=as_of, known_at=known_at, thresholds=thresholds_of(rules), raw=raw
        )
    ]
    return advise(blocks, rules, queries.district_of(as_of, known_at))


def advise(
    blocks: Iterable[Block], rules: QuotaRules, district: District
) -> list[tuple[Block, Advice]]:
    """The advice for blocks that are all of the district: peers are found among them."""
    blocks = list(blocks)
    peers = Peers.empty(district)
    for block in blocks:
        peers.add_block(block, district)
    rates = peers.millipacks()
    return [(block, recommend(evidence_of(block, district, rates), rules)) for block in blocks]
