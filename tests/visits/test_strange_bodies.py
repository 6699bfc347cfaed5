"""Whatever a program sends is taken, set aside or refused in words; what is kept can be read,
rewritten and erased afterwards."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command

from customers.models import Customer
from customers.visits.models import Photo, SetAside, Visit
from customers.visits.services import kept, retention
from tests.visits.cast import NOW, VISITS, least, picture, post, program, put, send, sha

pytestmark = pytest.mark.usefixtures("town", "clock", "var")
PLACE = {"longitude": 121.5, "latitude": 31.2}


def post_raw(body, extra: str = "", *, charset="utf-8", **headers):
    """A body as text, with more written into it than json.dumps() would write."""
    raw = json.dumps(body, ensure_ascii=False)[:-1] + f"{extra}}}"
    kind = f"application/json; charset={charset}"
    return program("am01").post(VISITS, raw.encode(charset), content_type=kind, headers=headers)


def lists_can_be_read() -> None:
    for name in ("", "set-aside/", "conflicts/", "counts/"):
        assert program("am01").get(VISITS + name).status_code == 200, name


def nested(levels: int) -> str:
    return f', "x": {"[" * levels}{"]" * levels}'


def test_a_number_beyond_all_numbers_is_kept_as_text():
    assert post_raw(least(), ', "x": [1e999, -1e999]').status_code == 201
    assert Visit.objects.get().body["x"] == ["inf", "-inf"]
    body = least()
    post("am01", body)
    assert post_raw(body, ', "x": 1e999').status_code == 409
    assert post_raw(least(licence_no="X9"), ', "x": 1e999').status_code == 422
    lists_can_be_read()


@pytest.mark.parametrize("strange", ["note \ud800", "\0", "place \udfff"])
def test_half_a_character_in_what_is_set_aside_hinders_neither_lists_nor_erasure(strange):
    body = least(steps={"greeting": {"note": strange}}, check_in=PLACE)
    raw = json.dumps(body)
    client = program("am01")
    assert client.post(VISITS, raw, content_type="application/json").status_code == 422
    lists_can_be_read()
    retention.keep_to_the_times(now=NOW + timedelta(days=31))
    row = SetAside.objects.get()
    assert kept.body_of(row) == {name: body[name] for name in body if name != "check_in"}
    assert client.post(VISITS, raw, content_type="application/json").status_code == 422
    call_command("erase_person", licence="L1", why="asked")
    row.refresh_from_db()
    assert kept.body_of(row)["steps"] == {"greeting": {}}


@pytest.mark.parametrize("name", ["\ud800", "\0", "am02 \udfff"])
def test_a_maker_with_half_a_character_is_another_person(name):
    raw = json.dumps(least(made_by=name))
    answer = program("am01").post(VISITS, raw, content_type="application/json")
    assert answer.status_code == 403


def test_an_error_that_quotes_half_a_character_can_be_said():
    raw = json.dumps({"username": "am01", "password": "x", "\ud800": 1, "name": "\ud800"})
    answer = program(None).post("/api/tokens/", raw, content_type="application/json")
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(("levels", "status"), [(90, 201), (101, 400), (600, 400), (9000, 400)])
def test_a_body_is_nested_as_deeply_as_the_server_can_walk(levels, status):
    assert post_raw(least(), nested(levels)).status_code == status


@pytest.mark.parametrize("charset", ["gbk", "utf-16"])
def test_json_is_utf_8_whatever_the_header_says(charset):
    body = least(licence_no="X9", steps={"greeting": {"note": "好"}}, check_in=PLACE)
    assert post_raw(body, charset=charset).status_code == 400
    raw = json.dumps(body, ensure_ascii=False).encode()
    kind = f"application/json; charset={charset}"
    assert program("am01").post(VISITS, raw, content_type=kind).status_code == 422
    assert kept.body_of(SetAside.objects.get()) == body


@pytest.mark.parametrize(
    "sent_at", ["2099-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
)
@pytest.mark.parametrize("at", ["2024-06-28T10:00:00+08:00", "2099-12-30T00:00:00Z"])
def test_a_clock_that_makes_no_sense_corrects_nothing(sent_at, at, clock):
    clock.now = NOW.replace(year=2025)
    answer = post("am01", least(started_at=at, ended_at=at), sent_at=sent_at)
    assert answer.status_code == 201
    assert Visit.objects.get().clock_offset == 0
    assert Visit.objects.get().day <= date(2025, 6, 28)


def test_a_shop_that_closed_is_still_visited_by_who_had_not_heard_of_it(town):
    Customer.objects.filter(pk=town.shops["L1"].pk).update(closed_on=date(2024, 5, 14))
    assert post("am01", least()).status_code == 201
    Customer.objects.filter(pk=town.shops["L1"].pk).update(closed_on=date(2024, 5, 13))
    assert post("am01", least()).status_code == 422


def test_what_was_told_in_confidence_shows_neither_in_counts_nor_in_errors():
    secret = {"illegal": {"photos": [sha(picture())]}}
    send(steps=secret)
    wrong = {"illegal": {"kind": "tell nobody"}, "greeting": {"trend": "sideways"}}
    post("am01", least(steps=wrong))
    for person, photos, errors in (("am01", 1, 2), ("market1", 0, 1), ("district1", 1, 2)):
        client = program(person)
        (row,) = client.get(VISITS, {"whose": "all"}).json()["results"]
        assert row["photos"]["expected"] == photos, person
        assert client.get(f"{VISITS}{row['id']}/").json()["photos"]["expected"] == photos, person
        (aside,) = client.get(f"{VISITS}set-aside/").json()["results"]
        assert len(aside["errors"]) == errors, person
        assert ("tell nobody" in str(aside)) is (errors == 2), person


def test_what_was_set_aside_of_a_shop_is_erased_with_its_photos_and_quotations(var):
    body = least(steps={"greeting": {"trend": "王小明"}})
    post("am01", body)
    put("am01", body["id"], picture())
    call_command("erase_person", licence="L1", why="asked")
    assert "王小明" not in str(SetAside.objects.get().errors)
    assert Photo.objects.get().erased_at is not None
    assert not [path for path in (var / "photos").rglob("*") if path.is_file()]
