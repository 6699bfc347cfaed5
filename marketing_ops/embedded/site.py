"""`script/demo`: services, migrations, the demo district with its night, then the site itself."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import places
from .client import PROJECT, Services
from .errors import CannotStart
from .processes import Wakeups, Watched, cores, spawn, stop_all

HOST, PORT = "127.0.0.1", 8000
CHILDREN_SECONDS = 15  # how long what a killed demo left behind may take to go
READY_SECONDS = 60.0
LONGEST_WAIT = 3600.0


class Stopped(Exception):
    """Somebody asked us to stop."""


class Site:
    def __init__(self, var: Path, environment: dict[str, str], lock: int):
        self._var, self._lock = var, lock
        self._environment = environment
        self._logs = var / "log"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._wakeups = Wakeups()
        self._wakeups.stop_on(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        self._services = Services(var, environment)
        self._children: list[Watched] = []
        self._port = 0

    def run(self) -> None:
        """Returns when asked to stop; raises CannotStart, with everything stopped again."""
        try:
            self._up()
            while True:
                self._look_after()
        except Stopped:
            say("stopping ...")
        finally:
            stop_all(self._children)
            self._services.close()

    def _up(self) -> None:
        say("starting PostgreSQL and Valkey")
        self._open_services()
        self._step("bringing the database up to date", "migrate", "--verbosity", "0")
        # The worker is there before the first night, which is then shared out through it.
        self._start("worker", *worker_command(cores()))
        self._step("filling the demo district, and its night", "demo")
        self._start("beat", *beat_command())
        self._port = self._choose_port()
        self._start("web", *web_command(HOST, self._port, cores()), dies_with=signal.SIGTERM)
        self._wait_for_web()
        say(f"ready: http://{HOST}:{self._port} (logs in {self._logs}, Ctrl-C stops everything)")

    def _open_services(self) -> None:
        """Connect, and tell the children the addresses."""
        self._services.open()
        self._environment |= self._services.environment

    def _step(self, title: str, *command: str) -> None:
        say(title)
        began = time.monotonic()
        step = Watched(
            command[0],
            lambda: spawn(
                [sys.executable, "manage.py", *command],
                stdin=subprocess.DEVNULL,
                **self._common() | {"env": {"LOG_LEVEL": "WARNING"} | self._environment},
            ),
            say=say,
        )
        step.start()
        try:
            while step.alive:
                self._look_after()
            code = step.process.returncode
        finally:
            step.stop()
        if code:
            raise CannotStart(f"manage.py {command[0]} failed (exit code {code}); see above.")
        say(f"  done in {time.monotonic() - began:.1f} s")

    def _start(self, name: str, *command: str, dies_with=signal.SIGKILL) -> None:
        """Should we be killed, so is it: a Celery whose broker goes at the same moment can wait
        for it for ever. Its pool ends with it; granian's workers would not, so that is asked."""
        log = self._logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        child = Watched(
            name,
            lambda: spawn([*command], log=log, dies_with=dies_with, **self._common()),
            say=lambda text: say(f"{text}; log: {log}"),
        )
        child.start()
        self._children.append(child)

    def _common(self) -> dict:
        return {"cwd": PROJECT, "env": self._environment, "pass_fds": [self._lock]}

    def _look_after(self, seconds: float = LONGEST_WAIT) -> None:
        """Wait until something happens, or `seconds`; restart what died. Raises Stopped."""
        waits = [child.look() for child in self._children]
        seconds = min([seconds, *(wait for wait in waits if wait is not None)])
        lost = self._wakeups.wait(self._services.files(), seconds)
        if self._wakeups.stop_asked:
            raise Stopped
        if lost:
            before = dict(self._environment)
            say("the services' keeper ended; starting it again")
            self._open_services()
            if self._environment != before:
                say("the services have new addresses; starting everything again")
                for child in self._children:
                    child.ask_to_stop()

    def _choose_port(self) -> int:
        wanted = int(self._environment.get("PORT") or PORT)
        port = next(places.free_ports(wanted), None)
        if port is None:
            raise CannotStart(f"No free port from {wanted} to {places.LAST_PORT}: set PORT.")
        if port != wanted:
            say(f"port {wanted} is taken by another program; using {port} instead")
        return port

    def _wait_for_web(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not answers(self._port):
            if time.monotonic() > until:
                raise CannotStart(f"The web server does not answer; see {self._logs / 'web.log'}.")
            self._look_after(0.1)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    return False


def web_command(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", "4", "--backlog", "256", "--workers-kill-timeout", "5"),
        "--respawn-failed-workers",
        "marketing_ops.wsgi:application",
    ]


def worker_command(concurrency: int) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "marketing_ops", "worker"),
        *("--concurrency", str(concurrency), "--loglevel", "INFO", "--without-mingle"),
        "--without-gossip",
    ]


def beat_command() -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "marketing_ops", "beat"),
        *("--scheduler", "marketing_ops.beat:Scheduler", "--loglevel", "INFO", "--pidfile="),
    ]


def say(text: str) -> None:
    print(f"[demo {time.monotonic() - _BEGAN:5.1f} s] {text}", flush=True)


# Counted from when the shell script began, where it tells.
_BEGAN = time.monotonic() - max(0.0, time.time() - float(os.environ.get("SCRIPT_BEGAN", "inf")))


def run(var: Path, environment: dict[str, str]) -> int:
    """Run the demo until it is told to stop; the exit code."""
    var.mkdir(parents=True, exist_ok=True)
    try:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(places.locked(var / "demo.lock", seconds=0))
            except CannotStart:
                raise CannotStart(
                    f"script/demo is running already on {var}. Stop it with Ctrl-C, or set VAR_DIR "
                    "to another folder for a second one."
                ) from None
            # What a killed demo left behind gets the time to go, so that the port is free again.
            lock = stack.enter_context(
                places.locked(var / "demo-children.lock", CHILDREN_SECONDS, then_kill=True)
            )
            Site(var, environment, lock).run()
    except CannotStart as problem:
        say(f"error: {problem}")
        return 1
    return 0
