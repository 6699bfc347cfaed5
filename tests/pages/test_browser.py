"""What one does on the pages, in a real browser; how each of them looks: tests/site."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from marketing_ops.nightly import run_night
from tests.browser import DESK, PHONE
from tests.town import DAY, PASSWORD

pytestmark = pytest.mark.browser

PAIR = "/shops/L1/products/6904/"


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


def test_a_reason_is_opened_by_keyboard(site, page_at):
    page = page_at(DESK)
    log_in(page, site, to=PAIR)
    page.keyboard.press("Tab")
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


def test_a_night_after_the_page_was_open_shows_at_the_next_click(site, page_at, report, district):
    page = page_at(DESK)
    log_in(page, site, to="/shops/L1/")
    before = page.locator("h2#products").inner_text()
    report(district.shops["L1"], {district.products["6901"]: [(DAY, 30, 0, 1)]})
    run_night(as_of=DAY, by="test")
    page.reload()
    expect(page.get_by_role("link", name="中华(软)")).to_be_visible()
    assert page.locator("h2#products").inner_text() == before
