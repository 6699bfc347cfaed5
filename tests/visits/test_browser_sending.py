"""What can go wrong between the phone and the server, and what its person sees of it."""

import pytest
from playwright.sync_api import expect

from customers.visits.models import Visit
from marketing_ops.accounts.models import Session, User
from tests.town import PASSWORD
from tests.visits.phone import SHOPS, pictures, until

pytestmark = pytest.mark.browser


def test_a_session_that_ended_asks_for_the_login_and_goes_on_by_itself(phone):
    am01 = phone()
    Session.objects.all().delete()
    am01.whole_visit()
    expect(am01.page.get_by_text("登录已失效")).to_be_visible()
    expect(am01.progress()).to_contain_text("0 / 1")
    assert not Visit.objects.exists()
    am01.page.get_by_role("link", name="登录").click()
    am01.page.locator("#id_username").fill("am01")
    am01.page.locator("#id_password").fill(PASSWORD)
    am01.page.locator("#id_password").press("Enter")
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")
    assert Visit.objects.count() == 1


def test_a_changed_password_loses_nothing(phone):
    am01 = phone()
    am01.start()
    user = User.objects.get(username="am01")
    user.set_password("another-password-2")
    user.save()
    am01.finish()
    expect(am01.page.get_by_text("登录已失效")).to_be_visible()
    am01.page.get_by_role("link", name="登录").click()
    am01.page.locator("#id_username").fill("am01")
    am01.page.locator("#id_password").fill("another-password-2")
    am01.page.locator("#id_password").press("Enter")
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")


def test_of_two_people_on_one_phone_neither_sees_the_others_data(phone, net):
    one = phone()
    net.open = False
    one.start("张江二店")
    one.page.locator("[data-step=greeting] textarea").fill("只给客户经理一看")
    one.finish()
    one.start("张江一店")
    net.open = True
    one.log_in("am02")
    expect(one.page.locator(".shop-list")).to_contain_text("川沙超市")
    for words in ("张江", "只给客户经理一看", *SHOPS[:2]):
        expect(one.page.locator("main")).not_to_contain_text(words)
    expect(one.page.get_by_text("am01 的 2 条拜访待处理")).to_be_visible()
    one.whole_visit("川沙超市")
    expect(one.progress()).to_contain_text("服务器已收到 1 / 1")
    assert [visit.made_by.username for visit in Visit.objects.all()] == ["am02"]
    one.log_in("am01")
    expect(one.page.get_by_role("link", name="继续：张江一店")).to_be_visible()
    expect(one.progress()).to_contain_text("服务器已收到 1 / 1")
    assert Visit.objects.filter(made_by__username="am01").count() == 1


def test_who_logs_out_leaves_nothing_to_see_and_all_to_send(phone, net):
    am01 = phone()
    net.open = False
    am01.whole_visit()
    net.open = True
    am01.page.locator(".to-send").click()
    am01.page.get_by_role("button", name="退出登录").click()
    expect(am01.page.get_by_text("请在有信号时登录一次")).to_be_visible()
    am01.page.reload()
    expect(am01.page.get_by_text("请在有信号时登录一次")).to_be_visible()
    expect(am01.page.locator("body")).not_to_contain_text("张江")
    am01.log_in()
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")


def test_what_the_server_sets_aside_is_told_mended_and_taken(phone, monkeypatch):
    am01 = phone()
    am01.start()
    am01.item("collect")
    am01.page.locator("[data-step=market] summary").nth(1).click()
    am01.page.get_by_role("button", name="添加价格").click()
    am01.page.locator(".picker button", has_text="红双喜").click()
    am01.page.get_by_label("红双喜(硬) 的价格（元）").fill("12345678901")
    am01.finish()
    expect(am01.page.get_by_text("需要您处理的拜访：1")).to_be_visible()
    am01.page.get_by_role("button", name="查看").click()
    row = am01.page.locator("[data-state=set_aside]")
    expect(row).to_contain_text("steps.market.prices[0].price")
    expect(am01.page.locator(".badge-good")).to_have_count(0)
    row.get_by_role("button", name="更正").click()
    am01.item("collect")
    expect(am01.page.locator(".alert-warn")).to_contain_text("price")
    am01.page.get_by_label("红双喜(硬) 的价格（元）").fill("9.5")
    am01.finish()
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")
    assert Visit.objects.get().body["steps"]["market"]["prices"][0]["price"] == "9.5"


def test_another_visit_under_the_same_number_is_shown_and_both_are_kept(phone):
    am01 = phone()
    am01.start()
    number = am01.page.url.split("/visit/")[1].split("/")[0]
    session = am01.page.evaluate("fetch('/api/visits/session/').then((one) => one.json())")
    body = {"id": number, "licence_no": "L1", "started_at": "2026-03-02T10:00:00+08:00",
            "ended_at": "2026-03-02T10:10:00+08:00"}  # fmt: skip
    answer = am01.page.request.post(
        f"{am01.url}/api/visits/",
        data=body,
        headers={"X-CSRFToken": session["csrf"], "Origin": am01.url},
    )
    assert answer.status == 201, answer.text()
    am01.finish()
    am01.page.get_by_role("button", name="查看").click()
    row = am01.page.locator("[data-state=conflict]")
    expect(row).to_contain_text(answer.json()["receipt"])
    expect(row.locator(".badge-bad")).to_contain_text("重复")
    row.get_by_role("button", name="已知晓").click()
    expect(row).to_have_count(0)
    assert Visit.objects.get().conflicts.count() == 1


def test_two_tabs_send_each_visit_once(phone, net, site):
    am01 = phone()
    other = am01.context.new_page()
    other.goto(f"{am01.url}/visits/")
    expect(other.locator(".shop-list li").first).to_be_visible()
    am01.page.bring_to_front()
    net.open = False
    for shop in SHOPS[:4]:
        am01.whole_visit(shop)
    posts = []
    am01.context.on(
        "request", lambda one: one.method == "POST" and posts.append(one.post_data_json["id"])
    )
    net.open = True
    for tab in (am01.page, other):
        tab.evaluate("window.dispatchEvent(new Event('online'))")
    expect(am01.progress()).to_contain_text("服务器已收到 4 / 4")
    expect(other.locator(".progress-card")).to_contain_text("服务器已收到 4 / 4")
    assert len(posts) == len(set(posts)) == Visit.objects.count() == 4


def test_without_a_worker_the_open_page_goes_on_and_its_queue_survives_closing(phone, net):
    agent = (
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile MicroMessenger/8.0"
    )
    am01 = phone(person=None, user_agent=agent)
    am01.context.add_init_script("delete Navigator.prototype.serviceWorker")
    am01.log_in()
    expect(am01.page.get_by_text("在微信中，没有信号时无法打开本页面")).to_be_visible()
    net.open = False
    am01.whole_visit()
    am01.page.close()
    am01.page = am01.context.new_page()
    net.open = True
    am01.open()
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")


def test_where_nothing_can_be_kept_the_page_says_so_loudly_and_still_sends(phone, net):
    am01 = phone(person=None)
    am01.context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {value: undefined});indexedDB = undefined;"
    )
    am01.log_in()
    expect(am01.page.locator(".alert-bad")).to_contain_text("不能保存照片")
    net.open = False
    am01.whole_visit(photos=pictures(am01.page, 1))
    net.open = True
    am01.page.get_by_role("button", name="立即发送").first.click()
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")
    expect(am01.progress()).to_contain_text("照片：1 / 1")


def test_a_full_phone_is_told_and_the_draft_is_kept_beside(phone):
    am01 = phone()
    am01.start()
    am01.page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          window.mend = () => { IDBObjectStore.prototype.put = put; };
          IDBObjectStore.prototype.put = function () {
            throw new DOMException('full', 'QuotaExceededError');
          };
        }"""
    )
    am01.page.locator("[data-step=greeting] textarea").fill("存储已满")
    expect(am01.page.locator(".alert-bad")).to_contain_text("手机存储空间已满")
    am01.page.reload()
    expect(am01.page.locator("[data-step=greeting] textarea")).to_have_value("存储已满")


def test_a_phone_whose_clock_is_days_off_sends_what_its_clock_says_now(phone):
    am01 = phone(person=None)
    am01.context.clock.install(time="2020-01-05T09:00:00+08:00")
    am01.log_in()
    am01.whole_visit()
    until(lambda: Visit.objects.exists())
    visit = Visit.objects.get()
    assert visit.started_at.year > 2020
    assert visit.body["started_at"].startswith("2020-01-05")


def test_records_of_an_older_page_are_brought_forward_and_sent(phone, net):
    am01 = phone()
    net.open = False
    am01.start("张江一店")
    am01.whole_visit("张江二店")
    # As the first version of the page kept them.
    am01.page.evaluate(
        """() => new Promise((done) => {
          const asked = indexedDB.open('visits-' + PERSON);
          asked.onsuccess = () => {
            const action = asked.result.transaction(['drafts', 'outbox'], 'readwrite');
            for (const table of ['drafts', 'outbox']) {
              const store = action.objectStore(table);
              store.getAll().onsuccess = ({ target }) => target.result.forEach((one) => {
                const draft = one.draft ?? one;
                for (const record of [one, draft]) record.v = 1;
                delete draft.unplanned_reason;
                delete draft.planned;
                store.put(one);
              });
            }
            action.oncomplete = () => { asked.result.close(); done(); };
          };
        })""".replace("PERSON", str(User.objects.get(username="am01").pk))
    )
    am01.page.reload()
    # The draft is shown when all is brought forward.
    am01.page.get_by_role("link", name="继续：张江一店").wait_for()
    assert {one["v"] for table in ("drafts", "outbox") for one in am01.kept(table)} == {2}
    net.open = True
    am01.home()
    am01.page.get_by_role("link", name="继续：张江一店").click()
    am01.finish()
    expect(am01.progress()).to_contain_text("服务器已收到 2 / 2")
