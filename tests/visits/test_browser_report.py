"""A report on the phone: kept at every change, and not lost without signal."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.visits.models import Report
from tests.visits.phone import until

TEXT = "#text-gains"
KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('kept:')).length"


pytestmark = pytest.mark.browser


def test_what_is_written_is_kept_and_comes_back_after_a_time_without_signal(phone, net):
    one = phone()
    page = one.page
    address = f"{one.url}/visits/reports/{timezone.localdate()}/"
    page.goto(address)
    page.locator(TEXT).press_sequentially("one")
    until(lambda: Report.objects.filter(words={"gains": "one"}).exists())
    net.open = False
    with page.expect_event("requestfailed", lambda asked: (asked.post_data or "").endswith("two")):
        page.locator(TEXT).press_sequentially(" two")
    # The page is thrown away while there is no signal.
    assert page.evaluate(KEPT) == 1
    page.close()
    net.open = True
    page = one.page = one.context.new_page()
    page.goto(address)
    expect(page.locator(TEXT)).to_have_value("one two")
    until(lambda: Report.objects.filter(words={"gains": "one two"}).exists())
    until(lambda: page.evaluate(KEPT) == 0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("button[value=hand_in]").click()
    page.locator("#confirm button[value=yes]").click()
    until(lambda: Report.objects.filter(handed_in_at__isnull=False).exists())
    expect(page.locator(TEXT)).to_have_count(0)


def test_what_was_saved_though_the_answer_got_lost_is_not_kept_for_ever(phone):
    one = phone()
    page = one.page
    address = f"{one.url}/visits/reports/{timezone.localdate()}/"
    page.goto(address)

    def lose(route):
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    one.context.route(address, lose)
    with page.expect_event("requestfailed", lambda asked: asked.method == "POST"):
        page.locator(TEXT).fill("one")
    until(lambda: Report.objects.filter(words={"gains": "one"}).exists())
    one.context.unroute(address)
    assert page.evaluate(KEPT) == 1
    page.reload()
    until(lambda: page.evaluate(KEPT) == 0)
    expect(page.locator(TEXT)).to_have_value("one")
