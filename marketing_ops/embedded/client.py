"""How a command uses the embedded services: connect, and they are up until the last one leaves."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from . import places
from .errors import CannotStart
from .keeper import is_served, socket_address

PROJECT = Path(__file__).resolve().parents[2]
CONNECT_SECONDS = 120.0
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}


class Services:
    """The services that `environment` does not name; `with` keeps them up.

    What is named there already (DATABASE_URL, REDIS_URL) is used as it is.
    """

    def __init__(self, var: Path, environment: Mapping[str, str], *, careless: bool = False):
        self.want = [name for name, key in VARIABLES.items() if not environment.get(key)]
        self.environment: dict[str, str] = {}
        self._folder = places.folder(var) if self.want else None
        self._careless = careless
        self._keeper: subprocess.Popen | None = None
        self._connection: socket.socket | None = None

    def __enter__(self) -> "Services":
        self.open()
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def open(self) -> None:
        """Connect, starting a keeper where there is none. Raises CannotStart."""
        if not self.want:
            return
        until = time.monotonic() + CONNECT_SECONDS
        while (answer := self._ask()) is None:
            if time.monotonic() > until:
                raise CannotStart(f"The keeper of the services does not answer: {self._log}")
            if self._keeper is None or self._keeper.poll() is not None:
                self._start_keeper()
            time.sleep(0.03)
        if "error" in answer:
            self.close()
            raise CannotStart(answer["error"])
        self.environment = {VARIABLES[name]: url for name, url in answer["urls"].items()}

    def files(self) -> list[socket.socket]:
        """For `select`: readable when the keeper has died, and `open` is wanted again."""
        return [self._connection] if self._connection else []

    def close(self) -> None:
        """Leave; if we were the last, return when the servers have stopped."""
        if self._connection is None:
            return
        try:
            self._connection.shutdown(socket.SHUT_WR)
            while self._connection.recv(4096):
                pass
        except OSError:
            pass  # it is gone already, which is what we wait for
        self._connection.close()
        self._connection = None
        if self._keeper is not None and self._keeper.poll() is None and not is_served(self._folder):
            self._keeper.wait()

    @property
    def _log(self) -> Path:
        return self._folder / "keeper.log"

    def _ask(self) -> dict | None:
        """One question to the keeper; None where there is none (or it is just leaving)."""
        if self._connection:
            self._connection.close()
        self._connection = socket.socket(socket.AF_UNIX)
        try:
            with socket_address(self._folder) as address:
                self._connection.connect(address)
            self._connection.sendall(json.dumps({"want": self.want}).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = self._connection.recv(4096)
                if not part:
                    return None
                answer += part
        except PermissionError:
            raise CannotStart(f"The services in {self._folder} belong to another user.") from None
        except OSError:
            return None
        return json.loads(answer)

    def _start_keeper(self) -> None:
        """In a session of its own: a Ctrl-C is for us, and others may still need it after us."""
        if self._log.exists() and self._log.stat().st_size > 1_000_000:
            self._log.replace(self._log.with_suffix(".log.1"))
        with open(self._log, "ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "marketing_ops.embedded.keeper", str(self._folder)]
                + ["--careless"] * self._careless,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
