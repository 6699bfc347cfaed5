"""A report on the phone: kept at every change, and not lost without signal."""

from django.utils import timezone
from playwright.sync_api import expect

from customers.visits.models import Report
from tests.visits.phone import until

TEXT = "#text-gains"
KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('kept:')).length"


def test_what_is_written_is_kept_and_comes_back_after_a_time_without_signal(phone):
    one = phone()
    page = one.page
    address = f"{one.url}/visits/reports/{timezone.localdate()}/"
    page.goto(address)
    page.locator(TEXT).press_sequentially("one")
    until(lambda: Report.objects.filter(words={"gains": "one"}).exists())
    one.context.set_offline(True)
    page.locator(TEXT).press_sequentially(" two")
    # The page is thrown away while there is no signal.
    until(lambda: page.evaluate(KEPT) > 0)
    page.close()
    one.context.set_offline(False)
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
