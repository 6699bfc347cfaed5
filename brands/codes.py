"""Barcodes as the files name products: which product had a code on a day."""

from brands.models import Barcode
from marketing_ops.lib.dated_codes import DatedCodes


def barcode_codes(kind: str = Barcode.Kind.PACK) -> DatedCodes:
    """All barcodes of packs (or cartons) with their products (ids) and periods."""
    rows = Barcode.objects.filter(kind=kind).values_list("code", "product_id", "period")
    return DatedCodes((code, owner, span.lower, span.upper) for code, owner, span in rows)
