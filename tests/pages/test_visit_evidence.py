"""What the figures tell the plan of visits: stock-out segments, and whose sales swing."""

from datetime import date

from customers.visits.evidence import evidence_on
from customers.visits.models import MonthPlan
from marketing_ops import visiting
from marketing_ops.home.api import segments_of
from tests.town import DAY, TODAY


def test_the_plan_is_told_segments_and_swings_of_sales(district):
    told = evidence_on(DAY)
    shops = {licence: shop.pk for licence, shop in district.shops.items()}
    assert {pk: one.segment for pk, one in told.items() if one.segment} == segments_of(None)
    # L3 sold once in three months; L5 sells a pack a day; nothing is known of L6.
    assert told[shops["L3"]].volatile
    assert not told[shops["L5"]].volatile
    assert shops["L6"] not in told


def test_a_volatile_shop_is_drafted_into_the_first_days(district):
    visiting.draft_due(today=TODAY, by="schedule")
    plan = MonthPlan.objects.get(route=district.routes["东二"], month=date(2024, 7, 1))
    days = plan.visits.filter(customer=district.shops["L3"]).values_list("day__day", flat=True)
    assert any(6 <= day <= 10 for day in days)
