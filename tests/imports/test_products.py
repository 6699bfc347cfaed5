"""The file of products against the small town."""

from datetime import date
from decimal import Decimal

from brands.models import Barcode, Product, ProductProperties
from tests.town import TODAY

from .files import PRODUCT_HEADER, product
from .running import counts, places, run

WITH_CARTON = PRODUCT_HEADER + ",carton_barcode"
WITH_SUCCESSOR = PRODUCT_HEADER + ",successor_of"


def load(*rows, header=PRODUCT_HEADER, **options):
    return run("products", header, *rows, **options)


def on(code, day=TODAY):
    return ProductProperties.objects.on(day).get(product__barcodes__code=code)


def test_a_new_product_holds_for_all_days_because_its_ledger_may_be_older(town):
    assert counts(load(product())) == (1, 0, 0, 0)
    held = on("6909", date(2020, 1, 1))
    assert (held.price_class, held.wholesale_price) == (3, Decimal("100.00"))
    assert (held.retail_price, held.packs_per_carton) == (Decimal("120.50"), 10)
    assert held.flags == ["常规", "重点"]
    assert held.product.brand.name == "牡丹"
    assert Barcode.objects.on(date(2020, 1, 1)).filter(code="6909").exists()


def test_the_same_file_twice_changes_nothing(town):
    rows = [product(), product("6910", name="牡丹(硬)", flags="重点;常规")]
    load(*rows)
    assert counts(load(*rows)) == (0, 0, 2, 0)
    assert counts(load(rows[0], product("6910", name="牡丹(硬)", flags="常规;重点"))) == (
        0,
        0,
        2,
        0,
    )


def test_a_changed_price_holds_from_today_or_from_the_day_that_was_asked_for(town):
    load(product())
    assert counts(load(product(retail_price="130"))) == (0, 1, 0, 0)
    assert on("6909").retail_price == 130
    assert on("6909", date(2024, 6, 27)).retail_price == Decimal("120.5")
    load(product(retail_price="130", stage="衰退期"), effective=date(2024, 8, 1))
    assert on("6909").stage == "成熟期"
    assert on("6909", date(2024, 8, 1)).stage == "衰退期"


def test_a_successor_is_the_same_product_under_a_further_barcode(town):
    report = load(
        product("6919", name="牡丹(新版)") + ",6909", product() + ",", header=WITH_SUCCESSOR
    )
    assert counts(report) == (2, 0, 0, 0)
    assert Product.objects.filter(barcodes__code__in=["6909", "6919"]).distinct().count() == 1
    assert on("6909").product.name == "牡丹(新版)"


def test_an_old_and_a_new_barcode_in_one_file_do_not_take_turns(town):
    rows = [product() + ",", product("6919", name="牡丹(新版)", stage="成长期") + ",6909"]
    load(*rows, header=WITH_SUCCESSOR)
    assert counts(load(*rows, header=WITH_SUCCESSOR)) == (0, 0, 2, 0)
    assert on("6909").stage == "成长期"
    without = [row.rpartition(",")[0] for row in rows]
    assert counts(load(*without)) == (0, 0, 2, 0)


def test_a_chain_of_successors_in_any_order_is_one_product(town):
    rows = [product("6921") + ",6920", product("6920") + ",6919", product("6919") + ",6901"]
    assert counts(load(*rows, header=WITH_SUCCESSOR)) == (3, 0, 0, 0)
    assert Product.objects.filter(barcodes__code="6921").get() == town.products["6901"]


def test_a_circle_of_successors_is_rejected(town):
    rows = [product("6921") + ",6920", product("6920") + ",6921", product("6930") + ",6930"]
    report = load(*rows, product() + ",", header=WITH_SUCCESSOR)
    assert counts(report) == (1, 0, 0, 3)
    assert {column for _line, column in places(report)} == {"successor_of"}


def test_a_predecessor_that_nobody_knows_is_rejected(town):
    report = load(product("6921") + ",7777", header=WITH_SUCCESSOR)
    assert places(report) == [(2, "successor_of")]
    assert not Barcode.objects.filter(code="6921").exists()


def test_two_known_products_do_not_become_one_by_a_file(town):
    report = load(product("6902") + ",6901", header=WITH_SUCCESSOR)
    assert places(report) == [(2, "successor_of")]


def test_a_cartons_barcode_is_the_products_and_not_a_pack(town):
    assert counts(load(product() + ",69090", header=WITH_CARTON)) == (1, 0, 0, 0)
    assert Barcode.objects.get(code="69090").kind == "carton"
    assert counts(load(product() + ",69090", header=WITH_CARTON)) == (0, 0, 1, 0)
    assert counts(load(product() + ",69091", header=WITH_CARTON)) == (0, 1, 0, 0)
    assert places(load(product("69090"))) == [(2, "barcode")]


def test_a_cartons_barcode_of_another_product_is_rejected(town):
    load(product() + ",69090", header=WITH_CARTON)
    report = load(product("6910") + ",69090", product("6911") + ",6901", header=WITH_CARTON)
    assert places(report) == [(2, "carton_barcode"), (3, "carton_barcode")]
    assert not Product.objects.filter(barcodes__code="6910").exists()


def test_bad_cells_are_named_with_what_is_possible(town):
    report = load(
        product(price_class="6"),
        product("6910", flags="常规;特供"),
        product("6911", packs_per_carton="0"),
        product("6912", wholesale_price="100.005"),
        product("6913", stage="青春期"),
        product("6914", price_class="三类", stage="成熟", flags=""),
    )
    assert counts(report) == (1, 0, 0, 5)
    assert places(report) == [
        (2, "price_class"),
        (3, "flags"),
        (4, "packs_per_carton"),
        (5, "wholesale_price"),
        (6, "stage"),
    ]
    assert "控量" in report.problems[1].reason


def test_a_carton_does_not_have_the_barcode_of_its_pack(town):
    for _twice in range(2):
        report = load(product() + ",6909", header=WITH_CARTON)
        assert counts(report) == (0, 0, 0, 1)
        assert places(report) == [(2, "carton_barcode")]
