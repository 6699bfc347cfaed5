"""How often a shop is visited in a month, and why: docs/algorithms/visit-plan.md."""

from dataclasses import dataclass

from customers.visits.rules.ruleset import Frequency

# A reason is a code and its values, so that it can be kept and put into any language.
Reason = tuple


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule asks of a shop; segment and value are empty where nothing is known of them."""

    scale: str
    format: str
    segment: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Often:
    visits: int
    why: tuple[Reason, ...]


def visits_a_month(
    facts: Facts, rules: Frequency, *, days: int | None = None, month_days: int | None = None
) -> Often:
    """The number of visits with its reasons.

    `days` of the month's `month_days` working days: those on which the shop can be visited, where
    that is not the whole month. A part of the month gets its part of the visits, rounded to the
    nearest, and at least one where a whole month has one; never more than one a day.
    """
    scale = rules.scale.get(facts.scale, max(rules.scale.values(), default=0))
    total, why = scale, [("scale", facts.scale, scale)]
    for code in ("format", "segment", "value"):
        value = getattr(facts, code)
        extra = getattr(rules, code).get(value, 0)
        if extra:
            total += extra
            why.append((code, value, extra))
    if total < rules.least:
        total = rules.least
        why.append(("least", total))
    elif total > rules.most:
        total = rules.most
        why.append(("most", total))
    if days is not None and month_days and days < month_days:
        part = (2 * total * days + month_days) // (2 * month_days)
        part = max(part, 1 if total and days else 0)
        if part < total:
            total = part
            why.append(("part", days, month_days, total))
    if days is not None and total > days:
        total = days
        why.append(("days", days))
    return Often(total, tuple(why))
