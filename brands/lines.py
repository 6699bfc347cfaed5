"""Lines of a barcode and a quantity, as a person writes them: which products they are."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from brands.models import Barcode


def products_of(codes: Iterable[str], *, on: date) -> dict[str, int]:
    """The product of each pack's barcode that is known: as on the day, else the last that had it.

    A phone may have been packed under a code that has ended since.
    """
    found: dict[str, int] = {}
    rows = Barcode.objects.filter(code__in=set(codes), kind=Barcode.Kind.PACK).order_by("period")
    for row in rows:
        if row.code not in found or row.period.lower is None or row.period.lower <= on:
            found[row.code] = row.product_id
    return found


def packs_of(lines: list[dict], *, on: date, field: str = "lines") -> dict[int, int]:
    """{product: packs} of lines {"barcode", "packs"}; two barcodes of one product are added up.

    Raises ValidationError at the line for a barcode that is unknown or there twice.
    """
    found = products_of((line["barcode"] for line in lines), on=on)
    errors: list[dict] = [{} for _line in lines]
    packs: dict[int, int] = {}
    seen: set[str] = set()
    for line, error in zip(lines, errors, strict=True):
        code = line["barcode"]
        if code not in found:
            error["barcode"] = [_("There is no product with this barcode.")]
        elif code in seen:
            error["barcode"] = [_("This barcode is there twice.")]
        else:
            packs[found[code]] = packs.get(found[code], 0) + line["packs"]
        seen.add(code)
    if any(errors):
        raise ValidationError({field: errors})
    return packs
