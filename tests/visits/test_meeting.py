"""The morning meeting: written and published by who leads, read and confirmed by who goes out."""

import pytest
from django.db import DatabaseError, transaction

from customers.visits.models import Meeting, MeetingRead
from customers.visits.services import morning
from tests.town import TODAY
from tests.visits import cast
from tests.visits.test_plan_pages import english, visit, words_of  # noqa: F401 (fixtures)

TEXTS = {"policy": "亮证经营", "priorities": "先走脱销客户"}


@pytest.fixture
def published(town):
    department = town.departments["城东市场部"]
    meeting = morning.write_meeting(department=department, day=TODAY, texts=TEXTS)
    return morning.publish_meeting(meeting=meeting, by=town.people["market1"])


def write_address(town):
    return f"/visits/meeting/write/{town.departments['城东市场部'].pk}/{TODAY}/"


def test_a_meeting_is_kept_as_a_draft_and_published_for_good(town, visit):  # noqa: F811
    path = write_address(town)
    assert "Write it" in words_of(visit("market1", "/visits/meeting/"))
    assert visit("market1", path, {"deed": "publish"}).status_code == 422
    visit("market1", path, {"policy": "亮证经营", "deed": "keep"})
    assert "Nothing was published" in words_of(visit("am01", "/visits/meeting/"))
    assert Meeting.objects.get().published_at is None
    visit("market1", path, {"policy": "亮证经营", "review": "昨日完成", "deed": "publish"})
    words = words_of(visit("am01", "/visits/meeting/"))
    assert "亮证经营" in words and "昨日完成" in words
    late = visit("market1", path, {"policy": "anders", "deed": "keep"})
    assert late.status_code == 302
    assert Meeting.objects.get().policy == "亮证经营"


def test_the_database_keeps_what_was_published(published):
    with pytest.raises(DatabaseError), transaction.atomic():
        Meeting.objects.update(policy="anders")
    with pytest.raises(DatabaseError), transaction.atomic():
        Meeting.objects.all().delete()
    with pytest.raises(morning.Published):
        morning.write_meeting(department=published.department, day=TODAY, texts={})


def test_reading_is_confirmed_once_and_the_leader_sees_who_has(town, visit, published):  # noqa: F811
    assert "I have read it" in words_of(visit("am01", "/visits/meeting/"))
    for _twice in range(2):
        visit("am01", f"/visits/meeting/{published.pk}/read/", {})
    assert MeetingRead.objects.count() == 1
    assert "You have read it" in words_of(visit("am01", "/visits/meeting/"))
    words = words_of(visit("market1", "/visits/meeting/"))
    assert "am02 not yet" in words
    assert "am01 read 06-28 16:00" in words
    assert "am03" not in words


def test_another_department_sees_nothing_of_it(town, visit, published):  # noqa: F811
    assert "亮证经营" not in words_of(visit("am03", "/visits/meeting/"))
    assert visit("am03", f"/visits/meeting/{published.pk}/").status_code == 404
    assert visit("am03", f"/visits/meeting/{published.pk}/read/", {}).status_code == 404
    assert visit("market2", write_address(town)).status_code == 404
    assert visit("am01", write_address(town)).status_code == 403
    assert visit("district1", f"/visits/meeting/{published.pk}/").status_code == 200
    own = cast.program("am03").get("/api/visits/plan/meetings/")
    assert own.json() == []
    read = f"/api/visits/plan/meetings/{published.pk}/read/"
    assert cast.program("am03").post(read).status_code == 404
    first = cast.program("am01").post(read).json()["read_at"]
    assert cast.program("am01").post(read).json()["read_at"] == first
    found = cast.program("am01").get("/api/visits/plan/meetings/").json()
    assert [part["text"] for part in found[0]["parts"]] == list(TEXTS.values())
