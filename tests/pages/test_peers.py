"""A shop beside its peers, chosen products, few observations, pinyin: what the table adds."""

from fractions import Fraction

import numpy as np
import pytest

from customers import pinyin
from customers.models import CustomerProperties
from inventory.indicators.models import Figure
from inventory.indicators.queries import current_set
from inventory.indicators.rules import SEGMENT_BOUNDS
from marketing_ops.home.master import read_version
from marketing_ops.home.shop_sums import NOTHING, shop_sums, together
from marketing_ops.home.table import peers
from marketing_ops.home.table.columns import Line
from marketing_ops.home.table.peers import PeerSums, kinds
from marketing_ops.nightly import run_night
from tests.pages.conftest import text_of
from tests.pages.test_shop_table import licences
from tests.town import DAY

ALIKE = {"format": "便利店", "area": "城区", "scale": "中"}


@pytest.fixture
def alike(stocked):
    """All six shops of one kind; five of them have an observed day."""
    CustomerProperties.objects.update(**ALIKE)
    run_night(as_of=DAY, by="test")
    return stocked


@pytest.fixture
def four(monkeypatch):
    """Four peers are enough: the town has no more."""
    monkeypatch.setattr(peers, "FEWEST", 4)


def sums_now(products=None):
    return shop_sums(current_set(), SEGMENT_BOUNDS, products)


def test_peers_are_the_sum_of_the_others_of_the_kind(alike, four):
    table = sums_now()
    everybody = table.customers
    own = table[alike.shops["L1"].pk]
    found = PeerSums(kinds(current_set(), read_version()), table, everybody).of(
        alike.shops["L1"].pk, own
    )
    others = [table[alike.shops[name].pk] for name in ("L2", "L3", "L4", "L5")]
    assert found.shops == 4
    assert found.sums.stockout_rate == together(others).stockout_rate
    assert found.sums.satisfaction == together(others).satisfaction
    assert found.sums.ratio_days == together(others).ratio_days


def test_fewer_than_five_peers_are_not_compared_with(alike, visit):
    assert "points, " not in text_of(visit("district1", "/shops/", language="en"))
    table = sums_now()
    own = table[alike.shops["L1"].pk]
    assert (
        PeerSums(kinds(current_set(), read_version()), table, table.customers).of(
            alike.shops["L1"].pk, own
        )
        is None
    )


def test_what_few_foreign_shops_have_cannot_be_worked_out_from_a_sum(alike, four):
    table = sums_now()
    own = table[alike.shops["L1"].pk]

    def seen_by(*names):
        return np.array([alike.shops[name].pk for name in names])

    def told(visible):
        return (
            PeerSums(kinds(current_set(), read_version()), table, visible).of(
                alike.shops["L1"].pk, own
            )
            is not None
        )

    assert told(seen_by("L1", "L2", "L3", "L4", "L5", "L6"))
    assert told(seen_by("L1")), "four whom one does not see are a sum"
    assert not told(seen_by("L1", "L2")), "three are too few"
    assert not told(seen_by("L1", "L2", "L3", "L4")), "the sum less one's own is the fourth"


def test_shops_of_another_kind_are_no_peers(district, four):
    table = sums_now()
    for name in ("L1", "L2", "L3", "L4", "L5"):
        pk = district.shops[name].pk
        assert (
            PeerSums(kinds(current_set(), read_version()), table, table.customers).of(pk, table[pk])
            is None
        )


def test_the_difference_is_that_of_the_figures_shown_and_has_a_word(alike, four, visit):
    words = text_of(visit("district1", "/shops/", language="en", sort="licence"))
    table = sums_now()
    pk = alike.shops["L1"].pk
    line = Line(
        shop=None,
        sums=table[pk],
        segment=None,
        longest=91,
        peers=PeerSums(kinds(current_set(), read_version()), table, table.customers).of(
            pk, table[pk]
        ),
    )
    beside = line.stockout_beside
    own = round(line.sums.stockout_rate * 1000)
    assert beside.difference == Fraction(own - round(beside.value * 1000), 10) > 0
    assert f"+{float(beside.difference):.1f} points, worse (peers " in words
    assert "西街" not in text_of(visit("am01", "/shops/"))


def test_sums_over_chosen_products_are_those_of_their_figures(district, visit):
    chosen = {
        name: district.products[name].pk for name in ("6902", "6904")
    }  # price class 3, two brands
    table = sums_now(frozenset(chosen.values()))
    shop = district.shops["L1"]
    figures = Figure.objects.filter(
        customer=shop, result_set=current_set(), product_id__in=chosen.values()
    )
    own = table[shop.pk]
    assert own.cells == 2
    assert own.observed_days == sum(figure.window_observed for figure in figures)
    assert own.stockout_days == sum(figure.window_stockout for figure in figures)
    assert own.closing == sum(figure.window_closing for figure in figures)
    assert own.segment == sums_now()[shop.pk].segment, "a shop's segment is over all it has"
    words = text_of(visit("am01", "/shops/", price_class="3", language="en"))
    assert f"({own.stockout_days}/{own.observed_days})" in words
    assert "大前门" not in words.split("Worst products")[1], "what was not chosen is not named"


def test_class_brand_and_product_narrow_each_other_down(district, visit):
    liqun = district.products["6904"]
    both = visit("am01", "/shops/", price_class="3", brand=liqun.brand_id, language="en")
    one = visit("am01", "/shops/", product=liqun.pk, language="en")
    table = both.content.decode().split("<tbody")[1]
    assert table == one.content.decode().split("<tbody")[1]
    none = text_of(visit("am01", "/shops/", price_class="1", product=liqun.pk, language="en"))
    assert "0/0" in none


def test_a_shop_that_the_set_does_not_know_has_nothing(district):
    table = sums_now()
    unknown = np.array([district.shops["L6"].pk, 10**6, -1])
    assert table.together(table.rows(unknown)) == NOTHING
    with pytest.raises(KeyError):
        table[10**6]


def test_few_observations_are_marked_and_the_rule_stands_on_the_page(district, visit):
    words = text_of(visit("district1", "/shops/", language="en"))
    assert "no product was observed on 28 days" in words
    page = visit("district1", "/shops/", q="L6", language="en").content.decode()
    assert '<span class="badge">few observations</span>' in page
    assert 'class="number few"' in page
    page = visit("district1", "/shops/", q="L2", language="en").content.decode()
    assert "few observations</span>" not in page


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("xijie", ["L5", "L6"]),
        ("XJXD", ["L5", "L6"]),
        ("xijxiaod", ["L5"]),
        ("chuansha yan", ["L4"]),
        ("zjyd", ["L1"]),
        ("l3", ["L3"]),
        ("zzz", []),
    ],
)
def test_shops_are_found_by_pinyin(district, visit, typed, found):
    assert licences(visit("district1", "/shops/", q=typed, sort="licence")) == found
    assert licences(visit("am03", "/shops/", q=typed, sort="licence")) == [
        name for name in found if name in ("L5", "L6")
    ]


def test_the_api_finds_shops_by_pinyin_too(district, visit):
    def found(path, person="district1"):
        return str(visit(person, path, q="xijie").json())

    for path in ("/api/shops/", "/api/shop-figures/"):
        assert "西街小店" in found(path) and "张江" not in found(path)
        assert "西街" not in found(path, "am01"), "what one does not see is not found"


@pytest.mark.parametrize(
    ("name", "typed", "fits"),
    [
        ("重庆银行", "chongqing", True),
        ("重庆银行", "zhongqing", True),
        ("重庆银行", "cqyh", True),
        ("重庆银行", "qyh", True),
        ("绿岛", "lvd", True),
        ("绿岛", "ludao", True),
        ("老王A1店", "lwa1d", True),
        ("老王（东）店", "lwdd", True),
        ("西安", "xi'an", True),
        ("西安", "xan", True),
        ("西街小店", "xdj", False),
        ("西街小店", "xijiez", False),
        ("", "x", False),
        ("西街", "''", False),
    ],
)
def test_a_name_reads_in_full_by_initials_and_by_each_sound(name, typed, fits):
    assert pinyin.fitting([name], typed) == ([name] if fits else [])
