"""The rule set of the quota engine: everything a district may decide about it, in one value.

Plain values, no database. `QuotaRules.from_json` accepts what `to_json` writes; whatever is wrong
is named by its field, with the cure. A published body never changes (models.RuleSet), so a rule set
read back is the rule set that was used. Ratios are whole permille, so that a rule has one spelling.

Meaning of every field: docs/algorithms/quota.md.
"""

from dataclasses import asdict, dataclass, field, fields

METHODS = ("mean", "level")
ORDER_UNITS = ("carton", "pack")
FLAGS_BY_POLICY = {"scarce": 1, "pilot": 2}  # bits of Evidence.flags
SEGMENTS = "ABCDE"
PRICE_CLASSES = 5


class RulesError(ValueError):
    """What is wrong with a rule set; `problems` maps each field to what is wrong and the cure."""

    def __init__(self, problems: dict[str, str]):
        self.problems = problems
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))


@dataclass(frozen=True)
class QuotaRules:
    """One version of the rules. Permille = thousandths; packs are whole packs.

    The default values are the published default rule set.
    """

    method: str = "level"
    # When a day is a stock-out: no sale, and at most so many packs at its close.
    stockout_threshold: int = 1
    stockout_threshold_by_product: dict[int, int] = field(default_factory=dict)
    # Regime: below so many observed days a shop is new (0: none is); whose quota is policy.
    new_shop_days: int = 91
    classes_by_policy: tuple[int, ...] = (1,)
    flags_by_policy: tuple[str, ...] = ("scarce", "pilot")
    # Below this supply ratio the supply itself was cut.
    supply_cut_below: int = 900
    # Stock-out days ÷ observed days from which a customer is in segment A, B, C; above 0 is D.
    segment_from: tuple[int, int, int] = (500, 200, 50)
    # Cycles in the same direction that make a change a lasting one.
    long_term_cycles: int = 3
    # What can be ordered.
    order_unit: str = "carton"
    # Bounds of the quota in packs, and how far it may move from the quota in force, by segment.
    least_packs: int = 0
    most_packs: int = 9999
    raise_limit: tuple[int, int, int, int, int] = (3000, 2000, 1500, 1000, 1000)
    cut_limit: int = 500
    # Method mean: target level = mean sales of review and lead time × cover.
    cover: int = 1250
    # Method level: P(no stock-out until the next delivery but one), that of the quota, memory,
    # variance of demand = per_mean × mean + squared × mean², days of trust in the peers.
    service_level: int = 950
    quota_service_level: int = 950
    memory: int = 800
    variance_per_mean: int = 700
    variance_squared: int = 40
    peer_days: int = 1
    # The reasonable range of the stock-to-sales ratio for price classes 1 to 5: the days from and
    # to which a stock is neither short nor too much. Judges figures on pages; makes no quota.
    reasonable_days: tuple[tuple[int, int], ...] = ((3, 28),) * 5

    def __post_init__(self):
        problems = dict(_problems(self))
        if problems:
            raise RulesError(problems)

    @classmethod
    def from_json(cls, body: object) -> "QuotaRules":
        """The rules in a JSON body. Fields left out have their default. Raises RulesError."""
        if not isinstance(body, dict):
            raise RulesError({"body": "is not an object; write one, such as {} for the defaults"})
        known = {one.name: one.default for one in fields(cls)}
        unknown = sorted(set(body) - set(known))
        if unknown:
            text = f"is not a rule; remove it, or use one of: {', '.join(sorted(known))}"
            raise RulesError(dict.fromkeys(unknown, text))
        values = {name: _tuples(value) for name, value in body.items()}
        by_product = values.get("stockout_threshold_by_product")
        if isinstance(by_product, dict):
            values["stockout_threshold_by_product"] = {
                int(key) if str(key).isdecimal() else key: value
                for key, value in by_product.items()
            }
        return cls(**values)

    def to_json(self) -> dict:
        """The body as JSON values, every field written out, products as text keys in order."""
        body = {name: _lists(value) for name, value in asdict(self).items()}
        by_product = self.stockout_threshold_by_product
        body["stockout_threshold_by_product"] = {
            str(product): by_product[product] for product in sorted(by_product)
        }
        return body

    @property
    def policy_flag_bits(self) -> int:
        """The bits of Evidence.flags whose products are given out by policy."""
        return sum(FLAGS_BY_POLICY[name] for name in self.flags_by_policy)

    def reasonable_range(self, price_class: int | None) -> tuple[int, int] | None:
        """Least and most days of stock of a price class; None for a product without one."""
        return self.reasonable_days[price_class - 1] if price_class else None


def _tuples(value):
    """Lists within lists as tuples within tuples, so that a rule set can be compared."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _lists(value):
    return list(map(_lists, value)) if isinstance(value, tuple) else value


# field: (least, most, unit), whole numbers all of them
_WHOLE = {
    "stockout_threshold": (-1, 1000, "packs (-1: no day is a stock-out)"),
    "new_shop_days": (0, 3660, "observed days (0: no shop is new)"),
    "supply_cut_below": (0, 1000, "permille (900 = 0.9; 0: never)"),
    "long_term_cycles": (2, 26, "cycles"),
    "least_packs": (0, 9999, "packs"),
    "most_packs": (0, 9999, "packs"),
    "cut_limit": (0, 1000, "permille of the quota in force (1000: no limit)"),
    "cover": (100, 10000, "permille (1250 = one and a quarter)"),
    "service_level": (500, 999, "permille (950 = 0.95)"),
    "quota_service_level": (500, 999, "permille (950 = 0.95)"),
    "memory": (100, 1000, "permille: the weight of a week against the next younger one"),
    "variance_per_mean": (100, 20000, "permille (1000 = as in a Poisson stream)"),
    "variance_squared": (0, 4000, "permille (40 = a standard deviation of a fifth of the mean)"),
    "peer_days": (0, 91, "days"),
}
_LISTS = {
    "segment_from": (3, 1, 1000, "permille, falling (500, 200, 50)"),
    "raise_limit": (5, 0, 20000, "permille of the quota in force for A to E, none above the last"),
}


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _problems(rules: QuotaRules):
    for name, (least, most, unit) in _WHOLE.items():
        value = getattr(rules, name)
        if not _is_whole(value) or not least <= value <= most:
            yield name, f"{value!r} must be a whole number from {least} to {most}, in {unit}"
    for name, (length, least, most, unit) in _LISTS.items():
        value = getattr(rules, name)
        fits = isinstance(value, tuple) and len(value) == length
        if not fits or not all(_is_whole(one) and least <= one <= most for one in value):
            yield (
                name,
                f"{value!r} must be {length} whole numbers from {least} to {most}, in {unit}",
            )
        elif list(value) != sorted(value, reverse=True):
            yield name, f"{value!r} must not rise from one segment to the next; sort it downwards"
    for name, choices in (("method", METHODS), ("order_unit", ORDER_UNITS)):
        value = getattr(rules, name)
        if value not in choices:
            yield name, f"{value!r} is unknown; use one of: {', '.join(choices)}"
    for name, choices in (
        ("classes_by_policy", (1, 2, 3, 4, 5)),
        ("flags_by_policy", ("scarce", "pilot")),
    ):
        value = getattr(rules, name)
        if not isinstance(value, tuple) or any(one not in choices for one in value):
            wanted = ", ".join(str(one) for one in choices)
            yield name, f"{value!r} must be a list of: {wanted} (or empty)"
        elif len(set(value)) != len(value):
            yield name, f"{value!r} names one twice; name each once"
    yield from _range_problems(rules.reasonable_days)
    by_product = rules.stockout_threshold_by_product
    if not isinstance(by_product, dict):
        yield "stockout_threshold_by_product", "must be an object of product number to packs"
    else:
        bad = [
            key
            for key, value in by_product.items()
            if not (_is_whole(key) and key > 0 and _is_whole(value) and -1 <= value <= 1000)
        ]
        if bad:
            yield (
                "stockout_threshold_by_product",
                f"product {bad[0]!r} must be a product number with whole packs from -1 to 1000",
            )
    whole = _is_whole(rules.least_packs) and _is_whole(rules.most_packs)
    if whole and rules.least_packs > rules.most_packs:
        yield "least_packs", f"is above most_packs ({rules.most_packs}); lower it"


def _range_problems(ranges):
    """Of reasonable_days: five pairs of whole days, the lower one first."""
    whole = isinstance(ranges, tuple) and all(
        isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_whole, pair)) for pair in ranges
    )
    if not whole or len(ranges) != PRICE_CLASSES:
        text = "must be five pairs of whole days, for classes 1 to 5, such as [3, 28]"
        yield "reasonable_days", f"{ranges!r} {text}"
        return
    for price_class, (least, most) in enumerate(ranges, start=1):
        if not 0 <= least < most <= 365:
            text = "must rise, within 0 to 365 days"
            yield "reasonable_days", f"{[least, most]!r} of class {price_class} {text}"
