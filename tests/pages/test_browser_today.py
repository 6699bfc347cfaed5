"""Today on the phone, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE
from tests.pages.test_browser import log_in
from tests.pages.test_browser import site as site
from tests.pages.test_browser import town as town

pytestmark = pytest.mark.browser


def test_a_search_answers_while_one_types_and_keeps_the_filter(site, page_at):
    page = page_at(PHONE)
    log_in(page, site, person="district1", to="/today/")
    shops = page.locator(".today h2")
    expect(shops).to_have_count(6)
    page.evaluate("window.stays = true")
    page.get_by_role("searchbox").press_sequentially("zjyd")
    expect(shops).to_have_text(["张江一店"])
    assert "/today/?q=zjyd" in page.url
    page.get_by_role("searchbox").fill("张江")
    expect(shops).to_have_count(2)
    assert page.evaluate("window.stays"), "the page was not loaded anew"
    assert page.evaluate("document.activeElement.id") == "search-text"
    page.get_by_role("link", name="涨库").click()
    expect(shops).to_have_text(["张江二店"])
    page.get_by_role("searchbox").fill("")
    # Another shop is overstocked too, and the filter still holds.
    expect(page.locator(".kind[aria-current]")).to_contain_text("涨库")
    expect(page.locator(".today .why-overstocked").first).to_be_visible()
    assert "kind=overstocked" in page.url


def test_without_scripts_search_and_filter_work_too(site, browser):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    log_in(page, site, person="district1", to="/today/")
    page.get_by_role("searchbox").fill("川沙")
    page.get_by_role("button", name="显示").click()
    expect(page.locator(".today h2")).to_have_count(2)
    page.get_by_role("link", name="积压").click()
    expect(page.locator(".today h2")).to_have_text(["川沙超市"])
    context.close()


def test_a_first_load_asks_for_no_chart_and_no_map(site, page_at):
    page = page_at(PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    log_in(page, site)
    expect(page.locator(".today h2")).to_have_count(2)
    assert not [url for url in asked if "charts" in url or "map" in url]
