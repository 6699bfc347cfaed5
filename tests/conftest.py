import pytest
from django.conf import settings

from tests import town as town_module


def pytest_configure():
    # The strong hasher costs 0.3 s a password, and the town has ten people.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db):
    """The small town of tests/town.py, its master data written."""
    return town_module.build()
