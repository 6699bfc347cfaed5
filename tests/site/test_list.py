"""The list of pages is whole: a new address joins it, or says why it is no page."""

from collections import Counter

from tests.site.pages import NO_PAGES, PAGES, addresses


def test_every_address_is_a_page_that_is_looked_at_or_says_why_not():
    listed = {page.address for page in PAGES} | NO_PAGES.keys()
    missing = {name or path for path, name in addresses() if name not in listed}
    assert missing == set(), (
        "add a line to PAGES in tests/site/pages.py (who opens it, which page links to it), or to "
        "NO_PAGES where it is a file, a part or a deed"
    )


def test_the_list_names_nothing_that_is_gone():
    names = {name for _path, name in addresses()}
    pages = {page.address for page in PAGES if not page.address.startswith("/")}
    assert (pages | NO_PAGES.keys()) - names == set()


def test_no_address_is_both_a_page_and_none():
    assert {page.address for page in PAGES} & NO_PAGES.keys() == set()


def test_the_screenshots_of_one_page_do_not_overwrite_those_of_another():
    names = Counter(page.name for page in PAGES)
    assert [name for name, count in names.items() if count > 1] == [], "give it a label"
