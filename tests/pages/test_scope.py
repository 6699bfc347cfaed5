"""What of a page depends on who looks; that nobody sees more: tests/site/test_walk.py."""

from tests.pages.conftest import links_of


def test_a_product_that_nobody_has_is_not_found(district, visit):
    assert visit("am01", "/shops/L1/products/9999/").status_code == 404


def test_the_table_links_to_shops_of_the_person_only(district, visit):
    links = links_of(visit("am02", "/shops/"))
    assert {link.split("/")[2] for link in links if link.startswith("/shops/L")} == {"L3", "L4"}


def test_a_person_switched_off_is_sent_to_the_login(district, visit):
    assert visit("am01", "/shops/").status_code == 200
    district.people["am01"].is_active = False
    district.people["am01"].save()
    assert visit("am01", "/shops/").status_code == 302
