"""What the programs in script/ call once the environment is there.

python -m marketing_ops.embedded demo
python -m marketing_ops.embedded manage ARGUMENTS ...
python -m marketing_ops.embedded test ARGUMENTS ...
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from . import places, site
from .client import PROJECT, Services
from .errors import CannotStart
from .processes import Wakeups, cores, spawn

PLUGINS = ("pytest_django.plugin", "xdist.plugin", "_hypothesis_pytestplugin")
TEST_OPTIONS = [option for plugin in PLUGINS for option in ("-p", plugin)] + ["-n", str(cores())]


def environment(var: Path, given: dict[str, str]) -> dict[str, str]:
    """The environment of everything we start. What the caller has set stays as it is.

    Without a SECRET_KEY this is the demo on one's own machine; with one, production settings hold.
    """
    result = dict(given)
    if not given.get("SECRET_KEY"):
        result["SECRET_KEY"] = places.secret(places.folder(var) / "secret_key")
        result.setdefault("DEMO", "1")
    result["VAR_DIR"] = str(var)
    (var / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns where there is none
    result.setdefault("PYTHONUNBUFFERED", "1")
    programs = [str(Path(sys.executable).parent)]
    if not given.get("DATABASE_URL"):
        programs.append(str(places.postgres_binaries()))  # psql for `manage dbshell`, pg_dump
    result["PATH"] = os.pathsep.join([*programs, given.get("PATH", os.defpath)])
    return result


def foreground(
    var: Path, command: list[str], env: dict[str, str], *, cwd: Path | None = None, careless=False
) -> int:
    """Run `command` on our terminal with the services up; its exit code (128 + n for a signal)."""
    wakeups = Wakeups()
    passed_on = (signal.SIGTERM, signal.SIGHUP)
    with Services(var, env, careless=careless) as services:
        child = spawn(
            command,
            own_group=False,
            cwd=cwd,
            env=env | services.environment,
        )
        # A Ctrl-C reaches the child by itself; we only outlive it, to leave in order.
        signal.signal(signal.SIGINT, lambda *_: None)
        for number in passed_on:
            signal.signal(number, lambda number, _: child.send_signal(number))
        while child.poll() is None:
            if wakeups.wait(services.files()):
                services.open()  # the keeper was killed: the next query finds a server again
        code = child.returncode
    return code if code >= 0 else 128 - code


def main(verb: str, arguments: list[str]) -> int:
    var = Path(os.environ.get("VAR_DIR") or PROJECT / "var").resolve()
    given = dict(os.environ)
    try:
        if verb == "demo":
            return site.run(var, environment(var, given))
        if verb == "manage":
            # In the caller's folder, which its file names are relative to.
            command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
            return foreground(var, command, environment(var, given))
        if verb == "test":
            var = var / "test"  # never the demo's data
            # Plugins by name: looking for them costs pytest four seconds of each start.
            env = environment(var, given) | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            command = [sys.executable, "-m", "pytest", *TEST_OPTIONS, *arguments]
            return foreground(var, command, env, cwd=PROJECT, careless=True)
    except CannotStart as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except subprocess.SubprocessError as problem:
        print(f"error: could not start {verb}: {problem}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]))
