"""Rows of large files that name a day, a shop and a product: ledger and orders."""

import numpy as np
from django.utils.translation import gettext as _

from brands.codes import barcode_codes
from brands.models import Barcode
from customers.codes import licence_codes
from marketing_ops.lib.cells import Cells
from marketing_ops.lib.dated_codes import DatedCodes


class Keys:
    """Looks up the shops and products of rows, as they were on the rows' days."""

    def __init__(self, today):
        self.today = np.datetime64(today, "D")
        self.licences = licence_codes()
        self.packs = barcode_codes(Barcode.Kind.PACK)
        self.cartons = barcode_codes(Barcode.Kind.CARTON)

    def find(self, cells: Cells, day_name: str):
        """(days datetime64[D][N], customers, codes, products int64[N]) of a chunk's rows.

        `codes` numbers the barcode itself: two barcodes of one product are two rows. Rows of an
        unknown shop or product, or of a day in the future, are rejected.
        """
        days = cells.days(day_name)
        numbers = cells.numbers("licence_no", self.licences.number)
        codes = cells.numbers("barcode", self.packs.number)
        cells.reject(
            days > self.today,
            day_name,
            lambda at: (
                _("The day lies in the future (today is %(today)s). Correct the day.")
                % {"today": self.today}
            ),
        )
        customers = self.licences.owners(numbers, days)
        cells.reject(customers < 0, "licence_no", lambda at: self._no_shop(cells, at))
        products = self.packs.owners(codes, days)
        cells.reject(products < 0, "barcode", lambda at: self._no_product(cells, at))
        return days, customers, codes, products

    def _no_shop(self, cells: Cells, at: int) -> str:
        spans = _shown(self.licences, cells.value("licence_no", at))
        if spans:
            return _(
                "The licence holds %(spans)s, not on that day. Correct the day or the licence."
            ) % {"spans": spans}
        return _("No shop has this licence. Import the customers first, or correct the number.")

    def _no_product(self, cells: Cells, at: int) -> str:
        code = cells.value("barcode", at)
        if self.cartons.number(code) >= 0:
            return _(
                "This is the barcode of a carton, and the quantities are packs. Give the barcode "
                "of the pack."
            )
        spans = _shown(self.packs, code)
        if spans:
            return _(
                "The barcode holds %(spans)s, not on that day. Correct the day or the code."
            ) % {"spans": spans}
        return _("No product has this barcode. Import the products first, or correct the code.")


def _shown(codes: DatedCodes, code: str) -> str:
    """The periods of a code in words, empty if it is unknown."""
    words = []
    for start, end in codes.spans(code):
        if end is None:
            words.append(_("from %(start)s on") % {"start": start})
        else:
            words.append(_("from %(start)s to before %(end)s") % {"start": start, "end": end})
    return ", ".join(words)
