"""The step of a visit in which the next order is worked out 模拟订单."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from brands.api import named_products
from brands.lines import packs_of
from customers.visits.answers import BARCODE, MOST_LINES
from customers.visits.models import Visit
from customers.visits.steps import Item, Step
from marketing_ops.lib.quantities import show
from orders.placing.advice import mock_orders, quotas_in_force
from orders.placing.models import MockOrderLine

MOST_PACKS = 1_000_000


class MockOrderLineAnswer(serializers.Serializer):
    barcode = serializers.CharField(**BARCODE, help_text="Of the pack.")
    packs = serializers.IntegerField(min_value=0, max_value=MOST_PACKS)


class MockOrderAnswer(serializers.Serializer):
    """The order as it was worked out with the shopkeeper; nothing is ordered by it."""

    lines = MockOrderLineAnswer(many=True, required=False, max_length=MOST_LINES)


def record_order(visit: Visit, answer: dict) -> None:
    """What is above the quota in force is noted and kept as it was said."""
    wanted = packs_of(answer.get("lines", []), on=visit.day)
    if not wanted:
        return
    quotas = {
        product: packs for _c, product, packs in quotas_in_force([visit.customer_id], visit.day)
    }
    over = [pk for pk, packs in wanted.items() if pk in quotas and packs > quotas[pk]]
    if over:
        named = named_products(over, visit.day)
        words = _("%(product)s: %(wanted)s, the quota in force is %(quota)s")
        said = "; ".join(
            words
            % {
                "product": named[pk]["name"],
                "wanted": show(wanted[pk], named[pk]["packs_per_carton"]),
                "quota": show(quotas[pk], named[pk]["packs_per_carton"]),
            }
            for pk in over
        )
        visit.notes.append(_("Above the quota: %(lines)s.") % {"lines": said})
    MockOrderLine.objects.bulk_create(
        MockOrderLine(
            visit=visit,
            customer_id=visit.customer_id,
            product_id=product,
            day=visit.day,
            packs=packs,
            in_force=quotas.get(product),
        )
        for product, packs in sorted(wanted.items())
    )


mock_order = Step(
    "mock_order",
    Item.RECORD,
    gettext_lazy("Mock order"),
    MockOrderAnswer,
    bundle=mock_orders,
    record=record_order,
)
