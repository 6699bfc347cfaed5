"""The file of customers against the small town."""

from datetime import date

import pytest

from customers.models import (
    Customer,
    CustomerProperties,
    DeliveryCalendar,
    Licence,
    MarketDepartment,
    Post,
    Route,
    RouteAssignment,
)
from marketing_ops.accounts.models import User
from marketing_ops.audit.models import Entry
from tests.town import TODAY

from .files import CUSTOMER_HEADER, shop
from .running import counts, places, run

OPENED = date(2019, 1, 1)
L1 = {
    "name": "张江一店",
    "format": "便利店",
    "area": "城区",
    "scale": "中",
    "group": "顺达便利",
    "address": "",
    "longitude": "",
    "latitude": "",
}


def load(*rows, header=CUSTOMER_HEADER, **options):
    return run("customers", header, *rows, **options)


def on(model, licence, day=TODAY):
    return model.objects.on(day).get(customer__licences__number=licence)


def served_by(licence, day=TODAY) -> tuple[str, str]:
    """(department, user name) of who serves a shop on a day."""
    route = on(RouteAssignment, licence, day).route
    post = Post.objects.on(day).get(route=route, substitute_for__isnull=True)
    return route.department.name, post.user.username


def test_a_new_shop_has_everything_from_its_opening_day(town):
    report = load(shop("L9", group="家利超市", order_weekday="2;6", delivery_weekday="4;1"))
    assert counts(report) == (1, 0, 0, 0)
    properties = on(CustomerProperties, "L9", OPENED)
    assert (properties.name, properties.format, properties.area) == ("新村小店", "食杂店", "农村")
    assert properties.group.name == "家利超市"
    assert properties.uploads is True
    calendar = on(DeliveryCalendar, "L9", OPENED)
    assert (calendar.order_weekdays, calendar.delivery_weekdays) == ([2, 6], [1, 4])
    assert served_by("L9", OPENED) == ("城东市场部", "am01")
    assert Licence.objects.get(number="L9").period.lower == OPENED


def test_the_same_file_twice_changes_nothing(town):
    rows = [shop("L9"), shop("L8", account_manager="am07"), shop("L1", **L1)]
    load(*rows)
    before = {model: model.objects.count() for model in (CustomerProperties, Route, Post, User)}
    entries = Entry.objects.count()
    assert counts(load(*rows)) == (0, 0, 3, 0)
    assert counts(load(*rows, today=date(2024, 9, 1))) == (0, 0, 3, 0)
    assert before == {model: model.objects.count() for model in before}
    assert Entry.objects.count() == entries


def test_a_shop_that_is_not_in_the_file_stays_as_it_is(town):
    load(shop("L9"))
    assert on(CustomerProperties, "L2").name == "张江二店"
    assert Customer.objects.count() == 7


def test_a_change_holds_from_today_and_what_was_before_stays(town):
    report = load(shop("L1", **L1 | {"scale": "大"}))
    assert counts(report) == (0, 1, 0, 0)
    assert on(CustomerProperties, "L1").scale == "大"
    assert on(CustomerProperties, "L1", date(2024, 6, 27)).scale == "中"


def test_a_change_holds_from_the_day_that_was_asked_for(town):
    march = date(2024, 3, 1)
    load(
        shop("L1", **L1, account_manager="am02", delivery_weekday="3"),
        effective=march,
    )
    assert served_by("L1", march) == ("城东市场部", "am02")
    assert served_by("L1", date(2024, 2, 29)) == ("城东市场部", "am01")
    assert on(DeliveryCalendar, "L1", march).delivery_weekdays == [3]
    assert on(DeliveryCalendar, "L1", date(2024, 2, 29)).delivery_weekdays == [2]


def test_an_asked_for_day_holds_for_new_shops_too_but_not_before_they_open(town):
    day = date(2024, 3, 1)
    load(shop("L8"), shop("L9", opened_on="2024-05-01"), effective=day)
    assert not CustomerProperties.objects.on(date(2024, 2, 29)).filter(
        customer__licences__number="L8"
    )
    assert on(CustomerProperties, "L8", day)
    assert on(CustomerProperties, "L9", date(2024, 5, 1))
    assert not CustomerProperties.objects.on(date(2024, 4, 30)).filter(
        customer__licences__number="L9"
    )


def test_the_same_file_for_the_same_day_changes_nothing(town):
    rows = [shop("L8"), shop("L1", **L1, account_manager="am02")]
    load(*rows, effective=date(2024, 3, 1))
    assert counts(load(*rows, effective=date(2024, 3, 1))) == (0, 0, 2, 0)
    assert counts(load(*rows)) == (0, 0, 2, 0)


def test_unknown_people_and_departments_are_created_without_login_and_reported(town):
    report = load(shop("L9", market_department="城南市场部", account_manager="张三"))
    assert served_by("L9") == ("城南市场部", "张三")
    person = User.objects.get(username="张三")
    assert not person.has_usable_password()
    assert MarketDepartment.objects.filter(name="城南市场部").exists()
    assert any("张三" in note for note in report.notes)
    assert any("城南市场部" in note for note in report.notes)
    assert Entry.objects.filter(action="create person", actor="tester").count() == 1


def test_nobody_is_said_to_be_created_where_one_bad_row_undid_it(town):
    rows = [shop("L8", scale="巨"), shop("L9", account_manager="张三")]
    report = load(*rows, all_or_nothing=True)
    assert not User.objects.filter(username="张三").exists()
    assert not any("张三" in note for note in report.notes)


def test_a_person_may_be_named_by_the_name_that_people_use(town):
    User.objects.filter(username="am02").update(display_name="李四")
    load(shop("L9", account_manager="李四"))
    assert served_by("L9") == ("城东市场部", "am02")


def test_a_name_that_several_people_have_is_rejected(town):
    User.objects.filter(username__in=["am02", "am03"]).update(display_name="李四")
    report = load(shop("L9", account_manager="李四"))
    assert places(report) == [(2, "account_manager")]
    assert "user name" in report.problems[0].reason


def test_a_shop_whose_route_has_a_new_manager_is_unchanged_under_the_new_name(town):
    from django.db.backends.postgresql.psycopg_any import DateRange

    route = Route.objects.get(name="东一")
    Post.objects.filter(route=route).update(period=DateRange(OPENED, date(2024, 5, 1)))
    person = User.objects.create(username="am09")
    Post.objects.create(
        user=person, role="account_manager", route=route, period=DateRange(date(2024, 5, 1), None)
    )
    row = shop("L1", **L1, account_manager="am09")
    load(row)
    assert on(RouteAssignment, "L1").route == route
    assert counts(load(row)) == (0, 0, 1, 0)


def test_one_manager_in_two_departments_has_a_route_in_each(town):
    load(shop("L8"), shop("L9", market_department="城西市场部"))
    assert served_by("L8") == ("城东市场部", "am01")
    assert served_by("L9") == ("城西市场部", "am01")


def test_a_new_persons_post_begins_with_the_first_shop_they_serve(town):
    load(
        shop("L8", account_manager="am08", opened_on="2023-05-01"),
        shop("L9", account_manager="am08", opened_on="2020-02-01"),
    )
    assert Route.objects.filter(name="am08").count() == 1
    assert served_by("L9", date(2020, 2, 1)) == ("城东市场部", "am08")
    load(shop("L7", account_manager="am08", opened_on="2018-01-01"))
    assert served_by("L7", date(2018, 1, 1)) == ("城东市场部", "am08")


def test_a_place_in_another_system_is_converted_and_the_raw_value_kept(town):
    header = CUSTOMER_HEADER + ",coordinate_system"
    row = shop("L9", longitude="116.410244", latitude="39.916404") + ",GCJ-02"
    load(row, header=header)
    held = on(CustomerProperties, "L9")
    assert (held.raw_longitude, held.raw_latitude) == (116.410244, 39.916404)
    assert held.coordinate_system == "GCJ-02"
    assert (held.longitude, held.latitude) == pytest.approx((116.404, 39.915), abs=1e-5)
    # a later file without that column, with the same numbers, is about the same place
    assert counts(load(row.removesuffix(",GCJ-02"))) == (0, 0, 1, 0)


def test_half_a_place_is_rejected(town):
    assert places(load(shop("L9", latitude=""))) == [(2, "longitude")]


def test_columns_that_a_file_leaves_out_stay_as_they_were(town):
    header = CUSTOMER_HEADER + ",information_point,closed_on"
    load(shop("L9") + ",1,2024-06-01", header=header)
    assert counts(load(shop("L9"))) == (0, 0, 1, 0)
    assert on(CustomerProperties, "L9").information_point is True
    assert Customer.objects.get(licences__number="L9").closed_on == date(2024, 6, 1)
    assert counts(load(shop("L9") + ",0,", header=header)) == (0, 1, 0, 0)
    assert Customer.objects.get(licences__number="L9").closed_on is None


def test_a_shop_cannot_close_before_it_opens(town):
    header = CUSTOMER_HEADER + ",closed_on"
    assert places(load(shop("L9") + ",2018-01-01", header=header)) == [(2, "closed_on")]


def test_a_corrected_opening_day_moves_what_began_with_it(town):
    row = {"name": "西街新店", "format": "便利店", "area": "城区", "scale": "中"}
    row |= {"group": "顺达便利", "address": "", "longitude": "", "latitude": ""}
    row |= {"market_department": "城西市场部", "account_manager": "am03"}
    row |= {"order_weekday": "1", "delivery_weekday": "3"}
    report = load(shop("L6", **row, opened_on="2024-05-01"))
    assert counts(report) == (0, 1, 0, 0)
    assert Licence.objects.on(date(2024, 5, 1)).filter(number="L6").exists()
    assert on(DeliveryCalendar, "L6", date(2024, 5, 1)).delivery_weekdays == [3]
    assert counts(load(shop("L6", **row, opened_on="2024-05-01"))) == (0, 0, 1, 0)


def test_every_bad_cell_of_a_row_is_named(town):
    report = load(shop("L9", format="铺子", delivery_weekday="8", opened_on="昨天"), shop("L8"))
    assert counts(report) == (1, 0, 0, 1)
    assert sorted(places(report)) == [
        (2, "delivery_weekday"),
        (2, "format"),
        (2, "opened_on"),
    ]
    assert "食杂店" in next(p.reason for p in report.problems if p.column == "format")


def test_two_rows_of_one_shop_are_rejected_where_they_contradict(town):
    report = load(shop("L8"), shop("L9"), shop("L9", scale="大"), shop("L8"))
    assert counts(report) == (1, 0, 0, 3)
    assert [line for line, _column in places(report)] == [3, 4, 5]


def test_chinese_headers_name_the_columns_in_the_report_too(town):
    header = (
        "许可证号,客户名称,业态,城乡,规模,集团客户,地址,经度,纬度,市场部,客户经理,订货日,送货日,"
        "开业日期,上传数据"
    )
    report = load(shop("L9"), shop("L8", uploads="maybe"), header=header)
    assert counts(report) == (1, 0, 0, 1)
    assert places(report) == [(3, "上传数据")]


def test_all_or_nothing_writes_nothing_if_one_row_is_bad(town):
    report = load(shop("L9", account_manager="新人"), shop("L8", scale="巨"), all_or_nothing=True)
    assert (report.read, report.new, report.rejected) == (2, 0, 1)
    assert Customer.objects.count() == 6
    assert not User.objects.filter(username="新人").exists()


def test_a_trial_run_says_what_would_happen_and_changes_nothing(town):
    report = load(shop("L9"), shop("L1", **L1 | {"scale": "大"}), dry_run=True)
    assert counts(report) == (1, 1, 0, 0)
    assert Customer.objects.count() == 6
    assert on(CustomerProperties, "L1").scale == "中"
    assert not Entry.objects.filter(action="import").exists()


def test_a_licence_that_ended_is_not_given_back_by_a_file(town):
    from django.db.backends.postgresql.psycopg_any import DateRange

    Licence.objects.filter(number="L1").update(period=DateRange(OPENED, date(2024, 5, 1)))
    assert places(load(shop("L1", **L1))) == [(2, "licence_no")]
    # but a shop that opens later may have the number
    assert counts(load(shop("L1", **L1, opened_on="2024-05-01"))) == (1, 0, 0, 0)


def test_a_change_of_a_shop_says_who_when_and_what(town):
    load(shop("L1", **L1 | {"scale": "大"}))
    entry = Entry.objects.get(subject="licence L1")
    assert entry.actor == "tester"
    assert entry.details["changes"]["scale"] == ["中", "大"]
