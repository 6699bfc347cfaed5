"""What must hold after every round of benchmarks/chaos.py, and the district that nobody disturbs.

The reference is a second database in which every file is imported once and every night is told
once, in this process, without a worker; panels of its own. Import this module after Django's
environment is set.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.chaos_files import District  # noqa: E402
from benchmarks.chaos_machine import DATABASE, REFERENCE  # noqa: E402
from marketing_ops.imports import run_import  # noqa: E402
from marketing_ops.nightly import run_night  # noqa: E402

OF_SETS = r"^(indicators_figure|quotas_recommendation)_([0-9]+)(_[0-9]+)?$"
# The tables of a result set, compared column by column.
SET_TABLES = (
    "indicators_figure", "quotas_recommendation", "indicators_rollup", "indicators_shopperiod",
    "order_indicators_orderfigure", "order_indicators_socialfigure",
)  # fmt: skip
DETECTIONS = (
    "SELECT s.complete, d.cause, d.customer_id, d.product_id, d.first_day, d.last_day, d.expected,"
    " d.found, d.side, d.partner_id FROM quality_detection d JOIN quality_sweep s"
    " ON s.id = d.sweep_id JOIN indicators_resultset r USING (as_of, known_at) WHERE r.id = %s"
)
# What else nights and imports leave: all rows, without numbers and times that no two runs share.
LASTING = {
    "findings": "SELECT kind, customer_id, day, products, expected, found FROM quality_finding",
    "carried assortments": "SELECT customer_id, rows FROM quality_carried",
    "closed cycles": "SELECT customer_id, cycle_start, cycle_end, rules, digest"
    " FROM indicators_closedcycle",
    "figures of closed cycles": "SELECT * FROM indicators_cyclefigure",
    "ledger": "SELECT customer_id, day, product_id, opening, received, sold, closing, source_id"
    " FROM inventory_ledger_row WHERE current",
    "order lines": "SELECT customer_id, product_id, ordered_on, requested, supplied, delivered_on,"
    " status, payment, superseded_at IS NULL FROM orders_orderline",
    "customers' properties": "SELECT customer_id, period, area, name, format"
    " FROM customers_customerproperties",
    "routes": "SELECT customer_id, route_id, period FROM customers_routeassignment",
    "events": "SELECT title, starts_on, expected_end, superseded_at IS NULL FROM customers_event",
}


@contextmanager
def on(database: str):
    """Let Django work on that database; its server may have been started anew since."""
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()


class Checks:
    """The two districts, and what is wrong with ours: in words, nothing where all is well."""

    def __init__(self, district: District, folder: Path):
        self.district, self.folder = district, folder

    # Both districts ---------------------------------------------------------------------------
    def migrate(self) -> None:
        with on(DATABASE):
            call_command("migrate", verbosity=0)

    def next_customer_is(self, number: int) -> None:
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %s)", [number]
            )

    def make_reference(self) -> None:
        """A copy of the district as it stands; ids are the same in both.

        Copied as files: a copy by the log (the default) lets sequences fall back when the server
        is killed before its next checkpoint (found with PostgreSQL 18).
        """
        with on("postgres"), connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {REFERENCE} TEMPLATE {DATABASE} STRATEGY FILE_COPY")

    def bring(
        self, kind: str, path: Path, *, to: str = REFERENCE, effective: date | None = None
    ) -> None:
        """Import a file, undisturbed."""
        with on(to):
            report = run_import(
                kind, path, by="reference", today=timezone.localdate(), effective=effective
            )
            assert not report.rejected, report.problems[:3]

    def night(self, as_of: date, known_at: datetime | None = None) -> None:
        """Tell a night of the reference, undisturbed."""
        with on(REFERENCE):
            run_night(as_of=as_of, by="reference", known_at=known_at)

    def export(self, database: str, as_of: date) -> bytes:
        path = self.folder / "export.csv"
        with on(database), StringIO() as nowhere:
            call_command("export_indicators", as_of=f"{as_of}", out=path, stdout=nowhere)
        content = path.read_bytes()
        path.unlink()
        return content

    # What must hold ---------------------------------------------------------------------------
    def of_import(self, *, recent: int = 40) -> list[str]:
        """`recent`: so many days are held against the files, all against the reference."""
        since = self.district.day - timedelta(days=recent)
        return [*self._ledger(since), *self._orders(), *self._same_lasting(), *self._leftovers()]

    def of_night(self, as_of: date) -> list[str]:
        wrong = self._same_sets(as_of)
        if self.export(DATABASE, as_of) != self.export(REFERENCE, as_of):
            wrong.append(f"the exports of {as_of} differ")
        return [*wrong, *self.of_import(), *self._sets()]

    def _ledger(self, since: date) -> list[str]:
        """Row by row against the files, and no version too many or too few."""
        district = self.district
        wrong = []
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.number, r.day, b.code, r.opening, r.received, r.sold, r.closing"
                " FROM inventory_ledger_row r JOIN customers_licence l USING (customer_id)"
                " JOIN brands_barcode b USING (product_id) WHERE r.current AND r.day >= %s",
                [since],
            )
            there = Counter(cursor.fetchall())
            expected = Counter(
                (shop, day, code, *row)
                for (shop, day), rows in district.days.items()
                if day >= since
                for code, row in rows.items()
            )
            wrong += _difference("ledger rows", expected, there)
            cursor.execute(
                "SELECT l.number, s.day, count(*), max(s.version),"
                " count(*) FILTER (WHERE s.superseded_at IS NULL)"
                " FROM inventory_shopday s JOIN customers_licence l USING (customer_id)"
                " WHERE s.day >= %s GROUP BY 1, 2",
                [since],
            )
            versions = Counter(cursor.fetchall())
            expected = Counter(
                (*shop_day, len(said), len(said), 1)
                for shop_day, said in district.said.items()
                if shop_day[1] >= since
            )
            wrong += _difference("versions (shop, day, number, last, current)", expected, versions)
        return wrong

    def _orders(self) -> list[str]:
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.number, o.ordered_on, b.code, o.requested, o.supplied, o.delivered_on,"
                " (SELECT count(*) FROM orders_orderline w WHERE w.customer_id = o.customer_id"
                "  AND w.ordered_on = o.ordered_on AND w.product_id = o.product_id)"
                " FROM orders_orderline o JOIN customers_licence l USING (customer_id)"
                " JOIN brands_barcode b USING (product_id) WHERE o.superseded_at IS NULL"
            )
            there = Counter(cursor.fetchall())
        words = self.district.order_words
        expected = Counter((*key, *row, words[key]) for key, row in self.district.orders.items())
        return _difference("order lines (… number of words)", expected, there)

    def _same_lasting(self) -> list[str]:
        both = []
        for database in (DATABASE, REFERENCE):
            with on(database), connection.cursor() as cursor:
                both.append({name: _digest(cursor, query) for name, query in LASTING.items()})
        wrong = [f"{name} differ: {both[0][name]} here, {both[1][name]} undisturbed"
                 for name in LASTING if both[0][name] != both[1][name]]  # fmt: skip
        return [*wrong, *self._manual_days()]

    def _manual_days(self) -> list[str]:
        """A night beside an import lists days that come in a moment later; they stay listed."""
        both = []
        for database in (DATABASE, REFERENCE):
            with on(database), connection.cursor() as cursor:
                cursor.execute("SELECT customer_id, day FROM inventory_manualcollection")
                both.append(set(cursor.fetchall()))
        missing = both[1] - both[0]
        return [f"{len(missing)} days are not listed for manual collection"] if missing else []

    def _same_sets(self, as_of: date) -> list[str]:
        both = []
        for database in (DATABASE, REFERENCE):
            with on(database), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM indicators_resultset WHERE status = 'complete' AND as_of = %s"
                    " ORDER BY completed_at DESC, id DESC LIMIT 1",
                    [as_of],
                )
                (result_set,) = cursor.fetchone() or (0,)
                both.append({
                    table: _digest(cursor, _columns_of(cursor, table), [result_set])
                    for table in SET_TABLES
                })  # fmt: skip
                both[-1]["detections"] = _digest(cursor, DETECTIONS, [result_set])
                cursor.execute("SELECT as_of FROM indicators_resultset WHERE is_current")
                both[-1]["the current set's day"] = [str(row[0]) for row in cursor]
        return [f"{name} of {as_of}: {both[0][name]} here, {both[1][name]} undisturbed"
                for name in both[0] if both[0][name] != both[1][name]]  # fmt: skip

    def _sets(self) -> list[str]:
        """After a night that went to its end: no half set, one current, no table on its own."""
        wrong = []
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute("SELECT id, status, is_current FROM indicators_resultset")
            sets = cursor.fetchall()
            wrong += [f"set {pk} is {status}" for pk, status, _ in sets if status != "complete"]
            cursor.execute("SELECT as_of, known_at FROM quality_sweep WHERE NOT complete")
            wrong += [f"a half sweep is left over: {row}" for row in cursor.fetchall()]
            current = sum(is_current for *_, is_current in sets)
            if current != 1:
                wrong.append(f"{current} current sets")
            cursor.execute(
                "SELECT relname, (regexp_match(relname, %s))[2]::int, relispartition FROM pg_class"
                " WHERE relkind IN ('r', 'p') AND relname ~ %s",
                [OF_SETS, OF_SETS],
            )
            known = {pk for pk, *_ in sets}
            for name, pk, attached in cursor.fetchall():
                # Recommendations of a set that was swept away go with the next publication.
                if not attached or (pk not in known and name.startswith("indicators")):
                    wrong.append(f"table {name} is left over (attached: {attached})")
        return wrong

    def _leftovers(self) -> list[str]:
        wrong = []
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute("SELECT id, kind, title FROM runs_run WHERE status = 'running'")
            wrong += [f"run {row} counts as running" for row in cursor.fetchall()]
            cursor.execute(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE relkind = 'r' AND (nspname LIKE 'pg_temp%'"
                "  OR relname ~ '^indicators_cyclefigure_' AND NOT relispartition)"
            )
            wrong += [f"table {row[0]} is left over" for row in cursor.fetchall()]
        return wrong

    def still_busy(self) -> list[str]:
        """Locks and sessions that should have gone with their processes."""
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'advisory lock of ' || pid FROM pg_locks WHERE locktype = 'advisory'"
                " UNION ALL SELECT state || ': ' || left(query, 80) FROM pg_stat_activity"
                " WHERE state <> 'idle' AND backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()"
            )
            return [row[0] for row in cursor.fetchall()]

    def orphans(self) -> tuple[int, int]:
        """Files that no table owns, as a killed server leaves them: number, bytes."""
        with on(DATABASE), connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
            cursor.execute(
                "SELECT count(*), coalesce(sum((pg_stat_file(path || name)).size), 0) FROM ("
                " SELECT pg_ls_dir('base/' || oid) AS name, 'base/' || oid || '/' AS path"
                " FROM pg_database WHERE datname = current_database()) AS files"
                " WHERE name ~ '^[0-9]+$'"
                " AND pg_filenode_relation(0, name::oid) IS NULL"
            )
            return cursor.fetchone()


def _columns_of(cursor, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname NOT IN ('id', 'result_set_id')",
        [table],
    )
    return f"SELECT {cursor.fetchone()[0]} FROM {table} WHERE result_set_id = %s"


def _digest(cursor, query: str, parameters=None) -> str:
    """The number of rows and a sum of their hashes, whatever their order."""
    cursor.execute(
        "SELECT count(*) || ' rows ' || coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)"
        f" FROM ({query}) AS row",
        parameters,
    )
    return cursor.fetchone()[0]


def _difference(what: str, expected: Counter, there: Counter) -> list[str]:
    lost, extra = expected - there, there - expected
    return [
        f"{what}: {sum(rows.values())} {word}, such as {next(iter(rows))}"
        for word, rows in (("lost", lost), ("too many", extra))
        if rows
    ]
