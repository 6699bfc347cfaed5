import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """What a file's report says is checked in English; that all of it is translated, in pages."""
    with translation.override("en"):
        yield
