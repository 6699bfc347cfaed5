"""Components as text: figures with their counts, sorting addresses, tables beside charts."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from marketing_ops import navigation
from marketing_ops.templatetags import kit


def render(text, path="/", **context):
    request = RequestFactory().get(path)
    template = Template("{% load kit %}" + text)
    return template.render(Context({"request": request, **context}))


def test_a_share_stands_with_its_counts():
    assert kit.counted(9, 10) == "90.0% (9/10)"
    assert kit.counted(1234, 100_000) == "1.2% (1,234/100,000)"
    assert kit.counted(0, 5) == "0.0% (0/5)"


def test_a_share_of_nothing_is_a_dash():
    assert kit.counted(0, 0) == kit.counted(None, 7) == kit.counted(3, None) == "—"


@pytest.mark.parametrize(
    ("sort", "direction", "next_sort"),
    [("ratio", "ascending", "-ratio"), ("-ratio", "descending", "ratio"), ("name", None, "-ratio")],
)
def test_a_click_on_a_column_turns_its_direction(sort, direction, next_sort):
    head = render('{% sort_header "Ratio" "ratio" sort=sort %}', "/?q=a&page=3", sort=sort)
    assert f'href="?q=a&amp;sort={next_sort}"' in head
    assert (f'aria-sort="{direction}"' in head) == bool(direction)
    assert ("aria-sort" in head) == bool(direction)


def test_a_column_of_one_direction_keeps_its_address():
    head = render('{% sort_header "Out" "out" sort="out" only="descending" %}')
    assert 'href="?sort=out"' in head and 'aria-sort="descending"' in head
    assert "aria-sort" not in render('{% sort_header "Out" "out" only="descending" %}')


def test_what_a_person_wrote_is_never_markup():
    evil = "<img src=x onerror=alert(1)>"
    text = render(
        "{% breadcrumb evil '/' evil %}{% badge evil %}{% alert evil %}{% empty evil evil %}"
        "{% tile evil evil %}{% sparkline values evil %}{% chart 'c' evil data %}"
        "{% shop_map 'm' evil data=places %}",
        evil=evil,
        values=[1, 2],
        data={"kind": "bars", "x": [evil], "series": [{"name": evil, "values": [1]}]},
        places={"groups": [], "areas": [evil], "shops": []},
    )
    assert "<img" not in text
    assert "&lt;img" in text


def test_a_sparkline_breaks_where_nothing_is_known():
    line = kit.sparkline([1, None, 3, 4])
    assert line.count("M") == 2
    assert kit.sparkline([None, None]) == kit.sparkline([]) == "—"
    assert "NaN" not in kit.sparkline([0, 0, 0])


def test_the_figures_of_a_chart_stand_in_its_table_as_its_tooltips_write_them():
    data = {
        "kind": "lines",
        "x": ["06-01", "06-02"],
        "unit": "%",
        "places": 1,
        "series": [
            {"name": "out", "values": [1.25, None]},
            {"name": "kept", "values": [1, 2], "words": ["1 of 3", "2 of 3"]},
        ],
    }
    text = render("{% chart 'c' 'Trend' data %}", data=data)
    for words in ("1.2%", "—", "1 of 3", "2 of 3", "06-02"):
        assert f">{words}<" in text
    assert 'data-chart="c-data"' in text and 'id="c-data"' in text


def test_a_chart_whose_series_are_of_unequal_length_is_refused():
    data = {"kind": "bars", "x": ["a", "b"], "series": [{"name": "n", "values": [1]}]}
    with pytest.raises(ValueError, match="zip"):
        render("{% chart 'c' 'Bars' data %}", data=data)


def test_progress_asks_again_until_it_is_over():
    going = render('{% progress "p" "Rows" 3 10 "/more/" %}')
    assert 'hx-get="/more/"' in going and 'value="3"' in going and 'max="10"' in going
    assert "hx-get" not in render('{% progress "p" "Rows" 10 10 %}')
    assert "value=" not in render('{% progress "p" "Rows" 0 0 "/more/" %}'), "how far is unknown"


def test_a_tone_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no tone 'pink'"):
        kit.badge("x", "pink")


def test_the_navigation_holds_what_one_may_open(town):
    def words(person):
        request = RequestFactory().get("/shops/L1/")
        request.user = town.people[person]
        return {
            link.address: link.here
            for section in navigation.sections(request)
            for link in section.links
        }

    assert words("am01")["/shops/"] is True
    assert words("shop1").keys() == {"/my-shop/"}, "no pages of the department"
