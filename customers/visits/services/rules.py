"""A new version of the rules of the visits."""

from datetime import date

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from customers.models import Format, Scale
from customers.visits.models import VisitRuleSet
from customers.visits.rules.ruleset import RulesError, VisitRules
from marketing_ops.audit import services as audit


def read_rules(body: object) -> VisitRules:
    """The rules of a JSON body, with only scales and formats that there are. Raises RulesError."""
    rules = VisitRules.from_json(body)
    for field, told, names in (
        ("frequency.scale", rules.frequency.scale, Scale.values),
        ("frequency.format", rules.frequency.format, Format.values),
    ):
        if strange := sorted(set(told) - set(names)):
            text = f"does not know {', '.join(strange)}; use {', '.join(names)}"
            raise RulesError({field: text})
    return rules


def publish_rules(*, body: object, starts_on: date, by: str, why: str) -> VisitRuleSet:
    """Let rules hold from a day on. RulesError names what is wrong with the body.

    Plans that are drafted already keep their version; the next draft takes the new one.
    """
    rules = read_rules(body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE visits_visitruleset IN SHARE ROW EXCLUSIVE MODE")
        last = VisitRuleSet.objects.aggregate(last=Max("version"))["last"] or 0
        found = VisitRuleSet.objects.create(
            version=last + 1,
            starts_on=starts_on,
            # Written out in full, so that later defaults do not reach back into it.
            body=rules.to_json(),
            by=by,
            at=timezone.now(),
            why=why,
        )
        audit.record(
            by=by,
            action="visit rules published",
            subject=f"visit rules {found.version}",
            why=why,
            starts_on=starts_on.isoformat(),
            rules=found.body,
        )
    return found
