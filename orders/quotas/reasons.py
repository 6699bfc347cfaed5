"""From the engine's trail to codes and numbers, and from these to words.

What is kept are numbers (evidence.Advice); `explain` turns a row into reasons in the order of the
judgement, `text` writes them compactly for files and programs (the format is stable), `words` for
people, in the reader's language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketing_ops.lib import quantities
from orders.quotas.evidence import (
    BOUND_CUT,
    BOUND_LEAST,
    BOUND_MOST,
    BOUND_RAISE,
    REGIME_BY_POLICY,
    REGIME_NEW_SHOP,
    REGIME_NOT_OBSERVED,
    REGIME_NOTHING_TO_GO_BY,
    REGIME_REGULAR,
    UNKNOWN,
    WHOLE,
)

REGIMES = {
    REGIME_REGULAR: "regular",
    REGIME_NEW_SHOP: "new-shop",
    REGIME_BY_POLICY: "policy",
    REGIME_NOT_OBSERVED: "not-observed",
    REGIME_NOTHING_TO_GO_BY: "nothing-to-go-by",
}
TRENDS = {0: "none", 1: "up", -1: "down"}
BOUNDS = {
    BOUND_RAISE: "raise",
    BOUND_CUT: "cut",
    BOUND_LEAST: "least",
    BOUND_MOST: "most",
}

# Packs as cartons and packs.
Show = Callable[[int | None], str]


@dataclass(frozen=True)
class Reason:
    """One step of the judgement: its code, what came out (`value`), and the numbers behind it.

    Numbers are whole: permille, packs, days, cycles, thousandths of a pack; None = there is none.
    """

    code: str
    value: str
    numbers: Mapping[str, int | None]


def explain(row: Mapping[str, int]) -> list[Reason]:
    """The reasons of one advice (its columns, Advice.row), in the order of the judgement."""

    def numbers(*names):
        return {name: None if row[name] == UNKNOWN else row[name] for name in names}

    reasons = [Reason("regime", REGIMES[row["regime"]], numbers("in_force"))]
    if row["regime"] in (REGIME_REGULAR, REGIME_NEW_SHOP):
        cut = "cut" if row["cut_cycles"] else "whole"
        events = row["event_cycles"] or row["event_permille"] != WHOLE
        segment = "ABCDE"[row["segment"] - 1]
        reasons += [
            Reason("supply", cut, numbers("supply_permille", "cut_cycles")),
            Reason(
                "events",
                "some" if events else "none",
                numbers("event_permille", "event_cycles", "event_realised_permille"),
            ),
            Reason("segment", segment, {}),
            Reason("days", str(row["effective"]), numbers("observed", "sold")),
            Reason("trend", TRENDS[row["trend"]], {}),
            Reason("rate", str(row["rate_millipacks"]), numbers("peer_millipacks")),
            Reason(
                "target", str(row["target_level"]), numbers("interval_days", "spread_millipacks")
            ),
            Reason("rounded", str(row["wanted"]), numbers("unit")),
        ]
        held = [name for bit, name in BOUNDS.items() if row["bounds"] & bit]
        reasons.append(Reason("bounds", "+".join(held) or "none", numbers("in_force")))
    reasons.append(Reason("quota", "none" if row["quota"] == UNKNOWN else str(row["quota"]), {}))
    return reasons


def text(row: Mapping[str, int]) -> str:
    """The reasons as `code:value,number=…;…`, numbers that do not exist left out."""
    parts = []
    for reason in explain(row):
        numbers = "".join(
            f",{name}={value}" for name, value in reason.numbers.items() if value is not None
        )
        parts.append(f"{reason.code}:{reason.value}{numbers}")
    return ";".join(parts)


def words(row: Mapping[str, int], *, packs_per_carton: int) -> list[str]:
    """The reasons as sentences in the active language, one or more per step.

    Packs that stand on a shelf or in an order are written in cartons and packs, as people count.
    """
    show = partial(quantities.show, packs_per_carton=packs_per_carton)
    return [
        sentence for reason in explain(row) for sentence in _SENTENCES[reason.code](reason, show)
    ]


def _decimal(thousandths: int | None) -> str:
    """Thousandths as a decimal with no more digits than needed."""
    return f"{(thousandths or 0) / 1000:.3f}".rstrip("0").rstrip(".")


def _regime(reason: Reason, show: Show) -> Sequence[str]:
    base = reason.numbers["in_force"]
    sentences = {
        "regular": _("The quota follows from what the shop sold."),
        "new-shop": _(
            "The shop is new; the quota follows from shops of the same format, area and scale."
        ),
        "policy": _("Products of class 1, scarce and pilot products are given out by policy."),
        "not-observed": _("No day of this product was observed in the last three months."),
        "nothing-to-go-by": _(
            "The product was never on sale on an observed day, and there are no shops of the same "
            "kind to compare with."
        ),
    }
    found = [sentences[reason.value]]
    if reason.value not in ("regular", "new-shop"):
        found.append(
            _("There is no quota in force, and so no recommendation.")
            if base is None
            else _("The quota in force, %(packs)s, stays.") % {"packs": show(base)}
        )
    return found


def _supply(reason: Reason, show: Show) -> Sequence[str]:
    if reason.value == "whole":
        return [_("The supply was not cut.")]
    return [
        ngettext(
            "The supply was cut in %(cycles)s cycle, to %(ratio)s of what was asked for: "
            "stock-outs of this cycle raise nothing.",
            "The supply was cut in %(cycles)s cycles, at the lowest to %(ratio)s of what was asked "
            "for: stock-outs of these cycles raise nothing.",
            reason.numbers["cut_cycles"],
        )
        % {
            "cycles": reason.numbers["cut_cycles"],
            "ratio": _decimal(reason.numbers["supply_permille"]),
        }
    ]


def _events(reason: Reason, show: Show) -> Sequence[str]:
    found = []
    if reason.numbers["event_cycles"]:
        realised = reason.numbers["event_realised_permille"]
        found.append(
            ngettext(
                "An event touched %(cycles)s cycle; its effect is taken out of it.",
                "An event touched %(cycles)s cycles; its effect is taken out of them.",
                reason.numbers["event_cycles"],
            )
            % {"cycles": reason.numbers["event_cycles"]}
        )
        if realised is not None:
            found.append(
                _("A day then sold %(factor)s times what it sold in the other cycles.")
                % {"factor": _decimal(realised)}
            )
    if reason.numbers["event_permille"] != WHOLE:
        found.append(
            _("For the days ahead an event with the factor %(factor)s is expected.")
            % {"factor": _decimal(reason.numbers["event_permille"])}
        )
    return found or [_("No event is known.")]


def _segment(reason: Reason, show: Show) -> Sequence[str]:
    sentences = {
        "A": _("Segment A: always out of stock."),
        "B": _("Segment B: often out of stock."),
        "C": _("Segment C: now and then out of stock."),
        "D": _("Segment D: rarely out of stock."),
        "E": _("Segment E: never out of stock."),
    }
    return [sentences[reason.value]]


def _days(reason: Reason, show: Show) -> Sequence[str]:
    return [
        _("%(sold)s were sold on %(effective)s effective days, out of %(observed)s observed ones.")
        % {
            "sold": show(reason.numbers["sold"]),
            "effective": reason.value,
            "observed": reason.numbers["observed"],
        }
    ]


def _trend(reason: Reason, show: Show) -> Sequence[str]:
    sentences = {
        "up": _("The latest cycles all lie above: a lasting rise."),
        "down": _("The latest cycles all lie below: a lasting fall."),
        "none": _("No lasting change; single swings move little."),
    }
    return [sentences[reason.value]]


def _rate(reason: Reason, show: Show) -> Sequence[str]:
    found = [_("Demand is put at %(rate)s packs a day.") % {"rate": _decimal(int(reason.value))}]
    if reason.numbers["peer_millipacks"] is not None:
        found.append(
            _("Shops of the same kind sell %(rate)s packs a day.")
            % {"rate": _decimal(reason.numbers["peer_millipacks"])}
        )
    return found


def _target(reason: Reason, show: Show) -> Sequence[str]:
    found = [
        _("An order has to last %(days)s days: the target level is %(packs)s.")
        % {"days": reason.numbers["interval_days"], "packs": show(int(reason.value))}
    ]
    if reason.numbers["spread_millipacks"] is not None:
        found.append(
            _("Demand of these days spreads by %(packs)s packs.")
            % {"packs": _decimal(reason.numbers["spread_millipacks"])}
        )
    return found


def _rounded(reason: Reason, show: Show) -> Sequence[str]:
    return [
        _("A cycle takes %(packs)s, in units of %(unit)s.")
        % {"packs": show(int(reason.value)), "unit": show(reason.numbers["unit"])}
    ]


def _bounds(reason: Reason, show: Show) -> Sequence[str]:
    sentences = {
        "raise": _("Raised from %(packs)s only as far as one decision may."),
        "cut": _("Cut from %(packs)s only as far as one decision may."),
        "least": _("Raised to the least quota of the rule."),
        "most": _("Held at the greatest quota of the rule."),
    }
    if reason.value == "none":
        return []
    return [
        sentences[name] % {"packs": show(reason.numbers["in_force"])}
        for name in reason.value.split("+")
    ]


def _quota(reason: Reason, show: Show) -> Sequence[str]:
    if reason.value == "none":
        return [_("No quota is recommended.")]
    return [_("Quota: %(packs)s per cycle.") % {"packs": show(int(reason.value))}]


_SENTENCES = {
    "regime": _regime,
    "supply": _supply,
    "events": _events,
    "segment": _segment,
    "days": _days,
    "trend": _trend,
    "rate": _rate,
    "target": _target,
    "rounded": _rounded,
    "bounds": _bounds,
    "quota": _quota,
}
