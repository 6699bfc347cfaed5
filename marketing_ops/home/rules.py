"""The rule sets of the quotas, to look at: all versions, and one in plain words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from brands.models import Product
from customers.gate import requires
from customers.scope import Action
from marketing_ops.desk.forms import people_of
from orders.quotas.models import RuleSet
from orders.quotas.queries import rules_for
from orders.quotas.rule_words import written
from orders.quotas.rules import QuotaRules, RulesError

TONES = {
    RuleSet.Status.DRAFT: "warn",
    RuleSet.Status.PUBLISHED: "good",
    RuleSet.Status.SUPERSEDED: "quiet",
}


@require_safe
@requires(Action.SEE_RULES)
def rules(request: HttpRequest) -> HttpResponse:
    versions = list(RuleSet.objects.all())
    people = people_of(version.published_by for version in versions if version.published_by)
    context = {
        "lines": [
            (version, TONES[version.status], people.get(version.published_by, ""))
            for version in versions
        ],
        "holds": _holds(request.today),
    }
    return render(request, "home/rules.html", context)


@require_safe
@requires(Action.SEE_RULES)
def rule_set(request: HttpRequest, version: int) -> HttpResponse:
    this = get_object_or_404(RuleSet, version=version)
    others = RuleSet.objects.exclude(pk=this.pk)
    before = others.filter(version__lt=version).order_by("-version").first()
    context = {
        "this": this,
        "tone": TONES[this.status],
        "holds": _holds(request.today),
        "before": before,
        "after": others.filter(version__gt=version).order_by("version").first(),
        "published_by": people_of([this.published_by])[this.published_by],
    }
    try:
        own = this.rules
    except RulesError as error:
        return render(request, "home/rule_set.html", context | {"problems": error.problems})
    former = _rules_of(before)
    thresholds = own.stockout_threshold_by_product.keys()
    if former is not None:
        thresholds |= former.stockout_threshold_by_product.keys()
    names = dict(Product.objects.filter(pk__in=thresholds).values_list("pk", "name"))
    groups = written(own, former, names)
    context |= {
        "groups": groups,
        "compared": former is not None,
        "changed": [line for _group, lines in groups for line in lines if line.before],
    }
    return render(request, "home/rule_set.html", context)


def _holds(today) -> int | None:
    """The version by which quotas are made today."""
    try:
        return rules_for(today).version
    except RuleSet.DoesNotExist:
        return None


def _rules_of(version: RuleSet | None) -> QuotaRules | None:
    """None too where a draft is not valid: there is nothing to compare with."""
    try:
        return version.rules if version else None
    except RulesError:
        return None
