"""What the two embedded servers have in common: lock, port, start, readiness, restart."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from . import identity, places
from .errors import CannotStart
from .processes import Watched, spawn

START_SECONDS = 300  # recovery after a crash may have much to do
OTHERS_SECONDS = 60  # how long the server of a killed keeper may take to go


class Server:
    """One server on the data in `<folder>/<name>/`. Subclasses say how it is made and run."""

    name = ""
    first_port = 0
    stop_signal = signal.SIGTERM
    stop_seconds = 30.0

    def __init__(self, folder: Path, say: Callable[[str], None]):
        self.home = folder / self.name
        self.log = folder / f"{self.name}.log"
        self.password = places.secret(folder / "password")
        self._lock_file = folder / f"{self.name}.lock"
        self._port_file = folder / f"{self.name}.port"
        self._say = say
        self._open = contextlib.ExitStack()
        self.port = 0

    # What a subclass says ---------------------------------------------------------------------
    def binary(self) -> Path: ...

    def prepare(self) -> None:
        """Make what is missing and heal what was left half-finished; the lock is held."""

    def command(self) -> list[str]: ...

    def is_ready(self) -> bool: ...

    def url(self) -> str: ...

    # What they share --------------------------------------------------------------------------
    def start(self, stop_asked: Callable[[], bool] = lambda: False) -> None:
        """Bring it up and return when it answers. Raises CannotStart with the end of its log."""
        self._lock = self._open.enter_context(
            places.locked(self._lock_file, OTHERS_SECONDS, then_kill=True)
        )
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self.identity = identity.choose(self.binary(), self.home)
        self.prepare()
        self.watched = Watched(
            self.name,
            self._spawn,
            stop_signal=self.stop_signal,
            stop_seconds=self.stop_seconds,
            say=self._say,
        )
        failures = 0
        for port in places.free_ports(places.remembered_port(self._port_file, self.first_port)):
            self.port = port
            while True:
                self.watched.start()
                if self._wait(stop_asked):
                    places.remember_port(self._port_file, port)
                    return
                self.watched.stop()
                if stop_asked():
                    raise CannotStart(f"{self.name}: stopped while it was starting.")
                if not places.is_free(port):
                    break  # somebody was quicker than we: the next port
                failures += 1
                if failures == 2:
                    self.heal()
                if failures == 3:
                    raise CannotStart(f"{self.name} does not start. Its log ends:\n{self.tail()}")
        raise CannotStart(f"{self.name}: no free port from {self.first_port} on.")

    def heal(self) -> None:
        """Called before the last try, when it failed to start on a free port."""

    def stop(self) -> None:
        if hasattr(self, "watched"):
            self.watched.stop()
        self._open.close()

    def tail(self, lines: int = 12) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return "(no log)"

    def _spawn(self) -> subprocess.Popen:
        return spawn(
            self.command(),
            log=self.log,
            dies_with=self.stop_signal,
            identity=self.identity,
            pass_fds=[self._lock],
            cwd="/",
        )

    def _wait(self, stop_asked: Callable[[], bool]) -> bool:
        until = time.monotonic() + START_SECONDS
        while self.watched.alive and time.monotonic() < until and not stop_asked():
            if self.is_ready():
                return True
            time.sleep(0.02)
        return False
