"""The figures that a browser shows are the figures of `export_indicators`, one by one."""

import csv
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from marketing_ops.lib.quantities import show
from tests.browser import DESK, PHONE
from tests.pages.test_browser import log_in
from tests.town import DAY, PRODUCTS

pytestmark = pytest.mark.browser

DASH = "—"
# Rows of the products' table: label of the cell -> its text without spaces.
CELLS = """
    rows => rows.map(row => Object.fromEntries([
        ["href", row.querySelector("th a").getAttribute("href")],
        ...[...row.querySelectorAll("td[data-label]")].map(cell => [
            cell.dataset.label,
            cell.textContent.replace(/\\s+/g, ""),
        ]),
    ]))
"""
# Lines of the indicators: name -> [latest cycle, window].
LINES = """
    lines => Object.fromEntries(lines.map(line => [
        line.querySelector(".indicator-name").textContent.trim(),
        [...line.querySelectorAll(".indicator-value")].map(value => {
            const copy = value.cloneNode(true);
            copy.querySelectorAll("small").forEach(label => label.remove());
            return copy.textContent.trim();
        }),
    ]))
"""


@pytest.fixture
def town(committed_town):
    return committed_town


@pytest.fixture
def site(district):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def exported(district, tmp_path):
    """(licence, barcode): the line of the export."""
    path = tmp_path / "figures.csv"
    call_command("export_indicators", as_of=DAY.isoformat(), out=str(path))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(row["licence_no"], row["barcode"]): row for row in csv.DictReader(file)}


def decimal(text: str, places: int = 1, times: int = 1) -> str:
    step = Decimal(1).scaleb(-places)
    return str((Decimal(text) * times).quantize(step, ROUND_HALF_EVEN))


def days(text: str, places: int = 1) -> str:
    return f"{decimal(text, places)}天" if text else DASH


def share(text: str) -> str:
    return f"{decimal(text, times=100)}%" if text else DASH


def packs(text: str, carton: int) -> str:
    return show(int(text) if text else None, carton)


def shop_row(row: dict, carton: int) -> dict[str, str]:
    """What the shop's page shall say of an exported line, as far as the export has it."""
    cycle, window = (
        {name: row[f"{period}_{name}"] for name in ("observed_days", "stockout_days", "sold")}
        | {
            "ratio": days(row[f"{period}_ratio_days"]),
            "share": share(row[f"{period}_satisfaction"]),
        }
        for period in ("cycle", "window")
    )
    seen = int(cycle["observed_days"] or 0)
    last = f"{cycle['stockout_days']}/{cycle['observed_days']}" if seen else DASH
    return {
        "脱销天数": f"{window['stockout_days']}/{window['observed_days']}周期{last}",
        "满足度": f"{window['share']}周期{cycle['share']}",
        "存销比": f"{window['ratio']}周期{cycle['ratio']}",
        "销售": f"{packs(window['sold'], carton)}周期{packs(cycle['sold'], carton)}",
        "建议定量": f"{packs(row['quota'], carton)}目标{packs(row['target_level'], carton)}",
    }


def pair_lines(row: dict) -> dict[str, list[str]]:
    def both(write, name):
        return [write(row[f"{period}_{name}"]) for period in ("cycle", "window")]

    def whole(text):
        return days(text, 0)

    def expected(text):
        return f"{decimal(text)}包" if text else DASH

    return {
        "存销比（天）": both(days, "ratio_days"),
        "脱销天数": both(whole, "stockout_days"),
        "有效销售天数": both(whole, "effective_days"),
        "预计脱销销售": both(expected, "expected_stockout_sales"),
        "销售满足度": both(share, "satisfaction"),
    }


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_figures_on_the_pages_are_the_figures_of_export_indicators(
    site, page_at, exported, size
):
    assert {licence for licence, _barcode in exported} == {"L1", "L2", "L3", "L4", "L5"}
    page = page_at(size)
    log_in(page, site, person="district1", to="/shops/")
    shown = {}
    for licence in sorted({licence for licence, _barcode in exported}):
        page.goto(f"{site.url}/shops/{licence}/")
        for row in page.locator("table.products tbody tr").evaluate_all(CELLS):
            shown[licence, row["href"].split("/")[-2]] = row
    assert set(shown) == set(exported)
    for pair, row in exported.items():
        carton = PRODUCTS[pair[1]][5]
        for label, value in shop_row(row, carton).items():
            said = shown[pair][label]
            for mark in ("高于合理范围", "低于合理范围"):
                said = said.replace(mark, "")
            assert said == value, (pair, label)
        page.goto(f"{site.url}/shops/{pair[0]}/products/{pair[1]}/")
        lines = page.locator(".indicators details").evaluate_all(LINES)
        for name, values in pair_lines(row).items():
            assert lines[name] == values, (pair, name)
        quota, target = page.locator(".quota-figures dd").evaluate_all(
            "all => all.slice(0, 2).map(one => one.firstChild.textContent.trim())"
        )
        assert quota == packs(row["quota"], carton), pair
        assert target == packs(row["target_level"], carton), pair
        if row["cycle_start"]:
            assert page.get_by_text(f"{row['cycle_start']} – {row['cycle_end']}").count()
            assert page.get_by_text(f"{row['window_start']} – {row['window_end']}").count()
