"""One district for all tests of the API, built once; what a test changes is undone after it."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api import district
from tests.town import PASSWORD

# Who sees which shops of the town.
SEES = {
    "nobody": set(),
    "shop1": {"L1"},
    "am01": {"L1", "L2"},
    "am02": {"L3", "L4"},
    "am03": {"L5", "L6"},
    "market1": {"L1", "L2", "L3", "L4"},
    "market2": {"L5", "L6"},
    "inspector1": set(),
    "district1": {"L1", "L2", "L3", "L4", "L5", "L6"},
    "admin1": {"L1", "L2", "L3", "L4", "L5", "L6"},
}


@contextmanager
def undone():
    """A transaction of which nothing stays, as Django's own TestCase makes it."""
    atomic = transaction.atomic()
    atomic._from_testcase = True
    with atomic:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def built(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: district.NOW)
        with undone():
            yield district.build()


@pytest.fixture
def town(built, clock, django_db_blocker):
    """The district of tests/api/district.py, the morning after its night."""
    with django_db_blocker.unblock(), undone():
        yield built


@pytest.fixture
def clock(monkeypatch):
    """`clock.now = …` makes it another time."""

    class Clock:
        now = district.NOW

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def ask(town):
    """`ask("am01", "/api/shops/", q="L1")`: the answer that this person's program gets."""

    programs = {}

    def ask(person, path, *, language="en", **questions):
        if person not in programs:
            programs[person] = program(person)
        return programs[person].get(path, questions, headers={"accept-language": language})

    return ask


def program(person: str | None) -> APIClient:
    """A program that speaks English and is logged in with a token of that person."""
    client = APIClient(headers={"accept-language": "en"})
    if person:
        said = {"username": person, "password": PASSWORD}
        answer = client.post("/api/auth/token/", said, format="json")
        assert answer.status_code == 200, answer.content
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    return client


def every(client, path, **questions) -> list[dict]:
    """All rows of a list, over all its pages."""
    rows, answer = [], client.get(path, questions)
    while True:
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        if not answer.json()["next"]:
            return rows
        answer = client.get(answer.json()["next"])
