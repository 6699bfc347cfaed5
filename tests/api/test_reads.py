"""What the API answers: the stored figures to the digit, null where undefined, by any filter."""

import csv
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from customers.dated import change
from customers.models import RouteAssignment
from inventory.indicators.models import ResultSet
from tests.api.conftest import every, program
from tests.api.district import SILENT_DAY, TWICE
from tests.town import DAY

PAIR = "/api/shops/L1/products/6902"


def shops_of(answer):
    assert answer.status_code == 200, answer.content
    return [row["licence_no"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("questions", "licences"),
    [
        ({}, ["L1", "L2", "L3", "L4", "L5", "L6"]),
        ({"q": "西街"}, ["L5", "L6"]),
        ({"q": "L2"}, ["L2"]),
        ({"licence_no": "L3"}, ["L3"]),
        ({"format": "便利店"}, ["L1", "L2", "L6"]),
        ({"format": "便利店", "scale": "中"}, ["L1", "L6"]),
        ({"area": "农村"}, ["L3", "L4"]),
        ({"information_point": "true"}, ["L1", "L3"]),
        ({"segment": "A"}, ["L1"]),
        ({"segment": "E"}, ["L2", "L3", "L5"]),
        ({"segment": "none"}, ["L4", "L6"]),
        ({"on": "2024-05-01", "open": "true"}, ["L1", "L2", "L3", "L4", "L5"]),
        ({"open": "false"}, []),
        ({"ordering": "-licence_no"}, ["L6", "L5", "L4", "L3", "L2", "L1"]),
    ],
)
def test_shops_are_found_by_what_they_are(ask, questions, licences):
    assert shops_of(ask("district1", "/api/shops/", **questions)) == licences


def test_shops_are_found_by_who_serves_them(town, ask):
    west = town.departments["城西市场部"].pk
    assert shops_of(ask("district1", "/api/shops/", department=west)) == ["L5", "L6"]
    manager = town.people["am02"].pk
    assert shops_of(ask("district1", "/api/shops/", manager=manager)) == ["L3", "L4"]
    route = town.routes["东一"].pk
    assert shops_of(ask("district1", "/api/shops/", route=route, scale="小")) == ["L2"]
    group = ask("district1", "/api/shops/L1/").json()["group"]["id"]
    assert shops_of(ask("district1", "/api/shops/", group=group)) == ["L1", "L2", "L6"]


def test_a_shop_is_told_as_it_is_on_the_day(ask):
    now = ask("am03", "/api/shops/L6/").json()
    assert (now["name"], now["format"], now["delivery_weekdays"]) == ("西街新店", "便利店", [3])
    assert [manager["name"] for manager in now["managers"]] == ["am03"]
    before = ask("am03", "/api/shops/L6/", on="2024-05-01").json()
    assert (before["name"], before["route"], before["delivery_weekdays"]) == ("", None, [])


def test_products_are_found_by_what_they_are(ask):
    def found(**questions):
        rows = ask("shop1", "/api/products/", **questions).json()["results"]
        return {row["barcode"] for row in rows}

    assert found() == {"6901", "6902", "6903", "6904"}
    assert found(price_class=3) == {"6902", "6904"}
    assert found(flag="紧俏") == {"6904"}
    assert found(q="大前门") == found(q="6903") == {"6903"}
    assert found(stage="衰退期") == set()
    brand = ask("shop1", "/api/products/6901/").json()["brand"]["id"]
    assert found(brand=brand) == {"6901"}


def test_the_ledger_says_each_day_each_version_and_what_was_not_observed(ask):
    days = ask("am01", f"{PAIR}/ledger/", **{"from": "2024-06-13", "to": "2024-06-16"}).json()[
        "days"
    ]
    told = {day["day"]: day for day in days}
    assert list(told) == ["2024-06-13", "2024-06-14", "2024-06-15", "2024-06-16"]
    twice = told[TWICE.isoformat()]
    assert twice["version"] == 2
    assert [version["row"]["sold"] for version in twice["versions"]] == [1, 2]
    assert [version["superseded_at"] is None for version in twice["versions"]] == [False, True]
    assert twice["row"]["closing"] == twice["row"]["opening"] - 2
    silent = told[SILENT_DAY.isoformat()]
    assert (silent["version"], silent["row"], silent["versions"]) == (None, None, [])


def test_the_ledger_can_be_asked_as_it_was_known_then(ask):
    day = {"from": TWICE.isoformat(), "to": TWICE.isoformat()}
    versions = ask("am01", f"{PAIR}/ledger/", **day).json()["days"][0]["versions"]
    then = ask("am01", f"{PAIR}/ledger/", known_at=versions[0]["received_at"], **day).json()
    (told,) = then["days"]
    assert (told["version"], told["row"]["sold"], len(told["versions"])) == (1, 1, 1)
    assert told["versions"][0]["superseded_at"] is None


def test_a_product_that_the_shop_never_reported_has_days_without_rows(ask):
    days = ask("am01", "/api/shops/L1/products/6901/ledger/").json()["days"]
    assert len(days) == 91
    assert {day["row"] for day in days} == {None}
    assert days[-2]["version"] == 1  # the day was reported, without this product


def test_the_figures_are_those_of_the_export(town, ask, tmp_path):
    out = tmp_path / "indicators.csv"
    with override("en"):
        call_command("export_indicators", as_of=DAY.isoformat(), out=str(out))
    with open(out, encoding="utf-8") as file:
        lines = {(line["licence_no"], line["barcode"]): line for line in csv.DictReader(file)}
    figures = every(program("district1"), "/api/figures/", page_size=2)
    advice = every(program("district1"), "/api/recommendations/", page_size=4)
    assert len(lines) == len(figures) == len(advice) == 6
    for figure, advised in zip(figures, advice, strict=True):
        line = lines[figure["shop"]["licence_no"], figure["product"]["barcode"]]
        for period in ("cycle", "window"):
            for name, value in figure[period].items():
                exported = line[f"{period}_{name}"]
                assert exported == ("" if value is None else str(value)), (line, period, name)
        assert figure["stockout_threshold"] == int(line["stockout_threshold"])
        for name in ("quota", "target_level"):
            value = advised[name]
            assert line[name] == ("" if value is None else str(value))
        assert [reason["code"] for reason in advised["reasons"]] == [
            part.partition(":")[0] for part in line["reasons"].split(";")
        ]


def test_what_is_undefined_is_null_and_never_zero(ask):
    never = ask("am01", "/api/shops/L1/products/6903/figures/").json()
    assert never["window"]["stockout_days"] == never["window"]["observed_days"] == 90
    assert never["window"]["sold"] == 0
    for name in ("ratio_days", "expected_stockout_sales", "satisfaction"):
        assert never["window"][name] is None
    assert never["days_of_stock"] is None


def test_figures_are_exact(ask):
    window = ask("am01", f"{PAIR}/figures/").json()["window"]
    assert (window["sold"], window["observed_days"], window["closing"]) == (180, 90, 12)
    assert window["ratio_days"] == "6.000000"
    out = ask("am01", "/api/shops/L1/products/6904/figures/").json()["window"]
    # A week: 7 packs on 3 days, then 4 days without; 2024-06-15 was one of these: 39 of 90 days.
    assert (out["sold"], out["effective_days"], out["observed_days"]) == (91, 39, 90)
    assert out["satisfaction"] == "0.433333"
    assert out["expected_stockout_sales"] == "119.000000"


@pytest.mark.parametrize(
    ("questions", "pairs"),
    [
        ({"licence_no": "L1"}, {"L1 6902", "L1 6903", "L1 6904"}),
        ({"barcode": "6902"}, {"L1 6902", "L2 6902", "L3 6902", "L5 6902"}),
        ({"price_class": 3, "format": "便利店"}, {"L1 6902", "L1 6904", "L2 6902"}),
        ({"flag": "紧俏"}, {"L1 6904"}),
        ({"segment": "A"}, {"L1 6902", "L1 6903", "L1 6904"}),
        ({"area": "农村"}, {"L3 6902"}),
        ({"q": "西街"}, {"L5 6902"}),
        ({"scale": "小", "barcode": "6902"}, {"L2 6902", "L5 6902"}),
    ],
)
def test_figures_and_recommendations_are_filtered_alike(ask, questions, pairs):
    for path in ("/api/figures/", "/api/recommendations/"):
        rows = ask("district1", path, **questions).json()["results"]
        assert {f"{row['shop']['licence_no']} {row['product']['barcode']}" for row in rows} == pairs


def test_results_can_be_asked_of_a_day_and_say_of_which_they_are(ask):
    current = ask("am01", "/api/figures/").json()["result_set"]
    assert (current["as_of"], current["rules"]) == (DAY.isoformat(), "level@1")
    assert ask("am01", "/api/figures/", as_of=DAY.isoformat()).json()["result_set"] == current
    (listed,) = ask("am01", "/api/result-sets/").json()["results"]
    assert listed == current
    for path in ("/api/figures/", "/api/roll-ups/", "/api/detections/", f"{PAIR}/figures/"):
        answer = ask("am01", path, as_of=(DAY - timedelta(days=1)).isoformat())
        assert answer.status_code == 404
        assert answer.json()["code"] == "no_results"


def test_pages_keep_to_the_results_they_began_with(town, ask):
    first = ask("am01", "/api/figures/", page_size=1).json()
    old = first["result_set"]["id"]
    ResultSet.objects.filter(pk=old).update(is_current=False)
    later = ResultSet.objects.get(pk=old)
    later.pk, later.as_of, later.is_current = None, DAY + timedelta(days=1), True
    later.save(force_insert=True)
    second = ask("am01", first["next"]).json()
    assert second["result_set"]["id"] == old
    assert second["results"]
    assert ask("am01", "/api/figures/").json()["results"] == []


def test_before_the_first_night_there_are_no_results_and_no_error(town, ask):
    ResultSet.objects.update(is_current=False, status="building")
    answer = ask("am01", "/api/figures/").json()
    assert (answer["result_set"], answer["results"]) == (None, [])
    assert ask("am01", f"{PAIR}/figures/").status_code == 404
    for path in ("shop-figures", "roll-ups", "order-figures", "recommendations", "shops"):
        assert ask("am01", f"/api/{path}/").status_code == 200


def test_a_roll_up_adds_up_what_the_figures_say(town, ask):
    asked = {"period": "window", "customers_by": "manager", "products_by": "total"}
    manager = town.people["am01"].pk
    (sums,) = ask("am01", "/api/roll-ups/", customer_key=manager, **asked).json()["results"]
    windows = [row["window"] for row in every(program("am01"), "/api/figures/")]
    for name in ("sold", "closing", "observed_days", "stockout_days"):
        assert sums[name] == sum(window[name] for window in windows)
    assert sums["cells"] == len(windows) == 4
    assert sums["cells_always_out"] == 1


def test_a_figure_belongs_to_whoever_served_the_shop_at_the_end_of_its_cycle(town, ask):
    # L2's latest cycle ended on 2024-06-24.
    moved = {"route": town.routes["东二"]}
    change(RouteAssignment, {"customer": town.shops["L2"]}, moved, effective=DAY)
    east, next_ = town.routes["东一"].pk, town.routes["东二"].pk

    def shops(path, route):
        rows = ask("district1", path, route=route, barcode="6902").json()["results"]
        return {row["shop"]["licence_no"] for row in rows}

    assert shops_of(ask("district1", "/api/shops/", route=east)) == ["L1"]
    assert shops("/api/figures/", east) == shops("/api/recommendations/", east) == {"L1", "L2"}
    assert shops("/api/figures/", next_) == {"L3"}


def test_the_sums_of_a_shop_and_its_segment(ask):
    rows = ask("am01", "/api/shop-figures/").json()["results"]
    told = {row["shop"]["licence_no"]: row for row in rows}
    assert told["L1"]["segment"] == "A"
    assert (told["L1"]["cells"], told["L1"]["cells_always_out"]) == (3, 1)
    assert told["L2"]["stockout_rate"] == "0.000000"


def test_the_weeks_and_months_of_a_shop_by_price_class(ask):
    asked = {"kind": "month", "start": "2024-05-01", "licence_no": "L1"}
    rows = ask("am01", "/api/shop-periods/", **asked).json()["results"]
    assert [(row["price_class"], row["end"], row["cells"]) for row in rows] == [
        (3, "2024-05-31", 2), (4, "2024-05-31", 1),
    ]  # fmt: skip
    assert (rows[1]["stockout_rate"], rows[1]["satisfaction"]) == ("1.000000", None)
    assert ask("am02", "/api/shop-periods/", licence_no="L1").json()["results"] == []
    weeks = ask("am01", "/api/shop-periods/", kind="week", page_size=3)
    assert [row["kind"] for row in weeks.json()["results"]] == ["week"] * 3


def test_closed_cycles_are_told_one_by_one(ask):
    cycles = ask("am01", f"{PAIR}/cycles/").json()["cycles"]
    assert len(cycles) == 13
    assert (cycles[-1]["start"], cycles[-1]["end"]) == ("2024-06-18", "2024-06-24")
    assert {cycle["rules"] for cycle in cycles} == {"level@1"}
    silent = next(c for c in cycles if c["start"] <= SILENT_DAY.isoformat() <= c["end"])
    assert silent["observed_days"] == 6
    few = ask("am01", f"{PAIR}/cycles/", **{"from": "2024-06-01", "to": "2024-06-17"}).json()
    assert [cycle["end"] for cycle in few["cycles"]] == ["2024-06-03", "2024-06-10", "2024-06-17"]


def test_reasons_come_as_codes_and_numbers_and_in_the_readers_language(ask):
    english = ask("am01", f"{PAIR}/recommendation/").json()
    assert {reason["code"]: reason["numbers"] for reason in english["reasons"]}["days"] == {
        "observed": 90,
        "sold": 180,
    }
    assert english["words"][0] == "The quota follows from what the shop sold."
    assert english["words"][-1] == f"Quota: {english['quota'] // 10} ct per cycle."
    assert english["quota_text"] == f"{english['quota'] // 10} ct"
    chinese = ask("am01", f"{PAIR}/recommendation/", language="zh-hans")
    assert chinese.headers["Content-Language"] == "zh-hans"
    assert chinese.json()["reasons"] == english["reasons"]


def test_quotas_in_force_name_who_decided_and_why(ask):
    (quota,) = ask("am01", "/api/quotas/").json()["results"]
    assert (quota["packs"], quota["packs_text"], quota["by"]) == (20, "2 ct", "market1")
    assert (quota["starts_on"], quota["ends_before"]) == ("2024-05-01", None)
    assert ask("am01", "/api/quotas/", on="2024-04-30").json()["results"] == []


def test_orders_findings_flags_and_events_are_told(ask):
    line = ask("am01", "/api/order-lines/", barcode="6904").json()["results"][0]
    assert (line["ordered_on"], line["supplied"], line["supplied_text"]) == (
        "2024-06-23",
        7,
        "7 pk",
    )
    few = ask("am01", "/api/order-lines/", first_day="2024-06-17", last_day="2024-06-23").json()
    assert {row["ordered_on"] for row in few["results"]} == {"2024-06-23"}
    unseen = ask("am01", "/api/findings/", kind="not-observed", licence_no="L1").json()["results"]
    assert [row["day"] for row in unseen] == [SILENT_DAY.isoformat()]
    gaps = ask("am01", "/api/findings/", kind="continuity", barcode="6902").json()["results"]
    assert all(part["expected"] != part["found"] for row in gaps for part in row["products"])
    (flag,) = ask("am01", "/api/flags/", status="open", on="2024-06-02").json()["results"]
    assert (flag["cause"], flag["raised_by"]) == ("kept-back", "am01")
    assert ask("am01", "/api/flags/", status="rejected").json()["results"] == []
    (seen,) = ask("am01", "/api/detections/", cause="kept-back").json()["results"]
    assert (seen["expected"], seen["found"]) == (3, 1)
    assert ask("am01", "/api/detections/", cause="transfer").json()["results"] == []
    assert ask("am01", "/api/events/", on="2024-07-01").json()["results"] == []


def test_runs_are_told_to_who_may_see_them(ask):
    (run,) = ask("admin1", "/api/runs/", kind="night").json()["results"]
    assert (run["as_of"], run["status"], run["by"]) == (DAY.isoformat(), "done", "test")
    assert run["counts"]["indicators_pairs"] == 6
    assert ask("admin1", f"/api/runs/{run['id']}/").json() == run
    assert ask("admin1", "/api/runs/", status="failed").json()["results"] == []


def test_an_answer_that_did_not_change_is_not_sent_again(town, ask):
    path = "/api/figures/"
    first = ask("am01", path)
    client = program("am01")
    again = client.get(path, headers={"if-none-match": first["ETag"], "accept-language": "en"})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in first["Cache-Control"] and "private" in first["Cache-Control"]
    assert {"Authorization", "Cookie"} <= {name.strip() for name in first["Vary"].split(",")}
    # What a person no longer sees is not “not changed”.
    town.people["am01"].posts.update(route=town.routes["西一"])
    moved = client.get(path, headers={"if-none-match": first["ETag"], "accept-language": "en"})
    assert moved.status_code == 200
    assert {row["shop"]["licence_no"] for row in moved.json()["results"]} == {"L5"}


# Queries of an answer: for the token, the right, the shops, the results, the rows, their names.
QUERIES = {
    "me": 3,
    "shops": 9,
    "brands": 3,
    "products": 5,
    "events": 7,
    "result-sets": 3,
    "figures": 11,
    "shop-figures": 8,
    "shop-periods": 6,
    "roll-ups": 12,
    "order-figures": 11,
    "social-figures": 7,
    "recommendations": 10,
    "quotas": 9,
    "order-lines": 9,
    "findings": 6,
    "flags": 9,
    "detections": 10,
    "runs": 3,
}


@pytest.mark.parametrize("name", QUERIES)
def test_the_number_of_queries_does_not_grow_with_the_rows(town, name):
    client = program("district1")
    client.get(f"/api/{name}/")  # what is kept by the process is kept now
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/api/{name}/", {} if name == "me" else {"page_size": 1000})
    assert len(queries) == QUERIES[name]
    assert name == "me" or len(answer.json()["results"]) > 0
