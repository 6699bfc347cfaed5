"""The embedded PostgreSQL: made once, healed at each start, one small server's settings."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from . import places
from .errors import CannotStart
from .processes import spawn
from .server import Server

DATABASE = USER = "marketing_ops"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # No replica reads from this server, so COPY into a table made in the same transaction need
    # not be logged: the night's results are written that way.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# For tests: what a crash of the machine would lose may be lost; a killed server loses nothing.
CARELESS = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Server):
    name = "postgres"
    first_port = 25432
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back

    def __init__(self, folder, say, careless: bool = False):
        super().__init__(folder, say)
        self.data = self.home / "data"
        self._settings = SETTINGS | (CARELESS if careless else {})

    def binary(self) -> Path:
        return places.postgres_binaries() / "postgres"

    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def command(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        return [str(self.binary()), "-D", str(self.data), "-p", str(self.port), *options]

    def is_ready(self) -> bool:
        """The last line of postmaster.pid is the server's own word, and the first says whose."""
        lines = self._pid_lines()
        return (
            len(lines) >= 8
            and lines[0] == str(self.watched.process.pid)
            and lines[7].strip() == "ready"
        )

    def prepare(self) -> None:
        if not self.data.exists():
            self._make()
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").split()[2].split(".")[0]
        if made_by != ours:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {made_by}, here is {ours}. Dump it with the "
                "old one (README: backup), or delete the folder if it holds only the demo."
            )
        self._drop_stale_pid_file()

    def _make(self) -> None:
        """initdb beside the place and move it there when complete: a killed one leaves no half."""
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._run(
            "initdb",
            f"--pgdata={new}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        )
        self._run(
            "postgres",
            "--single",
            "-D",
            str(new),
            "template1",
            text=f"ALTER ROLE {USER} PASSWORD '{self.password}';\nCREATE DATABASE {DATABASE};\n",
        )
        (new / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        new.rename(self.data)

    def _drop_stale_pid_file(self) -> None:
        """Forget the process id that a killed server left behind, if now another program has it.

        PostgreSQL sees a dead one itself, but would take any living process for its twin. We hold
        the lock, so it can't be one of ours; one that somebody started by hand is left alone.
        """
        lines = self._pid_lines()
        if not lines:
            return
        try:
            works_here = os.path.samefile(f"/proc/{int(lines[0])}/cwd", self.data)
        except (OSError, ValueError):
            works_here = False
        if works_here:
            raise CannotStart(
                f"A PostgreSQL not started by us (process {lines[0]}) uses {self.data}."
            )
        (self.data / "postmaster.pid").unlink()

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _run(self, program: str, *arguments: str, text: str = "") -> str:
        process = spawn(
            [str(places.postgres_binaries() / program), *arguments],
            dies_with=signal.SIGKILL,
            identity=self.identity,
            pass_fds=[self._lock],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output, _ = process.communicate(text)
        if process.returncode:
            raise CannotStart(f"{program} failed (exit code {process.returncode}):\n{output}")
        return output
