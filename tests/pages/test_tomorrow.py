"""Tomorrow's customers with their last week and month; and the reports' facts from the figures."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.visits.models import MonthPlan, PlannedVisit
from customers.visits.report_facts import scope_of
from customers.visits.services.drafting import rules_on
from marketing_ops.home.visits import shop_facts
from tests.pages.conftest import text_of

PATH = "/visits/tomorrow/"
NOW = date(2024, 6, 26)


def plan(town, licence, day):
    found, _new = MonthPlan.objects.get_or_create(
        route=town.routes["东一"], month=day.replace(day=1),
        defaults={"drafted_by": "am01", "drafted_at": "2024-06-01T00:00:00Z",
                  "rules": rules_on(day)},
    )  # fmt: skip
    PlannedVisit.objects.create(plan=found, customer=town.shops[licence], day=day, position=1)


def test_without_a_plan_it_is_who_orders_that_day(district, visit):
    # East 1 orders on Sundays; today is Wednesday.
    words = text_of(visit("am01", PATH, language="en", day="2024-06-30"))
    assert "Nothing is planned: these shops order that day." in words
    assert "张江一店" in words
    assert "川沙超市" not in words
    nobody = text_of(visit("am01", PATH, language="en"))
    assert "Customers of 2024-06-27 Thursday" in nobody
    assert "Nobody is planned and nobody orders that day" in nobody


def test_the_planned_ones_come_with_their_week_and_month(district, visit):
    plan(district, "L1", date(2024, 6, 27))
    words = text_of(visit("am01", PATH, language="en"))
    assert "Planned, in the order of the way." in words
    assert "Week 06-24 – 06-30, month 2024-06" in words
    # The cycle that ended on Monday the 24th: 7 days of 3 products; 6904 is out 4 of them, 6903
    # always. 14 packs of 10 and 7 of 20 were sold: 1.75 cartons.
    week = words[words.index("张江一店") :]
    assert week.startswith("张江一店 2 52.4% (11/21)")


def test_the_page_costs_the_same_for_one_shop_and_for_two(
    district, visit, django_assert_num_queries
):
    plan(district, "L1", date(2024, 6, 27))
    visit("am01", PATH)
    with CaptureQueriesContext(connection) as asked:
        visit("am01", PATH)
    plan(district, "L2", date(2024, 6, 27))
    with django_assert_num_queries(len(asked)):
        visit("am01", PATH)
    assert len(asked) <= 32


def test_the_facts_of_a_report_are_the_figures_of_the_night(district):
    scope = scope_of(district.people["am01"], "day", NOW, today=NOW)
    assert scope.shops == sorted(district.shops[one].pk for one in ("L1", "L2"))
    facts = shop_facts.facts_of(scope)
    assert facts["stock"][0] == ["as_of", {"day": "2024-06-25"}]
    code, stock = facts["stock"][1]
    assert (code, stock["shops"], stock["of"]) == ("stock", 2, 2)
    assert facts["stock"][2][0] == "out"
    assert facts["key_stock"] == [["key_customers", {"shops": 0}]]
    # No product of the town is marked as key.
    assert facts["key_brands"] == [["no_key_products", {}]]


def test_the_135_page_has_the_months_figures_before_and_after(district):
    scope = scope_of(district.people["am01"], "cycle", NOW, today=NOW)
    facts = shop_facts.facts_of(scope)
    [[code, may]] = facts["analyse"]
    assert (code, may["month"]) == ("month_figures", "2024-05-01")
    months = [values["month"] for _code, values in facts["evaluate"]]
    assert months == ["2024-05-01", "2024-06-01"]
    assert all(values["observed"] for _code, values in facts["evaluate"])
