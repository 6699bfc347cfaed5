"""The machine that benchmarks/chaos.py breaks: servers, a worker, commands, and who gets killed.

Servers belong to the embedded keeper and the worker to a watcher, as in `script/demo`. Nothing but
descendants of this process is ever killed, and whatever it started dies with it.
"""

import ctypes
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

from benchmarks.chaos_start import Command, ask
from marketing_ops.embedded import site
from marketing_ops.embedded.__main__ import environment
from marketing_ops.embedded.client import PROJECT, Services
from marketing_ops.embedded.processes import Wakeups, Watched, spawn

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 60.0  # seconds for what takes one or two; the machine may be busy
COMMAND_SECONDS = 240.0
CONCURRENCY = 2
# A connection is cut, a worker stopped in order; all else gets no chance to react.
SIGNALS = {
    "connection": signal.SIGTERM,
    "worker stop": signal.SIGTERM,
    "broker frozen": signal.SIGSTOP,
}
DATABASE, REFERENCE = "marketing_ops", "reference"


class TooLong(Exception):
    """Something did not happen in the time that it may take."""


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    state: str
    command: str


class Machine:
    """Use as a context manager: everything is stopped at its end, however that comes."""

    def __init__(self, folder: Path, *, careless: bool):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.folder, self.var, self.temporary = folder, folder / "var", folder / "tmp"
        self.temporary.mkdir(parents=True)
        given = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "VAR_DIR"}
        }
        self.environment = environment(self.var, given) | {
            "TMPDIR": str(self.temporary),
            "LOG_LEVEL": "WARNING",
        }
        self._services = Services(self.var, self.environment, careless=careless)
        self._wakeups = Wakeups()
        self._commands: list[Command] = []
        self._starter: subprocess.Popen | None = None
        self.worker = Watched("worker", self._worker, say=self._note)
        self._wants_worker = self._probed = False
        self._frozen: int | None = None
        self._notes = folder / "notes.log"

    def __enter__(self) -> "Machine":
        try:
            self._services.open()
        except BaseException:
            self._services.close()
            raise
        self.environment |= self._services.environment
        return self

    def __exit__(self, *_) -> None:
        for command in self._commands:
            command.kill()
        if self._starter is not None:
            self._starter.kill()
            self._starter.communicate()
        self.worker.stop()
        self._services.close()

    # Starting and waiting ---------------------------------------------------------------------
    def url(self, database: str = DATABASE) -> str:
        return self.environment["DATABASE_URL"].rsplit("/", 1)[0] + f"/{database}"

    @property
    def broker_url(self) -> str:
        return self.environment["REDIS_URL"]

    def command(self, *arguments: str) -> Command:
        """Start `manage.py ARGUMENTS`; its output goes to `command.log`."""
        if self._starter is None:
            self._starter = spawn(
                [sys.executable, "benchmarks/chaos_start.py"],
                dies_with=signal.SIGKILL,
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        log = self.folder / f"command-{len(self._commands):04d}.log"
        self._commands.append(ask(self._starter, [*arguments], log))
        return self._commands[-1]

    def start_worker(self) -> None:
        self._wants_worker = True
        self.worker.start()
        self.until(self.worker_takes_tasks, "the worker takes a task")

    def _worker(self) -> subprocess.Popen:
        return spawn(
            site.worker_command(CONCURRENCY),
            log=self.folder / "worker.log",
            dies_with=signal.SIGKILL,
            cwd=PROJECT,
            # A killed one leaves an empty folder of Python's own; only commands must leave none.
            env=self.environment | {"TMPDIR": str(self.folder)},
        )

    def look_after(self, seconds: float) -> None:
        """Wait at most so long; restart what died meanwhile, as `script/demo` would."""
        if self._wants_worker:
            self.worker.look()
        if self._wakeups.wait(self._services.files(), seconds):
            self._services.open()
            before = dict(self.environment)
            self.environment |= self._services.environment
            if self.environment != before:
                self._note("the servers have new addresses")
                self.worker.ask_to_stop()
                self._starter.kill()
                self._starter.communicate()
                self._starter = None

    def until(self, condition: Callable, what: str, seconds: float = PATIENCE):
        """The first true answer of `condition`; raises TooLong, saying `what` was waited for."""
        deadline = time.monotonic() + seconds
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise TooLong(f"waited {seconds:.0f} s in vain until {what}")
            self.look_after(0.05)
        return answer

    def end(self, *processes: Command) -> list[int]:
        """The exit codes of commands, once all have ended."""
        self.until(
            lambda: all(process.poll() is not None for process in processes),
            "commands end: " + ", ".join(" ".join(p.arguments) for p in processes),
            COMMAND_SECONDS,
        )
        return [process.returncode for process in processes]

    def database_answers(self) -> bool:
        try:
            with closing(psycopg2.connect(self.url(), connect_timeout=5)):
                return True
        except psycopg2.OperationalError:
            return False

    def connect(self, database: str = DATABASE):
        """An autocommitting connection, once the server answers."""
        self.until(self.database_answers, "the database answers")
        connection = psycopg2.connect(self.url(database), connect_timeout=5)
        connection.autocommit = True
        return connection

    def worker_takes_tasks(self) -> bool:
        """Whether the queue is emptied: all invitations, and a task of ours that does nothing."""
        from celery import Celery

        try:
            with redis.Redis.from_url(self.broker_url, socket_timeout=5) as broker:
                if not self._probed:
                    with Celery("chaos", broker=self.broker_url, set_as_current=False) as app:
                        app.send_task("celery.accumulate", [1], retry=False, ignore_result=True)
                    self._probed = True
                if broker.llen("celery"):
                    return False
        except (redis.RedisError, OSError):
            self._probed = False
            return False
        except Exception as error:  # kombu wraps what the broker said in an error of its own
            if type(error).__name__ != "OperationalError":
                raise
            return False
        self._probed = False
        return True

    # Killing ----------------------------------------------------------------------------------
    def processes(self) -> list[Process]:
        """All descendants of this process, in the order of their birth as far as pids tell."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                name, rest = entry.read_text().rsplit(")", 1)
                state, parent = rest.split()[:2]
                words = entry.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
                pid = int(entry.parent.name)
                command = words.strip() or name.split("(", 1)[1]
                found[pid] = Process(pid, int(parent), state, command)
        ours = {os.getpid()}
        for _generation in range(10):
            ours |= {one.pid for one in found.values() if one.parent in ours}
        return [found[pid] for pid in sorted(ours - {os.getpid()}) if pid in found]

    def victims(self, kind: str, commands: list[Command]) -> list[Process]:
        """Who could be killed as a `kind` right now."""
        living = [one for one in self.processes() if one.state != "Z"]
        worker = self.worker.process.pid if self.worker.alive else -1
        keepers = [one for one in living if "embedded.keeper" in one.command]
        of_keeper = [one for one in living if one.parent in {keeper.pid for keeper in keepers}]
        postmasters = [one for one in of_keeper if "/postgres " in one.command]
        brokers = [one for one in of_keeper if "valkey-server" in one.command]
        session = re.compile(rf"postgres: \S+ {DATABASE} 127\.0\.0\.1")
        backends = [
            one
            for one in living
            if one.parent in {p.pid for p in postmasters} and session.match(one.command)
        ]
        return {
            "command": [one for one in living if one.pid in {c.pid for c in commands}],
            "worker child": [one for one in living if one.parent == worker],
            "worker": [one for one in living if one.pid == worker],
            "worker stop": [one for one in living if one.pid == worker],
            "backend": backends,
            "connection": backends,
            "postmaster": postmasters,
            "broker": brokers,
            "broker frozen": brokers,
            "keeper": keepers,
        }[kind]

    def kill(self, kind: str, commands, choice: random.Random, spare: set[int]) -> str | None:
        """Kill one of that kind; what it was, or None where there is none just now."""
        there = [one for one in self.victims(kind, commands) if one.pid not in spare]
        if not there:
            return None
        victim = choice.choice(there)
        with suppress(ProcessLookupError):
            os.kill(victim.pid, SIGNALS.get(kind, signal.SIGKILL))
        if kind == "broker frozen":
            self._frozen = victim.pid
        return f"{kind} {victim.pid}"

    def thaw(self) -> None:
        """Let a frozen broker go on."""
        if self._frozen is not None:
            with suppress(ProcessLookupError):
                os.kill(self._frozen, signal.SIGCONT)
        self._frozen = None

    def strangers(self) -> list[str]:
        """Processes that should not be there between two rounds."""
        self._reap()
        living = [one for one in self.processes() if one.state != "Z"]
        roots = {one.pid for kind in ("keeper", "worker") for one in self.victims(kind, [])}
        roots |= {self._starter.pid} if self._starter else set()
        expected = set(roots)
        for _generation in range(4):
            expected |= {one.pid for one in living if one.parent in expected}
        return [f"{one.pid} {one.command}" for one in living if one.pid not in expected]

    def _reap(self) -> None:
        """Orphans of killed processes come to us; ours are waited for by who started them."""
        mine = {command.pid for command in self._commands if command.returncode is None}
        if self.worker.process is not None:
            mine.add(self.worker.process.pid)
        with suppress(ChildProcessError):
            for one in self.processes():
                if one.state == "Z" and one.parent == os.getpid() and one.pid not in mine:
                    os.waitpid(one.pid, os.WNOHANG)

    def _note(self, text: str) -> None:
        with open(self._notes, "a") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {text}\n")
