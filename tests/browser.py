"""A real browser for the tests that need one.

Debian's Chromium (or a Chrome) is taken where it is found. Where it is not, root installs it by
apt; else those tests are skipped, and a loud line at the end says so. Under CI=true they fail
instead. A test marked `browser` asks for the fixture `browser` (Playwright's, one per session) or
`page_at` (a fresh page of a given size).
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-wqy-microhei")  # the font has the Chinese glyphs
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = (390, 844), (1440, 900)  # pixels, width x height
MISSING = "no Chromium or Chrome on this machine, and only root may install one"


def find() -> str | None:
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return None


def install() -> None:
    """By apt, once, however many test processes ask at the same time."""
    with open(Path(tempfile.gettempdir()) / "marketing-ops-apt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find():
            return
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "check": False}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", "-q", *command], stdout=subprocess.DEVNULL, **quiet)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    if not find() and os.geteuid() == 0 and shutil.which("apt-get"):
        install()
    path = find()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"browser tests are required under CI=true: {MISSING}", pytrace=False)
        pytest.skip(MISSING)
    return path


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, where Django would else refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, headless=True, args=list(FLAGS)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page_at(browser):
    """`page_at(PHONE)`: a new page of that size with cookies of its own, in Chinese by default."""
    contexts = []

    def make(size=DESK, locale="zh-CN"):
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def pytest_terminal_summary(terminalreporter):
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and MISSING in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.write_sep(
            "!", f"{len(skipped)} BROWSER TESTS SKIPPED: {MISSING}", red=True
        )
