"""The work calendar: the weekday rules, but for holidays and the days worked in their stead."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import workdays as calendar
from customers.models import WorkDay
from marketing_ops.audit.models import Entry
from marketing_ops.lib import workdays
from tests.admin.conftest import address, errors_of

TAKE_OVER = "/admin/customers/workday/take-over/"


def test_without_an_exception_the_weekday_tells():
    assert workdays.is_workday(date(2024, 6, 28), {})  # a Friday
    assert not workdays.is_workday(date(2024, 6, 29), {})


def test_a_holiday_is_off_and_the_sunday_for_it_is_worked(db):
    calendar.take_over(year=2024, by="test")
    known = calendar.exceptions(date(2024, 1, 1), date(2024, 12, 31))
    assert not workdays.is_workday(date(2024, 2, 12), known)  # Monday of the Spring Festival
    assert workdays.is_workday(date(2024, 2, 18), known)  # the Sunday worked for it
    assert workdays.workdays(date(2024, 2, 8), date(2024, 2, 20), known) == [
        date(2024, 2, 8), date(2024, 2, 9), date(2024, 2, 18), date(2024, 2, 19),
        date(2024, 2, 20),
    ]  # fmt: skip
    assert workdays.first_of_month(date(2024, 10, 20), known) == date(2024, 10, 8)
    assert workdays.last_of_month(date(2024, 8, 3), known) == date(2024, 8, 30)
    assert WorkDay.objects.get(day=date(2024, 2, 12)).name == "春节"


def test_taking_a_year_over_twice_adds_nothing_and_keeps_what_was_entered(db):
    WorkDay.objects.create(day=date(2024, 2, 12), is_workday=True, name="值班")
    first = calendar.take_over(year=2024, by="test")
    assert first > 10
    assert calendar.take_over(year=2024, by="test") == 0
    assert WorkDay.objects.get(day=date(2024, 2, 12)).is_workday


def test_a_year_nobody_announced_is_said(admin1, town):
    with pytest.raises(ValueError, match="2099"):
        calendar.announced(2099)
    page = admin1.post(TAKE_OVER, {"year": "2099"})
    assert page.context["form"].errors["year"]
    assert not WorkDay.objects.exists()


def test_the_administrator_takes_a_year_over_and_mends_a_day(admin1, town):
    assert admin1.post(TAKE_OVER, {"year": "2024", "why": "国办通知"}).status_code == 302
    entry = Entry.objects.get(subject="work calendar 2024")
    assert (entry.actor, entry.why, entry.details["new"]) == (
        "admin1", "国办通知", WorkDay.objects.count(),
    )  # fmt: skip
    values = {"day": "2024-06-28", "is_workday": "", "name": "台风停工"}
    assert admin1.post(address(WorkDay, "add"), values).status_code == 302
    assert "day" in errors_of(admin1.post(address(WorkDay, "add"), values))
    assert calendar.exceptions(date(2024, 6, 28), date(2024, 6, 28)) == {date(2024, 6, 28): False}


def test_others_cannot_take_a_year_over(as_):
    assert as_("district1").post(TAKE_OVER, {"year": "2024"}).status_code == 403
    assert not WorkDay.objects.exists()


def test_a_calendar_without_a_working_day_is_an_error_not_a_loop():
    first = date(2024, 1, 1)
    rest = {first + timedelta(days=n): False for n in range(90)}
    with pytest.raises(ValueError, match="work calendar"):
        workdays.on_or_after(first, rest)


DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@settings(max_examples=60)
@given(day=DAYS, exceptions=st.dictionaries(DAYS, st.booleans(), max_size=5))
def test_the_next_working_day_is_the_first_of_those_that_follow(day, exceptions):
    found = workdays.on_or_after(day, exceptions)
    assert workdays.workdays(day, found, exceptions) == [found]
    before = workdays.on_or_before(day, exceptions)
    assert workdays.workdays(before, day, exceptions)[0] == before
    assert not any(
        workdays.is_workday(before + timedelta(days=n), exceptions)
        for n in range(1, (day - before).days + 1)
    )
