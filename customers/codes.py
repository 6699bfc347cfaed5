"""Licence numbers as the files name shops: which customer had a number on a day."""

from customers.models import Licence
from marketing_ops.lib.dated_codes import DatedCodes


def licence_codes() -> DatedCodes:
    """All licence numbers with their customers (ids) and periods."""
    rows = Licence.objects.values_list("number", "customer_id", "period")
    return DatedCodes((number, owner, span.lower, span.upper) for number, owner, span in rows)
