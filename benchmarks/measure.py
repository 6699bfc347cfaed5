"""What the benchmarks measure with: clocks, noise of the machine, a worker, memory."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from threading import Event, Thread

from django.conf import settings
from django.db import connection

from benchmarks import tasks
from marketing_ops.runs.models import Run

PROC = Path("/proc")
LOOK = 0.5  # seconds over which the noise is measured
QUIET = 0.25  # cores that others may use where a run waits for a quiet machine
STARTS_WITHIN = 60


@dataclass(frozen=True)
class Timing:
    """Seconds of the clock; seconds on a core of our processes, and of PostgreSQL with all that it
    did meanwhile (0 where it is on another machine); cores that others used just before. Where
    others use the cores as well the clock tells little."""

    wall: float
    ours: float
    servers: float
    noise: float


def timed(work: Callable[[], object], *, worker: int = 0, patience: float = 0) -> Timing:
    """How long `work` takes, after waiting up to `patience` seconds for a quiet machine.

    `worker`: the pid of a Celery worker that takes part, 0 without one.
    """
    noise = wait_for_quiet(patience)
    postmaster = _postmaster()
    ours, servers, wall = _cpu(*_family(worker)), _server_cpu(postmaster), time.perf_counter()
    work()
    wall = time.perf_counter() - wall
    return Timing(wall, _cpu(*_family(worker)) - ours, _server_cpu(postmaster) - servers, noise)


class Clock:
    """Runs from when it is made: the clock, and seconds on a core of whom `pid` leads and of the
    database's sessions (of one that ends meanwhile nothing counts; others' never do)."""

    def __init__(self, pid: int):
        self._pids = (pid, *_children(pid))
        self._sessions = _cpu_of_each(_sessions())
        self._before = self._now()
        self.began = self._before[0]

    def stop(self) -> tuple[float, float, float, float]:
        """Seconds since: of the clock; on a core: this process, those of `pid`, PostgreSQL."""
        ours = [now - then for now, then in zip(self._now(), self._before, strict=True)]
        sessions = _cpu_of_each(_sessions())
        return *ours, sum(used - self._sessions.get(pid, 0.0) for pid, used in sessions.items())

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), _cpu(*self._pids)


def _cpu_of_each(pids: list[int]) -> dict[int, float]:
    return {pid: _cpu(pid) for pid in pids}


def middle(timings: list[Timing]) -> Timing:
    """The run with the median time (of an even number, the quicker of the two in the middle)."""
    return sorted(timings, key=lambda timing: timing.wall)[(len(timings) - 1) // 2]


def wait_for_quiet(patience: float) -> float:
    """Cores that the machine is using while we do nothing; waits for less, but not for ever."""
    end = time.monotonic() + patience
    noise = used_cores()
    while noise > QUIET and time.monotonic() < end:
        noise = used_cores()
    return noise


def used_cores() -> float:
    """How many cores are busy, over half a second in which we are not."""
    before = _busy()
    time.sleep(LOOK)
    return (_busy() - before) / LOOK


def _busy() -> float:
    """Seconds that all cores together have been busy; 0 where the system does not tell."""
    try:
        numbers = (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _wait, irq, soft, steal = map(int, numbers[:8])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def _family(worker: int) -> list[int]:
    """This process, and a worker with its children."""
    return [os.getpid(), *([worker, *_children(worker)] if worker else [])]


def _cpu(*pids: int, with_dead_children: bool = False) -> float:
    """Seconds that processes have been on a core."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            numbers = _stat(pid)
            ticks += sum(map(int, numbers[11 : 15 if with_dead_children else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _server_cpu(postmaster: int) -> float:
    """Seconds of all that the server ever did: its processes, also those that have ended."""
    if not postmaster:
        return 0.0
    return _cpu(postmaster, with_dead_children=True) + _cpu(*_children(postmaster))


def _postmaster() -> int:
    """The parent of our session's process, 0 where that is not on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = cursor.fetchone()[0]
    try:
        title = (PROC / f"{session}/cmdline").read_bytes()
        return int(_stat(session)[1]) if title.startswith(b"postgres") else 0
    except OSError:
        return 0


def _stat(pid: int) -> list[str]:
    """The fields of a process from its state on."""
    return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()


def line(name: str, timings: list[Timing], goal: str = "") -> str:
    """A line of a table: median seconds, all runs, seconds on a core, what others were doing."""
    best = middle(timings)
    runs = " ".join(f"{timing.wall:.2f}" for timing in timings)
    ours, servers, noise = (
        median(getattr(timing, name) for timing in timings) for name in ("ours", "servers", "noise")
    )
    return (
        f"{name:46}{best.wall:7.2f} s {goal:>9}   runs {runs};"
        f" CPU {ours:.2f} + PostgreSQL {servers:.2f} s; others used {noise:.1f} cores"
    )


@contextmanager
def worker(processes: int) -> Iterator[int]:
    """A Celery worker with so many processes on the database in use; gives its pid."""
    database = connection.settings_dict
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    log = Path(settings.VAR_DIR) / "benchmarks" / "worker.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", "marketing_ops", "worker", "--loglevel=INFO",
                f"--concurrency={processes}", "--include=benchmarks.tasks", "-Q", tasks.QUEUE,
                "--without-gossip", "--without-mingle", f"--hostname={tasks.QUEUE}@%h",
            ],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DATABASE_URL": f"postgres://{database['USER']}{password}@{database['HOST']}:"
                f"{database['PORT']}/{database['NAME']}",
                "LOG_LEVEL": "INFO",
                "VAR_DIR": str(settings.VAR_DIR),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_ready(process, log)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
            tasks.drop_queue()


def _wait_until_ready(process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while b" ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the worker does not start; {log} says:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def whole_night(as_of: date) -> None:
    """Have a worker run the whole night of a day, and wait for its end."""
    tasks.night.delay(f"{as_of}")
    while True:
        run = Run.objects.filter(kind=Run.Kind.NIGHT, as_of=as_of).first()
        if run is not None and run.status != Run.Status.RUNNING:
            break
        time.sleep(0.05)
    if run.status != Run.Status.DONE:
        raise RuntimeError(f"The night of {as_of} failed: {run.error}")


class Memory:
    """Peak memory of our processes and of the server's, in MB, while it is watched.

    Of the server's processes only what is their own counts (not the shared buffers, which all of
    them map), sampled ten times a second; ours tell their peak by themselves, with the pages of
    panels that they map in common counted in each.
    """

    def __init__(self, *pids: int):
        self._pids = pids
        self.ours: dict[str, float] = {}
        self.servers = 0.0
        self._over = Event()

    def __enter__(self) -> "Memory":
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._over.set()
        self._thread.join()

    @property
    def total(self) -> float:
        return sum(self.ours.values()) + self.servers

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.look()

    def look(self) -> None:
        """Take a sample."""
        for pid in self._pids:
            for one in (pid, *_children(pid)):
                peak = _status(one, "VmHWM")
                if peak:
                    self.ours[f"{_name(one)} {one}"] = peak
        backends = [_status(pid, "RssAnon") for pid in _sessions()]
        self.servers = max(self.servers, sum(backends))


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in (PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _sessions() -> list[int]:
    """The processes of all PostgreSQL servers on this machine that serve the database in use."""
    name = connection.settings_dict["NAME"]
    found = []
    for path in PROC.glob("[0-9]*"):
        try:
            title = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if title.startswith("postgres:") and (f" {name} " in title or "parallel worker" in title):
            found.append(int(path.name))
    return found


def _status(pid: int, field: str) -> float:
    with suppress(OSError):
        for entry in (PROC / f"{pid}/status").read_text().splitlines():
            if entry.startswith(f"{field}:"):
                return int(entry.split()[1]) / 1024
    return 0.0


def _name(pid: int) -> str:
    return "this process" if pid == os.getpid() else "worker"
