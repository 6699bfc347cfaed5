"""All components in a real browser: no finding of axe, nothing too wide, each does what it says."""

import re
import time

import pytest
from django.test import override_settings
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import DESK, PHONE
from tests.town import PASSWORD

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.browser


@pytest.fixture
def gallery(committed_town, page_at):
    """`gallery(PHONE, "dark", "en")`: the gallery, its charts and map drawn."""
    server = LiveServer("localhost")

    def visit(size=DESK, scheme="light", language="zh-hans"):
        page = page_at(size)
        page.problems = []
        page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.emulate_media(color_scheme=scheme)
        cookie = {"name": "django_language", "value": language, "url": server.url}
        page.context.add_cookies([cookie])
        page.goto(f"{server.url}/accounts/login/?next=/gallery/")
        page.locator("#id_username").fill("am01")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("main [type=submit]").click()
        expect(page.locator("[data-chart][data-drawn=yes]")).to_have_count(4)
        expect(page.locator("[data-map]")).to_have_attribute("data-drawn", "yes")
        return page

    with override_settings(ROOT_URLCONF="tests.kit.urls"):
        yield visit
    server.stop()


def too_wide(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("size", "language"), [(PHONE, "zh-hans"), (DESK, "en")], ids=["phone", "desk"]
)
def test_the_gallery_is_accessible_and_fits(gallery, size, language, scheme):
    page = gallery(size, scheme, language)
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == []
    assert too_wide(page) <= 0
    assert page.problems == [], "nothing that the content security policy stopped"


def test_narrow_screens_and_letters_twice_as_large_lose_nothing(gallery):
    page = gallery((320, 700))
    assert too_wide(page) <= 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert too_wide(page) <= 0


def test_what_is_touched_is_44_pixels_high(gallery):
    page = gallery(PHONE)
    small = page.evaluate(
        """[...document.querySelectorAll(
            'button, .btn, input:not([type=hidden], [type=checkbox]), select, summary'
        )].filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.9)
        .map(one => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_the_menu_of_a_phone_opens_and_closes(gallery):
    page = gallery(PHONE)
    link = page.locator("#site-menu a").first
    expect(link).to_be_hidden()
    page.locator(".menu-button").click()
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(link).to_be_visible()


def test_a_dialog_takes_the_keyboard_and_gives_it_back(gallery):
    page = gallery()
    opener = page.locator("[data-dialog=sample-dialog]")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sample-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sample-dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_deed_is_done_only_after_a_yes(gallery):
    page = gallery()
    before = page.url
    page.locator("[data-confirm]").click()
    page.locator("#confirm button[value=no]").click()
    assert page.url == before
    page.locator("[data-confirm]").click()
    with page.expect_navigation():
        page.locator("#confirm button[value=yes]").click()


def test_progress_moves_by_itself_and_ends(gallery):
    page = gallery()
    bar = page.locator("section #sample-progress-bar").first
    expect(bar).not_to_have_attribute("value", "0", timeout=10_000)


def test_filters_replace_the_results_without_a_new_page(gallery):
    page = gallery()
    page.evaluate("window.stayed = true")
    page.locator("form[role=search]").locator("xpath=..").locator("summary").click()
    page.locator("#id_area").select_option("urban")
    expect(page).to_have_url(re.compile("area=urban"))
    expect(page.locator("#results tbody tr")).to_have_count(5)
    assert page.evaluate("window.stayed") is True


def test_chosen_files_are_named_with_their_sizes(gallery):
    page = gallery()
    page.locator("#id_file").set_input_files(
        {"name": "台账.csv", "mimeType": "text/csv", "buffer": b"x" * 2500}
    )
    expect(page.locator("[data-drop-files] li")).to_have_text("台账.csv · 3 kB")


def test_a_part_that_did_not_arrive_is_said_and_stays_said(gallery):
    page = gallery()
    page.route("**/gallery/progress/**", lambda route: route.abort())
    toast = page.locator(".toasts .alert").first
    expect(toast).to_be_visible(timeout=10_000)
    toast.get_by_role("button").click()


def test_five_thousand_shops_are_drawn_and_moved_at_once(gallery):
    page = gallery()
    shops = "JSON.parse(document.getElementById('map-data').text).shops.length"
    assert page.evaluate(shops) == 5000
    began = time.monotonic()
    page.locator(".leaflet-control-zoom-in").click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert time.monotonic() - began < 2
    counts = page.locator("[data-map-legend] button")
    expect(counts).to_have_count(5)
    counts.first.click()
    expect(counts.first).to_have_attribute("aria-pressed", "false")


def test_charts_follow_the_system_into_the_dark(gallery):
    page = gallery()
    canvas = "document.querySelector('#distribution canvas').toDataURL()"
    light = page.evaluate(canvas)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {canvas} !== light", arg=light)
