"""Changes to a person's login, each with all that follows from it."""

from django.db import transaction
from django.utils import timezone

from marketing_ops.accounts import lockout, second_factor, sessions, tokens
from marketing_ops.accounts.models import User
from marketing_ops.audit import services as audit


@transaction.atomic
def note_new_password(user: User, *, by: str, but: str | None = None) -> int:
    """The password was changed: end all logins but the session `but`; how many there were."""
    ended = end_logins(user, but=but)
    audit.record(by=by, action="password changed", subject=f"user {user.username}", ended=ended)
    return ended


@transaction.atomic
def switch_off(user: User, *, by: str, why: str = "") -> None:
    """From now on the person cannot log in; logins that are open end at once."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = end_logins(user)
    audit.record(
        by=by, action="person switched off", subject=f"user {user.username}", why=why, ended=ended
    )


@transaction.atomic
def unlock(user: User, *, by: str, why: str = "") -> int:
    """Let a locked name try again; how many wrong passwords are forgotten."""
    failures = lockout.unlock(user)
    if failures:
        audit.record(
            by=by,
            action="login unlocked",
            subject=f"user {user.username}",
            why=why,
            failures=failures,
        )
    return failures


@transaction.atomic
def force_out(user: User, *, by: str, why: str = "") -> int:
    """End all of a person's logins, wherever they are; how many there were."""
    ended = end_logins(user)
    audit.record(
        by=by, action="logins ended", subject=f"user {user.username}", why=why, ended=ended
    )
    return ended


@transaction.atomic
def take_second_factor(user: User, *, by: str, why: str = "") -> bool:
    """For who lost phone and recovery codes: the next login is by password alone."""
    there = second_factor.take_away(user, by=by, why=why)
    if there:
        sessions.end_all(user)
    return there


def end_logins(user: User, *, but: str | None = None) -> int:
    """End the sessions of a person (all but one) and the tokens of their programs."""
    return sessions.end_all(user, but=but) + tokens.end_all(user, now=timezone.now())
