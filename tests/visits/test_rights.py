"""Who sees which visits, and what of them; every address by every person."""

import pytest

from customers.dated import change
from customers.models import RouteAssignment
from customers.visits.models import Conflict, SetAside
from tests.town import TODAY
from tests.visits.cast import VISITS, least, post, program, send

pytestmark = pytest.mark.usefixtures("town", "clock", "var")
PEOPLE = ("am01", "am02", "am03", "market1", "market2", "inspector1", "district1", "admin1")
SEE = set(PEOPLE) - {"inspector1"}


@pytest.fixture
def visit():
    return send(steps={"closing": {"effect": "a longer shelf"}})


@pytest.mark.parametrize("person", [*PEOPLE, "shop1", "nobody"])
def test_the_lists_and_counts_are_for_who_has_to_do_with_visits(person):
    client = program(person)
    for name in ("", "counts/", "set-aside/", "conflicts/"):
        expected = 200 if person in SEE else 403
        assert client.get(VISITS + name).status_code == expected, name
    bundle = client.get(f"{VISITS}day/").status_code
    assert bundle == (200 if person.startswith("am") else 403)


@pytest.mark.parametrize("person", [*PEOPLE, "shop1", "nobody"])
def test_what_was_told_in_confidence_is_for_the_district(person):
    send(steps={"illegal": {"found": True, "kind": "counterfeit", "note": "next door"}})
    send(steps={"illegal": {"found": False}})
    answer = program(person).get(f"{VISITS}confidential/", {"found": "true"})
    if person in ("district1", "admin1"):
        (row,) = answer.json()["results"]
        assert (row["shop"]["licence_no"], row["by"]["username"]) == ("L1", "am01")
        assert (row["kind"], row["note"]) == ("counterfeit", "next door")
    else:
        assert answer.status_code == 403
        assert "next door" not in answer.content.decode()


def test_who_is_not_known_gets_401_but_from_the_session():
    client = program(None)
    key = least()["id"]
    for name in ("", "counts/", "day/", "set-aside/", "conflicts/", "confidential/"):
        assert client.get(VISITS + name).status_code == 401, name
    assert client.get(f"{VISITS}{key}/").status_code == 401
    for name in ("conflicts/1/", "set-aside/1/"):
        assert client.post(VISITS + name).status_code == 401
    assert client.put(f"{VISITS}{key}/photos/{'0' * 64}/").status_code == 401
    said = client.get(f"{VISITS}session/")
    assert said.json()["user"] is None
    assert len(said.json()["csrf"]) == 64
    assert "no-store" in said["Cache-Control"]


def test_the_session_says_who_and_gives_what_a_page_must_send_with_its_posts(town, client):
    client.force_login(town.people["am01"])
    client.handler.enforce_csrf_checks = True
    said = client.get(f"{VISITS}session/").json()
    assert said["user"] == {"id": town.people["am01"].pk, "username": "am01", "name": "am01"}
    body, kind = least(), "application/json"
    assert client.post(VISITS, body, kind).status_code == 403
    taken = client.post(VISITS, body, kind, headers={"X-CSRFToken": said["csrf"]})
    assert taken.status_code == 201


@pytest.mark.parametrize("person", [*PEOPLE, "shop1", "nobody"])
def test_a_visit_is_seen_by_its_maker_and_who_leads(person, visit):
    answer = program(person).get(f"{VISITS}{visit.pk}/")
    may = {"am01", "market1", "district1", "admin1"}
    assert answer.status_code == (200 if person in may else 404 if person in SEE else 403)
    assert ("a longer shelf" in answer.content.decode()) is (person in may)


def test_a_list_is_ones_own_and_all_that_one_sees_where_that_is_asked(visit):
    send("am02", licence_no="L3")
    send("am03", licence_no="L5")

    def licences(person, **questions):
        rows = program(person).get(VISITS, questions).json()["results"]
        return sorted(row["licence_no"] for row in rows)

    assert licences("am01") == licences("am01", whose="all") == ["L1"]
    assert licences("market1") == []
    assert licences("market1", whose="all") == ["L1", "L3"]
    assert licences("market1", made_by="am02") == ["L3"]
    assert licences("market1", made_by="am03") == licences("am01", made_by="am03") == []
    assert licences("district1", whose="all") == ["L1", "L3", "L5"]
    assert licences("district1", whose="all", licence_no="L5") == ["L5"]
    assert licences("district1", whose="all", day="2024-06-27") == []
    assert program("am01").get(VISITS, {"who": "all"}).status_code == 400


def test_the_next_manager_of_a_shop_sees_its_promises_but_not_the_visits(town):
    made = send(steps={"promises": {"made": [{"text": "a shelf"}]}, "greeting": {"note": "hm"}})
    change(
        RouteAssignment,
        {"customer": town.shops["L1"]},
        {"route": town.routes["东二"]},
        effective=TODAY,
    )
    assert program("am02").get(f"{VISITS}{made.pk}/").status_code == 404
    shops = program("am02").get(f"{VISITS}day/").json()["shops"]
    moved = next(shop for shop in shops if shop["licence_no"] == "L1")
    assert moved["steps"]["promises"]["open"][0]["text"] == "a shelf"


def test_a_list_goes_on_page_by_page_the_last_visit_first():
    for minute in (10, 30, 20):
        begun = f"2024-06-28T10:{minute}:00+08:00"
        send(started_at=begun, ended_at="2024-06-28T11:00:00+08:00")
    client, seen = program("am01"), []
    answer = client.get(VISITS, {"page_size": 2}).json()
    while True:
        seen += [row["started_at"][14:16] for row in answer["results"]]
        if not answer["next"]:
            break
        answer = client.get(answer["next"]).json()
    assert seen == ["30", "20", "10"]


def test_the_counts_are_of_ones_own_day(visit):
    body = least()
    post("am01", body)
    post("am01", {**body, "kind": "phone"})
    post("am01", least(licence_no="X9"))
    send("am02", licence_no="L3")
    counts = program("am01").get(f"{VISITS}counts/").json()
    assert counts["visits"] == 2
    assert (counts["set_aside"], counts["conflicts"]) == (1, 1)
    empty = program("am01").get(f"{VISITS}counts/", {"day": "2024-06-27"}).json()
    assert (empty["visits"], empty["set_aside"], empty["conflicts"]) == (0, 0, 0)


def test_what_was_kept_is_shown_to_who_sent_it_and_settled_by_nobody_else():
    body = least()
    post("am01", body)
    other = {**body, "kind": "phone"}
    number = post("am01", other).json()["conflict"]
    aside = least(licence_no="X9")
    post("am01", aside)
    for name, sent in (("conflicts/", other), ("set-aside/", aside)):
        own = program("am01").get(VISITS + name, {"settled": "false"}).json()["results"]
        assert [row["body"] for row in own] == [sent]
        led = program("market1").get(VISITS + name).json()["results"]
        assert [row["body"] for row in led] == [None]
        assert program("am02").get(VISITS + name).json()["results"] == []
        assert program("market2").get(VISITS + name).json()["results"] == []
    for person in ("am02", "market1", "admin1"):
        assert program(person).post(f"{VISITS}conflicts/{number}/").status_code == 404
    for _twice in range(2):
        settled = program("am01").post(f"{VISITS}conflicts/{number}/")
        assert settled.json()["settled_at"]
    aside_number = SetAside.objects.get().pk
    assert program("am01").post(f"{VISITS}set-aside/{aside_number}/").status_code == 200
    counts = program("am01").get(f"{VISITS}counts/").json()
    assert (counts["set_aside"], counts["conflicts"]) == (0, 0)
    assert Conflict.objects.count() == 1
