"""Starts `manage.py` commands for benchmarks/chaos.py, without their three seconds of importing.

A process of its own that has read all modules once and makes each command by a fork. The commands
are handed on to the process that asked (which must be a subreaper): it kills and waits for them as
for its own children.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


class Command:
    """A command that was started; what subprocess.Popen is to a child."""

    def __init__(self, pid: int, arguments: list[str], log: Path):
        self.pid, self.arguments, self.log = pid, arguments, log
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)


def ask(starter: subprocess.Popen, arguments: list[str], log: Path) -> Command:
    """Let the starter (its two ends are text pipes) start a command."""
    starter.stdin.write(json.dumps([arguments, str(log)]) + "\n")
    starter.stdin.flush()
    return Command(int(starter.stdout.readline()), arguments, log)


def _serve() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    from marketing_ops.management.commands import import_data, nightly  # noqa: F401

    asker = os.getppid()
    for line in sys.stdin:
        arguments, log = json.loads(line)
        read, write = os.pipe()
        between = os.fork()
        if not between:
            pid = os.fork()
            if pid:
                os.write(write, str(pid).encode())
                os._exit(0)
            _become(arguments, log, asker)
        # Only then is the command a child of who asked.
        os.waitpid(between, 0)
        print(os.read(read, 20).decode(), flush=True)
        os.close(read)
        os.close(write)


def _become(arguments: list[str], log: str, asker: int) -> None:
    while os.getppid() != asker:  # until the process between us has gone
        os.sched_yield()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for place, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(place, number)
    sys.argv = ["manage.py", *arguments]
    from django.core.management import execute_from_command_line

    code = 0
    try:
        execute_from_command_line(sys.argv)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    _serve()
