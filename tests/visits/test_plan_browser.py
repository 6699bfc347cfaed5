"""The plan in a real browser: a visit goes to another day by mouse, by finger and by keyboard."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from customers.visits.models import PlannedVisit
from customers.visits.services import planning
from customers.visits.services.drafting import draft_month
from tests.browser import DESK, PHONE
from tests.town import PASSWORD

pytestmark = pytest.mark.browser

NOW = datetime(2024, 6, 28, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def plan(committed_town, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return draft_month(
        route=committed_town.routes["东一"],
        month=date(2024, 7, 1),
        by="am01",
        today=NOW.date(),
        evidence={},
    )


@pytest.fixture
def site(plan):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def opened(site, plan, page_at):
    def opened(size):
        page = page_at(size)
        page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
        path = f"/visits/plan/{plan.route_id}/2024-07/"
        page.goto(f"{site.url}/accounts/login/?next={path}")
        page.locator("#id_username").fill("am01")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.wait_for_url(f"{site.url}{path}")
        return page

    return opened


def free_day(visit):
    taken = set(PlannedVisit.objects.filter(customer=visit.customer).values_list("day", flat=True))
    days = (date(2024, 7, day) for day in range(1, 31))
    return next(day for day in days if day not in taken and day.isoweekday() < 6)


def drag(page, visit, day):
    shop = page.locator(f"[data-visit='{visit.pk}']")
    aim = page.locator(f"#day-{day}")
    expect(shop).to_be_visible()
    shop.scroll_into_view_if_needed()
    start, end = shop.bounding_box(), aim.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20, steps=3)
    page.mouse.move(end["x"] + 30, end["y"] + 20, steps=6)
    expect(aim).to_have_class("day over")
    page.mouse.up()


def test_a_shop_is_dragged_to_another_day_and_the_menu_does_the_same(plan, opened):
    visit = plan.visits.first()
    before, day = visit.day, free_day(visit)
    page = opened(DESK)
    drag(page, visit, day)
    expect(page.locator(f"#day-{day} [data-visit='{visit.pk}']")).to_be_visible()
    expect(page.locator(".toasts")).to_contain_text("The visit is now on")
    visit.refresh_from_db()
    assert visit.day == day
    # Back, by keyboard alone: the shop is a link, its form a dialog.
    page.locator(f"[data-visit='{visit.pk}']").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    choice = dialog.get_by_label("Move to day")
    expect(choice).to_be_visible()
    choice.select_option(before.isoformat())
    dialog.get_by_role("button", name="Move").press("Enter")
    page.wait_for_url(f"**/?day={before}#day-{before}")
    visit.refresh_from_db()
    assert visit.day == before


def test_a_drag_in_an_approved_plan_asks_for_the_reason(plan, opened):
    planning.submit(plan=plan, by="am01")
    planning.approve(plan=plan, by="market1")
    visit = plan.visits.first()
    day = free_day(visit)
    page = opened(DESK)
    drag(page, visit, day)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Move to day")).to_have_value(day.isoformat())
    dialog.get_by_label("Reason").fill("修路")
    dialog.get_by_role("button", name="Move").click()
    page.wait_for_url("**#day-*")
    visit.refresh_from_db()
    assert visit.day == day
    expect(page.get_by_text("Waits for approval")).to_be_visible()


def test_on_a_phone_one_day_is_opened_at_a_time_and_a_tap_brings_the_menu(plan, opened):
    visit = plan.visits.first()
    page = opened(PHONE)
    shop = page.locator(f"[data-visit='{visit.pk}']")
    expect(shop).to_be_hidden()
    page.locator(f"#day-{visit.day} summary").click()
    expect(shop).to_be_visible()
    assert shop.bounding_box()["height"] >= 44
    shop.click()
    expect(page.get_by_role("dialog").get_by_label("Move to day")).to_be_visible()
