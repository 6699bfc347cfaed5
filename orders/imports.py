"""The file of orders: what shops asked for and what they were supplied, line by line.

A file can hold a year of a district, so the rows go into a temporary table as they are read, and
the comparison with what is known is made by the database, all in one transaction.
"""

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.keyed import Keys
from marketing_ops.lib import values
from marketing_ops.lib.cells import Cells
from marketing_ops.lib.clock import received_now
from marketing_ops.lib.copying import copy_rows
from marketing_ops.lib.importing import Column, Job, Kind, Problem, doubled

COLUMNS = (
    Column("ordered_on", ("订货日期",), values.day),
    Column("licence_no", ("许可证号", "许可证号码"), values.code(30)),
    Column("barcode", ("条码", "条形码"), values.code(20)),
    Column("requested", ("需求量", "订货量"), values.whole_number()),
    Column("supplied", ("供货量", "实供量"), values.whole_number()),
    Column("delivered_on", ("送货日期", "配送日期"), values.day, empty=None),
    Column("status", ("状态",), values.text(20), required=False, empty=""),
    Column("payment", ("付款方式", "结算方式"), values.text(20), required=False, empty=""),
)
STAGE = """
    DROP TABLE IF EXISTS order_stage, order_arrival;
    CREATE TEMPORARY TABLE order_stage (
        line integer, customer integer, product integer, code integer, ordered_on date,
        requested integer, supplied integer, delivered_on date, status integer, payment integer
    ) ON COMMIT DROP
"""
# The same barcode twice in one order contradicts or repeats itself; the reason says which.
DOUBLES = """
    DELETE FROM order_stage AS doubled USING (
        SELECT customer, ordered_on, code, min(line) AS first,
               count(DISTINCT (requested, supplied, delivered_on, status, payment)) = 1 AS equal
        FROM order_stage GROUP BY 1, 2, 3 HAVING count(*) > 1
    ) AS found
    WHERE (doubled.customer, doubled.ordered_on, doubled.code)
        = (found.customer, found.ordered_on, found.code)
      AND NOT (found.equal AND doubled.line = found.first)
    RETURNING doubled.line, found.first, found.equal, doubled.code
"""
# Two barcodes of one product in one order are added up. `before` is the known line's id.
COMPARED = """
    CREATE TEMPORARY TABLE order_arrival ON COMMIT DROP AS
    WITH said AS (
        SELECT customer, product, ordered_on, sum(requested)::integer AS requested,
               sum(supplied)::integer AS supplied, max(delivered_on) AS delivered_on,
               coalesce((%(statuses)s::text[])[min(status) + 1], '') AS status,
               coalesce((%(payments)s::text[])[min(payment) + 1], '') AS payment,
               count(*) AS rows
        FROM order_stage GROUP BY 1, 2, 3
    )
    SELECT said.*, known.id AS before,
           known.id IS NOT NULL AND (said.requested, said.supplied) =
               (known.requested, known.supplied)
           AND said.delivered_on IS NOT DISTINCT FROM known.delivered_on
           AND (NOT %(has_status)s OR said.status = known.status)
           AND (NOT %(has_payment)s OR said.payment = known.payment) AS same,
           CASE WHEN %(has_status)s THEN said.status ELSE known.status END AS new_status,
           CASE WHEN %(has_payment)s THEN said.payment ELSE known.payment END AS new_payment
    FROM said LEFT JOIN orders_orderline AS known
      ON known.customer_id = said.customer AND known.product_id = said.product
     AND known.ordered_on = said.ordered_on AND known.superseded_at IS NULL
"""
COUNTS = """
    SELECT coalesce(sum(rows) FILTER (WHERE before IS NULL), 0),
           coalesce(sum(rows) FILTER (WHERE before IS NOT NULL AND NOT same), 0),
           coalesce(sum(rows) FILTER (WHERE same), 0)
    FROM order_arrival
"""
SUPERSEDE = """
    UPDATE orders_orderline SET superseded_at = %s
    WHERE id IN (SELECT before FROM order_arrival WHERE NOT same)
"""
INSERT = """
    INSERT INTO orders_orderline (customer_id, product_id, ordered_on, requested, supplied,
                                  delivered_on, status, payment, received_at)
    SELECT customer, product, ordered_on, requested, supplied, delivered_on,
           coalesce(new_status, ''), coalesce(new_payment, ''), %s
    FROM order_arrival WHERE NOT same ORDER BY customer, ordered_on, product
"""


def load(job: Job) -> None:
    """A further word on an order line supersedes the former one; equal words change nothing."""
    with job.writing(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        stage = _Stage(job, cursor)
        stage.fill()
        stage.reject_doubles()
        cursor.execute("ANALYZE order_stage")
        cursor.execute(
            COMPARED,
            {
                "statuses": list(stage.words["status"]),
                "payments": list(stage.words["payment"]),
                "has_status": "status" in stage.present,
                "has_payment": "payment" in stage.present,
            },
        )
        cursor.execute(COUNTS)
        counts = cursor.fetchone()
        for outcome, rows in zip(("new", "changed", "unchanged"), counts, strict=True):
            job.count(outcome, int(rows))
        if job.report.new or job.report.changed:
            job.progress("write", 0, 1)
            now = received_now()
            cursor.execute(SUPERSEDE, [now])
            cursor.execute(INSERT, [now])


ORDERS = Kind("orders", gettext_lazy("Orders"), COLUMNS, load)


class _Stage:
    """Checks the rows and copies them into the temporary table, chunk by chunk."""

    def __init__(self, job: Job, cursor):
        self.job, self.cursor = job, cursor
        self.keys = Keys(job.today)
        self.words: dict[str, dict[str, int]] = {"status": {}, "payment": {}}
        self.present: set[str] = set()

    def fill(self) -> None:
        for chunk, table in self.job.chunks():
            cells = Cells(chunk, table, COLUMNS)
            self.present = {name for name in self.words if name in cells}
            arrays = self._arrays(cells)
            self.job.reject(cells.problems)
            good = ~cells.bad
            undelivered = np.isnat(arrays["delivered_on"][good])
            columns = {
                name: (column[good], "date" if column.dtype.kind == "M" else "int4")
                for name, column in arrays.items()
            }
            columns["delivered_on"] += (undelivered,)
            copy_rows(self.cursor, "order_stage", columns)

    def _arrays(self, cells: Cells) -> dict[str, np.ndarray]:
        ordered_on, customers, codes, products = self.keys.find(cells, "ordered_on")
        requested, supplied = cells.numbers("requested"), cells.numbers("supplied")
        delivered_on = cells.days("delivered_on")
        words = {name: cells.numbers(name, self._numberer(name)) for name in self.words}
        cells.reject(
            delivered_on < ordered_on,
            "delivered_on",
            lambda at: _("The delivery lies before the order. Correct one of the two days."),
        )
        return {
            "line": cells.lines(),
            "customer": customers,
            "product": products,
            "code": codes,
            "ordered_on": ordered_on,
            "requested": requested,
            "supplied": supplied,
            "delivered_on": delivered_on,
            **words,
        }

    def _numberer(self, name: str):
        known = self.words[name]
        return lambda text: known.setdefault(text, len(known))

    def reject_doubles(self) -> None:
        """Take out the rows whose key stands in the file more than once."""
        self.cursor.execute(DOUBLES)
        codes = list(self.keys.packs.periods)
        self.job.reject(
            [
                Problem(line, "barcode", codes[code], doubled(first, equal=equal))
                for line, first, equal, code in self.cursor.fetchall()
            ]
        )
