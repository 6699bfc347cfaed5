"""What the audit trail says, in the reader's language: it is stored in plain English words."""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

KNOWN = (
    gettext_noop("call done"),
    gettext_noop("care done"),
    gettext_noop("change user"),
    gettext_noop("collect day"),
    gettext_noop("conflict settled"),
    gettext_noop("create department"),
    gettext_noop("create person"),
    gettext_noop("create user"),
    gettext_noop("fill demo"),
    gettext_noop("flag rejected"),
    gettext_noop("flag upheld"),
    gettext_noop("import"),
    gettext_noop("import customer"),
    gettext_noop("import event"),
    gettext_noop("import product"),
    gettext_noop("login unlocked"),
    gettext_noop("logins ended"),
    gettext_noop("password changed"),
    gettext_noop("person erased"),
    gettext_noop("person switched off"),
    gettext_noop("post"),
    gettext_noop("quota decided"),
    gettext_noop("raise flag"),
    gettext_noop("recovery code used"),
    gettext_noop("recovery codes made anew"),
    gettext_noop("release manual day"),
    gettext_noop("report handed in"),
    gettext_noop("rescue asked"),
    gettext_noop("rescue closed"),
    gettext_noop("rescue explained"),
    gettext_noop("rule set drafted"),
    gettext_noop("rule set published"),
    gettext_noop("run night again"),
    gettext_noop("second factor set up"),
    gettext_noop("second factor taken away"),
    gettext_noop("sell-through exported"),
    gettext_noop("shops exported"),
    gettext_noop("shop's products exported"),
    gettext_noop("setaside settled"),
    gettext_noop("shopkeeper erased"),
    gettext_noop("meeting published"),
    gettext_noop("plan approved"),
    gettext_noop("plan given back"),
    gettext_noop("plan handed in"),
    gettext_noop("visit added"),
    gettext_noop("visit moved"),
    gettext_noop("visit rules published"),
    gettext_noop("visit taken away"),
    gettext_noop("visits drafted"),
    gettext_noop("visits drafted again"),
    gettext_noop("visits exported"),
    gettext_noop("work calendar taken over"),
)

# What an entry can tell beside its own columns; what is not named here goes by its own name.
_DETAILS = {
    "before": gettext_lazy("before"),
    "changed": gettext_lazy("changed"),
    "codes": gettext_lazy("codes"),
    "effective": gettext_lazy("holds from"),
    "ended": gettext_lazy("logins ended"),
    "ends_on": gettext_lazy("until before"),
    "failures": gettext_lazy("wrong passwords"),
    "file": gettext_lazy("kind of file"),
    "filters": gettext_lazy("filters"),
    "left": gettext_lazy("codes left"),
    "new": gettext_lazy("new"),
    "new_posts": gettext_lazy("new posts"),
    "packs": gettext_lazy("quota (packs)"),
    "read": gettext_lazy("rows read"),
    "recommended": gettext_lazy("recommended (packs)"),
    "rejected": gettext_lazy("rejected"),
    "role": gettext_lazy("role"),
    "shops": gettext_lazy("number of shops"),
    "visits": gettext_lazy("number of visits"),
    "route": gettext_lazy("route"),
    "since": gettext_lazy("since"),
    "starts_on": gettext_lazy("from"),
    "unchanged": gettext_lazy("unchanged"),
}
# Told by the subject, by a link, or line by line.
_APART = frozenset({"changes", "values", "name", "run", "rules"})


def said(action: str) -> str:
    """An action in words; one of a row of the admin by the name of its kind."""
    kind, _space, done = action.rpartition(" ")
    model = _kinds().get(kind)
    if action in KNOWN or model is None:
        return _(action) if action in KNOWN else action
    name = model._meta.verbose_name
    if done == "created":
        return _("%(kind)s added") % {"kind": name}
    if done == "changed":
        return _("%(kind)s changed") % {"kind": name}
    return _("%(kind)s deleted") % {"kind": name} if done == "deleted" else action


def details_said(action: str, details: dict) -> list[str]:
    """What an entry tells beside its columns, a line each: “from 2024-07-01”, “name: a → b”."""
    model = _kinds().get(action.rpartition(" ")[0])
    lines = [
        f"{_DETAILS.get(name, name)}: {_plain(value)}"
        for name, value in details.items()
        if name not in _APART
    ]
    for name, value in _dict(details.get("values")).items():
        lines.append(f"{_field(model, name)}: {_plain(value)}")
    for name, change in _dict(details.get("changes")).items():
        before, after = change if isinstance(change, list) and len(change) == 2 else (None, change)
        lines.append(f"{_field(model, name)}: {_plain(before)} → {_plain(after)}")
    return lines


# What a subject begins with that is no kind of row, and what follows it.
_SUBJECTS = {
    "day": gettext_lazy("Day %(name)s"),
    "figures of": gettext_lazy("Figures of %(name)s"),
    "visit plan": gettext_lazy("Visit plan %(name)s"),
    "visit rules": gettext_lazy("Visit rules, version %(name)s"),
    "work calendar": gettext_lazy("Work calendar %(name)s"),
}


def subject_said(subject: str) -> str | None:
    """A subject that is no row, in words; None where it is one, or not known."""
    for kind, words in _SUBJECTS.items():
        if subject.startswith(f"{kind} "):
            return words % {"name": subject.removeprefix(f"{kind} ")}
    return None


def kind_said(name: str) -> str | None:
    """The kind of a row by the name that the trail gives it; None where there is none."""
    model = _kinds().get(name)
    return str(model._meta.verbose_name) if model else None


def _field(model: type | None, name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name) if model else name
    except FieldDoesNotExist:
        return name


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "—"
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_plain(one)}" for name, one in value.items()) or "—"
    return "—" if value is None or value == "" else str(value)


def _kinds() -> dict[str, type]:
    return {model._meta.model_name: model for model in apps.get_models()}
