"""What the tests of the embedded services look at from outside."""

import os
import select
import time
from pathlib import Path

import psycopg2
import redis

from marketing_ops.embedded import places
from marketing_ops.embedded.errors import CannotStart

PATIENCE = 30.0  # seconds; nothing below takes more than one or two


def until(condition, what: str):
    """The first true answer of `condition`; fails, saying `what` was waited for."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        select.select([], [], [], 0.02)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for: {what}")


def nobody_is_left(var: Path) -> bool:
    """No keeper, no server and no helper of theirs: each of them would hold a lock."""
    for name in ("keeper", "postgres", "valkey"):
        try:
            with places.locked(var / "embedded" / f"{name}.lock", seconds=0):
                pass
        except CannotStart:
            return False
    return True


def query(url: str, statement: str):
    """The rows, or None where the server does not answer (yet)."""
    try:
        connection = psycopg2.connect(url, connect_timeout=5)
    except psycopg2.OperationalError:
        return None
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5)


def postmaster(var: Path) -> int:
    pid_file = var / "embedded" / "postgres" / "data" / "postmaster.pid"
    return int(pid_file.read_text().split("\n")[0])


def holder(lock: Path) -> int:
    """The process that took the lock, by the kernel's list."""
    number = os.stat(lock).st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "FLOCK" and words[5].endswith(f":{number}"):
            return int(words[4])
    raise AssertionError(f"nobody holds {lock}")
