"""What the audit trail says, in the reader's language: it is stored in plain English words."""

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

KNOWN = (
    gettext_noop("change user"),
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
    gettext_noop("person switched off"),
    gettext_noop("post"),
    gettext_noop("quota decided"),
    gettext_noop("raise flag"),
    gettext_noop("recovery code used"),
    gettext_noop("recovery codes made anew"),
    gettext_noop("release manual day"),
    gettext_noop("rule set drafted"),
    gettext_noop("rule set published"),
    gettext_noop("run night again"),
    gettext_noop("second factor set up"),
    gettext_noop("second factor taken away"),
    gettext_noop("work calendar taken over"),
)


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


def _kinds() -> dict[str, type]:
    return {model._meta.model_name: model for model in apps.get_models()}
