from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from marketing_ops.audit.models import Entry
from orders.quotas import queries, services
from orders.quotas.models import RuleSet
from orders.quotas.rules import QuotaRules, RulesError

pytestmark = pytest.mark.django_db

MEAN = QuotaRules(method="mean")


def published(starts_on, rules=MEAN):
    rule_set = services.draft(name="Trial", starts_on=starts_on, rules=rules, by="district1")
    return services.publish(rule_set, by="district1")


def test_an_empty_database_has_the_default_rules_published():
    rule_set = queries.rules_for(date(2024, 6, 25))
    assert rule_set.rules == QuotaRules()
    assert rule_set.label == "level@1"


def test_a_draft_holds_for_nobody():
    services.draft(name="Trial", starts_on=date(2024, 1, 1), rules=MEAN, by="district1")
    assert queries.rules_for(date(2024, 6, 25)).label == "level@1"


def test_a_published_set_holds_from_its_first_day():
    published(date(2024, 6, 1))
    assert queries.rules_for(date(2024, 5, 31)).label == "level@1"
    assert queries.rules_for(date(2024, 6, 1)).label == "mean@2"


def test_a_night_told_from_before_the_publication_has_the_rules_of_then():
    rule_set = published(date(2024, 6, 1))
    before = rule_set.published_at - timedelta(seconds=1)
    assert queries.rules_for(date(2024, 6, 25), before).label == "level@1"
    assert queries.rules_for(date(2024, 6, 25), rule_set.published_at).label == "mean@2"


def test_of_two_from_the_same_day_the_later_publication_holds_and_the_other_is_superseded():
    first, second = published(date(2024, 6, 1)), published(date(2024, 6, 1))
    first.refresh_from_db()
    assert queries.rules_for(date(2024, 6, 25)) == second
    assert (first.status, second.status) == ("superseded", "published")
    between = second.published_at - timedelta(microseconds=1)
    assert queries.rules_for(date(2024, 6, 25), between) == first


def test_before_the_first_rules_the_cure_is_told():
    cure = "publish one that starts"
    with translation.override("en"), pytest.raises(RuleSet.DoesNotExist, match=cure):
        queries.rules_for(date(1999, 1, 1))


def test_a_publication_needs_a_name_a_valid_body_and_a_draft():
    rule_set = services.draft(name="Trial", starts_on=date(2024, 6, 1), rules=MEAN, by="district1")
    with pytest.raises(ValueError, match="by="):
        services.publish(rule_set, by="")
    RuleSet.objects.filter(pk=rule_set.pk).update(body={"method": "?"})
    with pytest.raises(RulesError, match="use one of"):
        services.publish(rule_set, by="district1")
    RuleSet.objects.filter(pk=rule_set.pk).update(body={})
    services.publish(rule_set, by="district1")
    with pytest.raises(ValueError, match="new version"):
        services.publish(rule_set, by="district1")


def test_publishing_leaves_a_trail():
    published(date(2024, 6, 1))
    actions = list(Entry.objects.order_by("id").values_list("actor", "action", "subject"))
    assert actions == [
        ("district1", "rule set drafted", "rule set 2"),
        ("district1", "rule set published", "rule set 2"),
    ]


@pytest.mark.parametrize(
    "change",
    [{"body": {}}, {"starts_on": date(2020, 1, 1)}, {"status": "draft"}, {"name": "Other"}],
)
def test_the_database_refuses_every_change_of_a_published_set(change):
    published(date(2024, 6, 1))
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleSet.objects.filter(version=2).update(**change)


def test_the_database_refuses_to_delete_a_published_set():
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RuleSet.objects.filter(version=1).delete()


def test_nothing_is_published_by_nobody():
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.create(
            version=7, name="x", starts_on=date(2024, 1, 1), body={}, status="published"
        )
