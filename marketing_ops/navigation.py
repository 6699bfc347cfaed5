"""The links in every page's header, in sections: a page joins them by a line in SECTIONS."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from customers.scope import ALLOWED, Action, roles_of

# Words of the section, and its pages: name of the address, words, what one must be allowed to do.
# A section is worth its name from two pages on; the one page of another stands for it.
SECTIONS = [
    (_("My shop"), [("my-shop", _("My shop"), Action.SEE_OWN_SHOP)]),
    (_("Today"), [("today", _("Today"), Action.SEE_FIGURES)]),
    (
        _("Visits"),
        [
            ("visits-app", _("Shop visits"), Action.MAKE_VISITS),
            ("schedule", _("Schedule"), Action.SEE_VISITS),
            ("meeting", _("Morning meeting"), Action.SEE_VISITS),
            ("calls", _("Calls"), Action.MAKE_CALLS),
            ("collection", _("Collection by hand"), Action.SEE_COUNTS),
            ("reports", _("Reports"), Action.SEE_VISITS),
            ("plans", _("Visit plans"), Action.SEE_VISITS),
            ("visits-desk", _("Who visited whom"), Action.SEE_VISITS),
            ("counts", _("Stock counts"), Action.SEE_COUNTS),
        ],
    ),
    (
        _("Figures"),
        [
            ("overview", _("Overview"), Action.SEE_FIGURES),
            ("shops", _("Shops"), Action.SEE_FIGURES),
            ("rules", _("Rules"), Action.SEE_RULES),
        ],
    ),
    (
        _("Administration"),
        [
            ("imports", _("Imports"), Action.SEE_RUNS),
            ("runs", _("Runs"), Action.SEE_RUNS),
            ("trail", _("Audit trail"), Action.SEE_TRAIL),
            ("admin:index", _("Master data"), Action.KEEP_MASTER_DATA),
        ],
    ),
]


@dataclass(frozen=True, slots=True)
class Link:
    """`here`: the page that is shown, or one below it."""

    address: str
    words: str
    here: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together; the first is where the section's own link leads."""

    words: str
    links: list[Link]

    @property
    def address(self) -> str:
        return self.links[0].address

    @property
    def here(self) -> bool:
        return any(link.here for link in self.links)


def navigation(request: HttpRequest) -> dict:
    """Template context: what the person may open, found when the template asks."""
    return {"navigation": SimpleLazyObject(lambda: sections(request))}


def sections(request: HttpRequest) -> list[Section]:
    if not request.user.is_authenticated:
        return []
    # The gate has asked already, but for a page that everybody may see.
    roles = getattr(request, "roles", None)
    if roles is None:
        roles = roles_of(request.user, on=timezone.localdate())
    # What is shown at `/` is another page too.
    path = reverse(request.shows) if hasattr(request, "shows") else request.path
    allowed = [
        (words, [(reverse(name), text) for name, text, action in pages if ALLOWED[action] & roles])
        for words, pages in SECTIONS
    ]
    # Some stand below another: of those that fit, the longest is where one is.
    addresses = [address for _words, pages in allowed for address, _text in pages]
    here = max((one for one in addresses if path.startswith(one)), key=len, default="")
    return [
        Section(
            words if len(pages) > 1 else pages[0][1],
            [Link(address, text, address == here) for address, text in pages],
        )
        for words, pages in allowed
        if pages
    ]
