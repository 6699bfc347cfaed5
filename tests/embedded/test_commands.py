"""What script/manage and script/demo promise, without the installation around them."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from marketing_ops.embedded import places
from marketing_ops.embedded.__main__ import environment
from marketing_ops.embedded.client import PROJECT
from tests.embedded.helpers import holder, nobody_is_left, until


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


def start(var, verb, *arguments, **options):
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT", "DJANGO_SETTINGS_MODULE"}
    env = {key: value for key, value in os.environ.items() if key not in ours}
    env |= {"VAR_DIR": str(var), "PYTHONPATH": str(PROJECT), "REDIS_URL": "redis://127.0.0.1:1/0"}
    return subprocess.Popen(
        [sys.executable, "-m", "marketing_ops.embedded", verb, *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )


def test_a_command_runs_in_the_callers_folder_and_its_exit_code_is_ours(var, tmp_path):
    code = (
        "import os, sys; from django.db import connection; cursor = connection.cursor();"
        "cursor.execute('select 6'); print(os.getcwd()); sys.exit(cursor.fetchone()[0] + 1)"
    )
    command = start(var, "manage", "shell", "--no-imports", "-c", code, cwd=tmp_path)
    output, _ = command.communicate()
    assert (command.returncode, output.split("\n")[-2]) == (7, str(tmp_path)), output
    assert nobody_is_left(var)


def test_a_terminated_command_is_told_so_and_leaves_no_process(var):
    code = "import time; print('up', flush=True); time.sleep(600)"
    command = start(var, "manage", "shell", "--no-imports", "-c", code)
    assert "up\n" in iter(command.stdout.readline, "")
    command.terminate()
    command.communicate()
    assert command.returncode == 128 + signal.SIGTERM
    assert nobody_is_left(var)


def test_ctrl_c_ends_the_demo_with_all_it_started(var):
    demo = start(var, "demo")
    assert until_line(demo, "filling the demo district")
    children = var / "demo-children.lock"
    assert holder(children)
    os.killpg(demo.pid, signal.SIGINT)
    output, _ = demo.communicate()
    assert demo.returncode == 0, output
    assert nobody_is_left(var)
    with places.locked(children, seconds=0):
        pass


def test_a_killed_demo_leaves_no_process(var):
    demo = start(var, "demo")
    assert until_line(demo, "filling the demo district")
    demo.kill()
    demo.communicate()
    with places.locked(var / "demo-children.lock", seconds=20):
        pass
    until(lambda: nobody_is_left(var), "the servers to stop")


def test_a_second_demo_on_the_same_data_says_so_and_leaves_the_first_alone(var):
    var.mkdir()
    with places.locked(var / "demo.lock", seconds=0):
        second = start(var, "demo")
        output, _ = second.communicate()
    assert second.returncode == 1
    assert "is running already" in output
    assert not (var / "embedded" / "postgres").exists()


def test_an_orphan_that_does_not_end_is_killed_for_its_lock(tmp_path):
    with places.locked(tmp_path / "lock", seconds=0) as lock:
        orphan = subprocess.Popen(["sleep", "600"], pass_fds=[lock])
    with places.locked(tmp_path / "lock", seconds=0, then_kill=True):
        assert orphan.wait() == -signal.SIGKILL


def test_free_ports_leave_out_the_taken_ones():
    first = next(places.free_ports(29000))
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert next(places.free_ports(first)) > first


def test_without_a_secret_key_it_is_the_demo_and_the_key_stays_the_same(tmp_path):
    first = environment(tmp_path, {"PATH": "/bin"})
    second = environment(tmp_path, {"PATH": "/bin"})
    assert first["DEMO"] == "1"
    assert first["SECRET_KEY"] == second["SECRET_KEY"] and len(first["SECRET_KEY"]) > 40
    assert first["PATH"].endswith(":/bin")


def test_with_a_secret_key_production_settings_hold(tmp_path):
    given = {"SECRET_KEY": "given", "DATABASE_URL": "postgres://db/x", "PATH": "/bin"}
    result = environment(tmp_path, given)
    assert "DEMO" not in result
    assert result["SECRET_KEY"] == "given"


def until_line(process, text):
    return any(text in line for line in iter(process.stdout.readline, ""))
