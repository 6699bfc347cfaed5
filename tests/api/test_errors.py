"""What cannot be answered is said in one form, in the reader's language, naming the field."""

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import program

PAIR = "/api/shops/L1/products/6902"


@pytest.mark.parametrize(
    ("path", "questions", "field"),
    [
        ("/api/shops/", {"formt": "便利店"}, "formt"),
        ("/api/shops/", {"format": "grocery"}, "format"),
        ("/api/shops/", {"department": "east"}, "department"),
        ("/api/shops/", {"department": "9" * 30}, "department"),
        ("/api/shops/", {"uploads": "maybe"}, "uploads"),
        ("/api/shops/", {"on": "yesterday"}, "on"),
        ("/api/shops/", {"on": "0001-01-01"}, "on"),
        ("/api/shops/", {"q": "x" * 100}, "q"),
        ("/api/shops/", {"q": "a\0b"}, "q"),
        ("/api/shops/", {"ordering": "contact"}, "ordering"),
        ("/api/shops/", {"page_size": "0"}, "page_size"),
        ("/api/shops/", {"page_size": "1001"}, "page_size"),
        ("/api/shops/", {"page_size": "١"}, "page_size"),
        ("/api/shops/", {"cursor": "nonsense"}, "cursor"),
        ("/api/shops/", {"cursor": "W10="}, "cursor"),
        ("/api/figures/", {"cursor": "WyJzaG9wIiwgIjEiLCAxXQ=="}, "cursor"),
        ("/api/figures/", {"as_of": "2024-13-01"}, "as_of"),
        ("/api/figures/", {"price_class": "6"}, "price_class"),
        ("/api/shops/L1/", {"on": "x"}, "on"),
        ("/api/shops/L1/", {"q": "x"}, "q"),
        (f"{PAIR}/ledger/", {"from": "2024-06-02", "to": "2024-06-01"}, "from"),
        (f"{PAIR}/ledger/", {"from": "2020-01-01"}, "from"),
        (f"{PAIR}/ledger/", {"known_at": "2024-06-01"}, "known_at"),
        (f"{PAIR}/figures/", {"as_of": "x"}, "as_of"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_wrong_parameter_is_named(ask, path, questions, field, language):
    answer = ask("district1", path, language=language, **questions)
    assert answer.status_code == 400
    said = answer.json()
    assert said["code"] == "invalid"
    (error,) = said["errors"]
    assert error["field"] == field
    assert error["message"]


def test_a_parameter_that_is_given_twice_is_refused(ask):
    answer = ask("am01", "/api/shops/?area=城区&area=农村")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "area"


def test_a_missing_field_is_named(ask):
    answer = program(None).post("/api/auth/token/", {"username": "am01"}, format="json")
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("password", "required")]


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null", "[" * 100_000])
def test_a_body_that_is_no_object_is_refused(ask, body):
    answer = program(None).post("/api/auth/token/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_every_error_has_the_same_form(ask):
    for person, path, status, code in (
        (None, "/api/shops/", 401, "not_authenticated"),
        ("shop1", "/api/figures/", 403, "permission_denied"),
        ("am01", "/api/shops/L5/", 404, "not_found"),
        ("am01", "/api/shops/%00/", 404, "not_found"),
        (None, "/api/nothing/here/", 404, "not_found"),
        (None, "/api/runs/-1/", 404, "not_found"),
        ("am01", "/api/products/%00/", 404, "not_found"),
        ("district1", "/api/runs/999999999999999999999/", 404, "not_found"),
        ("am01", "/api/figures/?result_set=999", 404, "no_results"),
    ):
        answer = ask(person, path)
        assert answer.status_code == status, path
        assert answer.json().keys() == {"code", "detail", "errors"}
        assert answer.json()["code"] == code
        assert answer.json()["errors"] == []


def test_the_language_is_the_programs_and_with_a_session_that_of_the_site(town, ask):
    assert ask("am01", "/api/shops/L5/", language="en").json()["detail"] == "Not found."
    assert "未找到" in ask("am01", "/api/shops/L5/", language="zh-CN").json()["detail"]
    page = APIClient(headers={"accept-language": "en"})
    page.force_login(town.people["am01"])
    answer = page.get("/api/shops/L5/")
    assert (answer["Content-Language"], answer.json()["detail"]) == ("zh-hans", "未找到。")
