"""What the desk shows to whom; that nobody else gets in: tests/site/test_walk.py."""

import pytest

from tests.imports.files import CUSTOMER_HEADER, shop
from tests.pages.conftest import links_of


@pytest.fixture
def upload(desk):
    return desk.imported((CUSTOMER_HEADER, shop("L8"), shop("L9", scale="x")))


def test_numbers_that_nobody_gave_are_not_found(desk, upload):
    for path in ("/imports/999999/", "/imports/999999/problems.csv", "/imports/999999/file/",
                 "/runs/999999/"):  # fmt: skip
        assert desk.get("admin1", path).status_code == 404


def test_only_who_may_see_them_is_led_to_the_pages(desk, upload):
    assert {"/imports/", "/runs/"} <= set(links_of(desk.get("district1", "/")))
    assert not {"/imports/", "/runs/"} & set(links_of(desk.get("am01", "/")))
    page = desk.get("district1", f"/imports/{upload.pk}/").content.decode()
    assert "/again/" not in page
    assert "/file/" not in page
