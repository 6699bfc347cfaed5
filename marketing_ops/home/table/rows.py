"""The rows of the table as HTML, kept per process: a night's figures do not change.

A row is written anew where anything differs that it shows: the results, the chosen products, the
day, the language, what shops and products are called, who serves the shop, and whether the reader
is told of its peers. What the reader may see is decided before, by which shops are asked for here.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock

from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from marketing_ops.home.shop_sums import key_of
from marketing_ops.home.table.columns import Line
from marketing_ops.home.table.found import Found

_MOST = 4_000  # rows of about 2.5 kB


class _Kept:
    """The last values that were written, by key; of threads that write one key the last wins."""

    def __init__(self, most: int):
        self._most = most
        self._values: dict[Hashable, SafeString] = {}
        self._lock = Lock()

    def get(self, key: Hashable) -> SafeString | None:
        return self._values.get(key)

    def put(self, key: Hashable, value: SafeString) -> None:
        with self._lock:
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = value


_kept = _Kept(_MOST)


def rows(found: Found, ids: Sequence[int]) -> list[SafeString]:
    """The rows of these shops, in this order."""
    lines = found.lines(ids, with_worst=False)
    same = (*key_of(found.results), found.version, found.day, found.products, get_language())
    keys = [(*same, line.peers is not None, repr(line.shop)) for line in lines]
    known = {line.shop.pk: _kept.get(key) for line, key in zip(lines, keys, strict=True)}
    unknown = [line for line in lines if known[line.shop.pk] is None]
    if unknown:
        found.add_worst(unknown)
        write = _writer()
        for line, key in zip(lines, keys, strict=True):
            if known[line.shop.pk] is None:
                known[line.shop.pk] = write(line)
                _kept.put(key, known[line.shop.pk])
    return [known[line.shop.pk] for line in lines]


def _writer() -> Callable[[Line], SafeString]:
    template = get_template("home/_shop_row.html")
    return lambda line: template.render({"line": line})
