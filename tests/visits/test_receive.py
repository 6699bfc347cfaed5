"""A visit is taken once, whole or not at all, and never lost."""

import json

import pytest

from customers.coordinates import gcj02_to_bd09, wgs84_to_gcj02
from customers.dated import change
from customers.models import CustomerProperties, Licence, Post, RouteAssignment
from customers.visits.models import (
    Care,
    ConfidentialReport,
    Conflict,
    Promise,
    Question,
    SetAside,
    Visit,
)
from customers.visits.steps import visit_steps
from marketing_ops.accounts.roles import Role
from tests.town import TODAY, since
from tests.visits.cast import VISITS, least, post, program, send

pytestmark = pytest.mark.usefixtures("town", "clock")
SAME = ("id", "receipt", "received_at", "state")


def test_the_least_body_is_a_visit():
    body = least()
    answer = post("am01", body)
    assert answer.status_code == 201
    said = answer.json()
    assert said["id"] == body["id"]
    assert said["state"] == "accepted"
    assert said["photos"] == {"expected": 0, "received": 0, "missing": []}
    assert said["notes"] == []
    visit = Visit.objects.get()
    assert (visit.day, visit.licence_no, visit.made_by.username) == (TODAY, "L1", "am01")
    assert visit.minutes == 12


def test_a_time_without_a_zone_is_shanghai_time():
    visit = send(started_at="2024-06-28T10:00:00", ended_at="2024-06-28T10:12:00")
    assert visit.started_at.isoformat() == "2024-06-28T02:00:00+00:00"


def test_the_same_body_again_gets_the_same_receipt(clock):
    body = least(steps={"closing": {"effect": "好"}})
    first = post("am01", body)
    clock.now = clock.now.replace(hour=9)
    again = post("am01", dict(reversed(body.items())))
    assert (first.status_code, again.status_code) == (201, 200)
    assert {name: first.json()[name] for name in SAME} == {
        name: again.json()[name] for name in SAME
    }
    assert Visit.objects.count() == 1


def test_another_way_of_writing_the_same_json_is_the_same_body():
    body = least(steps={"greeting": {"note": "生意好"}})
    client = program("am01")
    client.post(VISITS, json.dumps(body), content_type="application/json")
    spaced = json.dumps(body, ensure_ascii=False, indent=3).encode()
    assert client.post(VISITS, spaced, content_type="application/json").status_code == 200


def test_another_body_under_the_same_key_is_a_conflict_and_both_are_kept():
    body = least()
    first = post("am01", body).json()
    other = {**body, "steps": {"closing": {"effect": "another"}}}
    answers = [post("am01", other) for _time in range(3)]
    assert {answer.status_code for answer in answers} == {409}
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert answers[0].json()["kept"] == first["receipt"]
    kept = Conflict.objects.get()
    assert answers[0].json()["conflict"] == kept.pk
    assert json.loads(bytes(kept.body)) == other
    assert post("am01", body).status_code == 200
    assert Visit.objects.get().receipt == first["receipt"]


def test_a_key_that_is_anothers_visit_says_nothing_of_it():
    body = least()
    receipt = post("am01", body).json()["receipt"]
    answer = post("am02", body)
    assert answer.status_code == 409
    assert answer.json()["kept"] is None
    assert receipt not in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"licence_no": "X9"}, "licence_no"),
        ({"licence_no": "L5"}, "licence_no"),
        ({"licence_no": 7.5e300}, "licence_no"),
        ({"licence_no": "\0"}, "licence_no"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"ended_at": "2024-06-28T09:00:00+08:00"}, "ended_at"),
        ({"kind": "by post"}, "kind"),
        ({"photos": ["not a hash"]}, "photos[0]"),
        ({"steps": []}, "steps"),
        ({"steps": {"greeting": {"trend": "sideways"}}}, "steps.greeting.trend"),
        ({"steps": {"promises": {"made": [{"text": "a"}, {}]}}}, "steps.promises.made[1].text"),
        (
            {"steps": {"market": {"prices": [{"barcode": "1", "unit": "pack", "price": "NaN"}]}}},
            "steps.market.prices[0].price",
        ),
        ({"steps": {"price_tags": {"missing": ["6901", []]}}}, "steps.price_tags.missing[1]"),
    ],
)
def test_what_is_no_valid_visit_is_set_aside_with_place_and_reason(wrong, place):
    body = least(steps={"closing": {"care": "cannot read"}}) | wrong
    answers = [post("am01", body) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert [error["place"] for error in answers[0].json()["errors"]] == [place]
    assert answers[0].json()["errors"][0]["words"]
    kept = SetAside.objects.get()
    assert json.loads(bytes(kept.body)) == body
    assert not Visit.objects.exists()
    assert not Care.objects.exists()


def test_a_foreign_shop_and_no_shop_get_the_same_words():
    foreign, missing = (post("am01", least(licence_no=number)) for number in ("L5", "X9"))
    assert foreign.json()["errors"] == missing.json()["errors"]


def test_a_visit_set_aside_is_taken_once_it_is_sent_corrected():
    body = least(licence_no="L7")
    post("am01", body)
    assert post("am01", {**body, "licence_no": "L1"}).status_code == 201
    assert SetAside.objects.get().settled_at is not None
    assert post("am01", body).status_code == 409


def test_a_visit_set_aside_is_taken_as_it_is_once_the_reason_is_gone(town):
    body = least(licence_no="L3")
    assert post("am01", body).status_code == 422
    change(
        RouteAssignment,
        {"customer": town.shops["L3"]},
        {"route": town.routes["东一"]},
        effective=TODAY,
    )
    assert post("am01", body).status_code == 201


@pytest.mark.parametrize("body", [{}, [], "text", None, {"id": "7"}, {"id": None}, {"id": 5}])
def test_a_body_without_a_key_is_refused(body):
    client = program("am01")
    answer = client.post(VISITS, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert client.post(VISITS, b"{", content_type="application/json").status_code == 400
    assert not SetAside.objects.exists()


def test_a_body_that_is_too_large_is_refused_in_words(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post("am01", least(steps={"closing": {"effect": "a" * 2000}}))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_description_names_every_step_with_its_fields():
    said = program(None).get("/api/schema/").json()["components"]["schemas"]
    steps = said["StepsRequest"]["properties"]
    assert set(steps) == {step.name for step in visit_steps()}
    tags = said["PriceTagsAnswerRequest"]["properties"]
    assert set(tags) == {"complete", "match", "missing", "photos"}
    assert set(said["VisitBodyRequest"]["required"]) == set(least())


def test_nobody_sends_without_a_login_or_in_anothers_name():
    assert post(None, least()).status_code == 401
    answer = post("am01", least(made_by="am02"))
    assert answer.status_code == 403
    assert "am02" in answer.json()["detail"]
    assert not Visit.objects.exists()
    assert not SetAside.objects.exists()
    for person in ("market1", "inspector1", "district1", "admin1", "shop1", "nobody"):
        assert post(person, least()).status_code == 403, person


def test_what_the_server_does_not_know_yet_is_kept_and_said():
    visit = send(steps={"drone": {"flown": True}, "greeting": {"mood": "sunny"}}, weather="rain")
    assert visit.answers == {"drone": {"flown": True}, "greeting": {"mood": "sunny"}}
    assert visit.body["weather"] == "rain"
    assert "drone" in visit.notes[0]


def test_texts_that_postgresql_cannot_keep_do_not_hinder_a_visit():
    body = least()
    raw = json.dumps(body)[:-1] + r', "steps": {"x": {"n": "a\u0000b\ud800"}}}'
    client = program("am01")
    assert client.post(VISITS, raw, content_type="application/json").status_code == 201
    assert Visit.objects.get().answers["x"]["n"] == "a␀b?"
    assert client.post(VISITS, raw, content_type="application/json").status_code == 200


def test_every_step_writes_its_facts_in_the_visits_transaction():
    visit = send(
        steps={
            "illegal": {"found": True, "kind": "counterfeit", "note": "next door"},
            "questions": {
                "asked": [
                    {"text": "When?", "about": "delivery", "due_on": "2024-07-05"},
                    {"text": "Why?", "answered": True, "answer": "Because."},
                ]
            },
            "promises": {"made": [{"text": "a shelf", "due_on": "2024-07-01"}]},
            "closing": {"care": "deaf"},
        }
    )
    report = ConfidentialReport.objects.get()
    assert (report.visit, report.kind, report.note) == (visit, "counterfeit", "next door")
    asked = Question.objects.order_by("pk").values_list("text", "due_on", "answered_on")
    assert [(text, bool(due), day) for text, due, day in asked] == [
        ("When?", True, None),
        ("Why?", False, TODAY),
    ]
    assert Promise.objects.get().text == "a shelf"
    assert Care.objects.get().customer_id == visit.customer_id


def test_a_step_that_refuses_leaves_nothing_of_the_visit(monkeypatch):
    from rest_framework.exceptions import ValidationError

    from customers.visits import own_steps, steps

    def refuse(visit, answer):
        raise ValidationError({"lines": {3: {"packs": ["too many"]}}})

    broken = steps.Step("closing", steps.Item.RECORD, "", own_steps.closing.answer, record=refuse)
    kept = tuple(one for one in steps.visit_steps() if one.name != "closing")
    monkeypatch.setattr("customers.visits.services.receive.visit_steps", lambda: (*kept, broken))
    answer = post(
        "am01", least(steps={"promises": {"made": [{"text": "a"}]}, "closing": {"care": "b"}})
    )
    assert answer.status_code == 422
    place = {"place": "steps.closing.lines[3].packs", "words": "too many"}
    assert answer.json()["errors"] == [place]
    assert not Visit.objects.exists()
    assert not Promise.objects.exists()


def test_a_promise_is_kept_once_and_only_by_its_shop(town):
    send(steps={"promises": {"made": [{"text": "a"}]}})
    promise = Promise.objects.get()
    other = send(licence_no="L2", steps={"promises": {"kept": [promise.pk]}})
    assert other.notes
    first = send(steps={"promises": {"kept": [promise.pk]}})
    send(steps={"promises": {"kept": [promise.pk]}})
    promise.refresh_from_db()
    assert promise.kept_at_visit == first


def test_what_was_told_in_confidence_is_in_no_visit():
    visit = send(steps={"illegal": {"found": True, "note": "secret"}, "closing": {}})
    assert "secret" not in json.dumps(visit.body)
    for person in ("am01", "market1", "district1"):
        answer = program(person).get(f"{VISITS}{visit.pk}/")
        assert answer.status_code == 200
        assert "secret" not in answer.content.decode()


def test_a_shop_that_changed_hands_keeps_its_visit_counted_once_for_whom_made_it(town):
    change(
        RouteAssignment,
        {"customer": town.shops["L1"]},
        {"route": town.routes["东二"]},
        effective=TODAY.replace(day=1),
    )
    visit = send("am01")
    assert visit.made_by == town.people["am01"]
    assert post("am02", least()).status_code == 201
    assert Visit.objects.filter(made_by__username="am01").count() == 1
    assert program("market1").get(f"{VISITS}{visit.pk}/").status_code == 200


def test_after_45_days_a_former_shop_is_foreign(town):
    change(
        RouteAssignment,
        {"customer": town.shops["L1"]},
        {"route": town.routes["东二"]},
        effective=TODAY.replace(month=5, day=13),
    )
    assert post("am01", least()).status_code == 422
    earlier = {"started_at": "2024-06-26T10:00+08:00", "ended_at": "2024-06-26T10:09+08:00"}
    assert post("am01", least(**earlier)).status_code == 201


def test_who_got_another_post_still_sends_what_waits(town):
    person = town.people["am01"]
    Post.objects.filter(user=person).update(period=since(end=TODAY))
    Post.objects.create(user=person, role=Role.INSPECTOR, period=since(TODAY))
    assert post("am01", least()).status_code == 201


def test_a_shop_is_found_by_the_licence_number_that_it_had_shortly_before(town):
    change(Licence, {"customer": town.shops["L1"]}, {"number": "L1-new"}, effective=TODAY)
    assert send().customer == town.shops["L1"]
    assert send(licence_no="L1-new").customer == town.shops["L1"]


def test_a_wrong_clock_is_corrected_both_times_are_kept_and_it_is_said():
    body = least(started_at="2024-06-25T10:00:00+08:00", ended_at="2024-06-25T10:10:00+08:00")
    answer = post("am01", body, sent_at="2024-06-25T16:00:00+08:00")
    visit = Visit.objects.get()
    assert visit.day == TODAY
    assert visit.clock_offset == 3 * 24 * 3600
    assert visit.phone_started_at.day == 25
    assert visit.minutes == 10
    assert "4320" in answer.json()["notes"][0]


@pytest.mark.parametrize("sent_at", ["2024-06-28T15:59:00+08:00", "soon", "2024-06-28T16:00:00"])
def test_a_clock_that_is_nearly_right_or_not_known_changes_nothing(sent_at):
    post("am01", least(), sent_at=sent_at)
    assert Visit.objects.get().clock_offset == 0


def test_a_visit_from_the_future_is_taken_for_today_and_noted():
    visit = send(started_at="2024-09-01T10:00:00+08:00", ended_at="2024-09-01T10:10:00+08:00")
    assert visit.day == TODAY
    assert visit.notes


SHOP = {"longitude": 121.5, "latitude": 31.2}


@pytest.fixture
def placed(town):
    CustomerProperties.objects.filter(customer=town.shops["L1"]).update(**SHOP)


@pytest.mark.usefixtures("placed")
def test_a_place_is_told_in_metres_from_the_shop_whatever_its_coordinate_system():
    north = 121.5, 31.201
    shifted = wgs84_to_gcj02(*north)
    seen = {"WGS-84": north, "GCJ-02": shifted, "BD-09": gcj02_to_bd09(*shifted)}
    for system, (longitude, latitude) in seen.items():
        place = {"longitude": longitude, "latitude": latitude}
        visit = send(check_in={**place, "coordinate_system": system, "accuracy": 20})
        kept = visit.positions.get()
        assert kept.coordinate_system == system
        assert (kept.raw_longitude, kept.raw_latitude) == (longitude, latitude)
        assert visit.check_in_distance == 111, system
        assert "check_in" not in visit.body


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    "place",
    [
        {"missing": "denied"},
        {"latitude": 200, "longitude": 3},
        {"latitude": "nan", "longitude": 3},
        {"latitude": 31.2},
        {"latitude": 31.2, "longitude": 121.5, "coordinate_system": "moon"},
        "here",
        [],
        None,
    ],
)
def test_a_missing_or_senseless_place_never_holds_up_a_visit(place):
    visit = send(check_in=place)
    assert not visit.positions.exists()
    assert visit.check_in_distance is None
    assert bool(visit.notes) == (place not in (None, {"missing": "denied"}))
    assert visit.check_in_missing == ("denied" if place == {"missing": "denied"} else "")


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize("at", ["2024-06-28T20:00:00+08:00", "2024-06-23T10:00:00+08:00"])
def test_a_place_in_the_evening_or_on_a_sunday_is_not_kept(at):
    visit = send(started_at=at, ended_at=at, check_in=SHOP, check_out=SHOP)
    assert not visit.positions.exists()
    assert visit.check_in_distance is None
    assert visit.notes
