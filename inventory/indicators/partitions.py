"""Tables of results: one partition per result set, in it one per shard of customers.

A shard's rows go into a table of their own that nobody sees yet, with its primary key built at the
end, in the transaction that made it: no lock is shared between workers, a killed one leaves
nothing, and where PostgreSQL runs with wal_level = minimal the rows are written once instead of
twice. Publishing attaches the finished tables, which takes no lock that a reader notices.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from marketing_ops.lib.copying import copy_rows, read_columns

KEY = "result_set_id, customer_id, product_id"


def write_shard(
    cursor,
    parent: str,
    *,
    result_set: int,
    shard: int,
    customers: tuple[int, int],
    columns: Mapping,
) -> int:
    """Write the rows of a shard (customers first <= id < last) of a set; returns their number.

    `columns` as for copying.copy_rows, without the set's own column. A table that an earlier
    attempt left is replaced.
    """
    table = f"{parent}_{result_set:d}_{shard:d}"
    first, last = customers
    cursor.execute(f"DROP TABLE IF EXISTS {table}")
    # The checks are what a partition must fulfil; with them it is attached without a scan.
    cursor.execute(
        f"CREATE TABLE {table} (LIKE {parent} INCLUDING DEFAULTS,"
        f" CHECK (result_set_id = {result_set:d}),"
        f" CHECK (customer_id >= {first:d} AND customer_id < {last:d}))"
    )
    cursor.execute(f"ALTER TABLE {table} ALTER result_set_id SET DEFAULT {result_set:d}")
    rows = copy_rows(cursor, table, columns)
    cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({KEY})")
    return rows


def attach(cursor, parent: str, *, result_set: int, shard_size: int) -> None:
    """Let readers of `parent` see the set: all its shards at once, when the transaction commits."""
    whole = f"{parent}_{result_set:d}"
    cursor.execute(
        f"CREATE TABLE {whole} (LIKE {parent} INCLUDING DEFAULTS, PRIMARY KEY ({KEY}))"
        " PARTITION BY RANGE (customer_id)"
    )
    for shard in _shards(cursor, whole):
        cursor.execute(
            f"ALTER TABLE {whole} ATTACH PARTITION {whole}_{shard}"
            f" FOR VALUES FROM ({shard * shard_size}) TO ({(shard + 1) * shard_size})"
        )
    cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {whole} FOR VALUES IN ({result_set:d})")


def drop(cursor, parent: str, *, result_set: int) -> None:
    """Remove a set's rows, published or half written."""
    whole = f"{parent}_{result_set:d}"
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [whole])
    if cursor.fetchone()[0]:
        cursor.execute(f"ALTER TABLE {parent} DETACH PARTITION {whole}")
        cursor.execute(f"DROP TABLE {whole}")
    for shard in _shards(cursor, whole):
        cursor.execute(f"DROP TABLE {whole}_{shard}")


def read_shards(
    cursor,
    parent: str,
    *,
    result_set: int,
    types: Mapping[str, str],
    customers: np.ndarray | None = None,
) -> Iterator[dict[str, np.ndarray]]:
    """The columns of a set, published or not, shard by shard; −1 stands for NULL.

    `types`: column -> int2 or int4. `customers`: the ids of those whose rows are wanted, None: all.
    """
    whole = f"{parent}_{result_set:d}"
    selected = ", ".join(f"coalesce({name}, -1)::{kind}" for name, kind in types.items())
    where = "" if customers is None else " WHERE customer_id = ANY(%s)"
    parameters = None if customers is None else [customers.tolist()]
    for shard in _shards(cursor, whole):
        select = f"SELECT {selected} FROM {whole}_{shard}{where}"
        yield read_columns(cursor, select, types, parameters)


def _shards(cursor, whole: str) -> list[int]:
    """The shards of a set that have a table in the schema in use, in order."""
    cursor.execute(
        "SELECT substr(relname, %s)::int FROM pg_class"
        " WHERE relname ~ %s AND relkind = 'r' AND pg_table_is_visible(oid) ORDER BY 1",
        [len(whole) + 2, f"^{whole}_[0-9]+$"],
    )
    return [row[0] for row in cursor.fetchall()]
