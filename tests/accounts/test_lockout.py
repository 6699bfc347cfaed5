"""Guessing passwords: the name is locked for a quarter of an hour, an address after many names."""

import re
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from redis.exceptions import ConnectionError as NoRedis

from marketing_ops.accounts import lockout
from tests.accounts.conftest import LOGIN, log_in, words
from tests.town import PASSWORD


def guess(name, times, **more):
    client = Client()
    return [log_in(client, name, f"wrong-{n}", **more) for n in range(times)][-1]


def test_five_wrong_passwords_lock_the_name_and_say_until_when(town):
    assert guess("am01", 4).status_code == 200
    locked = guess("am01", 1)
    assert locked.status_code == 429
    until = lockout.locked_until("am01")
    assert f"{timezone.localtime(until):%H:%M}" in words(locked)
    assert 0 < int(locked.headers["Retry-After"]) <= 900


def test_a_locked_name_is_not_let_in_with_the_right_password(town):
    guess("am01", 5)
    client = Client()
    assert log_in(client, "am01").status_code == 429
    assert client.get("/").status_code == 302


def test_other_names_are_not_locked(town):
    guess("am01", 6)
    assert log_in(Client(), "am02").status_code == 302


def test_a_name_that_nobody_has_is_locked_alike(town):
    """Else the lock would tell which names there are."""

    def without_times(name):
        return re.sub(r"\d\d:\d\d", "", words(guess(name, 5))).replace(name, "")

    assert without_times("nobody-at-all") == without_times("am01")
    assert lockout.locked_until("nobody-at-all")


def test_guesses_from_everywhere_add_up(town):
    for number in range(5):
        guess("am01", 1, REMOTE_ADDR=f"10.0.1.{number}", HTTP_USER_AGENT=f"Browser {number}")
    assert log_in(Client(), "am01", REMOTE_ADDR="10.0.9.9").status_code == 429


def test_a_right_password_forgets_the_wrong_ones(town):
    guess("am01", 4)
    assert log_in(Client(), "am01").status_code == 302
    assert guess("am01", 4).status_code == 200


def test_the_lock_ends_by_itself_and_more_guesses_do_not_prolong_it(town, monkeypatch):
    guess("am01", 5)
    until = lockout.locked_until("am01")
    guess("am01", 5)
    assert lockout.locked_until("am01") == until
    real = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + timedelta(minutes=16))
    monkeypatch.setattr("axes.handlers.proxy.now", lambda: real() + timedelta(minutes=16))
    assert lockout.locked_until("am01") is None
    assert log_in(Client(), "am01").status_code == 302


def test_an_address_that_tries_many_names_is_stopped(town, monkeypatch):
    monkeypatch.setattr(lockout, "ADDRESS_FAILURES", 8)
    for number in range(8):
        guess(f"somebody{number}", 1, REMOTE_ADDR="10.0.0.7")
    client = Client(REMOTE_ADDR="10.0.0.7")
    assert log_in(client, "am01").status_code == 200
    assert client.get("/").status_code == 302
    client.cookies["django_language"] = "en"
    assert "from where you are" in words(log_in(client, "am01"))
    assert log_in(Client(), "am01", REMOTE_ADDR="10.0.0.8").status_code == 302


def test_without_a_cache_the_lock_by_name_still_holds(town, monkeypatch):
    def away(*args, **kwargs):
        raise NoRedis("gone")

    for name in ("get", "add", "incr"):
        monkeypatch.setattr(lockout.cache, name, away)
    assert guess("am01", 5).status_code == 429
    assert log_in(Client(), "am02").status_code == 302


@pytest.mark.parametrize(
    ("behind", "told", "address"),
    [
        (False, "6.6.6.6", "127.0.0.1"),
        (True, "6.6.6.6", "6.6.6.6"),
        (True, "1.2.3.4, 6.6.6.6", "6.6.6.6"),
        (True, "", "127.0.0.1"),
    ],
)
def test_only_the_front_is_believed_about_addresses(settings, behind, told, address):
    settings.BEHIND_FRONT = behind
    request = RequestFactory().get("/", headers={"x-forwarded-for": told})
    assert lockout.client_address(request) == address


def test_the_token_of_the_api_is_locked_with_the_login(town):
    client = Client()
    asked = {"username": "am01", "password": "wrong"}
    for _ in range(5):
        client.post("/api/auth/token/", asked, content_type="application/json")
    answer = client.post(
        "/api/auth/token/", asked | {"password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 429
    assert "token" not in answer.json()
    assert log_in(Client(), "am01").status_code == 429


def test_a_password_never_stands_in_what_is_kept_of_a_failure(town):
    from axes.models import AccessAttempt

    log_in(Client(), "am01", "my-secret-guess")
    (attempt,) = AccessAttempt.objects.all()
    kept = " ".join(str(getattr(attempt, field.name)) for field in attempt._meta.fields)
    assert "my-secret-guess" not in kept


def test_the_login_page_is_not_kept_by_the_browser(client, db):
    assert "no-store" in client.get(LOGIN).headers["Cache-Control"]
