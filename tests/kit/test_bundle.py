"""What Vite built: present, named by the pages, light, and within the content security policy."""

import gzip
import json
import re
import shutil
import subprocess

import pytest
from django.conf import settings
from django.template.loader import render_to_string

FRONTEND = settings.BASE_DIR / "frontend"
DIST = FRONTEND / "dist"
BUDGET = 100_000  # bytes of gzip: what every page loads first
CHART_BUDGET = 220_000

MANIFEST = json.loads((DIST / "manifest.json").read_text())


def packed(*names):
    return sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in names)


def test_every_page_loads_the_kit_and_nothing_else():
    kit = MANIFEST["src/kit.ts"]
    page = render_to_string("_page.html")
    assert re.findall(r'<script[^>]* src="([^"]+)"', page) == [f"/static/kit/{kit['file']}"]
    assert re.findall(r'<link[^>]* href="([^"]+\.css)"', page) == [f"/static/kit/{kit['css'][0]}"]


def test_charts_and_the_map_are_loaded_only_where_they_are():
    kit = MANIFEST["src/kit.ts"]
    parts = {"charts", "map", "plan", "keep"}
    assert set(kit["dynamicImports"]) == {f"src/{part}.ts" for part in parts}
    assert kit.get("imports", []) == []


def test_the_first_load_keeps_its_budget(capsys):
    kit = MANIFEST["src/kit.ts"]
    first = packed(kit["file"], *kit["css"])
    sizes = {name: packed(MANIFEST[f"src/{name}.ts"]["file"]) for name in ("charts", "map")}
    with capsys.disabled():
        print(f"\ngzip: kit {first:,} B of {BUDGET:,}, charts {sizes['charts']:,}, "
              f"map {sizes['map']:,}")  # fmt: skip
    assert first <= BUDGET
    assert sizes["charts"] <= CHART_BUDGET
    assert sizes["map"] <= BUDGET


def test_everything_the_manifest_names_is_there():
    for entry in MANIFEST.values():
        for name in [entry["file"], *entry.get("css", []), *entry.get("assets", [])]:
            assert (DIST / name).is_file(), name


def test_styles_ask_for_nothing_from_elsewhere_and_hold_no_data_addresses():
    for path in DIST.glob("*.css"):
        addresses = re.findall(r"url\(([^)]*)\)", path.read_text())
        elsewhere = [a for a in addresses if re.match(r"[\"']?(data:|https?:|//)", a)]
        assert elsewhere == [], path.name


def test_the_lock_file_names_no_registry():
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    assert [name for name, one in packages.items() if "resolved" in one] == []
    assert [name for name, one in packages.items() if "integrity" not in one] == []


def test_the_types_of_the_kit_hold():
    node, tsc = shutil.which("node"), FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
    if not node or not tsc.exists():
        pytest.skip("the types are checked where Node.js is on the PATH")
    checked = subprocess.run([node, tsc], cwd=FRONTEND, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
