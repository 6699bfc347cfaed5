"""Every page that one opens in a browser, and who is sent to look at it.

The one list behind the screenshots, the checks of accessibility, and Lighthouse. An address that is
neither here nor in NO_PAGES fails tests/site/test_list.py. A page with arguments in its address is
found as a person finds it, by a link on another page; so the list holds for the small town of the
tests, for the demo, and for any running site.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

NOBODY = ""


@dataclass(frozen=True)
class Page:
    """A page, or one state of it.

    `address`: its name in the urls, or a path where it has none. `who`: the login of the demo and
    of the town that opens it, NOBODY before a login. `found_on`: the address (name or path) of the
    page with a link to it; needed for addresses with arguments. `query` is added to the path.
    `link`: a regular expression that the link's path and query match, where not any will do.
    `label` tells the states of one page from each other. `status`: of the answer.
    """

    address: str
    who: str
    found_on: str = ""
    query: str = ""
    link: str = ""
    label: str = ""
    status: int = 200

    @property
    def name(self) -> str:
        """What its screenshots are called."""
        return self.label or self.address


PAGES = [
    Page("login", NOBODY),
    Page("home", "district1"),
    Page("home", "am01", label="home-of-a-route"),
    Page("today", "am01"),
    Page("today", "am01", query="?q=nothing-has-this-name", label="today-none-found"),
    Page("shops", "am01"),
    Page("shops", "district1", label="shops-of-all"),
    Page("shops", "am01", query="?q=nothing-has-this-name", label="shops-none-found"),
    Page("shop", "am01", found_on="shops"),
    Page("pair", "am01", found_on="shop"),
    Page("overview", "district1"),
    Page("overview", "am01", label="overview-of-a-route"),
    Page("overview-shops", "district1"),
    Page("overview-products", "district1"),
    Page("overview-cells", "district1"),
    Page("my-shop", "shop1"),
    Page("rules", "am01"),
    Page("rule-set", "am01", found_on="rules"),
    Page("visits-app", "am01"),
    Page("schedule", "am01"),
    Page("plans", "market1"),
    Page("plan", "market1", found_on="plans"),
    Page("meeting", "am01"),
    Page("meeting", "market1", label="meeting-of-a-department"),
    Page("bag", "am01"),
    Page("reports", "am01"),
    Page("reports", "market1", label="reports-of-a-department"),
    Page("report-day", "am01", found_on="reports"),
    Page("report", "am01", found_on="reports", link="/135/"),
    Page("tomorrow", "am01"),
    Page("care", "market1"),
    Page("visits-desk", "market1"),
    Page("visits-desk", "district1", query="?month=2024-06", label="visits-desk-of-a-month"),
    Page("visits-person", "market1", found_on="visits-desk"),
    Page("sell-through", "shop1", found_on="my-shop"),
    Page("calls", "am01"),
    Page("calls", "district1", label="calls-of-the-district"),
    Page("counts", "am01"),
    Page("count", "am01", found_on="counts"),
    Page("collection", "am01"),
    Page("collect-day", "am01", found_on="collection"),
    Page("collect-week", "am01", found_on="collection"),
    Page("imports", "admin1"),
    Page("import", "admin1", found_on="imports"),
    Page("runs", "district1"),
    Page("run", "admin1", found_on="runs"),
    Page("trail", "admin1"),
    Page("security", "am01"),
    Page("password", "am01"),
    Page("second_factor", "am01"),
    Page("/nothing/", "am01", label="not-found", status=404),
    Page("/runs/", "am01", label="not-allowed", status=403),
]

# Addresses that are no page to open: "file" to download, "part" of a page that htmx asks for,
# "deed" that takes a POST, "step" that only leads on from another page (the tests that walk it).
NO_PAGES = {
    "healthz": "for the health check of the container",
    "login_code": "step: tests/accounts/test_browser.py",
    "prove": "step: tests/accounts/test_second_factor.py",
    "recovery_codes": "step: tests/accounts/test_browser.py",
    "logout": "deed",
    "set_language": "deed",
    "end_sessions": "deed",
    "end_tokens": "deed",
    "renew_codes": "deed",
    "take_off": "deed",
    "overview-map": "part",
    "save-view": "deed",
    "rename-view": "deed",
    "delete-view": "deed",
    "shops-csv": "file",
    "shops-xlsx": "file",
    "products-csv": "file",
    "products-xlsx": "file",
    "import-new": "deed",
    "import-again": "deed",
    "import-empty": "file",
    "import-problems": "file",
    "import-rejected": "file",
    "import-file": "file",
    "run-night": "deed",
    "plan-draft": "deed",
    "plan-decide": "deed",
    "plan-visit": "step: tests/visits/test_plan_pages.py",
    "plan-add": "step: tests/visits/test_plan_pages.py",
    "meeting-one": "step: tests/visits/test_meeting.py",
    "meeting-write": "step: tests/visits/test_meeting.py",
    "meeting-read": "deed",
    "report-one": "step: tests/visits/test_report.py",
    "report-comment": "deed",
    "visit": "step: tests/visits/test_desk.py",
    "visits-desk-csv": "file",
    "visits-desk-xlsx": "file",
    "sell-through-csv": "file",
    "sell-through-xlsx": "file",
    "care-done": "deed",
    "call-done": "deed",
    "rescue": "deed",
    "rescue-step": "deed",
    "visits-shell": "part",
    "visits-worker": "file",
    "visits-manifest": "file",
    "visits-words": "file",
    "visits-icon": "file",
}
# The admin has tests of its own (tests/admin), and the API no pages.
_APART = ("admin/", "api/")


def addresses(resolver=None, prefix="") -> Iterator[tuple[str, str]]:
    """(path pattern, name) of everything on the site but the admin and the API."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(_APART):
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.name or ""


def page_of(address: str) -> Page:
    """The first entry of that address."""
    return next(page for page in PAGES if page.address == address)


def paths_of(page: Page, read: Callable[[str, str], str]) -> Iterator[str]:
    """Paths with queries of a page on a site: one for each link to it, none without a link.

    `read(who, path)` gives the HTML of a page as that person gets it.
    """
    if page.address.startswith("/"):
        yield page.address + page.query
    elif not page.found_on:
        yield reverse(page.address) + page.query
    else:
        origin = page.found_on
        if not origin.startswith("/"):
            # With the eyes of who looks for the link: the origin's own person may see more.
            found_on = replace(page_of(origin), who=page.who)
            origin = next(paths_of(found_on, read), None)
        for link in _links(read(page.who, origin), origin) if origin else ():
            if _name(link) == page.address and re.search(page.link, link):
                yield link.partition("?")[0] + page.query if page.query else link


def _links(body: str, base: str) -> Iterator[str]:
    """Paths with queries of the links to the same site, in their order, without fragments."""
    for found in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', body):
        link = urlsplit(urljoin(base, html.unescape(found)))
        if not link.netloc:
            yield link.path + (f"?{link.query}" if link.query else "")


def _name(link: str) -> str | None:
    try:
        return resolve(urlsplit(link).path).url_name
    except Resolver404:
        return None
