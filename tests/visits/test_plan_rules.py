"""The arithmetic of the plan: the worked tables of docs/algorithms/visit-plan.md, and what holds of
every plan."""

import random
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customers.visits.plan_words import clock
from customers.visits.rules.balance import Need, may_differ, spread
from customers.visits.rules.frequency import Facts, Often, visits_a_month
from customers.visits.rules.ruleset import Balance, RulesError, Standard, Times, Travel, VisitRules
from customers.visits.rules.travel import Stop, timetable, travel_order, way_seconds
from tests.visits import given_plan

RULES = VisitRules()
TEN_DAYS = [day for n in range(12) if (day := date(2024, 6, 3) + timedelta(n)).isoweekday() < 6]


def table(name):
    text = (settings.BASE_DIR / "docs" / "algorithms" / "visit-plan.md").read_text("utf-8")
    lines = re.search(rf"<!-- plan table: {name} -->\n((?:\|.*\n)+)", text)[1].splitlines()
    header, _, *rows = ([cell.strip() for cell in line[1:-1].split("|")] for line in lines)
    return [pytest.param(dict(zip(header, row, strict=True)), id=" ".join(row)) for row in rows]


@pytest.mark.parametrize("row", table("frequency"))
def test_how_often(row):
    facts = Facts(row["scale"], row["format"], row["segment"], row["value"])
    often = visits_a_month(
        facts, RULES.frequency, days=int(row["days"]), month_days=int(row["month_days"])
    )
    assert often.visits == int(row["→ visits"])


@pytest.mark.parametrize("row", table("standard"))
def test_the_standard_of_a_day(row):
    visits = Standard().visits(town=int(row["town"]), country=int(row["country"]))
    assert visits == int(row["→ visits"])


@pytest.mark.parametrize("row", table("days"))
def test_on_which_days(row):
    visits, *special = row["shops"].split()
    told = dict(part.partition("=")[::2] for part in special)

    def day(name):
        return (date(2024, 6, int(told[name])),) if name in told else ()

    need = Need(
        customer=1,
        often=Often(int(visits), ()),
        order_weekdays=(int(told["order"]),) if "order" in told else (),
        comes_first="first" in told,
        due=next(iter(day("due")), None),
        first_day=next(iter(day("from")), None),
        fixed=day("fixed"),
    )
    found = spread([need], TEN_DAYS, rules=RULES.balance, standard=RULES.standard)
    assert " ".join(str(visit.day.day) for visit in found.visits) == row["→ days"]


@pytest.mark.parametrize("row", table("leg"))
def test_the_way_between_two_shops(row):
    places = [tuple(map(float, row[end].split())) or (None, None) for end in ("from", "to")]
    stops = [Stop(n, *place, town=row["area"] == "town") for n, place in enumerate(places)]
    assert way_seconds(stops, Travel())[0, 1] == int(row["→ seconds"])


@pytest.mark.parametrize("row", table("enough"))
def test_whether_the_day_is_enough(row, monkeypatch):
    count, leg = int(row["visits"]), int(row["leg"])
    stops = [Stop(n, 30.0, 120.0, town=True) for n in range(count)]
    monkeypatch.setattr(
        "customers.visits.rules.travel.way_seconds",
        lambda stops, travel: given_plan.equal_legs(len(stops), leg),
    )
    day = timetable(
        stops, RULES.travel, standard=RULES.standard, times=Times(pause=int(row["pause"]))
    )
    assert (clock(day.ends_at), day.too_many) == (row["→ until"], int(row["→ too_many"]))


# What holds of every plan


@st.composite
def needs(draw, whole=True):
    count = draw(st.integers(1, 40))
    shops = []
    for customer in range(1, count + 1):
        late = None if whole else draw(st.one_of(st.none(), st.sampled_from(TEN_DAYS)))
        shops.append(
            Need(
                customer=customer,
                often=Often(draw(st.integers(0, 10)), ()),
                town=draw(st.booleans()),
                latitude=draw(st.one_of(st.none(), st.integers(0, 50).map(lambda n: 30 + n / 1e3))),
                longitude=118.4 + draw(st.integers(0, 50)) / 1e3,
                order_weekdays=draw(st.sampled_from([(), (1,), (3,), (2, 5)])),
                comes_first=draw(st.booleans()),
                due=draw(st.one_of(st.none(), st.sampled_from(TEN_DAYS))),
                last_visit=draw(st.one_of(st.none(), st.just(date(2024, 5, 28)))),
                first_day=late,
                fixed=() if whole else tuple(draw(st.sets(st.sampled_from(TEN_DAYS), max_size=2))),
                rank=draw(st.integers(0, 5)),
            )
        )
    return shops


def spread_of(shops, rules=RULES.balance, standard=RULES.standard):
    return spread(shops, TEN_DAYS, rules=rules, standard=standard)


@hypothesis_settings(max_examples=40, deadline=None)
@given(needs())
def test_every_shop_gets_its_visits_or_a_stated_reason(shops):
    small = Standard(town=10, country=8)
    found = spread_of(shops, standard=small)
    counts = Counter(visit.customer for visit in found.visits)
    for customer, wanted, planned, why in found.shops:
        assert counts[customer] == planned
        assert planned == wanted or why[-1][0] in ("room", "days")
    assert max(Counter(v.day for v in found.visits).values(), default=0) <= 11


@hypothesis_settings(max_examples=40, deadline=None)
@given(needs())
def test_two_days_differ_by_no_more_than_the_rule_says(shops):
    found = spread_of(shops).visits
    sizes = Counter({day: 0 for day in TEN_DAYS})
    sizes.update(visit.day for visit in found)
    most = may_differ(len(found), len(TEN_DAYS), RULES.balance)
    assert 1 <= most <= RULES.balance.spread
    assert max(sizes.values()) - min(sizes.values()) <= most


@hypothesis_settings(max_examples=40, deadline=None)
@given(needs(whole=False), st.randoms(use_true_random=False))
def test_no_shop_twice_a_day_and_none_when_it_is_not_there_and_the_order_of_shops_changes_nothing(
    shops, dice
):
    found = spread_of(shops)
    by_shop = defaultdict(list)
    for visit in found.visits:
        by_shop[visit.customer].append(visit.day)
    for need in shops:
        days = by_shop[need.customer]
        assert len(set(days)) == len(days)
        fixed = set(need.fixed)
        assert fixed <= set(days)
        assert all(day in fixed or day >= (need.first_day or day) for day in days)
    shuffled = list(shops)
    dice.shuffle(shuffled)
    assert spread_of(shuffled) == found


def test_visits_of_a_shop_are_about_evenly_spaced_in_a_whole_route():
    days, shops = given_plan.route()
    found = spread(shops, days, rules=RULES.balance, standard=RULES.standard)
    places = defaultdict(list)
    for visit in found.visits:
        places[visit.customer].append(days.index(visit.day))
    off = [abs(b - a - len(days) / len(own)) for own in places.values() for a, b in pairwise(own)]
    assert sum(one <= 1.5 for one in off) / len(off) > 0.9
    assert max(off) <= 4
    sizes = Counter(visit.day for visit in found.visits)
    assert len(sizes) == len(days)
    assert max(sizes.values()) - min(sizes.values()) <= RULES.balance.spread


def test_a_plan_brings_neighbours_together_and_keeps_promises_and_puts_large_shops_first():
    days, shops = given_plan.route()
    found = spread(shops, days, rules=RULES.balance, standard=RULES.standard)
    by_day, by_shop = defaultdict(list), defaultdict(list)
    for visit in found.visits:
        by_day[visit.day].append(visit.customer)
        by_shop[visit.customer].append(visit.day)
    of = {need.customer: need for need in shops}
    planned = sum(given_plan.way(of[one] for one in own) for own in by_day.values())
    dice = random.Random(1)
    dealt = [dice.sample(shops, len(own)) for own in by_day.values()]
    assert planned < 0.85 * sum(map(given_plan.way, dealt))
    for need in shops:
        if need.due:
            assert min(by_shop[need.customer]) <= max(need.due, days[0])
        if need.comes_first:
            assert any(6 <= day.day <= 10 for day in by_shop[need.customer])


# The way


stops_of_a_day = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=20
)


def day_of(places):
    return [
        Stop(n, 30.9 + y / 1000, 118.4 + x / 1000, town)
        for n, (x, y, town) in enumerate(places, start=1)
    ]


def order_of(stops):
    return travel_order(stops, RULES.travel, visit_minutes=8, start=570)


@hypothesis_settings(max_examples=60, deadline=None)
@given(stops_of_a_day, st.randoms(use_true_random=False))
def test_the_way_meets_every_shop_once_and_does_not_depend_on_their_order(places, dice):
    stops = day_of(places)
    found = order_of(stops)
    assert sorted(found) == [stop.customer for stop in stops]
    shuffled = list(stops)
    dice.shuffle(shuffled)
    assert order_of(shuffled) == found


@hypothesis_settings(max_examples=40, deadline=None)
@given(stops_of_a_day)
def test_no_exchange_of_two_legs_makes_the_way_shorter(places):
    stops = day_of(places)
    way = way_seconds(stops, RULES.travel)
    order = [customer - 1 for customer in order_of(stops)]

    def length(tour):
        return sum(way[a, b] for a, b in pairwise(tour))

    for i in range(len(order)):
        for j in range(i + 1, len(order)):
            turned = [*order[:i], *order[i : j + 1][::-1], *order[j + 1 :]]
            assert length(turned) >= length(order)


def test_a_shop_with_a_time_window_is_met_in_it_where_that_is_possible():
    stops = [Stop(n, 30.9 + n / 1000, 118.4, town=True) for n in range(1, 11)]
    # Shop 1 lies at one end of the street and opens late, shop 10 at the other.
    stops[0] = Stop(1, 30.901, 118.4, town=True, opens=600, closes=680)
    late = Stop(5, 30.905, 118.4, town=True, opens=570, closes=575)
    stops[4] = late
    by_customer = {stop.customer: stop for stop in stops}
    order = order_of(stops)
    day = timetable(
        [by_customer[one] for one in order],
        RULES.travel,
        standard=RULES.standard,
        times=RULES.times,
    )
    assert order[0] == 5
    assert day.missed == ()


def test_rules_are_read_back_as_they_were_written_and_mistakes_are_named():
    assert VisitRules.from_json(RULES.to_json()) == RULES
    assert VisitRules.from_json({}) == RULES
    body = {"standard": {"town": 0}, "times": {"end": "25:00"}}
    with pytest.raises(RulesError) as wrong:
        VisitRules.from_json(body)
    assert set(wrong.value.problems) == {"standard.town", "times.end"}
    with pytest.raises(RulesError, match=r"frequency\.colour: is not a rule"):
        VisitRules.from_json({"frequency": {"colour": 1}})
    with pytest.raises(RulesError, match="do not follow each other"):
        VisitRules.from_json({"times": {"end": "09:00"}})
    with pytest.raises(RulesError, match="is above"):
        VisitRules.from_json({"frequency": {"least": 9, "most": 3}})
    with pytest.raises(RulesError, match="is after"):
        VisitRules(balance=Balance(first_from=12))
