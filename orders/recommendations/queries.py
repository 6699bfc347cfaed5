"""What the recommender knows of many shops at once, from the current set of results."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from django.db import connection

from brands.models import ProductProperties, Stage
from customers.models import CustomerProperties
from inventory.indicators.models import Figure, ResultSet
from inventory.indicators.queries import current_set
from orders.quotas.models import QuotaDecision, Recommendation
from orders.recommendations.models import Introduction
from orders.recommendations.rules import (
    LIMITS,
    PairFacts,
    ProductFacts,
    Recommended,
    recommend,
)

LAST_ORDERS = 3
ORDERS_WITHIN = timedelta(days=35)

Kind = tuple[str, str, str]  # format, area, scale

# How many shops of each kind sold a new product in the window.
_SELLERS = """
    SELECT p.format, p.area, p.scale, f.product_id, count(*)
      FROM indicators_figure f
      JOIN customers_customerproperties p
        ON p.customer_id = f.customer_id AND p.period @> %s::date
     WHERE f.result_set_id = %s AND f.product_id = ANY(%s) AND f.window_sold > 0
     GROUP BY 1, 2, 3, 4
"""
_LAST_ORDERS = """
    SELECT customer_id, product_id, max(requested)
      FROM (SELECT customer_id, product_id, requested,
                   dense_rank() OVER (PARTITION BY customer_id ORDER BY ordered_on DESC) AS back
              FROM orders_orderline
             WHERE customer_id = ANY(%s) AND ordered_on >= %s AND ordered_on <= %s
               AND superseded_at IS NULL) AS lines
     WHERE back <= %s
     GROUP BY 1, 2
"""


class _Kept:
    """The sellers of one published set; it never changes, so they are counted once per process."""

    key: tuple | None = None
    found: Mapping[tuple, int] = {}


def products_on(day: date, products: Collection[int]) -> list[ProductFacts]:
    rows = ProductProperties.objects.on(day).filter(product__in=products).order_by("product")
    return [
        ProductFacts(
            row.product_id,
            row.price_class,
            row.stage,
            frozenset(row.flags),
            row.packs_per_carton,
        )
        for row in rows
    ]


def sellers(results: ResultSet, products: Iterable[ProductFacts]) -> Mapping[tuple, int]:
    """{(format, area, scale, product): shops that sold it in the window}, of what is new."""
    new = sorted(one.product for one in products if one.stage in (Stage.INTRODUCTION, Stage.GROWTH))
    key = results.pk, results.known_at, results.completed_at, tuple(new)
    if _Kept.key != key:
        with connection.cursor() as cursor:
            cursor.execute(_SELLERS, [results.as_of, results.pk, new])
            found = {tuple(row[:4]): row[4] for row in cursor.fetchall()}
        _Kept.key, _Kept.found = key, found
    return _Kept.found


def kinds_of(customers: Collection[int], day: date) -> dict[int, Kind]:
    rows = CustomerProperties.objects.on(day).filter(customer__in=customers)
    return {
        pk: tuple(kind) for pk, *kind in rows.values_list("customer_id", "format", "area", "scale")
    }


def pairs_of(
    customers: Collection[int],
    products: list[ProductFacts],
    results: ResultSet,
    *,
    day: date,
) -> dict[int, dict[int, PairFacts]]:
    """{customer: {product: facts}} of all that is known: seven queries, however many shops."""
    asked = list(customers)
    facts: defaultdict[tuple[int, int], dict] = defaultdict(dict)
    figures = Figure.objects.filter(result_set=results, customer__in=asked)
    for pk, product, observed, stockout, stock in figures.values_list(
        "customer_id", "product_id", "window_observed", "window_stockout", "latest_closing"
    ):
        facts[pk, product] = {
            "known": True,
            "observed": observed or 0,
            "stockout": stockout or 0,
            "stock": stock,
        }
    advice = Recommendation.objects.filter(result_set=results, customer__in=asked)
    for pk, product, rate, lasts in advice.values_list(
        "customer_id", "product_id", "rate_millipacks", "interval_days"
    ):
        facts[pk, product].update(rate=rate, lasts=lasts)
    in_force = QuotaDecision.objects.known(None).on(day).filter(customer__in=asked)
    for pk, product, packs in in_force.values_list("customer_id", "product_id", "packs"):
        facts[pk, product].update(in_force=packs)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_ORDERS, [asked, day - ORDERS_WITHIN, day, LAST_ORDERS])
        for pk, product, requested in cursor.fetchall():
            facts[pk, product].update(requested=requested)
    refused = Introduction.objects.filter(
        customer__in=asked,
        reaction=Introduction.Reaction.REFUSED,
        day__gt=day - timedelta(days=LIMITS.rest_days),
    )
    for pk, product in refused.values_list("customer_id", "product_id").distinct():
        facts[pk, product].update(refused=True)
    sold, kinds = sellers(results, products), kinds_of(asked, results.as_of)
    of_kind: dict[Kind, list[tuple[int, int]]] = {}
    for (*kind, product), shops in sold.items():
        of_kind.setdefault(tuple(kind), []).append((product, shops))
    for pk in asked:
        for product, shops in of_kind.get(kinds.get(pk), ()):
            facts[pk, product].update(peers=shops)
    found: dict[int, dict[int, PairFacts]] = {}
    for (pk, product), values in facts.items():
        found.setdefault(pk, {})[product] = PairFacts(**values)
    return found


def recommended(
    customers: Collection[int], *, day: date, products: Collection[int]
) -> dict[int, list[Recommended]]:
    """What to introduce in each shop on a day, of these products; {} before the first night."""
    results = current_set()
    if results is None or not customers:
        return {}
    facts = products_on(day, products)
    pairs = pairs_of(customers, facts, results, day=day)
    return {pk: recommend(facts, own) for pk, own in pairs.items()}
