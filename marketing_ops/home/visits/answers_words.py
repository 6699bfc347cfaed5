"""What was answered at the steps of a visit, in words. Made from what each step's serializer
describes, so a step of any app is shown; names of products are read once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.models import Barcode
from customers.visits.steps import visit_steps

LABELS = {
    "trend": gettext_lazy("sales lately"),
    "note": gettext_lazy("note"),
    "as_expected": gettext_lazy("as expected"),
    "whole_cartons": gettext_lazy("whole cartons on display"),
    "zero_boxes": gettext_lazy("empty boxes for what is out of stock"),
    "opened_for_packs": gettext_lazy("cartons opened for single packs"),
    "tidy": gettext_lazy("display tidy"),
    "complete": gettext_lazy("every product has its tag"),
    "match": gettext_lazy("tags stand by their goods"),
    "missing": gettext_lazy("without a tag"),
    "topics": gettext_lazy("topics"),
    "products": gettext_lazy("products"),
    "reaction": gettext_lazy("reaction"),
    "counter": gettext_lazy("counter"),
    "display": gettext_lazy("display"),
    "price_tags": gettext_lazy("price tags"),
    "demand": gettext_lazy("market demand"),
    "reactions": gettext_lazy("what is said of brands"),
    "banquets": gettext_lazy("banquets and group purchases"),
    "neighbourhood": gettext_lazy("changes around the shop"),
    "customer_changes": gettext_lazy("changes at the shop"),
    "prices": gettext_lazy("prices seen"),
    "price": gettext_lazy("price (yuan)"),
    "unit": gettext_lazy("per"),
    "opinions": gettext_lazy("opinions on the staff"),
    "staff": gettext_lazy("staff"),
    "opinion": gettext_lazy("opinion"),
    "asked": gettext_lazy("asked"),
    "about": gettext_lazy("about"),
    "text": gettext_lazy("text"),
    "answered": gettext_lazy("answered"),
    "answer": gettext_lazy("answer"),
    "due_on": gettext_lazy("due on"),
    "explained": gettext_lazy("explained"),
    "lines": gettext_lazy("products"),
    "packs": gettext_lazy("packs"),
    "made": gettext_lazy("promised"),
    "kept": gettext_lazy("promises kept"),
    "handbook": gettext_lazy("service handbook filled in"),
    "effect": gettext_lazy("what it brought about"),
    "suggestions": gettext_lazy("suggestions and complaints"),
    "care": gettext_lazy("care that this customer needs"),
}
VALUES = {
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "na": gettext_lazy("does not apply"),
    "up": gettext_lazy("better"),
    "level": gettext_lazy("level"),
    "down": gettext_lazy("worse"),
    "policy": gettext_lazy("policy"),
    "brand_changes": gettext_lazy("brand changes"),
    "supply": gettext_lazy("supply"),
    "new_brands": gettext_lazy("new brands"),
    "skills": gettext_lazy("selling skills"),
    "interested": gettext_lazy("interested"),
    "will_order": gettext_lazy("will order"),
    "refused": gettext_lazy("refused"),
    "none": gettext_lazy("no answer"),
    "pack": gettext_lazy("pack"),
    "carton": gettext_lazy("carton"),
    "telephone": gettext_lazy("telephone desk"),
    "delivery": gettext_lazy("delivery staff"),
    "supervision": gettext_lazy("market supervision"),
    "inspection": gettext_lazy("inspection"),
    "satisfied": gettext_lazy("satisfied"),
    "neutral": gettext_lazy("so-so"),
    "dissatisfied": gettext_lazy("dissatisfied"),
    "marketing": gettext_lazy("marketing"),
    "monopoly": gettext_lazy("monopoly administration"),
    "other": gettext_lazy("other"),
}
# Values of these fields are words of a list; of others they are what somebody wrote.
_CHOSEN = frozenset({
    "trend", "whole_cartons", "zero_boxes", "opened_for_packs", "tidy", "complete", "match",
    "topics", "reaction", "unit", "staff", "opinion", "about",
})  # fmt: skip
_NOT_SHOWN = frozenset({"photos"})


@dataclass
class StepWords:
    title: str
    item: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)


def steps_in_words(answers: dict, *, day: date) -> list[StepWords]:
    """The answered steps in the order of the phone; what a newer phone sent and this site does not
    know comes last, under its name."""
    known = {step.name: step for step in visit_steps() if not step.confidential}
    secret = {step.name for step in visit_steps() if step.confidential}
    names = [name for name in known if name in answers]
    names += [name for name in answers if name not in known and name not in secret]
    products = _names(_barcodes(answers), day)
    found = []
    for name in names:
        answer = answers[name]
        if not isinstance(answer, dict):
            continue
        step = known.get(name)
        words = StepWords(str(step.title) if step else name, str(step.item.label) if step else "")
        words.lines = list(_lines(answer, products))
        words.photos = [one for one in answer.get("photos") or [] if isinstance(one, str)]
        if words.lines or words.photos:
            found.append(words)
    return found


def _lines(answer: dict, products: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in answer.items():
        if name in _NOT_SHOWN or value in ("", None, [], {}):
            continue
        label = str(LABELS.get(name, name))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield label, _one(one, products)
        elif isinstance(value, list):
            words = [products.get(str(one)) or _value(name, one) for one in value]
            yield label, _("; ").join(words)
        else:
            yield label, _value(name, value)


def _one(values: dict, products: dict[str, str]) -> str:
    """An entry of a list: the product first, then what is said of it."""
    parts = []
    code = str(values.get("barcode") or "")
    if code:
        parts.append(products.get(code, code))
    for name, value in values.items():
        if name == "barcode" or value in ("", None):
            continue
        if name == "text":
            parts.append(str(value))
        else:
            parts.append(f"{LABELS.get(name, name)} {_value(name, value)}")
    return " · ".join(parts)


def _value(name: str, value) -> str:
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if name in _CHOSEN:
        return str(VALUES.get(value, value))
    return str(value)


def _barcodes(value) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "barcode":
                yield str(inner)
            elif name == "missing" and isinstance(inner, list):
                yield from (str(one) for one in inner)
            else:
                yield from _barcodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _barcodes(inner)


def _names(codes: Iterator[str], day: date) -> dict[str, str]:
    wanted = set(codes)
    if not wanted:
        return {}
    rows = Barcode.objects.filter(code__in=wanted).order_by("period")
    return dict(rows.values_list("code", "product__name"))
