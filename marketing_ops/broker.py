"""Is the broker there? Asked before work is handed to it, so that nobody waits for a dead one."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def answers() -> bool:
    """Whether Redis (or Valkey) answers within two seconds; one attempt, no retries."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=2,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return client.ping()
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
