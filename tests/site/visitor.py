"""Somebody at a browser who goes to every page of a site, logged in as whom each page is for."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.site.pages import NOBODY, PAGES, Page, paths_of

LANGUAGES = ("zh-hans", "en")
_DRAWN = """() => !document.querySelector('[aria-busy=true]')
    && [...document.querySelectorAll('[data-chart], [data-map]')]
      .every(box => box.dataset.drawn || !box.checkVisibility())"""


class Visitor:
    """`visitor.open(page)` on a site at `address`; one browser window per person and language."""

    def __init__(self, browser, address: str, password: str, language: str = LANGUAGES[0]):
        self._browser, self._address, self._password = browser, address.rstrip("/"), password
        self._language = language
        self._windows = {}
        self.complaints: list[str] = []  # of the browser, and what was asked for from elsewhere
        self._bodies: dict[tuple[str, str], str] = {}

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_error) -> None:
        for window in self._windows.values():
            window.context.close()

    def window(self, who: str):
        """The person's browser page, logged in."""
        if who not in self._windows:
            context = self._browser.new_context(locale="zh-CN", reduced_motion="reduce")
            cookie = {"name": "django_language", "value": self._language, "url": self._address}
            context.add_cookies([cookie])
            self._windows[who] = context.new_page()
            self._listen(self._windows[who])
            if who != NOBODY:
                self._log_in(self._windows[who], who)
        return self._windows[who]

    def path(self, page: Page) -> str | None:
        """None where nothing links to it, for example to an import where none was made yet."""
        return next(paths_of(page, self._read), None)

    def paths(self, pages=None) -> Iterator[tuple[Page, str | None]]:
        """All pages with their paths."""
        for page in pages or PAGES:
            yield page, self.path(page)

    def open(self, page: Page, size: tuple[int, int]):
        """The browser page, loaded, charts and map drawn; raises where the answer is another."""
        window = self.window(page.who)
        window.set_viewport_size({"width": size[0], "height": size[1]})
        answer = window.goto(self._address + self.path(page))
        if answer.status != page.status:
            raise RuntimeError(f"{page.name}: answered {answer.status}, expected {page.status}")
        settle(window)
        return window

    def cookies(self, who: str) -> str:
        """The header that makes another program this person."""
        cookies = self.window(who).context.cookies(self._address)
        return "; ".join(f"{one['name']}={one['value']}" for one in cookies)

    def _listen(self, window) -> None:
        def asked(request):
            if not request.url.startswith((self._address, "data:", "blob:")):
                self.complaints.append(f"asks for {request.url}")

        window.on("request", asked)
        window.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        window.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _read(self, who: str, path: str) -> str:
        if (who, path) not in self._bodies:
            answer = self.window(who).context.request.get(self._address + path)
            self._bodies[who, path] = answer.text()
        return self._bodies[who, path]

    def _log_in(self, window, who: str) -> None:
        after = "/accounts/security/"
        window.goto(f"{self._address}/accounts/login/?next={quote(after)}")
        window.locator("#id_username").fill(who)
        window.locator("#id_password").fill(self._password)
        window.locator("#id_password").press("Enter")
        window.wait_for_url(f"{self._address}{after}")


def settle(window) -> None:
    """Wait until nothing is loading, and charts and maps are drawn at the present size."""
    window.wait_for_function(_DRAWN)
