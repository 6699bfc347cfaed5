"""Pictures of every page on a phone and on a desk, in both languages, to be looked at.

    python -m tests.site.screenshots [--site http://127.0.0.1:8000] [--into var/screenshots]
                                     [--only shop pair]

Start `script/demo` first; it logs in as the people of the demo. A site of one's own has other
passwords: --password. What nothing links to (an import where no file was handed in yet) is named
at the end. Git ignores the folder.
"""

import argparse
import os
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("DEMO", "1")

SIZES = {"phone": (390, 844), "desk": (1440, 900)}
TALLEST = 12_000  # pixels of a page that one still looks at


def photograph(window, path: Path) -> None:
    """The whole page, or its first part where it is very long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height = min(window.evaluate("document.documentElement.scrollHeight"), TALLEST)
    clip = {"x": 0, "y": 0, "width": window.viewport_size["width"], "height": height}
    window.screenshot(path=path, full_page=True, clip=clip)


def file_name(name: str, size: str, language: str) -> str:
    width, height = SIZES[size]
    return f"{name}-{width}x{height}-{language}.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--into", type=Path, default=None)
    parser.add_argument("--password", default="demo-district")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages, as in the files")
    options = parser.parse_args()

    django.setup()
    from django.conf import settings
    from playwright.sync_api import sync_playwright

    from tests.browser import FLAGS, find
    from tests.site.pages import PAGES
    from tests.site.visitor import LANGUAGES, Visitor

    folder = options.into or settings.VAR_DIR / "screenshots"
    pages = [page for page in PAGES if not options.only or page.name in options.only]
    missing, made = set(), 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        for language in LANGUAGES:
            with Visitor(browser, options.site, options.password, language) as visitor:
                for page, path in visitor.paths(pages):
                    if path is None:
                        missing.add(page.name)
                        continue
                    for size, pixels in SIZES.items():
                        window = visitor.open(page, pixels)
                        photograph(window, folder / file_name(page.name, size, language))
                        made += 1
        browser.close()
    print(f"{made} pictures in {folder}")
    if missing:
        print(f"nothing links to: {', '.join(sorted(missing))}")


if __name__ == "__main__":
    main()
