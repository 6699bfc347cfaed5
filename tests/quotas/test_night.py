"""Recommendations of a night on the town: written, read, kept apart from what is in force."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from customers.models import Event
from inventory import queries as ledger
from inventory.indicators import services as indicators
from inventory.models import Source
from inventory.services import record_days
from orders.models import OrderLine
from orders.quotas import queries, services
from orders.quotas.evidence import REGIME_BY_POLICY, REGIME_NEW_SHOP, REGIME_REGULAR
from orders.quotas.models import Recommendation
from orders.quotas.rules import QuotaRules
from tests.town import DAY

pytestmark = pytest.mark.django_db

KNOWN_AT = datetime(2100, 1, 1, tzinfo=UTC)
FIRST = date(2024, 3, 1)


@pytest.fixture
def district(town, settings, tmp_path):
    """The town with 117 days of ledger: every shop sells three packs a day of each product; only
    L6, which opened in May, sells none.
    """
    settings.VAR_DIR = tmp_path
    source = Source.objects.create(code="test-pos", name="POS", kind=Source.Kind.POS)
    customers, days, rows = [], [], []
    for licence, shop in town.shops.items():
        first = date(2024, 5, 20) if licence == "L6" else FIRST
        for number in range((DAY - first).days + 1):
            for product in town.products.values():
                sold = 0 if licence == "L6" else 3
                customers.append(shop.pk)
                days.append(first + timedelta(days=number))
                rows.append((product.pk, 20, sold, sold, 0))
    record_days(
        customers=np.array(customers),
        days=np.array(days, "datetime64[D]"),
        rows=tuple(np.array(rows).T),
        source=source,
        by="test",
    )
    return town


def night(as_of=DAY):
    """A whole night, as marketing_ops.nightly runs it."""
    rule_set = queries.rules_for(as_of)
    thresholds = services.thresholds_of(rule_set.rules)
    result_set = indicators.open_set(
        as_of=as_of, known_at=KNOWN_AT, rules=rule_set.label, threshold=thresholds.default
    )
    fixed = SimpleNamespace(result_set_id=result_set.pk, rule_set_id=rule_set.pk)
    for shard in ledger.shards():
        indicators.compute_shard(fixed, shard)
    counts = [services.recommend_shard(fixed, shard) for shard in ledger.shards()]
    services.publish_results(result_set)
    indicators.publish(result_set)
    return result_set, counts


def advice(town, result_set, licence, product) -> Recommendation:
    return queries.advice_for(
        result_set, customers=[town.shops[licence].pk], products=[town.products[product].pk]
    ).get()


def test_every_pair_gets_its_row_with_its_regime(district):
    result_set, counts = night()
    assert queries.advice_for(result_set).count() == 24
    # The town may lie across the border of two shards.
    assert sum(shard["pairs"] for shard in counts) == 24
    assert sum(shard["with_quota"] for shard in counts) == 12
    regimes = {
        pair: advice(district, result_set, *pair).regime
        for pair in (("L1", "6902"), ("L1", "6901"), ("L1", "6904"), ("L6", "6903"))
    }
    assert list(regimes.values()) == [
        REGIME_REGULAR, REGIME_BY_POLICY, REGIME_BY_POLICY, REGIME_NEW_SHOP,
    ]  # fmt: skip


def test_a_steady_shop_is_recommended_what_it_sells(district):
    result_set, _counts = night()
    row = advice(district, result_set, "L1", "6902")
    assert (row.sold, row.effective, row.interval_days) == (273, 91, 9)
    # The one other shop of its kind sells less, which weighs as one day among 33.
    assert row.peer_millipacks == 3000 * 91 // (91 + 35)
    assert row.rate_millipacks == 2975
    assert (row.quota, row.target_level) == (40, 36)


def test_a_new_shop_gets_what_its_peers_sell(district):
    # L6 is a convenience store of middle size in town, like L1 and no other.
    result_set, _counts = night()
    row = advice(district, result_set, "L6", "6902")
    assert row.rate_millipacks == row.peer_millipacks == 3000 * 91 // (91 + 35)
    # 15 packs a week, but a shop of a kind is not its kind's mean: some more to be sure.
    assert row.quota == 40


def test_two_deliveries_a_week_are_short_cycles(district):
    result_set, _counts = night()
    row = advice(district, result_set, "L4", "6902")
    assert (row.interval_days, row.quota) == (5, 20)


def test_a_quota_in_force_stands_beside_the_recommendation(district):
    pair = {"customer": district.shops["L1"].pk, "product": district.products["6902"].pk}
    services.decide(**pair, packs=100, starts_on=FIRST, by="am01", reason="fair")
    result_set, _counts = night()
    row = advice(district, result_set, "L1", "6902")
    assert (row.in_force, row.quota) == (100, 50)
    assert queries.quota_in_force(*pair.values(), on=DAY).packs == 100


def test_an_entered_quota_is_what_policy_recommends(district):
    pair = {"customer": district.shops["L1"].pk, "product": district.products["6901"].pk}
    services.decide(**pair, packs=20, starts_on=FIRST, by="am01", reason="allocation")
    result_set, _counts = night()
    row = advice(district, result_set, "L1", "6901")
    assert (row.quota, row.target_level) == (20, None)


def test_a_cut_supply_and_an_event_are_in_the_trail(district):
    OrderLine.objects.create(
        customer=district.shops["L3"],
        product=district.products["6902"],
        ordered_on=date(2024, 6, 10),
        delivered_on=date(2024, 6, 12),
        requested=100,
        supplied=60,
        received_at=datetime(2024, 6, 10, tzinfo=UTC),
    )
    Event.objects.create(
        key="fair",
        title="fair",
        starts_on=date(2024, 6, 4),
        expected_end=date(2024, 7, 31),
        expected_factor="1.5",
        customer_ids=[district.shops["L1"].pk],
        received_at=datetime(2024, 6, 1, tzinfo=UTC),
    )
    result_set, _counts = night()
    row = advice(district, result_set, "L1", "6902")
    assert (row.supply_permille, row.cut_cycles) == (600, 1)
    # From Tuesday the 4th to Monday the 24th lie three cycles.
    assert (row.event_cycles, row.event_permille, row.event_realised_permille) == (3, 1500, 1000)
    assert advice(district, result_set, "L2", "6902").event_cycles == 0


def test_a_night_and_the_same_what_if_agree_and_the_what_if_writes_nothing(district):
    result_set, _counts = night()
    before = Recommendation.objects.count()
    rules = queries.rules_for(DAY).rules
    found = {
        (int(customer), int(product)): advice.row(index)
        for block, advice in services.what_if(rules, as_of=DAY, known_at=KNOWN_AT)
        for index, (customer, product) in enumerate(zip(block.customer, block.product, strict=True))
    }
    written = {(row.customer_id, row.product_id): row.row for row in queries.advice_for(result_set)}
    assert found == written
    assert Recommendation.objects.count() == before


def test_other_rules_give_another_what_if(district):
    def quotas(rules):
        found = services.what_if(rules, as_of=DAY, known_at=KNOWN_AT)
        return np.concatenate([advice.quota for _block, advice in found])

    assert (quotas(QuotaRules(method="mean")) <= quotas(QuotaRules())).all()
    none = QuotaRules(classes_by_policy=(), flags_by_policy=())
    assert (quotas(none) >= 0).sum() > (quotas(QuotaRules()) >= 0).sum()


def test_a_night_for_the_next_day_goes_on_from_the_sums_that_were_kept(district):
    night(DAY - timedelta(days=1))
    result_set, _counts = night()
    assert queries.advice_for(result_set).count() == 24


def test_recommendations_of_swept_away_sets_go_too(district):
    old, _counts = night(DAY - timedelta(days=1))
    new, _counts = night()
    indicators.drop_set(old)
    last, _counts = night()
    there = set(Recommendation.objects.values_list("result_set_id", flat=True))
    assert there == {new.pk, last.pk}
