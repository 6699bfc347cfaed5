import pytest

from tests import town as town_module


@pytest.fixture
def town(db):
    """The small town of tests/town.py, its master data written."""
    return town_module.build()
