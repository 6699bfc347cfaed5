"""As whom a server runs, and how a child is kept alive."""

import itertools
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from marketing_ops.embedded import identity, processes
from marketing_ops.embedded.client import PROJECT
from marketing_ops.embedded.errors import CannotStart
from marketing_ops.embedded.processes import Watched, spawn

TRUE = Path("/usr/bin/true")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's id")


@pytest.fixture
def open_folder():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def see_through_the_eyes_of(who, *command):
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        preexec_fn=who.enter,
        cwd="/",
        **who.popen_arguments(),
    )
    return done.returncode, done.stdout.strip()


@as_root
def test_root_hands_an_open_folder_to_another_user(open_folder):
    who = identity.choose(TRUE, open_folder / "new")
    assert who.uid not in (None, 0)
    assert (open_folder / "new").stat().st_uid == who.uid
    assert see_through_the_eyes_of(who, "id", "-u") == (0, str(who.uid))


@as_root
def test_root_enters_a_namespace_where_the_folder_is_closed_to_others(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    who = identity.choose(TRUE, closed / "new")
    assert who.mapped_to not in (None, 0)
    assert (closed / "new").stat().st_uid == 0
    assert see_through_the_eyes_of(who, "id", "-u") == (0, str(who.mapped_to))
    assert see_through_the_eyes_of(who, "touch", str(closed / "new" / "file"))[0] == 0


@as_root
def test_data_follows_a_folder_that_is_closed_or_opened_later(open_folder):
    middle = open_folder / "middle"
    middle.mkdir()
    assert identity.choose(TRUE, middle / "new").uid
    (middle / "new" / "file").touch()
    middle.chmod(0o700)
    who = identity.choose(TRUE, middle / "new")
    assert who.mapped_to
    assert see_through_the_eyes_of(who, "touch", str(middle / "new" / "file"))[0] == 0
    middle.chmod(0o755)
    who = identity.choose(TRUE, middle / "new")
    assert see_through_the_eyes_of(who, "touch", str(middle / "new" / "file"))[0] == 0


@as_root
def test_root_goes_on_as_the_user_who_made_the_data(open_folder):
    nobody = pwd.getpwnam("nobody")
    data = open_folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    assert identity.choose(TRUE, data).uid == nobody.pw_uid


def test_another_users_data_is_left_alone_and_the_way_out_is_said(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(CannotStart, match="VAR_DIR"):
        identity.choose(TRUE, tmp_path / "data")


def test_a_child_dies_with_its_parent():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from marketing_ops.embedded.processes import spawn; import sys\n"
            "child = spawn([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "print(child.pid, flush=True); input()",
        ],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    ready, _, _ = processes.select.select([child], [], [], 10)
    os.close(child)
    assert ready


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(monkeypatch):
    now, starts, said = 1000.0, [], []
    monkeypatch.setattr(processes.time, "monotonic", lambda: now)

    def start():
        starts.append(now)
        process = spawn(["false"])
        process.wait()
        return process

    child = Watched("unlucky", start, say=said.append)
    child.start()
    for _ in range(9):
        now += child.look()
        child.look()
    pauses = [round(later - earlier, 1) for earlier, later in itertools.pairwise(starts)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert said[0] == "unlucky ended (exit code 1); starting again in 0.2 s"


def test_a_child_that_does_not_stop_is_killed_with_its_helpers():
    said = []
    stubborn = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(helper.pid, flush=True); signal.pause()"
    )
    child = Watched(
        "stubborn",
        lambda: spawn([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, text=True),
        stop_signal=signal.SIGTERM,
        stop_seconds=0.1,
        say=said.append,
    )
    child.start()
    output = child.process.stdout
    helper = os.pidfd_open(int(output.readline()))
    child.stop()
    output.close()
    ready, _, _ = processes.select.select([helper], [], [], 10)
    os.close(helper)
    assert ready
    assert said == ["stubborn did not stop in 0 s: killed"]
