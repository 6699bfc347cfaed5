"""Login, second factor and sessions in a real browser, with the policy in force."""

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.live_server_helper import LiveServer

from tests.accounts.test_second_factor import code_now
from tests.browser import DESK, PHONE
from tests.town import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def site(committed_town):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def english(page_at, site):
    def english(size):
        page = page_at(size)
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        return page

    return english


def log_in(page, site, person):
    page.goto(f"{site.url}/accounts/login/?next=/accounts/security/")
    page.get_by_label("Username").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_second_factor_is_set_up_used_and_a_login_ended(site, english, committed_town, size):
    admin1 = committed_town.people["admin1"]
    page, other = english(size), english(size)
    log_in(page, site, "admin1")
    page.get_by_role("link", name="Set up the second factor").click()
    assert page.locator(".qr svg").bounding_box()["width"] > 100
    page.get_by_label("Six digits").fill(code_now(admin1))
    page.get_by_role("button", name="Put it in force").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    assert TOTPDevice.objects.filter(user=admin1, confirmed=True).exists()

    log_in(other, site, "admin1")
    other.get_by_label("Code").fill(codes[3])
    other.get_by_role("button", name="Continue").click()
    other.wait_for_url("**/accounts/security/")

    page.reload()
    page.get_by_role("button", name="End the login on").click()
    page.wait_for_url("**/accounts/security/")
    other.reload()
    assert "/accounts/login/" in other.url
    assert page.complaints == other.complaints == []


def test_the_admin_works_under_its_policy(site, english, committed_town):
    """Its scripts run (the calendar beside a date), and nothing is refused."""
    page = english(DESK)
    log_in(page, site, "admin1")
    page.wait_for_url("**/accounts/security/")
    page.goto(f"{site.url}/admin/customers/post/add/")
    page.locator(".date-icon").first.click()
    page.locator(".calendarbox").first.wait_for(state="visible")
    page.goto(f"{site.url}/admin/audit/entry/")
    assert [said for said in page.complaints if "Content Security Policy" in said] == []
