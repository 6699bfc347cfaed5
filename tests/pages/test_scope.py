"""Who gets which page: another's shop is answered like one that does not exist."""

import pytest

from tests.pages.conftest import links_of, text_of

PAGES = (
    "/shops/",
    "/shops/L1/",
    "/shops/L1/products/6902/",
    "/shops/L5/",
    "/shops/L5/products/6902/",
)


@pytest.mark.parametrize(
    ("person", "statuses"),
    [
        (None, (302, 302, 302, 302, 302)),
        ("nobody", (403, 403, 403, 403, 403)),
        ("shop1", (403, 403, 403, 403, 403)),
        ("am01", (200, 200, 200, 404, 404)),
        ("am02", (200, 404, 404, 404, 404)),
        ("am03", (200, 404, 404, 200, 200)),
        ("market1", (200, 200, 200, 404, 404)),
        ("market2", (200, 404, 404, 200, 200)),
        ("inspector1", (200, 404, 404, 404, 404)),
        ("district1", (200, 200, 200, 200, 200)),
        ("admin1", (200, 200, 200, 200, 200)),
    ],
)
def test_each_role_gets_its_own_pages_and_no_others(district, visit, person, statuses):
    assert tuple(visit(person, path).status_code for path in PAGES) == statuses


def test_anothers_shop_and_no_shop_get_the_same_answer(district, visit):
    for other, none in (
        ("/shops/L5/", "/shops/X9/"),
        ("/shops/L5/products/6902/", "/shops/X9/products/6902/"),
    ):
        foreign, missing = visit("am01", other), visit("am01", none)
        assert foreign.status_code == missing.status_code == 404
        assert text_of(foreign) == text_of(missing)


def test_a_product_that_nobody_has_is_not_found(district, visit):
    assert visit("am01", "/shops/L1/products/9999/").status_code == 404


def test_the_table_links_to_shops_of_the_person_only(district, visit):
    links = links_of(visit("am02", "/shops/"))
    assert {link.split("/")[2] for link in links if link.startswith("/shops/L")} == {"L3", "L4"}


def test_search_and_pages_do_not_reach_anothers_shops(district, visit):
    for questions in ({"q": "L5"}, {"q": "西街"}, {"page": "2"}, {"sort": "ratio"}):
        assert "西街" not in "".join(links_of(visit("am01", "/shops/", **questions)))
        assert "西街小店" not in text_of(visit("am01", "/shops/", **questions))


def test_pages_are_for_reading_only(district, visit):
    from django.test import Client

    client = Client()
    client.force_login(district.people["am01"])
    for path in PAGES[:3]:
        assert client.post(path).status_code == 405


def test_a_person_switched_off_is_sent_to_the_login(district, visit):
    assert visit("am01", "/shops/").status_code == 200
    district.people["am01"].is_active = False
    district.people["am01"].save()
    assert visit("am01", "/shops/").status_code == 302
