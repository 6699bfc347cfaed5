"""The step of a visit in which products are introduced 介, with what is recommended."""

from dataclasses import replace

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from brands.lines import products_of
from customers.visits import own_steps
from customers.visits.models import Visit
from customers.visits.steps import Bundle
from orders.recommendations.models import Introduction
from orders.recommendations.queries import recommended
from orders.recommendations.words import words


def recommended_in(bundle: Bundle) -> dict[int, dict]:
    found = recommended(bundle.customers, day=bundle.day, products=bundle.products.keys())
    return {
        customer: {
            "recommended": [
                {
                    "barcode": bundle.products[one.product]["barcode"],
                    "packs": one.packs,
                    "reasons": [
                        words(
                            reason,
                            packs_per_carton=bundle.products[one.product]["packs_per_carton"],
                        )
                        for reason in one.reasons
                    ],
                }
                for one in advice
            ]
        }
        for customer, advice in found.items()
        if advice
    }


def record_introductions(visit: Visit, answer: dict) -> None:
    """Of a product that is there twice the last word counts. Raises ValidationError where."""
    said = answer.get("products", [])
    known = products_of((one["barcode"] for one in said), on=visit.day)
    unknown = [
        {"barcode": [_("There is no product with this barcode.")]}
        if one["barcode"] not in known
        else {}
        for one in said
    ]
    if any(unknown):
        raise ValidationError({"products": unknown})
    reactions = {
        known[one["barcode"]]: one.get("reaction", Introduction.Reaction.NONE) for one in said
    }
    Introduction.objects.bulk_create(
        Introduction(
            visit=visit,
            customer_id=visit.customer_id,
            product_id=product,
            day=visit.day,
            reaction=reaction,
        )
        for product, reaction in sorted(reactions.items())
    )


introduced = replace(own_steps.introduced, bundle=recommended_in, record=record_introductions)
