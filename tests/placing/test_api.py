"""Calls and rescues in the API."""

import pytest

from orders.placing.models import Call
from tests.placing.test_following import look, order
from tests.town import TODAY
from tests.visits.cast import program

pytestmark = pytest.mark.usefixtures("town", "clock")


def test_calls_are_listed_with_reasons_and_done_once(town):
    order(town, "L1", TODAY, {"6902": (30, 20)})
    look()
    (call,) = program("am01").get("/api/calls/", {"due": "true"}).json()["results"]
    assert call["kind"] == "unfulfilled"
    assert call["reasons"][0].startswith("红双喜(硬): 2 ct of 3 ct supplied")
    assert program("am02").get("/api/calls/").json()["results"] == []
    path = f"/api/calls/{call['id']}/"
    said = {"result": "settled", "text": "下次补"}
    first, again = (program("am01").post(path, said, format="json") for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    other = program("market1").post(path, {"result": "refused"}, format="json")
    assert other.status_code == 409
    assert program("am02").post(path, said, format="json").status_code == 404
    assert Call.objects.get().result_text == "下次补"


def test_a_rescue_goes_its_way(town):
    asked = {"licence_no": "L1", "trouble": "platform", "note": "x"}
    row = program("am01").post("/api/rescues/", asked, format="json").json()
    path = f"/api/rescues/{row['id']}/"
    assert program("am01").post(path, {"reason": "x"}, format="json").status_code == 403
    early = program("district1").post(path, {"outcome": "kept"}, format="json")
    assert early.status_code == 409
    program("district1").post(path, {"reason": "bank"}, format="json")
    done = program("district1").post(path, {"outcome": "kept"}, format="json").json()
    assert (done["reason"], done["outcome"], done["minutes"]) == ("bank", "kept", 0)
    assert program("am01").get("/api/rescues/", {"open": "true"}).json()["results"] == []
    assert len(program("market1").get("/api/rescues/").json()["results"]) == 1
