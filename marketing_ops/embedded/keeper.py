"""The process that owns the embedded servers of one VAR_DIR.

It lives as long as somebody is connected to its socket, and the kernel closes a connection
however its owner ends, so nothing has to be counted or cleaned up. It answers one line of JSON,
`{"want": [names]}`, by `{"urls": {name: url}}` once they are up, or by `{"error": text}`. When the
last connection closes it stops the servers, and only then closes its own end: a client that waits
for that knows that no process is left.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from . import places
from .errors import CannotStart
from .postgres import Postgres
from .processes import Wakeups, stop_all
from .server import Server
from .valkey import Valkey

SOCKET, LOCK = "keeper.socket", "keeper.lock"
FIRST_USER_SECONDS = 30.0  # whoever started us connects at once, or has died
LONGEST_LINE = 10_000


@contextlib.contextmanager
def socket_address(folder: Path):
    """An address for the socket that fits into the 107 bytes there are, however deep `folder`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


class Keeper:
    def __init__(self, folder: Path, careless: bool):
        self._folder = folder
        self._wakeups = Wakeups()
        self._wakeups.stop_on(signal.SIGTERM, signal.SIGINT)
        self._known: dict[str, Server] = {
            "postgres": Postgres(folder, say, careless),
            "valkey": Valkey(folder, say),
        }
        self._running: dict[str, Server] = {}
        self._users: dict[socket.socket, bytes] = {}
        self._last_user: socket.socket | None = None

    def serve(self) -> None:
        """Returns when the last user has gone and the servers are stopped."""
        listener = self._listen()
        alone_since = time.monotonic() + FIRST_USER_SECONDS
        try:
            while not self._wakeups.stop_asked:
                if self._users:
                    alone_since = time.monotonic()
                elif time.monotonic() >= alone_since:
                    break
                for ready in self._wakeups.wait([listener, *self._users], self._look_after()):
                    if ready is listener:
                        connection, _ = listener.accept()
                        self._users[connection] = b""
                    else:
                        self._hear(ready)
        finally:
            (self._folder / SOCKET).unlink(missing_ok=True)
            listener.close()
            stop_all([server.watched for server in self._running.values()])
            for server in self._running.values():
                server.stop()

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        (self._folder / SOCKET).unlink(missing_ok=True)
        old = os.umask(0o177)
        with socket_address(self._folder) as address:
            listener.bind(address)
        os.umask(old)
        listener.listen(64)
        return listener

    def _look_after(self) -> float:
        """Restart what crashed; the seconds until the next look."""
        waits = [server.watched.look() for server in self._running.values()]
        return min([1.0 if not self._users else 60.0, *(w for w in waits if w is not None)])

    def _hear(self, user: socket.socket) -> None:
        try:
            part = user.recv(4096)
        except OSError:
            part = b""
        self._users[user] += part
        if not part or len(self._users[user]) > LONGEST_LINE:
            del self._users[user]
            if self._users:
                user.close()
            else:
                self._last_user = user  # stays open until the servers have stopped
            return
        while b"\n" in self._users[user]:
            line, self._users[user] = self._users[user].split(b"\n", 1)
            with contextlib.suppress(OSError):
                user.sendall(json.dumps(self._answer(json.loads(line))).encode() + b"\n")

    def _answer(self, request: dict) -> dict:
        try:
            return {"urls": {name: self._url(name) for name in request["want"]}}
        except (CannotStart, OSError) as problem:
            say(f"error: {problem}")
            return {"error": str(problem)}

    def _url(self, name: str) -> str:
        if name not in self._running:
            server = self._known[name]
            try:
                server.start(lambda: self._wakeups.stop_asked is not None)
            except BaseException:
                server.stop()
                raise
            self._running[name] = server
            say(f"{name} runs on port {server.port}")
        return self._running[name].url()


def say(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def main(folder: Path, careless: bool) -> None:
    """Become the keeper of `folder`, unless there is one. A dying one is waited for.

    Does not return after having been the keeper: the process ends at once, and the connection of
    its last user with it, so that nothing of ours is left when that user goes on.
    """
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(places.locked(folder / LOCK, seconds=0))
                break
            except CannotStart:
                if is_served(folder):
                    return
                time.sleep(0.05)
        keeper = Keeper(folder, careless)
        keeper.serve()
    sys.stdout.flush()
    os._exit(0)


def is_served(folder: Path) -> bool:
    with socket_address(folder) as address, socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), careless="--careless" in sys.argv)
