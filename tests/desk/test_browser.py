"""The desk in a real browser, on a phone and on a desk."""

import threading

import pytest
from django.db import connection
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from customers.models import Licence
from marketing_ops.desk import tasks
from marketing_ops.nightly import run_night
from marketing_ops.runs import live
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run, Upload
from tests.browser import DESK, PHONE
from tests.desk.conftest import Desk
from tests.imports.files import CUSTOMER_HEADER, shop, text
from tests.site import checks
from tests.town import DAY, PASSWORD

pytestmark = pytest.mark.browser

ROWS = (
    CUSTOMER_HEADER,
    shop("L1", name="张江一店（新）"),
    shop("L8"),
    *(shop(f"M{number}", scale="特大", opened_on="2024-02-30") for number in range(60)),
)


@pytest.fixture
def town(committed_town):
    return committed_town


@pytest.fixture
def site(town):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def filled(town, queue):
    """A desk with a night, an import with problems, one that was refused, and one that waits."""
    desk = Desk(town, queue)
    desk.client("admin1").cookies["django_language"] = "zh-hans"
    run_night(as_of=DAY, by="schedule")
    desk.upload = desk.imported(ROWS, name="客户资料2024年6月.csv")
    desk.refused = desk.imported((CUSTOMER_HEADER, shop("L8")), name="orders.csv", kind="orders")
    desk.send((CUSTOMER_HEADER, shop("L9")), name="waiting.csv")
    desk.waiting = Upload.objects.get(name="waiting.csv")
    queue.clear()
    return desk


def log_in(page, site, to, person="admin1"):
    page.goto(f"{site.url}/accounts/login/?next={to}")
    page.locator("#id_username").fill(person)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}{to}")


def in_english(page, site):
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])


@pytest.fixture
def csv(tmp_path):
    def csv(*lines, name="shops.csv"):
        path = tmp_path / name
        path.write_text(text(*lines), "utf-8")
        return path

    return csv


@pytest.mark.parametrize(("size", "language"), [(PHONE, "zh-hans"), (DESK, "en")])
def test_imports_and_runs_in_every_state_are_accessible(site, filled, page_at, size, language):
    """As they are when all went well: tests/site."""
    page = page_at(size)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    log_in(page, site, "/imports/")
    with runs.recorded(kind=Run.Kind.NIGHT, title="n", by="admin1", as_of=DAY) as under_way:
        runs.progress(under_way, step="indicators", done=3, total=12)
        pages = {
            "refused": f"/imports/{filled.refused.pk}/",
            "waiting": f"/imports/{filled.waiting.pk}/",
            "under way": f"/runs/{under_way.pk}/",
        }
        problems = []
        for name, path in pages.items():
            page.goto(f"{site.url}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = [*checks.axe(page), *checks.too_wide(page), *checks.lost_text(page)]
            problems += [f"{name}: {one}" for one in found]
    assert problems == []


def test_a_file_is_handed_in_by_keyboard_and_its_report_appears_by_itself(
    site, queue, page_at, csv
):  # fmt: skip
    page = page_at(DESK)
    in_english(page, site)
    log_in(page, site, "/imports/")
    page.locator("#id_kind").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"
    page.set_input_files("#id_file", csv(CUSTOMER_HEADER, shop("L8")))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/imports/*/")
    expect(page.get_by_text("Waiting for a free worker")).to_be_visible()
    queue.work()
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()
    assert Licence.objects.filter(number="L8").exists()


def test_a_dropped_file_is_taken_like_a_chosen_one(site, queue, page_at):
    page = page_at(DESK)
    in_english(page, site)
    log_in(page, site, "/imports/")
    page.evaluate(
        """content => {
            const files = new DataTransfer();
            files.items.add(new File([content], "dropped.csv", {type: "text/csv"}));
            document.querySelector("[data-drop]").dispatchEvent(
                new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
        }""",
        text(CUSTOMER_HEADER, shop("L8")),
    )
    expect(page.get_by_text("dropped.csv")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/imports/*/")
    queue.work()
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()
    assert Upload.objects.get().name == "dropped.csv"


def test_the_second_tab_is_told_and_led_to_the_first(site, queue, page_at, csv):
    path = csv(CUSTOMER_HEADER, shop("L8"))
    one = page_at(DESK)
    in_english(one, site)
    log_in(one, site, "/imports/")
    other = one.context.new_page()
    other.goto(f"{site.url}/imports/")
    for page in (one, other):
        page.set_input_files("#id_file", path)
        page.get_by_role("button", name="Import", exact=True).click()
        if page is one:
            page.wait_for_url("**/imports/*/")
    expect(other.get_by_text("This file is being imported right now")).to_be_visible()
    other.get_by_role("link", name="To its report").click()
    other.wait_for_url(one.url)
    assert Upload.objects.count() == 1


def test_without_javascript_everything_works(site, queue, browser, csv):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    try:
        page = context.new_page()
        in_english(page, site)
        log_in(page, site, "/imports/")
        page.set_input_files("#id_file", csv(CUSTOMER_HEADER, shop("L8")))
        page.get_by_role("button", name="Import", exact=True).click()
        page.wait_for_url("**/imports/*/")
        queue.work()
        page.get_by_role("link", name="Show how far it is now").click()
        expect(page.get_by_role("heading", name="What came of it")).to_be_visible()
    finally:
        context.close()


def test_progress_runs_on_the_page_while_the_import_is_one_transaction(
    site, queue, page_at, csv, monkeypatch
):
    """The import stands still in its middle until the page has shown how far it is."""
    seen = threading.Event()
    real = tasks.run_import

    def run_import(*arguments, upload, **options):
        def progress(step, done, total):
            if not seen.is_set():
                run = Run.objects.get(upload=upload)
                live.tell(run.pk, step, 37, 100)
                seen.wait(60)

        return real(*arguments, upload=upload, progress=progress, **options)

    monkeypatch.setattr(tasks, "run_import", run_import)
    page = page_at(PHONE)
    in_english(page, site)
    log_in(page, site, "/imports/")
    page.set_input_files("#id_file", csv(CUSTOMER_HEADER, shop("L8")))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/imports/*/")
    worker = threading.Thread(target=_work, args=[queue])
    worker.start()
    try:
        expect(page.locator("#import-progress-bar")).to_have_attribute("value", "37")
        expect(page.get_by_text("37%")).to_be_visible()
    finally:
        seen.set()
        worker.join(60)
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()


def _work(queue):
    try:
        queue.work()
    finally:
        connection.close()


def test_a_night_is_asked_for_after_a_question(site, filled, page_at):
    page = page_at(DESK)
    in_english(page, site)
    log_in(page, site, "/runs/")
    page.locator("#id_day").first.fill(f"{DAY}")
    page.get_by_role("button", name="Run again").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text(f"The night of {DAY} was asked for")).to_be_visible()
    assert [task.name for task, _arguments in filled.queue] == [tasks.night_again.name]
