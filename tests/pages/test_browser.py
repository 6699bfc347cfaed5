"""The pages in a real browser, on a phone and on a desk.

Screenshots of every page, size and language go to tests/pages/screenshots/, which git ignores; they
are there to be looked at.
"""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from marketing_ops.nightly import run_night
from tests.browser import DESK, PHONE
from tests.town import DAY, PASSWORD

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parent / "screenshots"
PAIR = "/shops/L1/products/6904/"
PAGES = {"table": "/shops/", "shop": "/shops/L1/", "pair": PAIR, "missing": "/nothing/", "login": None}


@pytest.fixture
def town(committed_town):
    """Committed, because the server answers from another connection."""
    return committed_town


@pytest.fixture
def site(district):
    """The town with its night, served to a browser."""
    # Not the fixture live_server: it would empty the tables that the migrations filled.
    server = LiveServer("localhost")
    yield server
    server.stop()


def log_in(page, site, person="am01", to="/"):
    page.goto(f"{site.url}/accounts/login/?next={to}")
    page.get_by_label("用户名").fill(person)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{site.url}{to}")


def violations(page) -> list[str]:
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {one['help']}" for one in found for node in one["nodes"]
    ]


def overflow(page) -> int:
    """Pixels by which the page is wider than the screen."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_login_to_the_reason_of_a_number(site, page_at, size):
    page = page_at(size)
    page.goto(site.url)
    page.get_by_label("用户名").fill("am01")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="张江一店").click()
    page.get_by_role("link", name="利群(新版)").click()
    reason = page.get_by_text("7包 ÷ (7包 + 9.3包) = 42.9%")
    expect(reason).to_be_hidden()
    page.get_by_text("销售满足度", exact=True).click()
    expect(reason).to_be_visible()
    # From the reason down to the day.
    page.get_by_role("link", name="06-21").locator("visible=true").first.click()
    assert page.url.endswith("#day-2024-06-21")
    expect(page.locator("#day-2024-06-21")).to_be_in_viewport()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_is_accessible_and_photographed(site, page_at, size, language):
    SCREENSHOTS.mkdir(exist_ok=True)
    page = page_at(size)
    cookie = {"name": "django_language", "value": language, "url": site.url}
    page.context.add_cookies([cookie])
    problems = {}
    for name in ("login", *(name for name in PAGES if name != "login")):
        if name == "login":
            page.goto(f"{site.url}/accounts/login/")
        else:
            page.goto(f"{site.url}{PAGES[name]}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for found in violations(page):
            problems.setdefault(name, []).append(found)
        if overflow(page) > 0:
            problems.setdefault(name, []).append(f"{overflow(page)} px too wide")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
        page.screenshot(
            path=SCREENSHOTS / f"{name}-{size[0]}x{size[1]}-{language}.png", full_page=True
        )
        if name == "login":
            page.locator("#id_username").fill("am01")
            page.locator("#id_password").fill(PASSWORD)
            page.locator("input[type=submit], button.btn-primary").first.click()
    assert problems == {}


def test_dark_pages_are_readable_too(site, page_at):
    page = page_at(DESK)
    log_in(page, site)
    page.emulate_media(color_scheme="dark")
    for path in ("/shops/", "/shops/L1/", PAIR):
        page.goto(f"{site.url}{path}")
        assert violations(page) == []


def test_narrow_screens_and_large_letters_lose_nothing_to_the_side(site, page_at):
    page = page_at((320, 700))
    log_in(page, site)
    for path in ("/shops/", "/shops/L1/", PAIR):
        page.goto(f"{site.url}{path}")
        assert overflow(page) == 0, path
    page.set_viewport_size({"width": 1280, "height": 900})
    for path in ("/shops/", "/shops/L1/", PAIR):
        page.goto(f"{site.url}{path}")
        # What a browser's setting of 200 % letters does.
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert overflow(page) == 0, path


def test_everything_can_be_done_by_keyboard(site, page_at):
    page = page_at(DESK)
    log_in(page, site, to=PAIR)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    summary = page.locator(".indicators summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".indicators details").first.get_attribute("open") is not None


def test_a_click_changes_the_language_and_stays_on_the_page(site, page_at):
    page = page_at(PHONE)
    log_in(page, site, to="/shops/L1/")
    page.get_by_role("button", name="English").click()
    assert page.url == f"{site.url}/shops/L1/"
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="中文").click()
    assert page.locator("html").get_attribute("lang") == "zh-hans"


def test_a_browser_asks_for_nothing_from_elsewhere_and_reports_no_error(site, page_at):
    page = page_at(DESK)
    elsewhere, errors = [], []
    page.on("request", lambda r: None if r.url.startswith(site.url) else elsewhere.append(r.url))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, site)
    for path in ("/shops/", "/shops/L1/", PAIR):
        page.goto(f"{site.url}{path}")
    assert (elsewhere, errors) == ([], [])


def test_a_night_after_the_page_was_open_shows_at_the_next_click(site, page_at, report, district):
    page = page_at(DESK)
    log_in(page, site, to="/shops/L1/")
    before = page.locator("h2#products").inner_text()
    report(district.shops["L1"], {district.products["6901"]: [(DAY, 30, 0, 1)]})
    run_night(as_of=DAY, by="test")
    page.reload()
    expect(page.get_by_role("link", name="中华(软)")).to_be_visible()
    assert page.locator("h2#products").inner_text() == before
