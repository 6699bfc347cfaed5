"""Dated properties: what held in March is still known in June."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from customers.dated import change
from customers.models import CustomerProperties, DeliveryCalendar, Event, Licence
from marketing_ops.audit.models import Entry
from marketing_ops.audit.services import record
from tests.town import LONG_AGO, TODAY, since

MARCH, MAY = date(2024, 3, 1), date(2024, 5, 1)


def weekdays(shop, day):
    return DeliveryCalendar.objects.on(day).get(customer=shop).delivery_weekdays


def move_to(shop, weekday, day):
    values = {"order_weekdays": [1], "delivery_weekdays": [weekday]}
    return change(DeliveryCalendar, {"customer": shop}, values, effective=day)


def test_a_change_holds_from_its_day_and_the_past_stays(town):
    shop = town.shops["L1"]
    assert move_to(shop, 5, MAY) == "changed"
    assert weekdays(shop, date(2024, 4, 30)) == [2]
    assert weekdays(shop, MAY) == [5]


def test_the_same_change_again_changes_nothing(town):
    shop = town.shops["L1"]
    move_to(shop, 5, MAY)
    assert move_to(shop, 5, MAY) == "unchanged"
    assert DeliveryCalendar.objects.filter(customer=shop).count() == 2


def test_a_change_that_arrives_late_does_not_undo_a_later_one(town):
    shop = town.shops["L1"]
    move_to(shop, 5, MAY)
    move_to(shop, 3, MARCH)
    assert [weekdays(shop, day) for day in (LONG_AGO, MARCH, date(2024, 4, 30), MAY)] == [
        [2],
        [3],
        [3],
        [5],
    ]


def test_a_change_keeps_the_properties_that_it_does_not_name(town):
    shop = town.shops["L1"]
    change(CustomerProperties, {"customer": shop}, {"scale": "大"}, effective=MAY)
    now = CustomerProperties.objects.on(TODAY).get(customer=shop)
    assert (now.scale, now.name, now.group.name) == ("大", "张江一店", "顺达便利")


def test_a_start_earlier_than_all_that_is_known_moves_the_first_row_back(town):
    shop = town.shops["L6"]
    same = {"order_weekdays": [1], "delivery_weekdays": [3]}
    assert change(DeliveryCalendar, {"customer": shop}, same, effective=MARCH) == "changed"
    assert weekdays(shop, MARCH) == [3]
    assert DeliveryCalendar.objects.filter(customer=shop).count() == 1


def test_two_overlapping_licences_of_one_shop_are_refused_by_the_database(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.create(customer=town.shops["L1"], number="other", period=since(MAY))


def test_one_licence_number_cannot_be_held_by_two_shops_at_once(town):
    Licence.objects.filter(customer=town.shops["L2"]).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.create(customer=town.shops["L2"], number="L1", period=since())


def test_a_weekday_eight_is_refused_by_the_database(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        move_to(town.shops["L1"], 8, MAY)


def test_the_audit_trail_cannot_be_edited_or_deleted_even_past_the_models(town):
    record(by="admin1", action="moved", subject="licence L1", why="new street")
    for sql in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(sql)
    assert Entry.objects.get().actor == "admin1"


def test_an_event_is_corrected_by_a_new_row_and_never_in_place(town, django_user_model):
    event = Event.objects.create(
        key="2024-05-01:fair",
        title="fair",
        starts_on=MAY,
        expected_end=TODAY,
        expected_factor="1.5",
        customer_ids=[town.shops["L1"].pk],
        received_at="2024-05-01T08:00:00+08:00",
    )
    with pytest.raises((IntegrityError, InternalError), match="immutable"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(expected_factor="2")
    Event.objects.filter(pk=event.pk).update(superseded_at="2024-05-02T08:00:00+08:00")
    with pytest.raises((IntegrityError, InternalError), match="immutable"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(superseded_at="2024-05-03T08:00:00+08:00")
