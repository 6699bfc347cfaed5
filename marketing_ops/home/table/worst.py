"""The products of some shops that need attention, the worst first."""

from collections.abc import Mapping

from inventory.indicators.models import Figure
from marketing_ops.home.attention import Attention, attention
from marketing_ops.home.shops import ProductFacts, Shop
from marketing_ops.home.standing import Standing

Matter = tuple[ProductFacts, Attention]

# What attention() asks of a figure.
_COLUMNS = (
    "customer_id",
    "product_id",
    "window_observed",
    "window_stockout",
    "window_sold",
    "window_closing",
    "cycle_observed",
    "latest_age",
    "latest_closing",
    "recent_observed",
    "recent_stockout",
    "recent_sold",
    "days_without_sale",
)


def matters(
    shops: Mapping[int, Shop],
    products: Mapping[int, ProductFacts],
    standing: Standing,
    chosen: frozenset[int] | None,
) -> dict[int, list[Matter]]:
    """By customer id, in one query; `chosen`: only of these products (None: of all)."""
    results = standing.results
    figures = Figure.objects.filter(result_set=results, customer_id__in=list(shops))
    if chosen is not None:
        figures = figures.filter(product_id__in=chosen)
    ranges = {pk: standing.reasonable_range(one.price_class) for pk, one in products.items()}
    found: dict[int, list[Matter]] = {}
    for figure in figures.values_list(*_COLUMNS, named=True):
        product = products.get(figure.product_id)
        matter = product and attention(
            figure,
            as_of=results.as_of,
            next_delivery=shops[figure.customer_id].next_delivery,
            reasonable=ranges[figure.product_id],
        )
        if matter:
            found.setdefault(figure.customer_id, []).append((product, matter))
    for own in found.values():
        own.sort(key=lambda pair: (pair[1].rank, pair[0].pk))
    return found
