"""What was said of a shopkeeper goes on request; who called when, and with what result, stays."""

import pytest
from django.core.management import call_command

from orders.placing.models import Call, Rescue
from tests.town import TODAY
from tests.visits.cast import NOW

pytestmark = pytest.mark.usefixtures("clock")


def test_words_about_a_shopkeeper_are_erased_from_calls_and_rescues(town):
    for licence in ("L1", "L5"):
        Call.objects.create(
            customer=town.shops[licence],
            kind=Call.Kind.PAYMENT,
            day=TODAY,
            reasons=[],
            made_at=NOW,
            result=Call.Result.SETTLED,
            result_text="her son is ill",
            called_at=NOW,
            called_by=town.people["am01"],
        )
        Rescue.objects.create(
            customer=town.shops[licence],
            day=TODAY,
            trouble=Rescue.Trouble.DEPOSIT,
            note="no money",
            reason="bank card lost",
            reason_at=NOW,
            reason_by=town.people["district1"],
            asked_at=NOW,
            asked_by=town.people["am01"],
        )
    for _twice in range(2):
        call_command("erase_person", licence="L1", why="asked for in writing")
    call, others = Call.objects.order_by("customer")
    assert (call.result_text, call.result, call.called_by.username) == ("", "settled", "am01")
    assert others.result_text == "her son is ill"
    rescue, others = Rescue.objects.order_by("customer")
    assert (rescue.note, rescue.reason, rescue.reason_at) == ("", "", NOW)
    assert (others.note, others.reason) == ("no money", "bank card lost")
