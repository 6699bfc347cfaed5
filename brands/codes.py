"""Barcodes as the files name products: which product had a code on a day, and back."""

from datetime import date

from brands.models import Barcode
from marketing_ops.lib.dated_codes import DatedCodes, codes_on


def barcode_codes(kind: str = Barcode.Kind.PACK) -> DatedCodes:
    """All barcodes of packs (or cartons) with their products (ids) and periods."""
    rows = Barcode.objects.filter(kind=kind).values_list("code", "product_id", "period")
    return DatedCodes((code, owner, span.lower, span.upper) for code, owner, span in rows)


def packs_on(day: date) -> dict[int, str]:
    """The pack's barcode of each product (id) on a day: of several that hold, the newest."""
    rows = Barcode.objects.filter(kind=Barcode.Kind.PACK).order_by("period", "pk")
    return codes_on(rows.values_list("product_id", "code", "period"), day)
