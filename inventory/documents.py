"""A shop's day as bytes, and back; pure numpy.

The first byte of a document names its layout, the rest are its rows, one after the other, sorted by
product, little endian:

1 narrow   product, opening, received, sold as uint16: 8 bytes a row. For the usual day: nothing
           transferred, every row from the document's own source, no number above 65,535.
2 wide     product, opening, received, sold, transferred, source as int32: 24 bytes a row.

All quantities are packs; closing = opening + received - sold + transferred is not stored.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np

NARROW, WIDE = 1, 2
_NARROW = np.dtype([(name, "<u2") for name in ("product", "opening", "received", "sold")])
_WIDE = np.dtype(
    [(name, "<i4") for name in ("product", "opening", "received", "sold", "transferred", "source")]
)
_ROW_SIZE = np.zeros(256, dtype=np.int64)
_ROW_SIZE[NARROW], _ROW_SIZE[WIDE] = _NARROW.itemsize, _WIDE.itemsize


class Rows(NamedTuple):
    """Rows of many documents, one after the other: six int32 arrays of equal length.

    `source` is the id of the inventory.Source that reported the row.
    """

    product: np.ndarray
    opening: np.ndarray
    received: np.ndarray
    sold: np.ndarray
    transferred: np.ndarray
    source: np.ndarray

    @property
    def closing(self) -> np.ndarray:
        return self.opening + self.received - self.sold + self.transferred

    def take(self, index) -> "Rows":
        return Rows(*(column[index] for column in self))

    @classmethod
    def empty(cls, length: int) -> "Rows":
        return cls(*(np.empty(length, dtype=np.int32) for _ in cls._fields))


def encode(rows: Rows, starts: np.ndarray, sources: np.ndarray) -> list[bytes]:
    """The documents of `rows`: document i is rows[starts[i]:starts[i + 1]], sorted by product.

    `starts` int[M + 1], `sources` int[M] (the documents' own source). No document is empty.
    """
    lengths = np.diff(starts)
    fits = (rows.transferred == 0) & (rows.source == np.repeat(sources, lengths))
    for column in (rows.product, rows.opening, rows.received, rows.sold):
        fits &= (column >= 0) & (column <= 0xFFFF)
    narrow = np.logical_and.reduceat(fits, starts[:-1]) if len(lengths) else np.empty(0, bool)
    bodies = {}
    for layout, dtype, wanted in ((NARROW, _NARROW, narrow.any()), (WIDE, _WIDE, ~narrow.all())):
        if wanted:
            body = np.empty(len(rows.product), dtype=dtype)
            for name in dtype.names:
                body[name] = getattr(rows, name).astype(dtype[name])
            bodies[layout] = body.tobytes()
    documents = []
    for is_narrow, start, stop in zip(
        narrow.tolist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True
    ):
        layout, size = (NARROW, 8) if is_narrow else (WIDE, 24)
        documents.append(bytes((layout,)) + bodies[layout][start * size : stop * size])
    return documents


def decode(documents: Sequence, sources: np.ndarray) -> tuple[Rows, np.ndarray]:
    """The rows of `documents` (bytes or memoryviews) and where each begins, int64[M + 1].

    `sources` int[M] are the documents' own sources, for the narrow ones. Raises ValueError for
    bytes that are no document.
    """
    count = len(documents)
    layouts = np.fromiter((document[0] for document in documents), np.uint8, count)
    bodies = np.fromiter(map(len, documents), np.int64, count) - 1
    sizes = _ROW_SIZE[layouts]
    if not sizes.all() or (bodies % np.maximum(sizes, 1)).any():
        raise ValueError(
            "A ledger document has an unknown layout or a broken length. It was not written by "
            "inventory.documents.encode; restore the table from the backup."
        )
    lengths = bodies // np.maximum(sizes, 1)
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    narrow = layouts == NARROW
    if narrow.all():
        body = np.frombuffer(b"".join([document[1:] for document in documents]), _NARROW)
        zeros = np.zeros(len(body), dtype=np.int32)
        columns = [body[name].astype(np.int32) for name in _NARROW.names]
        source = np.repeat(np.asarray(sources, dtype=np.int32), lengths)
        return Rows(*columns, zeros, source), starts

    rows = Rows.empty(int(starts[-1]))
    for layout, dtype in ((NARROW, _NARROW), (WIDE, _WIDE)):
        chosen = np.flatnonzero(layouts == layout)
        body = np.frombuffer(b"".join([documents[i][1:] for i in chosen.tolist()]), dtype)
        where = ranges(starts[chosen], lengths[chosen])
        for name in dtype.names:
            getattr(rows, name)[where] = body[name]
        if layout == NARROW:
            rows.transferred[where] = 0
            rows.source[where] = np.repeat(np.asarray(sources)[chosen], lengths[chosen])
    return rows, starts


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The indices start, start + 1, … start + length - 1 of every pair, one after the other."""
    ends = np.cumsum(lengths)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return np.repeat(starts, lengths) + within


def content_hashes(rows: Rows, starts: np.ndarray) -> list[bytes]:
    """sha256 of what each document reports: its numbers sorted by product, without the source."""
    body = np.stack(rows[:5], axis=1).astype("<i4").tobytes()
    return [
        sha256(body[start * 20 : stop * 20]).digest()
        for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def overlay(lower, upper, keep: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Rows of `upper` over those of `lower`, product by product, document by document.

    `lower` and `upper` are (rows, document int[R]) with documents numbered alike. A row of `lower`
    marked in `keep` (bool) is not overridden. Returns the rows sorted by document and product, and
    their documents.
    """
    (low, low_document), (up, up_document) = lower, upper
    rows = Rows(*(np.concatenate(pair) for pair in zip(low, up, strict=True)))
    document = np.concatenate([low_document, up_document])
    rank = np.concatenate([np.where(keep, 2, 0), np.ones(len(up_document), dtype=np.int64)])
    order = np.lexsort((rank, rows.product, document))
    document, rows = document[order], rows.take(order)
    last = np.ones(len(document), dtype=bool)
    last[:-1] = (document[1:] != document[:-1]) | (rows.product[1:] != rows.product[:-1])
    return rows.take(last), document[last]
