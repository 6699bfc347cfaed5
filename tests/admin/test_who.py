"""The admin is for who keeps the master data today; tests/site/test_walk.py knocks at each page."""

from datetime import timedelta

from django.contrib import admin
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from customers.models import Post
from marketing_ops.accounts import second_factor
from marketing_ops.accounts.models import User
from marketing_ops.audit.models import Entry
from marketing_ops.audit.tracked import ReadOnlyAdmin, TrackedAdmin


def test_staff_and_superuser_marks_open_nothing(as_, town):
    person = town.people["district1"]
    person.is_staff = person.is_superuser = True
    person.save()
    assert as_("district1").get("/admin/").status_code == 403


def test_the_right_ends_with_the_post(as_, town):
    client = as_("admin1")
    assert client.get("/admin/").status_code == 200
    today = timezone.localdate()
    Post.objects.filter(user=town.people["admin1"]).update(
        period=DateRange(today - timedelta(days=9), today)
    )
    assert client.get("/admin/").status_code == 403


def test_a_post_as_administrator_is_enough(as_, town):
    Post.objects.create(
        user=town.people["nobody"],
        role="admin",
        period=DateRange(timezone.localdate(), None),
    )
    assert as_("nobody").get(reverse("admin:customers_post_changelist")).status_code == 200


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_without_the_second_factor_an_administrator_is_sent_to_set_it_up(as_, town):
    client = as_("admin1")
    for path in ("/admin/", "/admin/customers/post/", "/admin/login/"):
        assert client.get(path).url == reverse("second_factor")
    session = client.session
    session[second_factor._MARK] = True
    session.save()
    assert client.get("/admin/").status_code == 200


def test_every_page_writes_the_trail_or_nothing(db):
    registered = admin.site._registry
    assert User in registered
    assert Entry in registered
    for model, page in registered.items():
        assert isinstance(page, TrackedAdmin), model
    writable = {
        model._meta.label for model, page in registered.items()
        if not isinstance(page, ReadOnlyAdmin)
    }  # fmt: skip
    assert writable == {
        "accounts.User", "customers.MarketDepartment", "customers.Route",
        "customers.CustomerGroup", "customers.Customer", "customers.Licence",
        "customers.CustomerProperties", "customers.DeliveryCalendar", "customers.RouteAssignment",
        "customers.Post", "customers.WorkDay", "brands.Brand", "brands.Product", "brands.Barcode",
        "brands.ProductProperties", "inventory.Source", "visits.VisitRuleSet", "visits.VisitWindow",
        "visits.BagItem",
    }  # fmt: skip


def test_ledger_orders_results_and_the_trail_are_only_looked_at(admin1, town):
    for model, page in admin.site._registry.items():
        if isinstance(page, ReadOnlyAdmin):
            base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            assert admin1.get(base).status_code == 200
            for path in ("add/", "1/delete/"):
                assert admin1.post(base + path, {"post": "yes"}).status_code in (302, 403), model
