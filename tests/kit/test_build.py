"""script/bootstrap.py builds the kit when it must, mends what was cut off, says what is wrong."""

import importlib.util

import pytest

from marketing_ops.embedded.client import PROJECT


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The script on a small frontend/, with commands that only leave their results behind."""
    spec = importlib.util.spec_from_file_location("bootstrap", PROJECT / "script/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    frontend, venv = tmp_path / "frontend", tmp_path / ".venv"
    (frontend / "src/styles").mkdir(parents=True)
    (frontend / "package-lock.json").write_text("{}")
    (frontend / "vite.config.ts").write_text("")
    (frontend / "src/styles/_page.scss").write_text("body {}")
    (tmp_path / "node.lock").write_text("nodejs==1\n")
    venv.mkdir()
    for name, value in {
        "PROJECT": tmp_path,
        "VENV": venv,
        "PYTHON": venv / "bin/python",
        "FRONTEND": frontend,
        "NODE_LOCK": tmp_path / "node.lock",
    }.items():
        monkeypatch.setattr(module, name, value)
    module.ran = []
    module.fails = ""

    def run(command, settings, folder=None):
        words = [str(word) for word in command]
        module.ran.append(words)
        if module.fails and module.fails in words:
            raise module.Failed("exit code 1")
        if "ci" in words:
            (frontend / "node_modules").mkdir(exist_ok=True)
        if "build" in words:
            out = frontend.parent / settings["KIT_OUT"]
            out.mkdir(exist_ok=True)
            (out / "manifest.json").write_text("{}")
        if "--target" in words:
            (venv / "node").mkdir(exist_ok=True)

    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "uv_settings", dict)
    monkeypatch.setattr(module, "find_node", lambda: ("node", ["npm"]))
    monkeypatch.setattr(module, "end_installers", lambda: None)
    return module


def verbs(module):
    known = ("ci", "build", "--target")
    found = [next((verb for verb in known if verb in words), None) for words in module.ran]
    module.ran.clear()
    return found


def test_the_second_start_builds_nothing(bootstrap):
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["ci", "build"]
    assert (bootstrap.FRONTEND / "dist/manifest.json").exists()
    bootstrap.build_kit()
    assert verbs(bootstrap) == []


def test_a_changed_source_is_built_with_the_packages_that_are_there(bootstrap):
    bootstrap.build_kit()
    (bootstrap.FRONTEND / "src/styles/_page.scss").write_text("body { color: red }")
    verbs(bootstrap)
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["build"]


def test_a_changed_lock_file_brings_its_packages(bootstrap):
    bootstrap.build_kit()
    (bootstrap.FRONTEND / "package-lock.json").write_text('{"new": 1}')
    verbs(bootstrap)
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["ci", "build"]


def test_packages_that_came_only_half_come_again(bootstrap):
    (bootstrap.FRONTEND / "node_modules/vite").mkdir(parents=True)
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["ci", "build"]


def test_a_build_that_broke_off_leaves_the_last_one_in_place(bootstrap):
    bootstrap.build_kit()
    (bootstrap.FRONTEND / "vite.config.ts").write_text("// changed")
    bootstrap.fails = "build"
    with pytest.raises(bootstrap.Failed):
        bootstrap.build_kit()
    assert (bootstrap.FRONTEND / "dist/manifest.json").exists()
    bootstrap.fails = ""
    verbs(bootstrap)
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["build"]


def test_where_npm_reaches_nothing_the_cure_is_named(bootstrap):
    bootstrap.fails = "ci"
    with pytest.raises(bootstrap.Failed, match="npm config set registry ADDRESS") as problem:
        bootstrap.build_kit()
    assert "frontend/dist" in str(problem.value)


def test_without_a_node_of_its_own_the_machine_gets_one_once(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "find_node", lambda: None)
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["--target", "ci", "build"]
    (bootstrap.FRONTEND / "vite.config.ts").write_text("// changed")
    bootstrap.build_kit()
    assert verbs(bootstrap) == ["build"]


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("v18.19.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_only_a_node_that_vite_takes_is_used(tmp_path, monkeypatch, said, fits):
    spec = importlib.util.spec_from_file_location("bootstrap", PROJECT / "script/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("node", "npm"):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho {said}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module.subprocess, "run", _with_sh(module.subprocess.run))
    assert (module.find_node() is not None) == fits


def _with_sh(run):
    def wrapped(command, **options):
        return run(["/bin/sh", str(command[0]), *command[1:]], **options)

    return wrapped
