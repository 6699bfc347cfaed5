"""Lighthouse's marks for accessibility and best practices, on a phone and on a desk.

    python benchmarks/lighthouse.py [--site http://127.0.0.1:8000] [--only shops shop] [--english]

Start `script/demo` first: it logs in as the people of the demo and goes to every page of
tests/site/pages.py. The first run fetches Lighthouse from npm's registry as benchmarks/lighthouse
locks it; neither the demo nor the tests need it. Ends with 1 where a mark is below 100, and says
which audits took it.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
os.environ.setdefault("DEMO", "1")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser import FLAGS, find  # noqa: E402
from tests.site.visitor import LANGUAGES, Visitor  # noqa: E402

FOLDER = ROOT / "benchmarks" / "lighthouse"
CLI = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("accessibility", "best-practices")
# Lighthouse's own phone is the default.
SIZES = {"phone": [], "desk": ["--preset=desktop"]}


def install() -> None:
    if not CLI.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit"], cwd=FOLDER, check=True)


def judge(address: str, cookie: str, size: str) -> dict:
    """Lighthouse's report of one page."""
    command = [
        "node", CLI, address, "--quiet", "--output=json", "--disable-storage-reset",
        f"--only-categories={','.join(CATEGORIES)}", *SIZES[size],
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
        f"--chrome-flags={' '.join(('--headless', *FLAGS))}",
    ]  # fmt: skip
    said = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": find()}, capture_output=True, text=True
    )
    if said.returncode:
        raise RuntimeError(f"Lighthouse failed on {address}: {said.stderr[-1000:]}")
    report = json.loads(said.stdout)
    if report["finalDisplayedUrl"].partition("#")[0] != address:
        raise RuntimeError(f"{address} led to {report['finalDisplayedUrl']}")
    return report


def shortcomings(report: dict) -> list[str]:
    """The audits that took points, each with what it found first."""
    found = []
    for category in report["categories"].values():
        for audit in category["auditRefs"]:
            result = report["audits"][audit["id"]]
            if audit["weight"] and result["score"] is not None and result["score"] < 1:
                items = (result.get("details") or {}).get("items") or [""]
                found.append(f"{result['title']}: {json.dumps(items[0], ensure_ascii=False)[:300]}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--password", default="demo-district")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--english", action="store_true")
    options = parser.parse_args()
    install()
    todo = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        language = LANGUAGES[1 if options.english else 0]
        with Visitor(browser, options.site, options.password, language) as visitor:
            for page, path in visitor.paths():
                # Lighthouse takes an error page for a broken site.
                chosen = not options.only or page.name in options.only
                if path is not None and page.status == 200 and chosen:
                    todo.append((page, options.site + path, visitor.cookies(page.who)))
        browser.close()
    below = 0
    print(
        f"{'page':24}"
        + "".join(f"{f'{size}, {name}':>24}" for size in SIZES for name in CATEGORIES)
    )
    for page, address, cookie in todo:
        marks, words = [], []
        for size in SIZES:
            report = judge(address, cookie, size)
            marks += [report["categories"][name]["score"] * 100 for name in CATEGORIES]
            words += [f"    {size}: {one}" for one in shortcomings(report)]
        print(f"{page.name:24}" + "".join(f"{mark:24.0f}" for mark in marks), flush=True)
        print(*words, sep="\n", end="\n" if words else "")
        below += any(mark < 100 for mark in marks)
    print(f"{len(todo)} pages, {below} of them with a mark below 100")
    sys.exit(bool(below))


if __name__ == "__main__":
    main()
