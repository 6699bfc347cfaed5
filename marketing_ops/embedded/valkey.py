"""The embedded Valkey: the broker and the cache."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

from . import places
from .server import Server


class Valkey(Server):
    name = "valkey"
    first_port = 26379
    stop_signal = signal.SIGTERM

    def binary(self) -> Path:
        return places.valkey_binary()

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """The configuration is a file, since other users can read a command line."""
        path = self.home / "valkey.conf"
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                "bind 127.0.0.1\n"
                f"requirepass {self.password}\n"
                f'dir "{self.home}"\n'
                # Queued tasks outlive the broker; a full snapshot beside the log is not needed.
                "appendonly yes\n"
                "appendfsync everysec\n"
                'save ""\n'
                "maxmemory 256mb\n"
                "maxmemory-policy noeviction\n"
            )
        if self.identity.uid is not None:
            os.chown(path, self.identity.uid, self.identity.gid)

    def heal(self) -> None:
        """A log of commands broken beyond what Valkey mends itself is put aside: lost tasks are
        asked for again by the next night, while a broker that does not start stops everything."""
        log = self.home / "appendonlydir"
        if log.exists():
            aside = log.with_name(f"appendonlydir.broken-{time.time_ns()}")
            log.rename(aside)
            self._say(f"valkey did not start from its log; put aside as {aside.name}")

    def command(self) -> list[str]:
        return [str(self.binary()), str(self.home / "valkey.conf"), "--port", str(self.port)]

    def is_ready(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
        ):
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(100)):
                answer += part
            return answer.startswith(b"+OK\r\n+PONG")
        return False
