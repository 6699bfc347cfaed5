"""Every page of the list, on a phone and on a desk, in both languages: anyone can use it.

A new page joins by its line in tests/site/pages.py. `python -m tests.site.screenshots` makes the
pictures of all of them; the tests make those of a few, so that the way to them does not rot.
"""

import pytest

from tests.site import checks
from tests.site.pages import PAGES
from tests.site.screenshots import SIZES, file_name, photograph

pytestmark = pytest.mark.browser

NARROW = (320, 700)
PHOTOGRAPHED = {"shops", "shop"}


def test_everybody_can_read_every_page(visitor, tmp_path):
    """axe on phone and desk, light and dark; nothing lost at 320 px or with letters of 200 %; the
    browser finds nothing to complain of, and asks for nothing from elsewhere."""
    problems = []
    for page in PAGES:

        def note(where, found, page=page):
            problems.extend(f"{page.name}, {where}: {one}" for one in found)

        if visitor.path(page) is None:
            note("town", [f"nothing on the page {page.found_on} links to it"])
            continue
        window = visitor.open(page, SIZES["phone"])
        note("phone", checks.small_targets(window))
        window.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        note("phone", checks.axe(window))
        note("phone", checks.lost_text(window))
        window.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        note("320 px", checks.too_wide(window))
        note("320 px", checks.lost_text(window))
        width, height = SIZES["desk"]
        window.set_viewport_size({"width": width, "height": height})
        note("desk", checks.axe(window))
        note("desk", checks.lost_text(window))
        if visitor.language == "en":
            window.emulate_media(color_scheme="dark")
            note("dark", checks.axe(window, "color-contrast"))
            window.emulate_media(color_scheme="light")
        # What a browser's setting of 200 % letters does.
        window.evaluate("document.documentElement.style.fontSize = '200%'")
        note("letters 200 %", checks.too_wide(window))
        note("letters 200 %", checks.lost_text(window))
        if page.status == 200:  # else the browser complains of the status itself
            note("browser", visitor.complaints)
        visitor.complaints.clear()
        if page.name in PHOTOGRAPHED:
            photograph(window, tmp_path / file_name(page.name, "desk", visitor.language))
    assert not problems, "\n".join(problems)
    assert len(list(tmp_path.iterdir())) == len(PHOTOGRAPHED)


@pytest.mark.parametrize("visitor", ["en"], indirect=True)
def test_every_page_is_used_by_keyboard(visitor):
    problems = []
    for page, path in visitor.paths():
        if path is None:
            continue  # the test above says so
        window = visitor.open(page, SIZES["desk"])
        problems += [f"{page.name}: {one}" for one in checks.keyboard(window)]
        problems += [f"{page.name}: {one}" for one in checks.dialogs(window)]
        width, height = SIZES["phone"]
        window.set_viewport_size({"width": width, "height": height})
        problems += [f"{page.name}, phone: {one}" for one in checks.dialogs(window)]
    assert not problems, "\n".join(problems)
