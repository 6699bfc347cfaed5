"""Answers kept per process: a question of the same shops, filters and night has the same answer."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Kept:
    """The answers to the last `most` questions. Who asks what somebody is finding out waits."""

    def __init__(self, most: int):
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._asked: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, tell: Callable[[], Any]) -> Any:
        """What is kept under `key`, else what `tell()` says now."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
            one_at_a_time = self._asked.setdefault(key, Lock())
        with one_at_a_time:
            with self._lock:
                if key in self._found:
                    return self._found[key]
            told = tell()
            with self._lock:
                self._found[key] = told
                self._asked.pop(key, None)
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
        return told
