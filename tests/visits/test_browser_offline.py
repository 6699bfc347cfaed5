"""The phone's page without a network: it opens, keeps every key, and sends when it can."""

import hashlib

import pytest
from playwright.sync_api import expect

from customers.visits.models import Photo, Visit
from customers.visits.phone import build
from tests.visits.phone import SHOPS, in_folder, pictures, until

pytestmark = pytest.mark.browser


def test_the_page_opens_without_a_network_in_under_a_second(phone, net):
    am01 = phone()
    net.open = False
    took = []
    for _time in range(3):
        am01.page.reload()
        expect(am01.page.locator(".shop-row").first).to_be_visible()
        took.append(
            am01.page.evaluate(
                "performance.now()"  # since the reload began; the shops stand there
            )
        )
    expect(am01.page.get_by_text("没有信号")).to_be_visible()
    assert min(took) < 1000, took
    assert am01.errors == []


def test_a_draft_survives_reload_and_a_killed_browser(browser, net, tmp_path):
    folder = tmp_path / "profile"
    am01 = in_folder(browser, folder, net.url)
    am01.log_in()
    net.open = False
    am01.start()
    am01.page.locator("[data-step=greeting] textarea").press_sequentially("老板说快要过节了")
    expect(am01.page.locator("[data-step=greeting] textarea")).to_have_value("老板说快要过节了")
    am01.page.reload()
    expect(am01.page.locator("[data-step=greeting] textarea")).to_have_value("老板说快要过节了")
    am01.item("look")
    am01.add_photo("display", pictures(am01.page, 1)[0])
    am01.kill(folder)

    again = in_folder(browser, folder, net.url)
    try:
        again.page.goto(f"{net.url}/visits/")
        again.page.get_by_role("link", name="继续：张江一店").click()
        again.item("ask")
        expect(again.page.locator("[data-step=greeting] textarea")).to_have_value(
            "老板说快要过节了"
        )
        again.item("look")
        expect(again.page.locator("[data-step=display] .photos li")).to_have_count(1)
        again.finish()
        expect(again.progress()).to_contain_text("0 / 1")
        net.open = True
        again.log_in()  # a killed browser may lose its cookies; what waits goes by itself
        until(lambda: Photo.objects.exclude(received_at=None).count() == 1)
        visit = Visit.objects.get()
        assert visit.body["steps"]["greeting"] == {"note": "老板说快要过节了"}
    finally:
        again.kill(folder)


def test_a_day_entered_offline_arrives_whole_over_a_net_that_breaks(phone, net):
    am01 = phone()
    photos = pictures(am01.page, 12)
    net.open = False
    am01.page.reload()
    for number in range(6):
        am01.whole_visit(photos=photos[2 * number : 2 * number + 2])
    expect(am01.progress()).to_contain_text("服务器已收到 0 / 6")
    expect(am01.progress()).to_contain_text("0 / 12")
    waiting = {one["sha256"] for one in am01.kept("photos")}
    assert len(waiting) == 12
    net.chance, net.open = 1.0, True
    am01.page.evaluate("location.hash = '#/sending'")

    def sent():
        button = am01.page.get_by_role("button", name="立即发送")
        if button.is_enabled():
            button.click()
        am01.page.wait_for_timeout(150)
        return am01.page.get_by_text("全部已发送").count() > 0

    until(sent, seconds=90)
    assert net.cuts > 10
    assert Visit.objects.count() == 6
    arrived = {one.sha256 for one in Photo.objects.exclude(received_at=None)}
    assert arrived == waiting
    assert am01.kept("photos") == []
    am01.home()
    expect(am01.progress()).to_contain_text("服务器已收到 6 / 6")
    expect(am01.progress()).to_contain_text("12 / 12")
    assert am01.errors == []


def test_the_page_is_updated_twice_while_20_drafts_wait(phone, monkeypatch):
    am01 = phone()
    for shop in SHOPS:
        am01.start(shop)
        am01.item("ask")
        am01.page.locator("[data-step=greeting] button[aria-pressed]").first.click()
    am01.home()
    made = build.current()
    for version in ("second", "third"):
        newer = build.Build(made.script, made.styles, made.files, made.worker, version)
        monkeypatch.setattr(build, "current", lambda newer=newer: newer)
        am01.start()  # while a visit is open nothing is offered
        am01.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
        am01.page.wait_for_function(
            "navigator.serviceWorker.getRegistration().then((one) => !!one.waiting)"
        )
        expect(am01.page.get_by_role("button", name="立即更新")).to_have_count(0)
        am01.item("finish")
        am01.page.get_by_role("button", name="放弃本次拜访").click()
        am01.page.get_by_role("button", name="放弃", exact=True).click()
        with am01.page.expect_navigation():
            am01.page.get_by_role("button", name="立即更新").click()
        am01.ready()
        # The old version's files go a moment after the new one has taken over.
        am01.page.wait_for_function(
            "(version) => caches.keys().then((names) => names.join() === `visits-page-${version}`)",
            arg=version,
        )
    drafts = am01.page.get_by_role("link", name="继续：")
    expect(drafts).to_have_count(20)
    for number in range(20, 0, -1):
        drafts.first.click()
        am01.finish()
        expect(drafts).to_have_count(number - 1)
    expect(am01.progress()).to_contain_text("服务器已收到 20 / 20")
    assert Visit.objects.count() == 20
    assert {one.body["steps"]["greeting"]["trend"] for one in Visit.objects.all()} == {"level"}
    assert am01.errors == []


def test_photos_are_hashed_alike_where_the_browser_has_no_crypto(phone):
    am01 = phone(person=None)
    am01.context.add_init_script(
        "Object.defineProperty(crypto, 'subtle', {value: undefined});"
        "Object.defineProperty(crypto, 'randomUUID', {value: undefined});"
    )
    am01.log_in()
    am01.whole_visit(photos=pictures(am01.page, 2))
    # The server holds each photo against its name.
    until(lambda: Photo.objects.exclude(received_at=None).count() == 2)
    assert Visit.objects.get().pk.version == 4
    for photo in Photo.objects.all():
        assert len(photo.sha256) == len(hashlib.sha256().hexdigest())


def test_what_waits_is_sent_in_the_background_after_the_page_was_closed(phone, net):
    am01 = phone()
    registered = []
    workers = am01.context.new_cdp_session(am01.page)
    workers.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(one["registrationId"] for one in event["registrations"]),
    )
    workers.send("ServiceWorker.enable")
    net.open = False
    am01.whole_visit(photos=pictures(am01.page, 1))
    am01.page.goto("about:blank")
    net.open = True
    until(lambda: am01.page.wait_for_timeout(100) or registered)
    # What the browser does when it finds a network.
    event = {"origin": net.url, "registrationId": registered[-1], "tag": "send"}
    workers.send("ServiceWorker.dispatchSyncEvent", {**event, "lastChance": False})
    until(lambda: Photo.objects.exclude(received_at=None).count() == 1)
    assert Visit.objects.count() == 1


def test_the_screen_is_shut_when_a_login_ended_long_ago(phone):
    am01 = phone(person=None)
    am01.context.clock.install()
    am01.log_in()
    am01.start()
    am01.context.clear_cookies()
    am01.context.clock.fast_forward("13:00:00")
    am01.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(am01.page.get_by_text("客户信息已隐藏")).to_be_visible()
    expect(am01.page.locator("body")).not_to_contain_text("张江")
    am01.context.clock.resume()
    am01.log_in()
    expect(am01.page.get_by_role("link", name="继续：张江一店")).to_be_visible()
