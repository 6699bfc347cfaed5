"""A phone with the page of shop visits on it, and the network between it and the site."""

import base64
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from benchmarks.cutting import CuttingProxy
from brands.models import Barcode, Brand, Product, ProductProperties
from customers.models import Customer, CustomerProperties, Licence, RouteAssignment
from tests.browser import FLAGS, PHONE, find
from tests.town import LONG_AGO, PASSWORD, since

PAGE = "/visits/"
PATIENCE = 20_000  # ms, for a machine with much else to do


SHOPS = [f"便民{number}店" for number in range(1, 21)]


@pytest.fixture
def site(committed_town, var):
    """The town, with 20 more shops for am01, served to a browser."""
    for number, name in enumerate(SHOPS, start=1):
        add_shop(committed_town, f"N{number:02}", name)
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def net(site):
    """The network that phones reach the site by."""
    with CuttingProxy(int(site.url.rsplit(":", 1)[1])) as proxy:
        yield proxy


@pytest.fixture
def phone(browser, net):
    """`phone()`: a new phone with the page open and am01 logged in; with person=None nobody."""
    phones = []

    def make(person="am01", **options):
        options = {"locale": "zh-CN", "has_touch": True, "is_mobile": True, **options}
        width, height = options.pop("size", PHONE)
        viewport = {"width": width, "height": height}
        made = Phone(browser.new_context(viewport=viewport, **options), net.url)
        phones.append(made)
        if person:
            made.log_in(person)
        return made

    yield make
    for one in phones:
        one.context.close()


def add_shop(town, licence: str, name: str) -> None:
    """A further shop on am01's route."""
    shop = Customer.objects.create(opened_on=LONG_AGO)
    Licence.objects.create(customer=shop, number=licence, period=since())
    known = CustomerProperties.objects.get(customer=town.shops["L1"])
    known.pk, known.customer, known.name, known.address = None, shop, name, f"便民路{licence}号"
    known.save()
    RouteAssignment.objects.create(customer=shop, route=town.routes["东一"], period=since())


def add_products(count: int) -> list[str]:
    """Further products; the barcodes of their packs."""
    brand = Brand.objects.create(name="甲")
    codes = [f"69{number:04}" for number in range(count)]
    for number, code in enumerate(codes):
        product = Product.objects.create(brand=brand, name=f"规格{number}号")
        Barcode.objects.create(product=product, code=code, period=since())
        ProductProperties.objects.create(
            product=product,
            price_class=3,
            wholesale_price=80,
            retail_price=95,
            packs_per_carton=10,
            stage="成熟期",
            flags=[],
            period=since(),
        )
    return codes


class Phone:
    """One browser profile; `page` is its open tab. `errors` are those of the page's script."""

    def __init__(self, context, url):
        self.context, self.url = context, url
        self.errors: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = context.pages[0] if context.pages else context.new_page()

    def log_in(self, person="am01", password=PASSWORD):
        # A request of the page that is still under way would bring a cookie after they are gone.
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.page.goto(f"{self.url}/accounts/login/?next={PAGE}")
        self.page.locator("#id_username").fill(person)
        self.page.locator("#id_password").fill(password)
        self.page.locator("input[type=submit], main button.btn-primary").first.click()
        self.page.wait_for_url(f"{self.url}{PAGE}")
        self.ready()

    def open(self):
        self.page.goto(f"{self.url}{PAGE}")
        self.ready()

    def ready(self):
        """The day's shops are there, and the worker has all it keeps."""
        expect(self.page.locator(".shop-list li").first).to_be_visible(timeout=PATIENCE)
        # Waited for anew where the page is loaded again meanwhile.
        self.page.wait_for_function(
            "!('serviceWorker' in navigator) || navigator.serviceWorker.ready.then(() => true)"
        )

    def home(self):
        self.page.evaluate("location.hash = '#/'")
        expect(self.page.locator(".shop-list")).to_be_visible()

    def start(self, shop="张江一店"):
        self.home()
        self.page.locator(".chip").nth(1).click()
        self.page.locator(".shop-row", has_text=shop).click()
        self.page.get_by_role("button", name="开始拜访").click()
        expect(self.page.locator(".visit")).to_be_visible()

    def item(self, name):
        self.page.locator(f".items a[href$='/{name}']").click()

    def add_photo(self, step, picture: bytes):
        place = self.page.locator(f"[data-step={step}]")
        before = place.locator(".photos li").count()
        file = {"name": "photo.png", "mimeType": "image/png", "buffer": picture}
        place.locator("input[type=file]").set_input_files(file)
        expect(place.locator(".photos li")).to_have_count(before + 1)

    def finish(self):
        """From wherever the visit is."""
        self.item("finish")
        self.page.get_by_role("button", name="结束拜访").click()
        expect(self.page.locator(".shop-list")).to_be_visible()

    def whole_visit(self, shop="张江一店", photos=(), note=""):
        """A visit where all is as expected, with photos of the display and a note."""
        self.start(shop)
        for item in ("ask", "look", "introduce", "tidy", "collect", "answer", "record"):
            self.item(item)
            if item == "ask" and note:
                self.page.locator("[data-step=greeting] textarea").fill(note)
            if item == "look":
                for picture in photos:
                    self.add_photo("display", picture)
            self.page.locator(".bottom-bar .btn-primary").click()
        self.finish()

    def progress(self):
        return self.page.locator(".progress-card")

    def kept(self, table) -> list:
        """The records on the phone's disk, of all people together."""
        return self.page.evaluate(
            """async (table) => {
              const found = [];
              for (const { name } of await indexedDB.databases()) {
                if (!/^visits-\\d+$/.test(name)) continue;
                found.push(...(await new Promise((done, failed) => {
                  const asked = indexedDB.open(name);
                  asked.onerror = failed;
                  asked.onsuccess = () => {
                    const all = asked.result.transaction(table).objectStore(table).getAll();
                    all.onsuccess = () => { asked.result.close(); done(all.result); };
                  };
                })));
              }
              return found.map(({ bytes, ...rest }) => ({ ...rest, size: bytes?.byteLength }));
            }""",
            table,
        )

    def kill(self, folder: Path):
        """As when the phone throws the browser out: every process of the profile in `folder`."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if f"--user-data-dir={folder}".encode() in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
        with contextlib.suppress(Exception):
            self.context.close()


def in_folder(browser, folder: Path, url: str) -> Phone:
    """A phone whose browser keeps its data in a folder, to be killed and opened again."""
    context = browser.browser_type.launch_persistent_context(
        str(folder),
        executable_path=find(),
        args=list(FLAGS),
        viewport={"width": PHONE[0], "height": PHONE[1]},
        locale="zh-CN",
    )
    return Phone(context, url)


def until(holds, *, seconds=30.0):
    """Wait for what another thread or process brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


_PHOTO = """([number, grain]) => {
  const canvas = document.createElement('canvas');
  canvas.width = 1200; canvas.height = 900;
  const context = canvas.getContext('2d');
  context.fillStyle = `hsl(${(number * 47) % 360} 60% 50%)`;
  context.fillRect(0, 0, 1200, 900);
  let seed = number + 1;
  for (let i = 0; i < grain; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    context.fillStyle = `rgb(${seed % 256} ${(seed >> 8) % 256} ${(seed >> 16) % 256})`;
    context.fillRect(seed % 1200, (seed >> 5) % 900, 40, 20);
  }
  context.fillText(String(number), 20, 20);
  return canvas.toDataURL('image/png').split(',')[1];
}"""


def pictures(page, count: int, *, grain=1000) -> list[bytes]:
    """So many different photos, as a camera might give them; more grain makes larger files."""
    return [base64.b64decode(page.evaluate(_PHOTO, [number, grain])) for number in range(count)]
