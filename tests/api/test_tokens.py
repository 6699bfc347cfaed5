"""Tokens: given for name and password, kept as a hash, ended in every way that there is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from marketing_ops.accounts import services, tokens
from marketing_ops.accounts.models import ApiToken, User
from tests.api.conftest import program
from tests.town import PASSWORD

ASK = "/api/auth/token/"


@pytest.fixture(autouse=True)
def nobody_failed_before():
    """Wrong passwords are counted by address in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def stranger(town):
    return program(None)


def ask_for(client, person="am01", password=PASSWORD, **said):
    return client.post(ASK, {"username": person, "password": password, **said}, format="json")


def bearer(client, text, keyword="Bearer"):
    client.credentials(HTTP_AUTHORIZATION=f"{keyword} {text}")
    return client.get("/api/me/").status_code


def test_a_token_opens_what_its_person_may_see(stranger):
    answer = ask_for(stranger, label="nightly export")
    assert answer.status_code == 200
    given = answer.json()
    assert bearer(stranger, given["token"]) == 200
    assert bearer(stranger, given["token"], "Token") == 200
    assert stranger.get("/api/me/").json()["username"] == "am01"
    (listed,) = stranger.get("/api/auth/tokens/").json()
    assert (listed["label"], listed["id"]) == ("nightly export", given["id"])
    assert listed["last_used_at"] is not None


def test_a_form_will_do_as_well_as_json(stranger):
    answer = stranger.post(ASK, {"username": "am01", "password": PASSWORD})
    assert answer.status_code == 415  # multipart is for files
    answer = stranger.post(
        ASK,
        f"username=am01&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200


def test_the_text_of_a_token_is_kept_nowhere(stranger):
    text = ask_for(stranger).json()["token"]
    (row,) = ApiToken.objects.values()
    assert not [value for value in row.values() if text in str(value)]
    assert "no-store" in ask_for(stranger)["Cache-Control"]


@pytest.mark.parametrize("person", ["am01", "unheard-of"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(stranger, person):
    answer = ask_for(stranger, person, "wrong-password")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("", "wrong_login")
    assert "do not fit" in error["message"]


def test_guessing_is_stopped_for_the_name_even_with_the_right_password(stranger, clock, settings):
    clock.now = datetime.now(UTC)  # what counts the failures asks no other clock
    answers = [ask_for(stranger, password="guess") for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
    assert [a.status_code for a in answers[:-2]] == [400] * (settings.AXES_FAILURE_LIMIT - 1)
    right = ask_for(stranger)
    for answer in (answers[-1], right):
        assert answer.status_code == 429
        assert answer.json()["code"] == "throttled"
        assert int(answer["Retry-After"]) > 60
    assert ask_for(stranger, "am02").status_code == 200


def test_who_is_switched_off_has_no_token(town, stranger):
    text = ask_for(stranger).json()["token"]
    assert bearer(stranger, text) == 200
    services.switch_off(town.people["am01"], by="admin1")
    assert bearer(stranger, text) == 401
    stranger.credentials()
    assert ask_for(stranger).status_code == 400


def test_a_changed_password_ends_all_tokens_whoever_changed_it(town, stranger):
    text = ask_for(stranger).json()["token"]
    User.objects.filter(username="am01").update(password=make_password("another-password-2"))
    assert bearer(stranger, text) == 401
    assert stranger.get("/api/me/").json()["code"] == "authentication_failed"


def test_force_out_ends_tokens_as_well_as_sessions(town, stranger):
    text = ask_for(stranger).json()["token"]
    services.force_out(town.people["am01"], by="admin1")
    assert bearer(stranger, text) == 401
    assert ApiToken.objects.get().ended_at is not None


def test_a_token_ends_by_itself(stranger, clock):
    text = ask_for(stranger).json()["token"]
    clock.now += tokens.LASTS - timedelta(seconds=1)
    assert bearer(stranger, text) == 200
    clock.now += timedelta(seconds=1)
    assert bearer(stranger, text) == 401


def test_one_ends_ones_own_tokens_and_nobody_elses(stranger):
    own, other = ask_for(stranger).json(), ask_for(stranger, "am02").json()
    assert bearer(stranger, own["token"]) == 200
    assert stranger.delete(f"/api/auth/tokens/{other['id']}/").status_code == 404
    assert stranger.delete(f"/api/auth/tokens/{own['id']}/").status_code == 204
    assert bearer(stranger, own["token"]) == 401
    assert bearer(stranger, other["token"]) == 200
    assert [token["id"] for token in stranger.get("/api/auth/tokens/").json()] == [other["id"]]


def test_the_oldest_tokens_end_where_there_are_too_many(stranger, clock):
    texts = []
    for _ in range(tokens.MOST + 1):
        clock.now += timedelta(minutes=1)
        texts.append(ask_for(stranger).json()["token"])
    assert [bearer(stranger, text) for text in (texts[0], texts[1], texts[-1])] == [401, 200, 200]
    assert len(stranger.get("/api/auth/tokens/").json()) == tokens.MOST


@pytest.mark.parametrize("text", ["", "mo_", "mo_guess", "ü" * 40, "\udcff", "x" * 5000])
def test_what_is_no_token_is_refused_in_words(stranger, text):
    raw = f"Bearer {text}".encode("utf-8", "surrogateescape").decode("latin-1")
    stranger.credentials(HTTP_AUTHORIZATION=raw)
    answer = stranger.get("/api/me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_who_has_a_second_factor_sends_its_code_too(town, stranger):
    device = TOTPDevice.objects.create(user=town.people["admin1"], name="phone", confirmed=True)
    without = ask_for(stranger, "admin1")
    assert without.status_code == 400
    assert without.json()["errors"][0]["field"] == "code"
    assert without.json()["errors"][0]["code"] == "required"
    wrong = ask_for(stranger, "admin1", code="000000")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "wrong_code")
    soon = ask_for(stranger, "admin1", code="000000")
    assert (soon.status_code, soon.json()["code"]) == (429, "throttled")
    assert not ApiToken.objects.filter(user=device.user).exists()


def test_a_session_opens_the_api_too_and_is_guarded_against_other_sites(town):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(town.people["am01"])
    assert client.get("/api/shops/").status_code == 200
    assert client.delete("/api/auth/tokens/1/").status_code == 403
