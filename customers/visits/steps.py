"""What a step of a visit is. Each app contributes its own: settings.VISIT_STEPS names them in the
order of the phone's screen.

A step says what the phone sends (`answer`), what it gets beforehand (`bundle`), and what is written
when a visit arrives (`record`). The seven items 问看介整收答记 only group them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.functional import Promise as LazyText
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from rest_framework.serializers import Serializer

    from customers.visits.models import Visit


class Item(models.TextChoices):
    """The seven items of a visit, in their order."""

    ASK = "ask", _("Ask")
    LOOK = "look", _("Look")
    INTRODUCE = "introduce", _("Introduce")
    TIDY = "tidy", _("Tidy")
    COLLECT = "collect", _("Collect")
    ANSWER = "answer", _("Answer")
    RECORD = "record", _("Record")


@dataclass(frozen=True)
class Bundle:
    """For which shops a phone is packed: their ids, in the order of the day; the day; the person
    (a User); and what is sold, {product id: what the phone gets of it, with its "barcode"}."""

    customers: list[int]
    day: date
    user: Any
    products: Mapping[int, dict]


@dataclass(frozen=True)
class Goods:
    """What is sold: {product id: what the phone gets of it}, and of which day the figures are that
    the bundle speaks of."""

    products: Mapping[int, dict]
    as_of: date | None = None


@dataclass(frozen=True)
class Step:
    """`bundle(Bundle)` answers {customer id: what the phone gets beforehand} for all shops in a few
    queries; a shop that is not in it gets nothing.

    `record(visit, answer)` writes the app's own facts, inside the visit's transaction; `answer` is
    what the serializer made of it. It may raise rest_framework's ValidationError, with the fields'
    names: then the visit is set aside whole and nothing of it is written.

    A confidential step's answer is not kept with the visit: what `record` writes is all there is.
    """

    name: str
    item: Item
    title: str | LazyText
    answer: "type[Serializer]"
    bundle: Callable[[Bundle], dict[int, dict]] | None = None
    record: "Callable[[Visit, dict], None] | None" = None
    confidential: bool = False


@lru_cache(maxsize=1)
def visit_steps() -> tuple[Step, ...]:
    """The steps in their order. ValueError: a name is there twice; ImportError: there is no such
    step."""
    found = tuple(import_string(path) for path in settings.VISIT_STEPS)
    names = [step.name for step in found]
    if len(set(names)) < len(names):
        raise ValueError(f"settings.VISIT_STEPS has a step twice: {', '.join(names)}")
    return found


@lru_cache(maxsize=1)
def visit_facts() -> tuple[Callable[[Bundle], dict[int, dict]], ...]:
    """What is told of shops beside the steps (settings.VISIT_FACTS): each answers {customer id:
    what is merged into the shop}."""
    return tuple(import_string(path) for path in settings.VISIT_FACTS)


def goods_on(day: date) -> Goods:
    """What is sold on a day, from above (settings.VISIT_GOODS)."""
    return import_string(settings.VISIT_GOODS)(day)
