"""Licence numbers as the files name shops: which customer had a number on a day, and back."""

from datetime import date

from customers.models import Licence
from marketing_ops.lib.dated_codes import DatedCodes, codes_on


def licence_codes() -> DatedCodes:
    """All licence numbers with their customers (ids) and periods."""
    rows = Licence.objects.values_list("number", "customer_id", "period")
    return DatedCodes((number, owner, span.lower, span.upper) for number, owner, span in rows)


def licences_on(day: date) -> dict[int, str]:
    """The licence number of each customer (id) on a day, see codes_on."""
    rows = Licence.objects.order_by("period", "pk").values_list("customer_id", "number", "period")
    return codes_on(rows, day)
