"""The second factor: a code from an app on the phone (TOTP), and recovery codes for a lost phone.

Who has set it up is asked for it at every login. Who may do what only administrators may must have
it, where settings.SECOND_FACTOR_REQUIRED says so (customers/gate.py and admin_site.py ask).
"""

import time
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from marketing_ops.accounts.models import User
from marketing_ops.audit import services as audit

RECOVERY_CODES = 10
PROVEN_SECONDS = 600
_MARK = "second_factor"  # in the session: this login gave its code
_PROVEN = "second_factor_at"


@dataclass(frozen=True)
class Outcome:
    """Of one code that was tried; `wait_until` where codes are refused for a moment."""

    right: bool
    wait_until: datetime | None = None


def device_of(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def missing(request) -> bool:
    """Whether this login may not yet do what only administrators may."""
    return settings.SECOND_FACTOR_REQUIRED and not request.session.get(_MARK)


def mark(request) -> None:
    """This login gave a code, just now."""
    request.session[_MARK] = True
    prove(request)


def unmark(request) -> None:
    request.session.pop(_MARK, None)


def prove(request) -> None:
    request.session[_PROVEN] = time.time()


def unproven(request) -> bool:
    """Whether a code must be asked for again, before the second factor itself is changed."""
    return time.time() - request.session.get(_PROVEN, 0) > PROVEN_SECONDS


def begin(user: User) -> TOTPDevice:
    """The secret to be scanned; it counts for nothing until `confirm` saw a code made with it."""
    device, _new = TOTPDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "phone", "key": default_key()}
    )
    return device


def picture(device: TOTPDevice) -> SafeString:
    """The secret as a QR code: an <svg> to stand in the page, so that no other server sees it."""
    code = segno.make(device.config_url, error="m")
    return mark_safe(code.svg_inline(scale=5, border=4, dark="#000", light="#fff"))


def secret(device: TOTPDevice) -> str:
    """The secret to be typed where the camera does not work, in groups of four."""
    letters = b32encode(device.bin_key).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def confirm(user: User, code: str) -> list[str] | None:
    """Put the begun device in force; its recovery codes, or None where the code is wrong."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(code):
            return None
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        _note(user, "second factor set up")
        return _new_codes(user)


def new_codes(user: User) -> list[str]:
    """Fresh recovery codes; the old ones are void."""
    with transaction.atomic():
        _note(user, "recovery codes made anew")
        return _new_codes(user)


def codes_left(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def check(user: User, code: str) -> Outcome:
    """Try a code of the phone (six digits), or a recovery code. Each is good for one login."""
    code = code.replace(" ", "").replace("-", "").lower()
    by_phone = code.isdigit() and len(code) == 6
    model = TOTPDevice if by_phone else StaticDevice
    device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return Outcome(right=False)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        return Outcome(right=False, wait_until=why.get("locked_until"))
    right = device.verify_token(code)
    if right and not by_phone:
        _note(user, "recovery code used", left=codes_left(user))
    return Outcome(right=right)


def take_away(user: User, *, by: str, why: str = "") -> bool:
    """Delete the person's second factor and recovery codes; whether there was one."""
    with transaction.atomic():
        there = TOTPDevice.objects.filter(user=user).delete()[0]
        StaticDevice.objects.filter(user=user).delete()
        if there:
            audit.record(by=by, action="second factor taken away", subject=_subject(user), why=why)
    return bool(there)


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery", confirmed=True)
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _note(user: User, action: str, **details) -> None:
    audit.record(by=user.username, action=action, subject=_subject(user), **details)


def _subject(user: User) -> str:
    return f"user {user.username}"
