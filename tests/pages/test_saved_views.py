"""Saved views: a person's own filters under a name."""

import pytest
from django.test import Client

from marketing_ops.home.models import SavedView
from marketing_ops.home.table import saved
from tests.pages.conftest import links_of, text_of


@pytest.fixture
def client_of(town):
    def client_of(person, **options):
        client = Client(**options)
        client.force_login(town.people[person])
        return client

    return client_of


def save(client, name, question):
    return client.post("/views/save/", {"name": name, "question": question})


def test_a_view_keeps_filters_and_order_and_opens_them_again(district, visit, client_of):
    answer = save(client_of("am01"), "城区", "sort=ratio&area=城区&page=3&nonsense=1")
    assert answer.url == "/shops/?area=%E5%9F%8E%E5%8C%BA&sort=ratio"
    page = visit("am01", "/shops/")
    assert "?area=%E5%9F%8E%E5%8C%BA&sort=ratio" in links_of(page)
    again = visit("am01", "/shops/", area="城区", sort="ratio")
    assert 'aria-current="true">城区</a>' in again.content.decode()
    assert 'id="view-name"' not in again.content.decode(), "what is saved is not saved again"


def test_the_same_name_again_is_the_same_view_with_other_filters(district, client_of):
    client = client_of("am01")
    save(client, "mine", "area=城区")
    save(client, "mine", "area=农村")
    (view,) = SavedView.objects.filter(user=district.people["am01"])
    assert view.question == "area=%E5%86%9C%E6%9D%91"


def test_a_view_is_renamed_and_deleted_by_its_owner(district, client_of):
    client = client_of("am01")
    save(client, "one", "area=城区")
    save(client, "two", "area=农村")
    one = SavedView.objects.get(name="one")
    client.post(f"/views/{one.pk}/rename/", {"name": "two"})
    assert SavedView.objects.filter(name="one").exists(), "another view has this name"
    client.post(f"/views/{one.pk}/rename/", {"name": "three"})
    one.refresh_from_db()
    assert one.name == "three"
    client.post(f"/views/{one.pk}/delete/")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["two"]


def test_anothers_view_is_not_there(district, visit, client_of):
    save(client_of("am01"), "private", "area=城区")
    view = SavedView.objects.get()
    for person in ("am02", "district1", "admin1"):
        other = client_of(person)
        assert other.post(f"/views/{view.pk}/rename/", {"name": "x"}).status_code == 404
        assert other.post(f"/views/{view.pk}/delete/").status_code == 404
        assert "private" not in text_of(visit(person, "/shops/"))
    view.refresh_from_db()
    assert view.name == "private"


def test_views_are_changed_by_a_post_with_a_token_only(district, client_of):
    client = client_of("am01")
    assert client.get("/views/save/").status_code == 405
    strict = client_of("am01", enforce_csrf_checks=True)
    assert save(strict, "x", "").status_code == 403
    assert save(client_of("shop1"), "x", "").status_code == 403
    assert save(Client(), "x", "").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "n" * 41, "a\0b"])
def test_a_view_without_a_fitting_name_is_not_saved(district, client_of, name):
    client = client_of("am01")
    assert save(client, name, "area=城区").status_code == 302
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_the_views_of_a_person(district, client_of, monkeypatch):
    monkeypatch.setattr(saved, "MOST", 2)
    client = client_of("am01")
    for name in ("a", "b", "c", "b"):
        save(client, name, "area=城区")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["a", "b"]


def test_a_name_is_shown_as_text(district, visit, client_of):
    save(client_of("am01"), "<b>bold</b>", "area=城区")
    assert "<b>bold" not in visit("am01", "/shops/").content.decode()
