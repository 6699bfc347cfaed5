"""As whom a server process runs.

PostgreSQL refuses to run as root, so root has two ways: another user id, or, where that user
cannot reach the folder (a clone under a home closed to others), a user namespace in which root
looks like an ordinary user and has lost its powers.
"""

import ctypes
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import CannotStart

CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """`uid`, `gid`: whom to become, None = nobody else; `mapped_to`: the uid seen inside a user
    namespace of its own, None = no namespace. At most one of the two ways is used."""

    uid: int | None = None
    gid: int | None = None
    mapped_to: int | None = None

    def popen_arguments(self) -> dict:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def enter(self) -> None:
        """Called in the child between fork and exec. Raises OSError where it is forbidden."""
        if self.mapped_to is None:
            return
        uid, gid = os.geteuid(), os.getegid()
        if _libc.unshare(CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{self.mapped_to} {uid} 1"),
            ("gid_map", f"{self.mapped_to} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)

    def can_run(self, *command: str) -> bool:
        try:
            done = subprocess.run(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=self.enter,
                **self.popen_arguments(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def choose(binary: Path, folder: Path) -> Identity:
    """The identity for running `binary` on the data in `folder` (which need not exist yet).

    Creates `folder` and hands it over where needed. Raises CannotStart with the cure in words.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner, me = folder.stat().st_uid, os.geteuid()
    if me != 0:
        if owner != me:
            raise CannotStart(
                f"{folder} belongs to user {_name(owner)}, not to {_name(me)}: run this as "
                f"{_name(owner)}, delete the folder, or set VAR_DIR to another one."
            )
        # A user id without a name (as in some containers) gets one in a namespace: initdb asks.
        return Identity() if _known(me) else Identity(mapped_to=_other_user().pw_uid)

    other = pwd.getpwuid(owner) if owner and _known(owner) else _other_user()
    separate = Identity(uid=other.pw_uid, gid=other.pw_gid)
    namespace = Identity(mapped_to=other.pw_uid)
    made_in_namespace = owner == 0 and any(folder.iterdir())
    ways = [namespace, separate] if made_in_namespace else [separate, namespace]
    if owner not in (0, _other_user().pw_uid):
        ways = [separate]  # a person's own: root goes on as that person
    for way in ways:
        if way.can_run(str(binary), "--version") and (
            way is namespace or way.can_run("test", "-x", str(folder.parent))
        ):
            needed = (0, 0) if way is namespace else (other.pw_uid, other.pw_gid)
            if owner != needed[0]:
                _hand_over(folder, *needed)
            return way
    raise CannotStart(
        f"{binary.name} does not run as root, user {other.pw_name} cannot reach {folder}, and user "
        "namespaces are switched off here. Run this as an ordinary user, move the project to a "
        "folder open to others, or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _hand_over(folder: Path, uid: int, gid: int) -> None:
    for path, folders, files in os.walk(folder):
        os.chown(path, uid, gid)
        for name in folders + files:
            os.chown(os.path.join(path, name), uid, gid, follow_symlinks=False)


def _other_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name if _known(uid) else str(uid)
