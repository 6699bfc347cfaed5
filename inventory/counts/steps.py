"""The step of a visit in which the stock is counted 看."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from brands.lines import packs_of
from customers.visits.answers import BARCODE, MOST_LINES
from customers.visits.models import Visit
from customers.visits.steps import Bundle, Item, Step, goods_on
from inventory.counts.models import StockCount
from inventory.counts.stock import last_stock

MOST_PACKS = 1_000_000


class PacksLine(serializers.Serializer):
    barcode = serializers.CharField(**BARCODE, help_text="Of the pack.")
    packs = serializers.IntegerField(min_value=0, max_value=MOST_PACKS)


class StockCountAnswer(serializers.Serializer):
    """What was counted. Of `lines` only what differs needs to be there, if `as_expected`."""

    as_expected = serializers.BooleanField(
        required=False, help_text="All that is not in `lines` was seen to be as the bundle said."
    )
    lines = PacksLine(many=True, required=False, max_length=MOST_LINES)


def listed_stock(bundle: Bundle) -> dict[int, dict]:
    """What each shop deals in with its last known stock, in the order of the products."""
    shelves = last_stock(bundle.customers, before=bundle.day)
    return {
        customer: {
            "lines": [
                {"barcode": product["barcode"], "packs": shelf[pk][0], "day": shelf[pk][1]}
                for pk, product in bundle.products.items()
                if pk in shelf
            ]
        }
        for customer, shelf in shelves.items()
    }


def record_counts(visit: Visit, answer: dict) -> None:
    """What was counted, beside what the ledger said when the visit began: later reports change
    neither. Raises ValidationError at a line."""
    counted = packs_of(answer.get("lines", []), on=visit.day)
    shelves = last_stock([visit.customer_id], before=visit.day, known_at=visit.started_at)
    shelf = shelves.get(visit.customer_id, {})
    if answer.get("as_expected"):
        shown = goods_on(visit.day).products
        counted = {pk: packs for pk, (packs, _day) in shelf.items() if pk in shown} | counted
    nothing = (None, None)
    StockCount.objects.bulk_create(
        StockCount(
            visit=visit,
            customer_id=visit.customer_id,
            product_id=product,
            day=visit.day,
            expected=shelf.get(product, nothing)[0],
            expected_day=shelf.get(product, nothing)[1],
            counted=packs,
        )
        for product, packs in sorted(counted.items())
    )


stock_count = Step(
    "stock_count",
    Item.LOOK,
    _("Stock count"),
    StockCountAnswer,
    bundle=listed_stock,
    record=record_counts,
)
