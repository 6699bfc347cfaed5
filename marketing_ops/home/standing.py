"""How the figures on a page stand: of which day, by which rules, and whether a night is missing."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.scope import ALLOWED, Action
from inventory.indicators.models import ResultSet
from inventory.indicators.queries import current_set
from inventory.indicators.rules import SEGMENT_BOUNDS
from marketing_ops.health import GRACE_MINUTES
from marketing_ops.nightly import due_day
from marketing_ops.runs.models import Run
from orders.quotas.models import RuleSet
from orders.quotas.rules import QuotaRules


@dataclass
class Standing:
    """`results` None: no night has run yet. `warning` is empty where all is well.

    `tells_rules`: whether who looks may see by which rules the figures were made.
    """

    results: ResultSet | None
    warning: str = ""
    tells_rules: bool = False

    @cached_property
    def rule_set(self) -> RuleSet | None:
        """The rules that made the results; None where they are not (or no longer) kept here."""
        version = self.results.rules.rpartition("@")[2] if self.results else ""
        return RuleSet.objects.filter(version=version).first() if version.isdecimal() else None

    @property
    def rules_address(self) -> str:
        """The page of these rules; "" where there is none for who looks."""
        version = self.results.rules.rpartition("@")[2] if self.results else ""
        if not self.tells_rules or not version.isdecimal():
            return ""
        return reverse("rule-set", args=[version])

    @property
    def segment_bounds(self) -> tuple[Fraction, ...]:
        if self.rule_set is None:
            return SEGMENT_BOUNDS
        return tuple(Fraction(permille, 1000) for permille in self.rule_set.rules.segment_from)

    @property
    def reasonable_days(self) -> tuple[tuple[int, int], ...]:
        """The reasonable range of the ratio for price classes 1 to 5, by the results' rules."""
        rules = self.rule_set.rules if self.rule_set else QuotaRules()
        return rules.reasonable_days

    def reasonable_range(self, price_class: int | None) -> tuple[int, int] | None:
        return self.reasonable_days[price_class - 1] if price_class else None


def standing(request) -> Standing:
    """The current results and what is wrong with them; asked once per request."""
    if not hasattr(request, "standing"):
        results = current_set()
        # None before the gate: on pages about nobody but who looks.
        at_work = bool(ALLOWED[Action.SEE_RULES] & getattr(request, "roles", frozenset()))
        warning = _warning(results)
        if warning and not at_work:
            warning = _("Newer figures are late. You see those of %(day)s.") % {
                "day": results.as_of.isoformat()
            }
        request.standing = Standing(results, warning, tells_rules=at_work)
    return request.standing


def _warning(results: ResultSet | None) -> str:
    due = due_day(timezone.now() - timedelta(minutes=GRACE_MINUTES))
    if results is None or results.as_of >= due:
        return ""
    if ResultSet.objects.complete().filter(as_of=due, replay=False).exists():
        return ""
    last = Run.objects.filter(kind=Run.Kind.NIGHT, as_of=due).first()
    shown = {"due": due.isoformat(), "day": results.as_of.isoformat()}
    if last is None:
        return _("The night of %(due)s did not run. You see the figures of %(day)s.") % shown
    if last.status == Run.Status.RUNNING:
        return _("The night of %(due)s is under way. Until then: the figures of %(day)s.") % shown
    return _("The night of %(due)s failed. You see the figures of %(day)s.") % shown
