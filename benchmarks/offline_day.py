"""A whole day on a phone without signal, sent over a net that breaks at random bytes.

    python benchmarks/offline_day.py [--site http://127.0.0.1:8000] [--visits 30] [--photos 60]
                                     [--cuts 200] [--seed 1]

Start `script/demo` first. A phone's browser logs in as an account manager of the demo, loses its
signal, enters the visits with their photos (the page is loaded anew and the browser killed in
between), and sends them through a proxy that breaks every connection after some of its bytes. Then
each visit and each photo is fetched from the site and held against what was entered. Ends with 1
where one is lost, double or another, or where the net broke less often than asked for.
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("DEMO", "1")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from benchmarks.cutting import CuttingProxy  # noqa: E402
from tests.browser import find  # noqa: E402
from tests.visits.phone import in_folder, pictures  # noqa: E402

RELOAD_EVERY, KILL_EVERY = 5, 9  # visits


def say(began: float, words: str) -> None:
    print(f"[{time.monotonic() - began:6.1f} s] {words}", flush=True)


class OfflineDay:
    def __init__(self, browser, net, folder: Path, asked):
        self.browser, self.net, self.folder, self.asked = browser, net, folder, asked
        self.began = time.monotonic()
        self.phone = in_folder(browser, folder, net.url)
        self.sent: list[dict] = []

    def enter(self) -> None:
        """All visits, without a network."""
        self.phone.log_in(self.asked.person, self.asked.password)
        photos = pictures(self.phone.page, self.asked.photos, grain=8000)
        shops = self.phone.page.locator(".shop-row b").all_inner_texts()
        self.net.open = False
        shares = [photos[number :: self.asked.visits] for number in range(self.asked.visits)]
        for number, share in enumerate(shares):
            self.phone.whole_visit(shops[number % len(shops)], share, note=f"第{number + 1}户")
            if (number + 1) % KILL_EVERY == 0:
                self.phone.kill(self.folder)
                self.phone = in_folder(self.browser, self.folder, self.net.url)
                self.phone.page.goto(f"{self.net.url}/visits/")
                self.phone.page.locator(".shop-row").first.wait_for()
            elif (number + 1) % RELOAD_EVERY == 0:
                self.phone.page.reload()
                self.phone.page.locator(".shop-row").first.wait_for()
        self.sent = self.phone.kept("outbox")
        kept = self.phone.kept("photos")
        size = sum(photo["size"] for photo in kept) / max(1, len(kept)) / 1000
        say(self.began, f"{len(self.sent)} visits, {len(kept)} photos of {size:.0f} kB entered")

    def log_in_beside(self) -> None:
        """Past the bad net: a killed browser may have lost its cookies."""
        address = f"{self.asked.site}/accounts/login/"
        request = self.phone.page.request
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', request.get(address).text())[1]
        form = {"username": self.asked.person, "password": self.asked.password}
        answer = request.post(
            address,
            form=form | {"csrfmiddlewaretoken": token},
            headers={"Referer": address, "Origin": self.asked.site},
        )
        assert answer.ok, answer.status

    def send(self) -> None:
        self.log_in_beside()
        self.net.chance, self.net.open = 1.0, True
        end = time.monotonic() + self.asked.patience
        waiting, said = 1, time.monotonic()
        while waiting and time.monotonic() < end:
            waiting = self.phone.page.evaluate(
                """() => {
                  const button = document.querySelector('.to-send');
                  return button && button.classList.contains('good') ? 0 : 1;
                }"""
            )
            self.phone.page.evaluate("window.dispatchEvent(new Event('online'))")
            self.phone.page.wait_for_timeout(400)
            if time.monotonic() > said + 20:
                said = time.monotonic()
                left = len(self.phone.kept("photos"))
                say(self.began, f"{self.net.cuts} connections broken, {left} photos wait")
        self.net.chance = 0.0
        say(self.began, f"sent; {self.net.cuts} of {self.net.taken} connections were broken")

    def faults(self) -> list[str]:
        """What is not on the server as it was entered."""
        found = []
        get = self.phone.page.request.get
        listed = Counter()
        for record in self.sent:
            address = f"{self.asked.site}/api/visits/{record['id']}/"
            answer = get(address)
            if not answer.ok:
                found.append(f"visit {record['id']}: {answer.status}")
                continue
            visit = answer.json()
            listed[visit["receipt"]] += 1
            note = record["draft"]["steps"]["greeting"]["note"]
            if visit["steps"]["greeting"].get("note") != note:
                found.append(f"visit {record['id']}: other words than {note}")
            for photo in record["photos"]:
                picture = get(f"{address}photos/{photo['sha256']}/")
                if hashlib.sha256(picture.body()).hexdigest() != photo["sha256"]:
                    found.append(f"photo {photo['sha256']}: {picture.status}")
        if len(self.sent) != self.asked.visits or len(listed) != self.asked.visits:
            found.append(f"{len(self.sent)} entered, {len(listed)} receipts")
        photos = sum(len(record["photos"]) for record in self.sent)
        if photos != self.asked.photos:
            found.append(f"{photos} photos entered")
        ticks = [record["state"] for record in self.phone.kept("outbox")]
        if Counter(ticks) != {"sent": self.asked.visits}:
            found.append(f"the phone shows {Counter(ticks)}")
        if self.net.cuts < self.asked.cuts:
            found.append(f"only {self.net.cuts} connections were broken")
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--person", default="am01")
    parser.add_argument("--password", default="demo-district")
    parser.add_argument("--visits", type=int, default=30)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--patience", type=int, default=1200, help="seconds for sending")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.site = asked.site.rstrip("/")
    site = urlsplit(asked.site)
    with (
        tempfile.TemporaryDirectory() as folder,
        CuttingProxy(site.port or 80, seed=asked.seed, host=site.hostname) as net,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        day = OfflineDay(browser, net, Path(folder) / "profile", asked)
        try:
            day.enter()
            day.send()
            found = day.faults()
        finally:
            day.phone.kill(day.folder)
    for fault in found:
        print(fault)
    print(f"{asked.visits} visits and {asked.photos} photos: {len(found) or 'no'} faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
