"""Dated rows: a change holds from a day on, a correction is checked, nothing ends in a crash."""

from datetime import date

import pytest

from brands.models import Barcode, ProductProperties
from customers.models import (
    CustomerProperties,
    DeliveryCalendar,
    Licence,
    RouteAssignment,
)
from marketing_ops.audit.models import Entry
from tests.admin.conftest import address, errors_of
from tests.town import LONG_AGO

PROPERTIES = {
    "licence": "L2",
    "starts_on": "2024-07-01",
    "name": "张江二店",
    "format": "便利店",
    "area": "城区",
    "scale": "大",
    "coordinate_system": "WGS-84",
    "terminal": "ordinary",
    "uploads": "on",
}


def spans(model, **owner):
    rows = model.objects.filter(**owner).order_by("period")
    return [(row.starts_on, row.ends_on) for row in rows]


def test_a_change_closes_what_held_before(admin1, town):
    answer = admin1.post(address(CustomerProperties, "add"), PROPERTIES | {"why": "扩建"})
    assert answer.status_code == 302, errors_of(answer)
    shop = town.shops["L2"]
    assert spans(CustomerProperties, customer=shop) == [
        (LONG_AGO, date(2024, 6, 30)),
        (date(2024, 7, 1), None),
    ]
    rows = CustomerProperties.objects.filter(customer=shop).order_by("period")
    assert [row.scale for row in rows] == ["小", "大"]
    entry = Entry.objects.get(action="customerproperties created")
    assert (entry.actor, entry.why) == ("admin1", "扩建")
    assert entry.details["values"]["scale"] == "大"


def test_a_change_on_the_first_day_of_a_row_corrects_it(admin1, town):
    values = PROPERTIES | {"starts_on": "2019-01-01"}
    assert admin1.post(address(CustomerProperties, "add"), values).status_code == 302
    assert spans(CustomerProperties, customer=town.shops["L2"]) == [(LONG_AGO, None)]


def test_a_shop_moves_to_another_route_from_a_day_on(admin1, town):
    values = {"licence": "L2", "starts_on": "2024-07-01", "route": town.routes["东二"].pk}
    assert admin1.post(address(RouteAssignment, "add"), values).status_code == 302
    rows = RouteAssignment.objects.filter(customer=town.shops["L2"]).order_by("period")
    assert [row.route.name for row in rows] == ["东一", "东二"]


def test_a_licence_that_another_shop_holds_is_refused_in_words(admin1, town):
    values = {"licence": "L2", "starts_on": "2024-07-01", "number": "L1"}
    wrong = errors_of(admin1.post(address(Licence, "add"), values))
    assert "L1" in wrong["starts_on"][0]
    assert spans(Licence, customer=town.shops["L2"]) == [(LONG_AGO, None)]


def test_an_unknown_licence_is_said(admin1, town):
    wrong = errors_of(
        admin1.post(address(CustomerProperties, "add"), PROPERTIES | {"licence": "X"})
    )
    assert list(wrong) == ["licence"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2024-05-01", "2024-04-01", "ends_on"),
        ("2018-01-01", "2024-08-01", "starts_on"),
        ("2018-01-01", "", "starts_on"),
        ("gestern", "", "starts_on"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused_in_words(admin1, town, first, last, field):
    shop = town.shops["L2"]
    admin1.post(address(CustomerProperties, "add"), PROPERTIES)
    row = CustomerProperties.objects.filter(customer=shop).order_by("period").first()
    before = spans(CustomerProperties, customer=shop)
    values = PROPERTIES | {"starts_on": first, "ends_on": last}
    answer = admin1.post(address(CustomerProperties, "change", row.pk), values)
    assert field in errors_of(answer)
    assert spans(CustomerProperties, customer=shop) == before


def test_a_correction_is_saved_and_says_from_what_to_what(admin1, town):
    row = CustomerProperties.objects.get(customer=town.shops["L2"])
    values = PROPERTIES | {"starts_on": "2019-01-01", "ends_on": "2024-12-31", "why": "误录"}
    answer = admin1.post(address(CustomerProperties, "change", row.pk), values)
    assert answer.status_code == 302, errors_of(answer)
    row.refresh_from_db()
    assert (row.starts_on, row.ends_on, row.scale) == (LONG_AGO, date(2024, 12, 31), "大")
    changes = Entry.objects.get(action="customerproperties changed").details["changes"]
    assert changes["scale"] == ["小", "大"]
    assert changes["ends_on"] == [None, "2024-12-31"]
    assert "name" not in changes


def test_whose_row_it_is_cannot_be_changed(admin1, town):
    row = Licence.objects.get(number="L2")
    values = {"number": "L2", "starts_on": "2019-01-01", "customer": town.shops["L1"].pk}
    assert admin1.post(address(Licence, "change", row.pk), values).status_code == 302
    row.refresh_from_db()
    assert row.customer == town.shops["L2"]


def test_somebody_quicker_by_a_moment_is_no_crash(admin1, town, monkeypatch):
    """The form's look is switched off, as if the other row came right after it."""
    monkeypatch.setattr("customers.dated_admin.DatedForm.look_for_overlaps", lambda form: None)
    admin1.post(address(CustomerProperties, "add"), PROPERTIES)
    row = CustomerProperties.objects.filter(customer=town.shops["L2"]).order_by("period").first()
    values = PROPERTIES | {"starts_on": "2019-01-01", "ends_on": ""}
    answer = admin1.post(address(CustomerProperties, "change", row.pk), values, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain
    row.refresh_from_db()
    assert row.ends_on == date(2024, 6, 30)


def test_weekdays_are_ticked(admin1, town):
    values = {
        "licence": "L2",
        "starts_on": "2024-07-01",
        "order_weekdays": ["1"],
        "delivery_weekdays": ["3", "5"],
    }
    answer = admin1.post(address(DeliveryCalendar, "add"), values)
    assert answer.status_code == 302, errors_of(answer)
    row = DeliveryCalendar.objects.filter(customer=town.shops["L2"]).order_by("period").last()
    assert (row.order_weekdays, row.delivery_weekdays) == ([1], [3, 5])
    assert errors_of(
        admin1.post(address(DeliveryCalendar, "add"), values | {"delivery_weekdays": ["8"]})
    )


def test_a_price_changes_from_a_day_on(admin1, town):
    product = town.products["6902"]
    values = {
        "product": product.pk,
        "starts_on": "2024-07-01",
        "price_class": "3",
        "wholesale_price": "80",
        "retail_price": "95",
        "packs_per_carton": "10",
        "stage": "成熟期",
        "flags": ["常规", "紧俏"],
    }
    answer = admin1.post(address(ProductProperties, "add"), values)
    assert answer.status_code == 302, errors_of(answer)
    rows = ProductProperties.objects.filter(product=product).order_by("period")
    assert [row.retail_price for row in rows] == [90, 95]


def test_a_barcode_goes_to_another_product_from_a_day_on(admin1, town):
    values = {
        "code": "6903",
        "kind": "pack",
        "product": town.products["6904"].pk,
        "starts_on": "2024-07-01",
    }
    answer = admin1.post(address(Barcode, "add"), values)
    assert answer.status_code == 302, errors_of(answer)
    rows = Barcode.objects.filter(code="6903").order_by("period")
    assert [row.product for row in rows] == [town.products["6903"], town.products["6904"]]
