"""The reasons of a call, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from marketing_ops.lib.quantities import show
from orders.recommendations.models import Introduction


def words(reason: Mapping, products: Mapping[int, dict]) -> str:
    """`products`: as brands.api.named_products names them."""
    if reason["code"] == "payment":
        said = " · ".join(text for text in (reason["status"], reason["payment"]) if text)
        return _("The electronic payment failed: %(said)s") % {"said": said}
    product = products.get(reason["product"], {"name": "—", "packs_per_carton": 1})
    if reason["code"] == "not-ordered":
        reaction = Introduction.Reaction(reason["reaction"]).label
        return _(
            "%(product)s: on %(day)s the shopkeeper was “%(reaction)s”, the order is without it"
        ) % {
            "product": product["name"],
            "day": reason["visited"][5:],
            "reaction": reaction,
        }
    carton = product["packs_per_carton"]
    numbers = {
        "product": product["name"],
        "requested": show(reason["requested"], carton),
        "supplied": show(reason["supplied"], carton),
    }
    sentence = _("%(product)s: %(supplied)s of %(requested)s supplied") % numbers
    return f"{sentence} · {_cause(reason, carton)}"


def _cause(reason: Mapping, carton: int) -> str:
    if reason["code"] == "over-quota":
        return _("more than the quota in force, %(quota)s") % {
            "quota": show(reason["in_force"], carton)
        }
    if reason["code"] == "short-supply":
        return _("the whole district got %(percent)s %% of what it asked for") % {
            "percent": reason["supply"] // 10
        }
    if reason.get("status"):
        return _("reason not known; the file says “%(status)s”") % {"status": reason["status"]}
    return _("reason not known")
