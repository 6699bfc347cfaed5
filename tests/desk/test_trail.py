"""The audit trail as administrators look at it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from marketing_ops.audit import services as audit
from marketing_ops.audit.models import Entry
from marketing_ops.audit.words import details_said
from orders.quotas.services import decide
from tests.pages.conftest import links_of, text_of

PATH = "/trail/"


def told(desk, **questions) -> str:
    return text_of(desk.get("admin1", PATH, **questions))


@pytest.fixture
def quota(desk):
    return decide(
        customer=desk.town.shops["L1"].pk,
        product=desk.town.products["6902"].pk,
        packs=20,
        starts_on=date(2024, 7, 1),
        by="market1",
        reason="旺季前上调",
    )


def test_an_entry_says_who_what_of_what_and_why(desk, quota):
    desk.town.people["market1"].display_name = "王经理"
    desk.town.people["market1"].save()
    answer = desk.get("admin1", PATH)
    words = text_of(answer)
    assert "王经理 quota decided 张江一店 · 红双喜(硬) 旺季前上调" in words
    for detail in ("quota (packs): 20", "from: 2024-07-01", "before: —"):
        assert detail in words
    assert "/shops/L1/" in links_of(answer)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"action": "password changed", "subject": "user am01", "ended": 2},
            "am01 logins ended: 2",
        ),
        ({"action": "import customer", "subject": "licence L2"}, "L2 · 张江二店"),
        ({"action": "import product", "subject": "barcode 6902"}, "红双喜(硬) · 6902"),
        ({"action": "run night again", "subject": "night 2024-06-25"}, "Night of 2024-06-25"),
        ({"action": "rule set drafted", "subject": "rule set 1"}, "Rules, version 1"),
        ({"action": "import", "subject": "orders o.csv", "new": 3}, "o.csv new: 3"),
        (
            {"action": "release manual day", "subject": "shop-day 1 2024-06-01"},
            "张江一店 · 2024-06-01",
        ),
        (
            {
                "action": "route changed",
                "subject": "route 1",
                "name": "东一",
                "changes": {"department": ["甲部", "乙部"]},
            },
            "route changed route · 东一 market department: 甲部 → 乙部",
        ),
        ({"action": "something new", "subject": "a thing of tomorrow", "x": [1, 2]}, "x: 1, 2"),
        ({"action": "quota decided", "subject": "customer 999 product 888"}, "#999 · 888"),
    ],
)
def test_each_kind_is_told_in_words(desk, entry, words):
    audit.record(by="admin1", **entry)
    assert words in told(desk)


def test_what_an_imported_change_or_a_new_row_says_is_told_line_by_line():
    details = {"changes": {"name": ["甲", "乙"], "odd": 3}, "values": {"name": None}, "rules": {}}
    lines = details_said("brand changed", details)
    assert lines[0].endswith(": —")
    assert lines[1].endswith(": 甲 → 乙")
    assert lines[2] == "odd: — → 3"


def test_it_is_filtered_by_person_kind_thing_and_day(desk, quota, monkeypatch):
    zone = ZoneInfo("Asia/Shanghai")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2024, 6, 1, 0, 30, tzinfo=zone))
    audit.record(by="am01", action="raise flag", subject="flag 1", why="账实不符")
    audit.record(by="admin1", action="brand created", subject="brand 7", name="牡丹")
    monkeypatch.undo()

    def shown(**questions):
        found = desk.get("admin1", PATH, **questions).context["lines"]
        return {line.entry.action for line in found}

    assert shown(who="market1") == {"quota decided"}
    assert shown(who="nobody-of-this-name") == set()
    assert shown(kind="raise flag") == {"raise flag"}
    assert shown(kind="brand *") == {"brand created"}
    assert shown(q="牡丹") == {"brand created"}
    assert shown(q="账实") == {"raise flag"}
    assert shown(q="L1") == {"quota decided"}
    assert shown(q="L2") == set()
    assert shown(until="2024-05-31") == set()
    assert shown(since="2024-06-01", until="2024-06-01") == {"raise flag", "brand created"}
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert shown(since=tomorrow.isoformat()) == set()
    assert shown(since="nonsense", kind="nonsense") == {
        "raise flag",
        "brand created",
        "quota decided",
    }


def test_it_comes_in_pages_and_says_when_nothing_fits(desk):
    Entry.objects.bulk_create(
        Entry(at=timezone.now(), actor="am01", action="import", subject=f"orders {n}.csv")
        for n in range(51)
    )
    assert "Page 1 of 2" in told(desk)
    assert "0.csv" in told(desk, page="2")
    assert "Nothing in the trail fits" in told(desk, who="somebody")


@pytest.mark.parametrize("person", [None, "nobody", "shop1", "am01", "market1", "district1"])
def test_it_is_for_administrators_alone(desk, quota, person):
    answer = desk.get(person, PATH)
    assert answer.status_code == (302 if person is None else 403)
    assert "旺季前上调" not in answer.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_entries(
    desk, quota, django_assert_num_queries
):
    def record(rounds):
        for n in range(rounds):
            audit.record(by="am01", action="import customer", subject="licence L1", run=n)
            audit.record(by="am02", action="import product", subject="barcode 6902")
            audit.record(by=f"am0{n % 3 + 1}", action="post", subject="person am03")
            audit.record(by="x", action="quota decided", subject="customer 2 product 1")

    record(1)
    desk.get("admin1", PATH)
    with django_assert_num_queries(QUERIES):
        desk.get("admin1", PATH)
    record(5)
    with django_assert_num_queries(QUERIES):
        desk.get("admin1", PATH)


QUERIES = 14
