"""The environment is made once, heals when it was interrupted, and obeys pip's configuration."""

import importlib.util
import json
import subprocess
import sys

import pytest

from marketing_ops.embedded.client import PROJECT


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """script/bootstrap.py, working on an empty folder, with an installer that only takes notes."""
    spec = importlib.util.spec_from_file_location("bootstrap", PROJECT / "script/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for name in ("demo.lock", "test.lock", "uv.txt"):
        (tmp_path / "requirements" / name).write_text("# first\nuv==1.0\n")
    venv = tmp_path / ".venv"
    places = {
        "PROJECT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin/python",
        "STAMP": venv / "installed.json",
        "CATALOGS_STAMP": venv / "catalogs.txt",
        "UNFINISHED": venv / "unfinished",
        "MARK": f"MARKETING_OPS_INSTALLS={venv}",
    }
    for name, value in places.items():
        monkeypatch.setattr(module, name, value)
    module.ran = []

    def run(command, settings):
        words = [str(word) for word in command]
        module.ran.append(words)
        if "venv" in words:
            (venv / "bin").mkdir(parents=True, exist_ok=True)
            module.PYTHON.symlink_to(sys.executable)

    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "uv_settings", lambda: {})
    return module


def locks(module):
    return [words[-1].rpartition("/")[2] for words in module.ran if "sync" in words]


def test_the_second_start_installs_nothing(bootstrap):
    bootstrap.install("demo")
    bootstrap.ran.clear()
    bootstrap.install("demo")
    assert bootstrap.ran == []


def test_a_changed_lock_file_is_installed_into_the_same_environment(bootstrap):
    bootstrap.install("demo")
    bootstrap.ran.clear()
    (bootstrap.PROJECT / "requirements/demo.lock").write_text("new\n")
    bootstrap.install("demo")
    assert locks(bootstrap) == ["demo.lock"]
    assert not any("venv" in words for words in bootstrap.ran)


def test_what_the_tests_need_is_enough_for_the_demo_and_stays(bootstrap):
    bootstrap.install("test")
    bootstrap.install("demo")
    assert locks(bootstrap) == ["test.lock"]
    (bootstrap.PROJECT / "requirements/test.lock").write_text("new\n")
    bootstrap.install("demo")
    assert locks(bootstrap) == ["test.lock", "test.lock"]


def test_an_interrupted_installation_is_thrown_away_and_made_again(bootstrap):
    bootstrap.install("demo")
    bootstrap.UNFINISHED.touch()
    leftover = bootstrap.VENV / "half a package"
    leftover.touch()
    bootstrap.install("demo")
    assert not leftover.exists()
    assert bootstrap.is_installed("demo")


def test_a_moved_project_gets_a_new_environment(bootstrap):
    bootstrap.install("demo")
    stamp = json.loads(bootstrap.STAMP.read_text()) | {"base": "3.11 /elsewhere/.venv"}
    bootstrap.STAMP.write_text(json.dumps(stamp))
    bootstrap.ran.clear()
    bootstrap.install("demo")
    assert any("venv" in words for words in bootstrap.ran)


def test_without_uv_pip_installs_the_same_lock(bootstrap, monkeypatch):
    def no_uv(command, settings, run=bootstrap.run):
        run(command, settings)
        if any("uv==" in str(word) for word in command):
            raise bootstrap.Failed("no such package")

    monkeypatch.setattr(bootstrap, "run", no_uv)
    bootstrap.install("demo")
    assert bootstrap.ran[-1][-3:] == ["--no-deps", "-r", str(bootstrap.lock_file("demo"))]
    assert bootstrap.is_installed("demo")


def test_what_an_interrupted_installation_left_running_is_ended(bootstrap):
    name, _, value = bootstrap.MARK.partition("=")
    orphan = subprocess.Popen(["sleep", "600"], env={"PATH": "/usr/bin:/bin", name: value})
    bystander = subprocess.Popen(["sleep", "600"], env={"PATH": "/usr/bin:/bin", name: value + "2"})
    try:
        bootstrap.end_installers()
        assert orphan.wait(10) == -9
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_uv_is_told_what_the_machines_pip_is_told(bootstrap, monkeypatch):
    listed = (
        ":env:.index-url='https://mirror.example/simple'\n"
        "global.index-url='https://other.example/simple'\n"
        "global.extra-index-url='https://one.example https://two.example'\n"
        "global.find-links='/wheels /more'\n"
        "global.cert='/etc/ca.pem'\n"
    )
    done = subprocess.CompletedProcess([], 0, stdout=listed)
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_, **__: done)
    assert bootstrap.in_uvs_words({"UV_FIND_LINKS": "/chosen"}) == {
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://one.example https://two.example",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "UV_CACHE_DIR": str(bootstrap.VENV / "uv-cache"),
    }


def test_the_locks_name_no_address_and_agree_with_each_other():
    versions = {}
    for lock in sorted((PROJECT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "://" not in text and "--index" not in text, lock
        for line in text.splitlines():
            if "==" in line:
                name, _, version = line.partition("==")
                versions.setdefault((name, version.partition(" ;")[2]), set()).add(version)
    assert {key: found for key, found in versions.items() if len(found) > 1} == {}
