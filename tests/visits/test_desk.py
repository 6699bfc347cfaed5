"""The supervisor's desk: visits against plan, what there is to ask about, one person, one visit."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import CustomerProperties
from customers.visits.models import (
    Care,
    MonthPlan,
    PlannedVisit,
    Promise,
    Question,
    Unvisited,
    Visit,
)
from customers.visits.services.drafting import rules_on
from marketing_ops.audit.models import Entry
from tests.pages.conftest import text_of
from tests.town import TODAY
from tests.visits import cast

DESK = "/visits/desk/"
HERE = {"latitude": 31.2, "longitude": 121.5, "accuracy": 20, "coordinate_system": "WGS-84"}


@pytest.fixture(autouse=True)
def english(clock):
    with translation.override("en"):
        yield


@pytest.fixture
def see(town, var):
    clients = {}

    def see(person, path=DESK, data=None):
        if person not in clients:
            clients[person] = Client(headers={"accept-language": "en"})
            clients[person].cookies["django_language"] = "en"
            clients[person].force_login(town.people[person])
        ask = clients[person].get if data is None else clients[person].post
        return ask(path, data)

    return see


def planned(town, *licences, route="东一"):
    plan, _new = MonthPlan.objects.get_or_create(
        route=town.routes[route], month=TODAY.replace(day=1),
        defaults={"drafted_by": "am01", "drafted_at": timezone.now(), "rules": rules_on(TODAY)},
    )  # fmt: skip
    for place, licence in enumerate(licences, start=1):
        PlannedVisit.objects.create(
            plan=plan, customer=town.shops[licence], day=TODAY, position=place
        )


def send(person="am01", begun="10:00", ended="10:12", **other):
    return cast.send(
        person,
        started_at=f"2024-06-28T{begun}:00+08:00",
        ended_at=f"2024-06-28T{ended}:00+08:00",
        **other,
    )


def test_visits_stand_against_plan_and_standard_with_the_reason_of_the_others(town, see):
    planned(town, "L1", "L2")
    planned(town, "L3", "L4", route="东二")
    send()
    Unvisited.objects.create(customer=town.shops["L2"], day=TODAY, by=town.people["am01"],
                             why="closed")  # fmt: skip
    words = text_of(see("market1"))
    assert "Out 1 of 2 people" in words
    assert "am01 东一 50% (1/2) 1 / 30" in words
    # am02's shops lie in the country: at least 25.
    assert "am02 东二 0% (0/2) 0 / 25" in words
    assert "张江二店 am01 06-28 the shop was shut" in words
    assert "川沙超市 am02 06-28 no reason given" in words
    # Those without a reason come first.
    assert words.index("川沙烟酒 am02") < words.index("张江二店 am01")


def test_each_sees_what_the_posts_reach(town, see):
    send()
    send("am03", licence_no="L5")
    for person, shown, hidden in (
        ("market1", {"am01", "am02"}, {"am03"}),
        ("market2", {"am03"}, {"am01", "am02"}),
        ("district1", {"am01", "am02", "am03"}, set()),
        ("am01", {"am01"}, {"am02", "am03"}),
    ):
        words = text_of(see(person))
        people = words[words.index("People") :]
        assert all(f"{name} " in people for name in shown), person
        assert not any(f"{name} " in people for name in hidden), person
    assert see("inspector1").status_code == see("shop1").status_code == 403


def test_what_looks_unlike_a_visit_comes_first_with_its_numbers(town, see):
    CustomerProperties.objects.filter(customer=town.shops["L2"]).update(
        latitude=31.2, longitude=121.5
    )
    lines = [{"barcode": f"x{n}", "packs": n} for n in range(1, 6)]
    counted = {"stock_count": {"lines": lines}}
    Visit.objects.filter(pk=send(begun="09:30", ended="09:45").pk).update(
        body={"steps": counted}, day=TODAY - timedelta(days=3),
        started_at=timezone.now() - timedelta(days=3, minutes=30),
        ended_at=timezone.now() - timedelta(days=3),
    )  # fmt: skip
    short = send(begun="10:00", ended="10:05")
    Visit.objects.filter(pk=short.pk).update(body={"steps": counted})
    away = {**HERE, "latitude": 31.21}
    far = send(begun="11:00", ended="11:12", licence_no="L2", check_in=away, check_out=away)
    send(begun="11:10", ended="11:20")
    words = text_of(see("market1"))
    asked = words[words.index("To ask about") : words.index("People")]
    assert "1112 m from the shop (more than 500 m, accuracy allowed for)" in asked
    assert "at the same time as another visit, for 2 min" in asked
    assert "the same counts as at a visit 3 days before" in asked
    assert "5 min, the standard is 8" in asked
    assert asked.index("1112 m") < asked.index("same counts")
    one = text_of(see("market1", f"/visits/{far.pk}/"))
    assert "1112 m from the shop (more" in one
    assert "at the same time as another visit" in one


def test_a_photo_that_was_used_before_is_asked_about(town, see):
    photo = cast.picture(7)
    first = send(photos=[cast.sha(photo)])
    second = send("am02", "11:00", "11:10", licence_no="L3", photos=[cast.sha(photo)])
    words = text_of(see("market1"))
    assert words.count("1 photos were used at an earlier visit") == 1
    assert "used at an earlier" in text_of(see("market1", f"/visits/{second.pk}/"))
    assert "used at an earlier" not in text_of(see("market1", f"/visits/{first.pk}/"))
    assert "Photos received 0 (0/2)" in words


def test_what_waits_and_what_is_overdue_is_counted(town, see):
    body = cast.least()
    cast.post("am01", body)
    cast.post("am01", {**body, "kind": "phone"})
    cast.post("am01", cast.least(licence_no="X9"))
    visit = Visit.objects.get()
    of = {"customer": town.shops["L1"], "visit": visit, "by": town.people["am01"], "day": TODAY}
    late, today = TODAY - timedelta(days=1), TODAY
    Promise.objects.create(**of, text="a new shelf", due_on=late)
    Promise.objects.create(**of, text="not yet due", due_on=today)
    Promise.objects.create(**of, text="kept long ago", due_on=late, kept_on=TODAY)
    Question.objects.create(**of, text="when does it come", due_on=late)
    words = text_of(see("market1"))
    assert "Wait for somebody 2" in words
    assert "Overdue 2" in words
    assert "a new shelf" in words
    assert "when does it come" in words
    assert "not yet due" not in words
    assert "kept long ago" not in words
    assert "a new shelf" not in text_of(see("market2"))


def test_any_month_and_one_person_can_be_looked_at(town, see):
    visit = send()
    body = see("market1", f"{DESK}?month=2024-06").content.decode()
    assert "Visits of 2024-06" in body
    number = town.people["am01"].pk
    assert f"/visits/desk/people/{number}/?month=2024-06" in body
    page = see("market1", f"/visits/desk/people/{number}/?day=2024-06-28")
    assert f"/visits/{visit.pk}/" in page.content.decode()
    assert "张江一店 10:00–10:12 12" in text_of(page)
    assert see("market2", f"/visits/desk/people/{number}/").status_code == 404
    assert see("am02", f"/visits/desk/people/{number}/").status_code == 404
    assert see("market1", "/visits/desk/people/999999/").status_code == 404
    assert see("market1", f"{DESK}?day=2024-13-01").status_code == 404
    empty = text_of(see("market1", f"/visits/desk/people/{number}/?day=2024-01-05"))
    assert "Nothing has arrived for these days." in empty


def test_a_visit_is_shown_in_words_with_its_photos(town, see):
    photo = cast.picture(3)
    visit = send(
        steps={
            "greeting": {"trend": "down", "note": "road works"},
            "market": {"prices": [{"barcode": "6902", "unit": "carton", "price": "88.00"}]},
            "price_tags": {"complete": "no", "missing": ["6903"]},
            "display": {"photos": [cast.sha(photo)]},
            "illegal": {"found": True, "kind": "counterfeit", "note": "under the counter"},
        }
    )
    cast.put("am01", visit.pk, photo)
    path = f"/visits/{visit.pk}/"
    answer = see("market1", path)
    words = text_of(answer)
    assert "sales lately: worse" in words
    assert "note: road works" in words
    assert "红双喜(硬) · per carton · price (yuan) 88.00" in words
    assert "without a tag: 大前门(软)" in words
    assert f'src="/api/visits/{visit.pk}/photos/{cast.sha(photo)}/"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for person in ("market1", "am01"):
        assert "under the counter" not in text_of(see(person, path))
    for person in ("district1", "admin1"):
        assert "under the counter" in text_of(see(person, path))
    for person in ("am02", "market2"):
        assert see(person, path).status_code == 404


def test_the_table_can_be_taken_away_as_a_file(town, see):
    planned(town, "L1", "L2")
    send()
    answer = see("market1", f"{DESK}export.csv?day=2024-06-28")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    found = {row[0]: row for row in rows if row}
    line = dict(zip(found["Person"], found["am01"], strict=True))
    assert (line["Planned"], line["Planned and visited"], line["Standard"]) == ("2", "1", "30")
    assert line["Unvisited without a reason"] == "1"
    assert see("market1", f"{DESK}export.xlsx").status_code == 200
    assert Entry.objects.filter(action="visits exported").count() == 2


def test_single_care_is_open_until_somebody_has_acted(town, see):
    send(steps={"closing": {"care": "cannot read the screen"}})
    words = text_of(see("market1", "/visits/care/"))
    assert "城东市场部 · 东一" in words
    assert "cannot read the screen" in words
    number = Care.objects.get().pk
    assert see("market2", f"/visits/care/{number}/", {}).status_code == 404
    assert "cannot read" not in text_of(see("am02", "/visits/care/"))
    see("am01", f"/visits/care/{number}/", {})
    assert Care.objects.get().done_on == TODAY
    assert "0 open" in text_of(see("market1", "/visits/care/"))
    see("am01", f"/visits/care/{number}/", {"again": "1"})
    assert Care.objects.get().done_on is None
    assert Entry.objects.filter(action__startswith="care").count() == 2


@pytest.mark.parametrize("path", [DESK, f"{DESK}?month=2024-06"])
def test_the_desk_costs_the_same_for_one_visit_and_for_six(town, see, path):
    planned(town, "L1", "L2")
    send(begun="09:30", ended="09:33")
    see("market1", path)
    with CaptureQueriesContext(connection) as asked:
        see("market1", path)
    for hour in range(10, 15):
        send("am02", f"{hour}:00", f"{hour}:03", licence_no="L3")
    with CaptureQueriesContext(connection) as again:
        see("market1", path)
    assert len(again) <= len(asked) + 1  # names of those out without a post on a route
    assert len(again) <= 40
