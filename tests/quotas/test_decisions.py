from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from marketing_ops.audit.models import Entry
from orders.quotas import queries, services
from orders.quotas.models import QuotaDecision

pytestmark = pytest.mark.django_db

JUNE = date(2024, 6, 1)


@pytest.fixture
def decide(town):
    def decide(packs, starts_on, ends_on=None):
        return services.decide(
            customer=town.shops["L1"].pk,
            product=town.products["6902"].pk,
            packs=packs,
            starts_on=starts_on,
            ends_on=ends_on,
            by="am01",
            reason="road works in front of the door",
        )

    return decide


@pytest.fixture
def in_force(town):
    def in_force(day, known_at=None):
        found = queries.quota_in_force(
            town.shops["L1"], town.products["6902"], on=day, known_at=known_at
        )
        return found and found.packs

    return in_force


def test_a_quota_holds_from_its_day_until_another_one_does(decide, in_force):
    decide(30, JUNE)
    decide(20, date(2024, 7, 1))
    days = [date(2024, 5, 31), JUNE, date(2024, 6, 30), date(2024, 7, 1)]
    assert [in_force(day) for day in days] == [None, 30, 30, 20]


def test_a_short_change_ends_by_itself(decide, in_force):
    decide(30, JUNE)
    decide(10, date(2024, 6, 10), date(2024, 6, 20))
    days = [date(2024, 6, 9), date(2024, 6, 10), date(2024, 6, 19), date(2024, 6, 20)]
    assert [in_force(day) for day in days] == [30, 10, 10, 30]


def test_a_quota_can_be_taken_away(decide, in_force):
    decide(30, JUNE)
    assert decide(None, date(2024, 6, 10)) is None
    assert [in_force(day) for day in (date(2024, 6, 9), date(2024, 6, 10))] == [30, None]


def test_what_was_in_force_stays_readable_as_it_was_known(decide, in_force):
    decide(30, JUNE)
    second = decide(20, JUNE)
    before = second.received_at - timedelta(microseconds=1)
    assert (in_force(JUNE, before), in_force(JUNE)) == (30, 20)
    assert QuotaDecision.objects.count() == 2


def test_the_remaining_part_keeps_who_decided_it_and_when(decide):
    first = decide(30, JUNE)
    decide(20, date(2024, 7, 1))
    rest = QuotaDecision.objects.known(None).get(packs=30)
    assert (rest.by, rest.decided_at) == (first.by, first.decided_at)


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"by": ""}, "by="),
        ({"reason": ""}, "reason="),
        ({"packs": -1}, "0 or more"),
        ({"ends_on": JUNE}, "before it starts"),
    ],
)
def test_a_decision_without_a_name_a_reason_or_a_day_is_refused(town, change, cure):
    given = {"packs": 30, "by": "am01", "reason": "x", "starts_on": JUNE} | change
    with pytest.raises(ValueError, match=cure):
        services.decide(customer=town.shops["L1"].pk, product=town.products["6902"].pk, **given)


def test_the_database_refuses_two_quotas_at_a_time(town, decide):
    one = decide(30, JUNE)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuotaDecision.objects.create(
            customer=one.customer, product=one.product, period=DateRange(JUNE, None), packs=1,
            by="x", reason="x", decided_at=one.decided_at, received_at=one.received_at,
        )  # fmt: skip


def test_the_database_refuses_to_change_or_delete_a_decision(decide):
    decide(30, JUNE)
    with pytest.raises(DatabaseError), transaction.atomic():
        QuotaDecision.objects.update(packs=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        QuotaDecision.objects.all().delete()


def test_a_decision_leaves_a_trail_with_what_it_replaced(decide):
    decide(30, JUNE)
    decide(20, JUNE)
    entry = Entry.objects.order_by("-id").first()
    assert (entry.actor, entry.details["packs"], entry.details["before"]) == ("am01", 20, [30])
