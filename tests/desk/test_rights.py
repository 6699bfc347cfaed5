"""Who sees the desk, and who may do something at it. The default is no."""

import pytest

from marketing_ops.runs.models import Upload
from tests.imports.files import CUSTOMER_HEADER, shop
from tests.pages.conftest import links_of

READING = ("/imports/", "/imports/{n}/", "/imports/{n}/problems.csv", "/imports/{n}/rejected.csv",
           "/runs/", "/runs/{run}/")  # fmt: skip
DOING = ("/imports/{n}/file/", "/imports/empty/ledger-zh.csv")
POSTING = ("/imports/new/", "/imports/{n}/again/", "/runs/night/")


@pytest.fixture
def upload(desk):
    return desk.imported((CUSTOMER_HEADER, shop("L8"), shop("L9", scale="x")))


def statuses(desk, upload, person, paths, method="get"):
    numbers = {"n": upload.pk, "run": upload.runs.get().pk}
    client = desk.client(person)
    return {getattr(client, method)(path.format(**numbers)).status_code for path in paths}


@pytest.mark.parametrize(
    ("person", "reading", "doing", "posting"),
    [
        (None, {302}, {302}, {302}),
        ("nobody", {403}, {403}, {403}),
        ("shop1", {403}, {403}, {403}),
        ("am01", {403}, {403}, {403}),
        ("market1", {403}, {403}, {403}),
        ("inspector1", {403}, {403}, {403}),
        ("district1", {200}, {403}, {403}),
        ("admin1", {200}, {200}, {302, 422}),
    ],
)
def test_each_role_reads_and_does_what_is_its_own(desk, upload, person, reading, doing, posting):
    assert statuses(desk, upload, person, READING) == reading
    assert statuses(desk, upload, person, DOING) == doing
    before = Upload.objects.count()
    assert statuses(desk, upload, person, POSTING, "post") == posting
    assert Upload.objects.count() == before + (person == "admin1")


def test_reading_changes_nothing_and_doing_is_no_link(desk, upload):
    assert statuses(desk, upload, "admin1", READING, "post") == {405}
    assert statuses(desk, upload, "admin1", POSTING[1:]) == {405}


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


def test_no_file_lies_under_a_public_address(desk, upload, settings):
    for path in (
        f"/static/{upload.sha256}",
        f"/static/uploads/{upload.sha256}",
        f"/uploads/{upload.sha256}",
        f"/media/{upload.sha256}",
    ):
        assert desk.get(None, path).status_code in (302, 404)
