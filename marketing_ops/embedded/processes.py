"""Child processes that are kept alive, and that never outlive their parent."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .identity import Identity

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.2, 10.0, 30.0  # seconds
OURSELVES = Identity()
_libc = ctypes.CDLL(None, use_errno=True)


def cores() -> int:
    """How many processors we may use; more than eight help none of our programs."""
    return min(len(os.sched_getaffinity(0)), 8)


def spawn(
    command: list[str],
    *,
    log: Path | None = None,
    dies_with: signal.Signals = signal.SIGTERM,
    identity: Identity = OURSELVES,
    own_group: bool = True,
    **arguments,
) -> subprocess.Popen:
    """Start `command`; the kernel sends it `dies_with` should this process end in any way.

    `log`: its output goes there (appended), and nothing is read from the terminal.
    `own_group`: a Ctrl-C meant for us does not reach it; we pass on what it needs to know.
    """
    parent = os.getpid()

    def prepare():
        identity.enter()
        # After the change of identity, which would clear it.
        _libc.prctl(PR_SET_PDEATHSIG, int(dies_with), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    with contextlib.ExitStack() as stack:
        if log is not None:
            output = stack.enter_context(open(log, "ab"))
            arguments |= {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        return subprocess.Popen(
            command,
            preexec_fn=prepare,
            start_new_session=own_group,
            **identity.popen_arguments(),
            **arguments,
        )


class Wakeups:
    """Lets one `select` wait for signals and for files. Handlers run in the main thread."""

    def __init__(self):
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.stop_asked: signal.Signals | None = None

    def stop_on(self, *signals: signal.Signals) -> None:
        for number in signals:
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number, _frame):
        self.stop_asked = signal.Signals(number)

    def wait(self, files=(), seconds: float | None = None) -> list:
        """The files that became readable; returns early, with [], at any signal."""
        ready, _, _ = select.select([self._read, *files], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, 512):
                pass
        return [file for file in ready if file is not self._read and file != self._read]


class Watched:
    """One child that is wanted: it is started, and again after a crash, with growing pauses."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        stop_seconds: float = 8.0,
        say: Callable[[str], None],
    ):
        self.name, self._start, self._say = name, start, say
        self._stop_signal, self._stop_seconds = stop_signal, stop_seconds
        self.process: subprocess.Popen | None = None
        self._pause, self._started, self._again = FIRST_PAUSE, 0.0, 0.0
        self._asked = False

    def start(self) -> None:
        self._started, self._asked = time.monotonic(), False
        self.process = self._start()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look(self) -> float | None:
        """Restart it if it died and its pause is over; seconds until it wants to be looked at."""
        if self.alive:
            return None
        now = time.monotonic()
        if self.process is not None:
            code = self.process.returncode
            self._end_group()
            self.process = None
            if now - self._started > STEADY:
                self._pause = FIRST_PAUSE
            self._say(f"{self.name} ended ({_how(code)}); starting again in {self._pause:.1f} s")
            self._again, self._pause = now + self._pause, min(self._pause * 2, LONGEST_PAUSE)
        if now < self._again:
            return self._again - now
        self.start()
        return None

    def ask_to_stop(self) -> None:
        """Once only: some programs take the second signal for impatience."""
        if self.alive and not self._asked:
            self._asked = True
            self.process.send_signal(self._stop_signal)

    def stop(self) -> None:
        """Ask, wait, then insist; the whole process group is gone afterwards."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} did not stop in {self._stop_seconds:.0f} s: killed")
            self.process.kill()
            self.process.wait()
        self._end_group()
        self.process = None

    def _end_group(self) -> None:
        """Helpers of a killed process (pool workers) would otherwise stay behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def stop_all(children: list[Watched]) -> None:
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
