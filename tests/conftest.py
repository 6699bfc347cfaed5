import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests import town as town_module


def pytest_configure(config):
    # The strong hasher costs 0.3 s a password, and the town has ten people.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Caches of the site in use are not for tests to touch.
    settings.VAR_DIR = Path(tempfile.mkdtemp(prefix="marketing-ops-"))


def pytest_unconfigure(config):
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


@pytest.fixture
def town(db):
    """The small town of tests/town.py, its master data written."""
    return town_module.build()
