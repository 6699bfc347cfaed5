"""Columns of numbers in and out of PostgreSQL by binary COPY.

The night writes hundreds of thousands of rows of integers. Text would be formatted here and parsed
there; the binary format of COPY is a fixed layout, so numpy fills a whole table in a few
assignments. Format: PostgreSQL manual, COPY, "Binary Format".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_PER_BUFFER = 65_536

_TYPES = {
    "bool": np.dtype("u1"),
    "int2": np.dtype(">i2"),
    "int4": np.dtype(">i4"),
    "int8": np.dtype(">i8"),
    "date": np.dtype(">i4"),
    "timestamptz": np.dtype(">i8"),
    "uuid": np.dtype("V16"),
}
_EPOCH = np.datetime64("2000-01-01")  # PostgreSQL counts days and microseconds from here


def _encode(values: np.ndarray, pg_type: str) -> np.ndarray:
    if pg_type == "date":
        days = (values.astype("datetime64[D]") - _EPOCH.astype("datetime64[D]")).astype("i8")
        return days.astype(">i4")
    if pg_type == "timestamptz":
        return (values.astype("datetime64[us]") - _EPOCH.astype("datetime64[us]")).astype(">i8")
    return values.astype(_TYPES[pg_type])


def _must_fit(name: str, values: np.ndarray, pg_type: str) -> None:
    target = _TYPES[pg_type]
    if target.kind != "i" or values.dtype.kind not in "iu" or not values.size:
        return
    limits = np.iinfo(target)
    if values.min() < limits.min or values.max() > limits.max:
        raise ValueError(f"a value of {name} does not fit into {pg_type}: widen the column")


class _Reader:
    """What psycopg2 reads from: the buffers one after the other, never joined into one."""

    def __init__(self, buffers: Iterator[bytes]):
        self._buffers = buffers
        self._current = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        if not self._current:
            self._current = memoryview(next(self._buffers, b""))
        if size < 0:
            size = len(self._current)
        piece, self._current = self._current[:size], self._current[size:]
        return bytes(piece)


def _buffers(columns: Mapping[str, tuple], rows: int) -> Iterator[bytes]:
    yield HEADER
    for start in range(0, rows, ROWS_PER_BUFFER):
        part = slice(start, min(start + ROWS_PER_BUFFER, rows))
        arrays, nulls = [], []
        for values, pg_type, *mask in columns.values():
            arrays.append((_encode(values[part], pg_type), _TYPES[pg_type]))
            nulls.append(mask[0][part] if mask and mask[0] is not None else None)
        for pattern, chosen in _patterns(nulls, part.stop - part.start):
            yield _rows(arrays, pattern, chosen)
    yield TRAILER


def _patterns(
    nulls: list[np.ndarray | None], rows: int
) -> Iterator[tuple[tuple[bool, ...], np.ndarray | slice]]:
    """(which columns are null, which rows are so): within one pattern all rows are equally long."""
    nullable = [index for index, mask in enumerate(nulls) if mask is not None]
    if len(nullable) > 62:
        raise ValueError("at most 62 columns of one table may be null")
    code = np.zeros(rows, np.int64)
    for bit, index in enumerate(nullable):
        code |= nulls[index].astype(np.int64) << bit
    distinct = np.unique(code)
    for value in distinct:
        pattern = [False] * len(nulls)
        for bit, index in enumerate(nullable):
            pattern[index] = bool(value >> bit & 1)
        yield tuple(pattern), slice(None) if len(distinct) == 1 else np.flatnonzero(code == value)


def _rows(arrays: list, pattern: tuple[bool, ...], chosen: np.ndarray | slice) -> bytes:
    fields: list[tuple[str, Any]] = [("count", ">i2")]
    for index, ((_, dtype), null) in enumerate(zip(arrays, pattern, strict=True)):
        fields.append((f"length{index}", ">i4"))
        if not null:
            fields.append((f"value{index}", dtype))
    rows = len(arrays[0][0]) if isinstance(chosen, slice) else len(chosen)
    buffer = np.empty(rows, np.dtype(fields))
    buffer["count"] = len(arrays)
    for index, ((values, dtype), null) in enumerate(zip(arrays, pattern, strict=True)):
        buffer[f"length{index}"] = -1 if null else dtype.itemsize
        if not null:
            buffer[f"value{index}"] = values[chosen]
    return buffer.tobytes()


def copy_rows(cursor, table: str, columns: Mapping[str, tuple]) -> int:
    """Append rows to `table` through the cursor's transaction; returns their number.

    `columns`: name -> (array [N], PostgreSQL type, optional bool mask [N] where the value is
    NULL). Types: bool, int2, int4, int8, date (datetime64[D]), timestamptz (datetime64[us], UTC),
    uuid (V16). Rows of one null pattern are written together, so the order of rows inside a
    buffer may change. Raises ValueError for columns of unequal length or a value too large.
    """
    sizes = {len(values) for values, *_ in columns.values()}
    if len(sizes) != 1:
        raise ValueError(f"columns of unequal length for {table}: {sorted(sizes)}")
    rows = sizes.pop()
    if rows == 0:
        return 0
    for name, (values, pg_type, *_) in columns.items():
        _must_fit(name, values, pg_type)
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.copy_expert(
        f"COPY {table} ({names}) FROM STDIN (FORMAT binary)",
        _Reader(_buffers(columns, rows)),
        1 << 20,
    )
    return rows


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copy_lines(cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Append rows of any types to `table`, as text: slower than copy_rows, for some thousands.

    `columns`: their names; None in a row is NULL.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    text = StringIO("".join("\t".join(map(_text, row)) + "\n" for row in rows))
    cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", text)


def _text(value) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    return r"\N" if value is None else str(value)


def read_columns(
    cursor, sql: str, types: Mapping[str, str], params: Any = None
) -> dict[str, np.ndarray]:
    """The rows of a query as one array per column, in the machine's byte order.

    `types`: name -> PostgreSQL type, in the order of the query's columns (names are the caller's;
    date becomes datetime64[D], timestamptz datetime64[us]). No column may be null: coalesce in
    the query. Raises ValueError where a row is not of the fixed length that the types say.
    """
    statement = cursor.mogrify(sql, params).decode() if params is not None else sql
    # The driver writes row by row: into a buffer of C, not by millions of calls of Python.
    buffer = BytesIO()
    cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT binary)", buffer)
    data = buffer.getbuffer()
    start = len(HEADER) + int.from_bytes(data[15:19], "big") if data else len(HEADER)
    body = data[start : len(data) - len(TRAILER)]
    fields: list[tuple[str, Any]] = [("count", ">i2")]
    for name, pg_type in types.items():
        fields += [(f"length of {name}", ">i4"), (name, _TYPES[pg_type])]
    layout = np.dtype(fields)
    if len(body) % layout.itemsize:
        raise ValueError("the query gave a null or another type: coalesce and cast its columns")
    table = np.frombuffer(body, layout)
    if table.size and (table["count"] != len(types)).any():
        raise ValueError("the query gave a null or another number of columns")
    result = {}
    for name, pg_type in types.items():
        if (table[f"length of {name}"] != _TYPES[pg_type].itemsize).any():
            raise ValueError(f"column {name} holds a null or is not {pg_type}: coalesce and cast")
        result[name] = _decode(table[name], pg_type)
    return result


def _decode(values: np.ndarray, pg_type: str) -> np.ndarray:
    if pg_type == "date":
        return _EPOCH.astype("datetime64[D]") + values.astype("i8").astype("timedelta64[D]")
    if pg_type == "timestamptz":
        return _EPOCH.astype("datetime64[us]") + values.astype("i8").astype("timedelta64[us]")
    if pg_type == "bool":
        return values.astype(bool)
    return values.astype(values.dtype.newbyteorder("="))
