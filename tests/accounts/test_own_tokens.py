"""One's own tokens on the page of login and security: seen, and ended one by one or all."""

import pytest
from django.test import Client
from django.utils import timezone

from marketing_ops.accounts import tokens
from tests.accounts.conftest import words

SECURITY, END = "/accounts/security/", "/accounts/tokens/end/"


@pytest.fixture
def token(town):
    """`token("am01", "report")`: a token's row and its text."""

    def token(person, label):
        return tokens.issue(town.people[person], label=label, now=timezone.now())

    return token


def opens(text) -> bool:
    answer = Client().get("/api/me/", headers={"authorization": f"Bearer {text}"})
    return answer.status_code == 200


def test_one_sees_ones_programs_and_when_they_last_read(am01, token):
    assert "None. A program asks for a token" in words(english(am01))
    _row, text = token("am01", "nightly report")
    token("am01", "")
    token("am02", "of somebody else")
    page = words(english(am01))
    assert "nightly report" in page
    assert page.count("never used") == 2
    assert "of somebody else" not in page
    assert opens(text)
    page = words(english(am01))
    assert page.count("never used") == 1
    assert "last used" in page
    assert text not in page


def test_one_is_ended_and_the_others_stay(am01, token):
    (row, text), (_other, other) = token("am01", "one"), token("am01", "two")
    assert am01.post(END, {"token": row.pk}).url == SECURITY
    assert (opens(text), opens(other)) == (False, True)
    assert am01.post(END, {"token": row.pk}).url == SECURITY
    assert opens(other)


def test_all_are_ended_at_once(am01, token):
    texts = [token("am01", "one")[1], token("am01", "two")[1]]
    foreign = token("am02", "three")[1]
    am01.post(END)
    assert [opens(text) for text in (*texts, foreign)] == [False, False, True]


@pytest.mark.parametrize("number", ["", "0", "x", "99999999999999999999"])
def test_nobody_ends_anothers_token(am01, token, number):
    row, text = token("am02", "three")
    am01.post(END, {"token": number or row.pk})
    assert opens(text)


def test_ending_takes_a_post(am01):
    assert am01.get(END).status_code == 405


def english(client):
    client.cookies["django_language"] = "en"
    return client.get(SECURITY)
