import pytest
from django.utils import timezone

from tests.visits import cast
from tests.visits.phone import net, phone, site  # noqa: F401 (fixtures)


@pytest.fixture
def clock(monkeypatch):
    """It is NOW; `clock.now = …` makes it another time."""

    class Clock:
        now = cast.NOW

    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def var(settings, tmp_path):
    """A folder of the test's own for photos."""
    settings.VAR_DIR = tmp_path
    return tmp_path
