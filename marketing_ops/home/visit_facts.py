"""What a visit's phone is told from above: what is sold, each shop's segment and its warnings.

customers.visits lies below goods and figures; settings.VISIT_GOODS and VISIT_FACTS plug these in.
"""

from datetime import date

from brands.models import Barcode, ProductProperties
from customers.models import Customer
from customers.visits.steps import Bundle, Goods
from inventory.indicators.queries import current_set
from marketing_ops.home.api import segments_of
from marketing_ops.home.concerns import concerns_of
from marketing_ops.home.shops import read_shops
from marketing_ops.home.standing import Standing

# What a person can take in before the door of a shop.
MOST_WARNINGS = 8


def goods(day: date) -> Goods:
    """The products that are sold on a day and have a pack's barcode then, by class and name."""
    codes = dict(
        Barcode.objects.on(day)
        .filter(kind=Barcode.Kind.PACK)
        .order_by("period")
        .values_list("product_id", "code")
    )
    rows = ProductProperties.objects.on(day).select_related("product__brand")
    products = {
        row.product_id: {
            "barcode": codes[row.product_id],
            "name": row.product.name,
            "brand": row.product.brand.name,
            "price_class": row.price_class,
            "packs_per_carton": row.packs_per_carton,
            "wholesale_price": str(row.wholesale_price),
            "retail_price": str(row.retail_price),
            "flags": list(row.flags),
        }
        for row in rows.order_by("price_class", "product__name", "product_id")
        if row.product_id in codes
    }
    results = current_set()
    return Goods(products, results.as_of if results else None)


def standings(bundle: Bundle) -> dict[int, dict]:
    """Each shop's stock-out segment, and in words what needs attention there, the worst first."""
    results = current_set()
    if results is None or not bundle.customers:
        return {}
    shops = read_shops(
        Customer.objects.filter(pk__in=bundle.customers),
        day=bundle.day,
        deliveries_after=results.as_of,
    )
    deliveries = {pk: shop.next_delivery for pk, shop in shops.items()}
    concerns = concerns_of(Standing(results), deliveries, today=bundle.day)
    segments = segments_of(results)
    return {
        pk: {
            "segment": segments.get(pk),
            "warnings": [_words(one, bundle.products) for one in concerns[pk][:MOST_WARNINGS]],
        }
        for pk in bundle.customers
    }


def _words(concern, products) -> str:
    product = products.get(concern.product)
    if product is None:
        return concern.matter.words
    return f"{product['name']}: {concern.matter.words_in(product['packs_per_carton'])}"
