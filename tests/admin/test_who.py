"""The admin is for who keeps the master data today, on every one of its pages."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from customers.models import Post
from marketing_ops.accounts import second_factor
from marketing_ops.accounts.models import User
from marketing_ops.audit.models import Entry
from marketing_ops.audit.tracked import ReadOnlyAdmin, TrackedAdmin

STRANGERS = ("am01", "market1", "inspector1", "district1", "shop1", "nobody")


def patterns(resolver, prefix):
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path


def addresses():
    """Every address of the admin, with a number where one belongs."""
    (site,) = [
        pattern for pattern in get_resolver().url_patterns
        if isinstance(pattern, URLResolver) and pattern.namespace == "admin"
    ]  # fmt: skip
    for path in sorted(set(patterns(site, "/admin/"))):
        yield (
            path.replace("<path:object_id>", "1").replace("<path:content_type_id>", "1")
            .replace("<id>", "1").replace("(?P<url>.*)$", "nothing/")
            .replace("^(?P<app_label>", "").replace("$", "")
        )  # fmt: skip


def filled():
    for path in addresses():
        if "|" in path:  # one page per app
            names = path.removeprefix("/admin/").rstrip("/").rstrip(")")
            yield from (f"/admin/{name}/" for name in names.split("|"))
        else:
            yield path


def test_the_walk_finds_the_pages():
    found = set(filled())
    assert {"/admin/", "/admin/customers/post/1/change/", "/admin/audit/entry/"} <= found
    assert len(found) > 150
    assert not [path for path in found if set("<>()^$|") & set(path)]


@pytest.mark.parametrize("name", STRANGERS)
def test_nobody_else_gets_any_page_of_the_admin(as_, name):
    client = as_(name)
    for path in filled():
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 403, f"{path} answers {answer.status_code} to {name}"


def test_strangers_are_sent_to_the_one_login(client, db):
    for path in filled():
        answer = client.get(path)
        assert answer.status_code in (302, 403), path
        if answer.status_code == 302:
            assert answer.url.startswith(("/accounts/login/", "/admin/login/")), path


def test_an_administrator_gets_every_page_or_a_plain_no(admin1, town):
    """403 where a page only shows, 404 where the row 1 is not there, 405 where only POST goes."""
    for path in filled():
        assert admin1.get(path).status_code in (200, 302, 403, 404, 405), path


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
        "brands.ProductProperties", "inventory.Source",
    }  # fmt: skip


def test_ledger_orders_results_and_the_trail_are_only_looked_at(admin1, town):
    for model, page in admin.site._registry.items():
        if isinstance(page, ReadOnlyAdmin):
            base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            assert admin1.get(base).status_code == 200
            for path in ("add/", "1/delete/"):
                assert admin1.post(base + path, {"post": "yes"}).status_code in (302, 403), model
