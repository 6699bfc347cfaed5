"""What is not kept: places after a month, and a person's data when they ask; figures stay."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from customers.models import CustomerProperties, Post
from customers.visits.models import (
    Care,
    ConfidentialReport,
    Conflict,
    MonthPlan,
    Photo,
    PlannedShop,
    PlannedVisit,
    Position,
    Promise,
    Question,
    SetAside,
    Visit,
)
from customers.visits.services import retention
from customers.visits.services.drafting import rules_on
from marketing_ops.audit.models import Entry
from tests.town import TODAY, since
from tests.visits.cast import NOW, least, picture, post, program, put, send, sha

pytestmark = pytest.mark.usefixtures("town", "clock", "var")
PLACE = {"longitude": 121.5, "latitude": 31.2}


def test_places_are_erased_after_30_days_and_the_distance_stays(town, clock):
    CustomerProperties.objects.filter(customer=town.shops["L1"]).update(**PLACE)
    body = least(check_in=PLACE, check_out=PLACE)
    post("am01", body)
    post("am01", {**body, "kind": "phone"})
    post("am01", least(licence_no="X", check_in=PLACE))
    start = clock.now
    retention.keep_to_the_times(now=start + timedelta(days=29))
    assert Position.objects.count() == 2
    for _twice in range(2):
        retention.keep_to_the_times(now=start + timedelta(days=31))
        assert not Position.objects.exists()
    assert Visit.objects.get().check_in_distance == 0
    for kept in (Conflict.objects.get(), SetAside.objects.get()):
        assert "121.5" not in bytes(kept.body).decode()
    assert json.loads(bytes(Conflict.objects.get().body))["kind"] == "phone"


def test_a_place_with_a_wrong_clock_goes_by_when_it_was_received(clock):
    place = {**PLACE, "at": "2026-06-26T10:00:00+08:00"}
    send(check_in=place)
    retention.keep_to_the_times(now=clock.now + timedelta(days=31))
    assert not Position.objects.exists()


@pytest.fixture
def told(town):
    """A visit full of words, numbers and choices; its conflict, and one that was set aside."""
    CustomerProperties.objects.filter(customer=town.shops["L1"]).update(contact="王小明 138001")
    steps = {
        "greeting": {"trend": "up", "note": "王小明 says"},
        "market": {
            "demand": "王小明",
            "prices": [{"barcode": "6901", "unit": "pack", "price": "12.50"}],
            "opinions": [{"staff": "delivery", "opinion": "neutral", "note": "王小明"}],
        },
        "questions": {"asked": [{"text": "王小明?", "answered": True, "answer": "王小明!"}]},
        "promises": {"made": [{"text": "王小明", "due_on": "2024-07-01"}]},
        "illegal": {"found": True, "kind": "other", "note": "王小明"},
        "closing": {"handbook": True, "care": "王小明"},
        "unknown": {"words": "王小明"},
    }
    body = least(steps=steps, unplanned_reason="王小明", photos=[sha(picture())], client="7f")
    body["made_by"] = "am01"
    post("am01", body)
    put("am01", body["id"], picture())
    post("am01", {**body, "kind": "phone"})
    post("am01", {**body, "id": least()["id"], "kind": "smoke"})
    return Visit.objects.get()


def everything() -> str:
    """All that the tables of the visits hold, as text."""
    found = []
    models = (Visit, Conflict, SetAside, Promise, Question, Care, ConfidentialReport)
    for model in (*models, CustomerProperties):
        for row in model.objects.values():
            found += [bytes(v).decode() if isinstance(v, memoryview) else str(v)
                      for n, v in row.items() if n != "body_hash"]  # fmt: skip
    return " ".join(found)


def test_a_shopkeepers_words_and_photos_go_and_the_figures_stay(told, var):
    assert "王小明" in everything()
    call_command("erase_person", licence="L1", why="asked on 2024-06-27")
    assert "王小明" not in everything()
    told.refresh_from_db()
    assert told.answers["greeting"] == {"trend": "up"}
    assert told.answers["market"]["prices"][0]["price"] == "12.50"
    assert told.answers["market"]["opinions"] == [{"staff": "delivery", "opinion": "neutral"}]
    assert told.answers["closing"] == {"handbook": True}
    assert ConfidentialReport.objects.get().kind == "other"
    assert Photo.objects.get().erased_at is not None
    assert not [path for path in (var / "photos").rglob("*") if path.is_file()]
    assert Entry.objects.get(action="shopkeeper erased").why == "asked on 2024-06-27"


def test_an_account_managers_name_and_places_go_and_the_visits_stay(told, town):
    with pytest.raises(CommandError, match="am01"):
        call_command("erase_person", user="am01", why="left")
    Post.objects.filter(user=town.people["am01"]).update(period=since(end=TODAY))
    plan = MonthPlan.objects.create(
        route=town.routes["东一"],
        month=TODAY.replace(day=1),
        rules=rules_on(TODAY),
        drafted_at=NOW,
        drafted_by="night",
        changed_by="am01",
    )
    shop = {"plan": plan, "customer": town.shops["L1"]}
    moved = PlannedVisit.objects.create(
        **shop, day=TODAY, position=1, why=[["moved", "am01", "2024-06-27", "rain"], ["due", "x"]]
    )
    removed = PlannedShop.objects.create(
        **shop, wanted=2, drafted=1, why=[["removed", "am01", "2024-06-27", "rain"]]
    )
    call_command("erase_person", user="am01", why="left")
    assert "am01" not in everything()
    name = f"erased-{town.people['am01'].pk}"
    for row in (moved, removed):
        row.refresh_from_db()
        assert row.why[0][1:] == [name, "2024-06-27", "rain"]
    plan.refresh_from_db()
    assert (plan.drafted_by, plan.changed_by) == ("night", name)
    person = type(town.people["am01"]).objects.get(pk=town.people["am01"].pk)
    assert (person.username, person.is_active) == (f"erased-{person.pk}", False)
    assert not person.has_usable_password()
    assert Visit.objects.get().made_by == person
    entry = Entry.objects.get(action="person erased")
    assert "am01" not in entry.subject + str(entry.details)
    row = program("market1").get("/api/visits/", {"whose": "all"}).json()["results"][0]
    assert row["made_by"]["username"] == person.username


def test_who_and_why_are_asked_for():
    with pytest.raises(CommandError, match="X9"):
        call_command("erase_person", licence="X9", why="w")
    with pytest.raises(CommandError, match="ghost"):
        call_command("erase_person", user="ghost", why="w")
    with pytest.raises(CommandError, match="why"):
        call_command("erase_person", user="am01")
