"""What the plan is told of shops by the apps above, where their figures lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stock-out segment ("A" to "E") and the customer value of a shop, empty where unknown;
    `volatile`: its sales swing."""

    segment: str = ""
    value: str = ""
    volatile: bool = False


NOTHING = Evidence()


def evidence_on(day: date) -> Mapping[int, Evidence]:
    """What is known of shops on `day`, by customer id (settings.VISIT_EVIDENCE)."""
    return import_string(settings.VISIT_EVIDENCE)(day) if settings.VISIT_EVIDENCE else {}
