"""People at the login page."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from marketing_ops.accounts import lockout
from tests.town import PASSWORD

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_failures_from_here():
    """The counter of an address outlives a test's transaction."""
    yield
    for address in ("127.0.0.1", "10.0.0.7"):
        cache.delete(lockout._key(address))


def log_in(client, name, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": name, "password": password}, **more)


@pytest.fixture
def am01(town):
    """am01's browser, logged in by password."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0"})
    assert log_in(client, "am01").status_code == 302
    return client


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))
