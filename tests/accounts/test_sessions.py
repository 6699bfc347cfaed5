"""Logins are listed and ended: by their person, by time, by the password, by a switch."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from marketing_ops.accounts import sessions
from marketing_ops.accounts.models import Session, User
from marketing_ops.audit.models import Entry
from tests.accounts.conftest import log_in, words
from tests.town import PASSWORD

SECURITY = "/accounts/security/"
NEW = "another-password-9"


@pytest.fixture
def phone(town):
    client = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/605"})
    log_in(client, "am01")
    return client


@pytest.fixture
def later(monkeypatch):
    """`later(minutes=3)`: so much time goes by."""
    real = timezone.now
    gone = timedelta(0)

    def later(**span):
        nonlocal gone
        gone += timedelta(**span)

    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + gone)
    return later


def known(client):
    return client.get(SECURITY).status_code == 200


def test_one_sees_where_one_is_logged_in(am01, phone, town):
    page = words(am01.get(SECURITY))
    assert "Chrome · Windows" in page
    assert "Safari · iPhone" in page
    assert "127.0.0.1" in page


def test_nobody_sees_or_ends_anothers_logins(am01, town):
    other = Client(headers={"user-agent": "Firefox"})
    log_in(other, "am02")
    assert "Firefox" not in words(am01.get(SECURITY))
    theirs = Session.objects.get(user=town.people["am02"])
    am01.post("/accounts/sessions/end/", {"session": theirs.name})
    am01.post("/accounts/sessions/end/", {"session": theirs.session_key})
    assert known(other)


def test_the_page_does_not_tell_the_keys_of_sessions(am01, phone):
    page = am01.get(SECURITY).content.decode()
    for session in Session.objects.all():
        assert session.session_key not in page


def test_one_login_is_ended_from_another(am01, phone, town):
    its_name = Session.objects.get(pk=phone.session.session_key).name
    assert am01.post("/accounts/sessions/end/", {"session": its_name}).url == SECURITY
    assert not known(phone)
    assert known(am01)


def test_all_others_are_ended_at_once(am01, phone, town):
    third = Client()
    log_in(third, "am01")
    am01.post("/accounts/sessions/end/")
    assert (known(am01), known(phone), known(third)) == (True, False, False)


def test_ending_takes_a_post(am01):
    assert am01.get("/accounts/sessions/end/").status_code == 405


def test_a_new_password_ends_all_other_logins_and_keeps_this_one(am01, phone, town):
    values = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert am01.post("/accounts/password/", values).url == SECURITY
    assert (known(am01), known(phone)) == (True, False)
    assert log_in(Client(), "am01").status_code == 200
    assert log_in(Client(), "am01", NEW).status_code == 302
    entry = Entry.objects.get(action="password changed")
    assert (entry.actor, entry.subject) == ("am01", "user am01")


@pytest.mark.parametrize("new", ["short", "1029384756102", "password123", PASSWORD])
def test_a_bad_new_password_changes_nothing(am01, town, new):
    values = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert am01.post("/accounts/password/", values).status_code == 200
    assert User.objects.get(username="am01").check_password(PASSWORD)


def test_the_old_password_is_asked_for(am01, town):
    values = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert am01.post("/accounts/password/", values).status_code == 200
    assert User.objects.get(username="am01").check_password(PASSWORD)


def test_who_is_switched_off_is_out_with_the_next_click(am01, town):
    User.objects.filter(username="am01").update(is_active=False)
    assert not known(am01)
    assert log_in(Client(), "am01").status_code == 200


def test_switching_off_deletes_the_sessions(am01, town):
    from marketing_ops.accounts.services import switch_off

    switch_off(town.people["am01"], by="admin1", why="left")
    assert not Session.objects.filter(user=town.people["am01"]).exists()
    town.people["am01"].is_active = True
    town.people["am01"].save()
    assert not known(am01), "switched on again, the old login stays ended"


def test_a_login_left_alone_ends_and_the_login_page_says_why(am01, later):
    later(seconds=settings.SESSION_IDLE_SECONDS - 1)
    assert known(am01)
    later(seconds=settings.SESSION_IDLE_SECONDS + 1)
    answer = am01.get("/", follow=True)
    assert answer.redirect_chain
    page = answer.content.decode()
    assert 'class="alert alert-warning"' in page
    assert 'class="alert alert-warning"' not in am01.get("/accounts/login/").content.decode()


def test_a_login_in_use_ends_twelve_hours_after_it_began(am01, later):
    for _ in range(11):
        later(hours=1)
        assert known(am01)
    later(hours=1, seconds=1)
    assert not known(am01)


def test_use_is_written_once_a_minute_and_no_oftener(am01, later):
    row = Session.objects.get(user__username="am01")
    later(seconds=30)
    am01.get(SECURITY)
    assert Session.objects.get(pk=row.pk).seen_at == row.seen_at
    later(seconds=31)
    am01.get(SECURITY)
    assert Session.objects.get(pk=row.pk).seen_at > row.seen_at


def test_what_is_over_is_swept_away_at_the_next_login(am01, later, town):
    later(days=2)
    log_in(Client(), "am02")
    assert not Session.objects.filter(user__username="am01").exists()


def test_logging_out_leaves_no_row(am01):
    am01.post("/accounts/logout/")
    assert not Session.objects.filter(user__username="am01").exists()


def test_the_key_changes_at_the_login(town):
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client, "am01")
    assert client.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_logins_that_were_left_alone_are_not_listed(am01, phone, later, town):
    later(seconds=settings.SESSION_IDLE_SECONDS + 5)
    assert not sessions.of(town.people["am01"]).exists()


def test_nobody_needs_a_post_for_ones_own_account(town):
    client = Client()
    log_in(client, "nobody")
    assert client.get("/").status_code == 403
    assert known(client)


@pytest.mark.parametrize(
    "path",
    [
        "security/", "password/", "sessions/end/", "tokens/end/", "second-factor/",
        "second-factor/prove/", "second-factor/codes/", "second-factor/codes/new/",
        "second-factor/off/",
    ],
)  # fmt: skip
def test_strangers_are_sent_to_the_login(client, db, path):
    for answer in (client.get(f"/accounts/{path}"), client.post(f"/accounts/{path}")):
        assert answer.url.startswith("/accounts/login/")
