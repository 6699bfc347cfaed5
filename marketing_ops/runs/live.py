"""How far runs are, told outside their transactions: an import is one, and nobody sees into it.

Kept in the cache under the run's number for a short while. Without a cache nobody is told, and
readers are left with the run's record.
"""

import functools
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

import redis
from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

KEPT_SECONDS = 3600


class Progress(NamedTuple):
    step: str
    done: int
    total: int


def tell(run_id: int, step: str, done: int, total: int) -> None:
    with suppress(redis.RedisError, OSError):
        _cache().set(_key(run_id), [step, done, total], KEPT_SECONDS)


def told(run_ids: Iterable[int]) -> dict[int, Progress]:
    """What was told last of these runs; those of which nothing was told are left out."""
    keys = {_key(run_id): run_id for run_id in run_ids}
    if not keys:
        return {}
    with suppress(redis.RedisError, OSError):
        found = _cache().get_many(list(keys))
        return {keys[key]: Progress(*said) for key, said in found.items()}
    return {}


def _key(run_id: int) -> str:
    return f"run-progress-{run_id}"


@functools.lru_cache(maxsize=1)
def _cache() -> RedisCache:
    """The site's Redis, asked with little patience: an import does not wait for it."""
    return RedisCache(
        settings.REDIS_URL,
        {
            "KEY_PREFIX": "live",
            "OPTIONS": {
                "socket_connect_timeout": 1,
                "socket_timeout": 1,
                "retry": Retry(NoBackoff(), 0),
            },
        },
    )
