"""The phone's page for everybody: few taps, big ones, by keyboard, both languages, light, dark."""

import pytest
from playwright.sync_api import expect

from customers.visits import api_day
from customers.visits.models import Visit
from tests.visits.phone import add_products, pictures

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.browser

ITEMS = ("ask", "look", "introduce", "tidy", "collect", "answer", "record", "finish")


@pytest.fixture
def full_shops(site, monkeypatch):
    """Every shop with 20 products in stock, quotas, recommendations, promises and warnings."""
    codes = add_products(20)
    of = api_day.bundle_of

    def with_products(*args, **options):
        found = of(*args, **options)
        for shop in found["shops"]:
            shop["warnings"] = ["规格1号：已脱销，3天后配送"]
            shop["steps"] |= {
                "stock_count": {
                    "lines": [{"barcode": code, "packs": 25, "day": "2024-06-25"} for code in codes]
                },
                "introduced": {
                    "recommended": [
                        {"barcode": codes[0], "packs": 20, "reasons": ["周边店热销"]},
                        {"barcode": codes[1], "packs": 10, "reasons": ["重点品牌未上柜"]},
                    ]
                },
                "mock_order": {
                    "lines": [
                        {"barcode": code, "quota": 40, "in_force": 30, "stock": 25, "advice": 10,
                         "reasons": ["近13周日均售2包"]}
                        for code in codes
                    ],
                    "total_limit": 300,
                    "delivery": "2024-07-02",
                },
                "promises": {
                    "open": [{"id": 1, "text": "带新价签", "due_on": "2024-06-20", "overdue": True}]
                },
            }  # fmt: skip
        return found

    monkeypatch.setattr(api_day, "bundle_of", with_products)


def violations(page) -> list[str]:
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {one['help']}" for one in found for node in one["nodes"]
    ]


def too_wide(page) -> int:
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def too_small(page) -> list[str]:
    """What one taps and is lower than 44 pixels; a sign in a line of words may be."""
    return page.evaluate(
        """[...document.querySelectorAll('button, a[href], label.btn, summary, textarea,'
            + '.choice-options label, input:not(.sr-only)')].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.width && box.height && box.height < 43.5 && !one.closest('p');
        }).map((one) => one.outerHTML.slice(0, 90))"""
    )


def test_a_visit_where_all_is_as_expected_takes_at_most_15_taps_and_no_typing(full_shops, phone):
    am01 = phone()
    am01.page.evaluate(
        """window.taps = 0; window.keys = 0;
        addEventListener('click', (one) => one.isTrusted && one.detail && window.taps++, true);
        addEventListener('keydown', () => window.keys++, true);"""
    )
    tap = am01.page.locator(".bottom-bar .btn-primary").tap
    am01.page.locator(".shop-row", has_text="张江一店").tap()
    tap()
    expect(am01.page.locator(".visit")).to_be_visible()
    while "/visit/" in am01.page.url:
        before = am01.page.url
        tap()
        am01.page.wait_for_function("before => location.href !== before", arg=before)
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")
    taps, keys = am01.page.evaluate("[window.taps, window.keys]")
    print(f"{taps} taps, {keys} keys")
    assert 5 <= taps <= 15
    assert keys == 0
    steps = Visit.objects.get().body["steps"]
    assert steps["stock_count"] == {"as_expected": True}
    assert steps["display"] == dict.fromkeys(
        ("whole_cartons", "zero_boxes", "opened_for_packs", "tidy"), "yes"
    )
    assert len(steps["mock_order"]["lines"]) == 20


def test_only_what_differs_is_counted_in_cartons_and_packs(full_shops, phone):
    am01 = phone()
    am01.start()
    am01.item("look")
    stock = am01.page.locator("[data-step=stock_count]")
    stock.locator(".stock-row").first.click()
    pad = am01.page.locator("dialog")
    expect(pad).to_contain_text("2条5包")
    pad.locator(".pad-keys button", has_text="1").click()  # one carton
    expect(pad).to_contain_text("−1条")
    pad.get_by_role("button", name="减一包").click()
    expect(pad).to_contain_text("−1条1包")
    pad.get_by_role("button", name="确定，下一个").click()
    expect(pad).to_contain_text("规格1号")
    am01.page.keyboard.press("3")  # digits of a keyboard go where the eye is
    am01.page.keyboard.press("Enter")
    expect(pad).to_contain_text("规格2号")
    pad.get_by_role("button", name="无").click()
    pad.get_by_role("button", name="关闭").click()
    expect(stock.locator("[role=status]")).to_contain_text("不符 3")
    stock.get_by_role("button", name="库存相符").or_(
        stock.get_by_role("button", name="撤销")
    ).first.click()
    am01.finish()
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")


def test_an_order_above_the_quota_is_marked_and_can_be_noted(full_shops, phone):
    am01 = phone()
    am01.start()
    am01.item("record")
    order = am01.page.locator("[data-step=mock_order]")
    order.get_by_role("button", name="按建议").click()
    expect(order.locator("[role=status]")).to_contain_text("合计 20条")
    order.locator(".stock-row").first.click()
    for _time in range(3):
        am01.page.get_by_role("button", name="加一条").click()
    expect(am01.page.locator("dialog")).to_contain_text("超过定量 3条")
    am01.page.get_by_role("button", name="确定，下一个").click()
    am01.page.get_by_role("button", name="关闭").click()
    expect(order.locator("[role=status]")).to_contain_text("超定量：1")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_accessible_and_fits(full_shops, phone, language, scheme):
    am01 = phone(color_scheme=scheme)
    page = am01.page
    cookie = {"name": "django_language", "value": language, "url": am01.url}
    page.context.add_cookies([cookie])
    am01.open()
    problems: dict[str, list] = {}

    def look(screen):
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 760})
            found = too_small(page) + ([f"{too_wide(page)} px too wide"] if too_wide(page) else [])
            if width == 390:
                found += violations(page)
            if found:
                problems.setdefault(f"{screen} at {width}", []).extend(found)

    look("day")
    page.locator(".shop-row").first.click()
    page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    look("shop")
    page.locator(".bottom-bar .btn-primary").click()
    for item in ITEMS:
        am01.item(item)
        if item == "look":
            am01.add_photo("display", pictures(page, 1)[0])
        page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
        if item == "answer":
            page.locator("[data-step=questions] .btn").nth(1).click()
        look(item)
    am01.item("look")
    page.locator(".stock-row").first.click()
    look("pad")
    page.keyboard.press("Escape")
    am01.item("finish")
    page.locator(".bottom-bar .btn-primary").click()
    page.locator(".to-send").click()
    page.locator("details").evaluate_all("all => all.forEach((one) => one.open = true)")
    look("sending")
    page.locator(".skip").focus()
    look("way past the header")
    assert problems == {}
    assert am01.errors == []


def test_a_visit_is_made_by_keyboard_alone(full_shops, phone):
    am01 = phone(is_mobile=False, has_touch=False)
    page = am01.page

    def reach(locator, most=200):
        for _time in range(most):
            if locator.evaluate("one => one === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError("the keyboard does not get there")

    reach(page.locator(".shop-row").first)
    page.keyboard.press("Enter")
    primary = page.locator(".bottom-bar .btn-primary")
    reach(primary)
    page.keyboard.press("Enter")
    expect(page.locator(".visit")).to_be_visible()
    while "/visit/" in page.url:
        before = page.url
        reach(primary)
        page.keyboard.press("Enter")
        page.wait_for_function("before => location.href !== before", arg=before)
    expect(am01.progress()).to_contain_text("服务器已收到 1 / 1")
