"""A rule set in plain words: every parameter with its value, unit and meaning.

A parameter added to rules.QuotaRules joins PARAMETERS; a test holds the two together. The
arithmetic stands in docs/algorithms/quota.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from brands.models import PriceClass
from orders.quotas.rules import SEGMENTS, QuotaRules

_CHOICES = {
    "mean": _("by mean sales (mean)"),
    "level": _("by a target level (level)"),
    "carton": _("whole cartons"),
    "pack": _("single packs"),
    "scarce": _("scarce products"),
    "pilot": _("pilot products"),
}


def _number(value: int, _names=None) -> str:
    return f"{value:,}".replace("-", "−")


def _percent(permille: int, _names=None) -> str:
    return f"{permille / 10:g}%"


def _times(permille: int, _names=None) -> str:
    return str(_("%(times)s times") % {"times": f"{permille / 1000:g}"})


def _factor(permille: int, _names) -> str:
    return f"{permille / 1000:g}"


def _choice(value: str, _names) -> str:
    return str(_CHOICES[value])


def _listed(parts) -> str:
    return str(_(", ")).join(map(str, parts)) or str(_("none"))


def _choices(values, _names) -> str:
    return _listed(_CHOICES[value] for value in values)


def _classes(values, _names) -> str:
    return _listed(PriceClass(value).label for value in values)


def _segments_from(values, _names) -> str:
    bounds = [
        _("%(segment)s from %(share)s") % {"segment": segment, "share": _percent(value)}
        for segment, value in zip(SEGMENTS, values, strict=False)
    ]
    return _listed([*bounds, _("D above 0%"), _("E at 0%")])


def _by_segment(values, _names) -> str:
    return _listed(
        f"{segment} {_times(value)}" for segment, value in zip(SEGMENTS, values, strict=True)
    )


def _by_product(values: Mapping[int, int], names: Mapping[int, str]) -> str:
    return _listed(
        f"{names.get(product, product)}: {_number(packs)}"
        for product, packs in sorted(values.items())
    )


def _by_class(values, _names) -> str:
    return _listed(
        _("%(price_class)s %(least)s to %(most)s")
        % {"price_class": PriceClass(number).label, "least": least, "most": most}
        for number, (least, most) in enumerate(values, start=1)
    )


@dataclass(frozen=True, slots=True)
class Parameter:
    """`write(value, product names by id)` gives the value in the reader's language."""

    name: str
    label: Any
    unit: Any
    meaning: Any
    write: Callable[[Any, Mapping[int, str]], str] = _number


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters of one subject. `method`: they count with that method only."""

    title: Any
    parameters: tuple[Parameter, ...]
    method: str = ""


_PACKS, _DAYS, _SHARE = _("packs"), _("days"), _("share")

PARAMETERS = (
    Group(
        _("How a quota is found"),
        (
            Parameter(
                "method",
                _("Method"),
                _("choice"),
                _(
                    "“mean” takes what sells on average and adds a cover; “level” takes the stock "
                    "that lasts with a given certainty until the next delivery but one."
                ),
                _choice,
            ),
            Parameter(
                "order_unit",
                _("What can be ordered"),
                _("choice"),
                _("Quotas are rounded up to this."),
                _choice,
            ),
            Parameter(
                "long_term_cycles",
                _("Cycles that make a lasting change"),
                _("delivery cycles"),
                _(
                    "Only when so many cycles in a row lie on the same side of the base does the "
                    "base follow; one or two odd ones move nothing."
                ),
            ),
            Parameter(
                "supply_cut_below",
                _("Supply counts as cut below"),
                _("supplied ÷ requested, in the whole district"),
                _(
                    "Stock-outs of a cycle in which less than this of a product was supplied "
                    "raise no quota: goods were missing, not orders."
                ),
                _percent,
            ),
        ),
    ),
    Group(
        _("When a day is a stock-out"),
        (
            Parameter(
                "stockout_threshold",
                _("Stock-out threshold"),
                _PACKS,
                _(
                    "A day without a sale that closes with at most so many packs is a stock-out "
                    "day; −1: none is."
                ),
            ),
            Parameter(
                "stockout_threshold_by_product",
                _("Other thresholds of single products"),
                _PACKS,
                _("For these products instead of the threshold above."),
                _by_product,
            ),
            Parameter(
                "segment_from",
                _("Segments of shops"),
                _("stock-out days ÷ observed days"),
                _("Who is often sold out is in segment A; who never is, in E."),
                _segments_from,
            ),
        ),
    ),
    Group(
        _("Who is treated apart"),
        (
            Parameter(
                "new_shop_days",
                _("A shop is new below"),
                _("observed days"),
                _(
                    "Until then the sales of shops of the same format, area and scale stand in "
                    "for its own; 0: no shop is new."
                ),
            ),
            Parameter(
                "classes_by_policy",
                _("Price classes given out by policy"),
                _("price classes"),
                _("Their quotas are decided by people; the engine leaves them as they are."),
                _classes,
            ),
            Parameter(
                "flags_by_policy",
                _("Products given out by policy"),
                _("kinds of products"),
                _("Their quotas, too, are decided by people."),
                _choices,
            ),
        ),
    ),
    Group(
        _("Bounds of every quota"),
        (
            Parameter("least_packs", _("At least"), _PACKS, _("No recommended quota is lower.")),
            Parameter("most_packs", _("At most"), _PACKS, _("No recommended quota is higher.")),
            Parameter(
                "raise_limit",
                _("Raised at most by"),
                _("times the quota in force, by segment"),
                _(
                    "So far one decision may raise a quota: further for shops that are often sold "
                    "out; always by at least one carton."
                ),
                _by_segment,
            ),
            Parameter(
                "cut_limit",
                _("Cut at most by"),
                _("share of the quota in force"),
                _("So far one decision may cut a quota; 100%: as far as it goes."),
                _percent,
            ),
        ),
    ),
    Group(
        _("Only with the method “mean”"),
        (
            Parameter(
                "cover",
                _("Cover"),
                _("times the mean sales until the next delivery but one"),
                _("The target level is so much of what sells on average in that time."),
                _factor,
            ),
        ),
        "mean",
    ),
    Group(
        _("Only with the method “level”"),
        (
            Parameter(
                "service_level",
                _("Certainty of the target level"),
                _("share of cycles without a stock-out"),
                _("So certainly the stock after an order lasts until the next one is delivered."),
                _percent,
            ),
            Parameter(
                "quota_service_level",
                _("Certainty of the quota"),
                _("share of cycles without a stock-out"),
                _("So certainly one delivery brings the stock back to its target level."),
                _percent,
            ),
            Parameter(
                "memory",
                _("Memory"),
                _("weight of a week against the next younger one"),
                _("The lower, the faster old sales are forgotten; 100%: all weeks weigh the same."),
                _percent,
            ),
            Parameter(
                "variance_per_mean",
                _("Swing of demand"),
                _("variance ÷ mean"),
                _("1 is as if each buyer came by chance; more needs more safety stock."),
                _factor,
            ),
            Parameter(
                "variance_squared",
                _("Swing of the whole shop"),
                _("variance ÷ mean²"),
                _("What moves all of a shop's sales at once, such as weather: 0.04 is a fifth."),
                _factor,
            ),
            Parameter(
                "peer_days",
                _("Trust in like shops"),
                _("days of own sales that they weigh"),
                _("Where a shop has few sales of its own, those of like shops count so much."),
            ),
        ),
        "level",
    ),
    Group(
        _("What is a reasonable stock"),
        (
            Parameter(
                "reasonable_days",
                _("Reasonable stock-to-sales ratio"),
                _("days, by price class"),
                _(
                    "Below, a stock is short; above, it is too much. Judges figures on pages and "
                    "makes no quota."
                ),
                _by_class,
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A parameter of one version. `before`: what it was in the version before, "" if the same."""

    parameter: Parameter
    value: str
    before: str = ""


def written(
    rules: QuotaRules, before: QuotaRules | None, names: Mapping[int, str]
) -> list[tuple[Group, list[Written]]]:
    """All parameters of `rules` in words, and where they differ from `before`.

    `names`: the products' names by id, for thresholds of single products.
    """
    groups = []
    for group in PARAMETERS:
        lines = []
        for parameter in group.parameters:
            value, former = getattr(rules, parameter.name), getattr(before, parameter.name, None)
            differs = before is not None and former != value
            lines.append(
                Written(
                    parameter,
                    parameter.write(value, names),
                    parameter.write(former, names) if differs else "",
                )
            )
        groups.append((group, lines))
    return groups
