"""The links in every page's header: a page joins them by a line in LINKS."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from customers.scope import ALLOWED, Action, roles_of

# Name of the address, words, what one must be allowed to do.
LINKS = [
    ("my-shop", _("My shop"), Action.SEE_OWN_SHOP),
    ("today", _("Today"), Action.SEE_FIGURES),
    ("visits-app", _("Shop visits"), Action.MAKE_VISITS),
    ("schedule", _("Schedule"), Action.SEE_VISITS),
    ("plans", _("Visit plans"), Action.SEE_VISITS),
    ("meeting", _("Morning meeting"), Action.SEE_VISITS),
    ("visits-desk", _("Visits"), Action.SEE_VISITS),
    ("reports", _("Reports"), Action.SEE_VISITS),
    ("calls", _("Calls"), Action.MAKE_CALLS),
    ("collection", _("Collection by hand"), Action.SEE_COUNTS),
    ("counts", _("Stock counts"), Action.SEE_COUNTS),
    ("overview", _("Overview"), Action.SEE_FIGURES),
    ("shops", _("Shops"), Action.SEE_FIGURES),
    ("imports", _("Imports"), Action.SEE_RUNS),
    ("runs", _("Runs"), Action.SEE_RUNS),
    ("rules", _("Rules"), Action.SEE_RULES),
    ("trail", _("Audit trail"), Action.SEE_TRAIL),
]


@dataclass(frozen=True, slots=True)
class Link:
    """`here`: the page that is shown, or one below it."""

    address: str
    words: str
    here: bool


def navigation(request: HttpRequest) -> dict:
    """Template context: what the person may open, found when the template asks."""
    return {"navigation": SimpleLazyObject(lambda: links(request))}


def links(request: HttpRequest) -> list[Link]:
    if not request.user.is_authenticated:
        return []
    # The gate has asked already, but for a page that everybody may see.
    roles = getattr(request, "roles", None)
    if roles is None:
        roles = roles_of(request.user, on=timezone.localdate())
    found = [(reverse(name), words) for name, words, action in LINKS if ALLOWED[action] & roles]
    # Some stand below another: of those that fit, the longest is where one is.
    here = max((one for one, _words in found if _is_here(request.path, one)), key=len, default="")
    return [Link(address, words, address == here) for address, words in found]


def _is_here(path: str, address: str) -> bool:
    if address == "/":
        return path == "/"
    return path.startswith(address)
