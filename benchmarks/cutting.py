"""A bad mobile network: a TCP proxy in front of a site that breaks connections at random bytes.

with CuttingProxy(8000) as net:
    net.open = False      # no signal: connections are refused, those there are broken off
    net.chance = 0.5      # every second connection breaks after some of its bytes
"""

import random
import socket
import struct
import threading
from contextlib import suppress

# Bytes after which a connection that is to break does so: 10 to 10^5.5, evenly over the magnitudes,
# so that headers, answers and photos are all hit.
_MAGNITUDES = (1.0, 5.5)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset, as a dead network looks


class CuttingProxy:
    """Listens on `port` of 127.0.0.1 for a site on `target` of the same machine.

    `cuts` counts the connections that it broke at a random byte, `taken` all that it took.
    """

    def __init__(self, target: int, *, seed: int = 1, host: str = "localhost"):
        self.host, self.target = host, target
        self.chance = 0.0
        self.cuts = self.taken = 0
        self._open = True
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._live: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    @property
    def url(self) -> str:
        """By the site's own name, so that its cookies hold here, too."""
        return f"http://{self.host}:{self.port}"

    @property
    def open(self) -> bool:
        return self._open

    @open.setter
    def open(self, value: bool) -> None:
        self._open = value
        if not value:
            self._break_all()

    def close(self) -> None:
        self._listener.close()
        self._break_all()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return  # closed
            if not self._open:
                _reset(near)
                continue
            self.taken += 1
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection((self.host, self.target), timeout=10)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        with self._lock:
            breaks = self._random.random() < self.chance
            rest = [int(10 ** self._random.uniform(*_MAGNITUDES)) if breaks else None]
            self._live |= {near, far}
        back = threading.Thread(target=self._pump, args=(far, near, rest), daemon=True)
        back.start()
        self._pump(near, far, rest)
        back.join()
        with self._lock:
            self._live -= {near, far}
        for end in (near, far):
            end.close()

    def _pump(self, source: socket.socket, sink: socket.socket, rest: list) -> None:
        """Carry bytes until an end closes, or those allowed to both directions are used up."""
        with suppress(OSError):
            while data := source.recv(16384):
                with self._lock:
                    allowed = data if rest[0] is None else data[: rest[0]]
                    if rest[0] is not None:
                        rest[0] -= len(allowed)
                sink.sendall(allowed)
                if len(allowed) < len(data) or rest[0] == 0:
                    self.cuts += 1
                    _reset(source)
                    _reset(sink)
                    return
            sink.shutdown(socket.SHUT_WR)

    def _break_all(self) -> None:
        with self._lock:
            live, self._live = self._live, set()
        for end in live:
            _reset(end)


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it
    end.close()
