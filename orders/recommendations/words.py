"""The reasons of a recommendation as the account manager reads them to the shopkeeper."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketing_ops.lib.quantities import show
from orders.recommendations.rules import Reason, Why


def words(reason: Reason, *, packs_per_carton: int) -> str:
    if reason.why == Why.KEY_MISSING:
        return _("A key or assessed brand that was not on this shelf for three months.")
    if reason.why == Why.ROOM:
        return _(
            "The stock is short, and the quota in force leaves %(packs)s more than the last orders "
            "asked for."
        ) % {"packs": show(reason.number, packs_per_carton)}
    return ngettext(
        "New: %(shops)d shop of this kind sells it, and this one does not have it.",
        "New: %(shops)d shops of this kind sell it, and this one does not have it.",
        reason.number,
    ) % {"shops": reason.number}
