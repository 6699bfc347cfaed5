"""The forms of the desk: a file to import, a night to run again, and what of the lists is shown."""

import unicodedata
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketing_ops.accounts.models import User
from marketing_ops.desk.receive import MOST_BYTES, MOST_MB
from marketing_ops.imports import KINDS
from marketing_ops.runs.models import Run

_DATE = {"type": "date", "class": "form-control"}
OLDEST_NIGHT = timedelta(days=3653)


def day_field(label, **options) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"), **options
    )


class ImportForm(forms.Form):
    """A file and how to import it.

    The field `end` comes last on the page, so a body that broke off on its way has none.
    """

    kind = forms.ChoiceField(
        label=_("What the file holds"), widget=forms.Select(attrs={"class": "form-select"})
    )
    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        allow_empty_file=True,  # what is wrong with an empty one is said by the import
        error_messages={"required": _("Choose a file.")},
        widget=forms.FileInput(
            attrs={"accept": ".csv,.gz,.xlsx,text/csv", "data-max-bytes": MOST_BYTES}
        ),
    )
    effective = day_field(
        _("Changes hold from"),
        required=False,
        help_text=_(
            "For customers and products. Left empty: new shops from their opening day, changes "
            "from today."
        ),
    )
    all_or_nothing = forms.BooleanField(
        label=_("All or nothing"),
        required=False,
        help_text=_("Imports nothing if one row is bad. Otherwise the good rows go in."),
    )
    dry_run = forms.BooleanField(
        label=_("Trial run"),
        required=False,
        help_text=_("Says what would happen and changes nothing."),
    )
    end = forms.CharField(required=False, initial="1", widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in KINDS.values()]
        for name in ("all_or_nothing", "dry_run"):
            self.fields[name].widget.attrs["class"] = "form-check-input"

    def clean(self):
        if not self.data.get("end"):
            self.errors.clear()
            raise ValidationError(
                _("The upload broke off before the file was here as a whole. Send it again.")
            )
        return super().clean()

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.refused == "large":
            raise ValidationError(
                _(
                    "The file is larger than %(most)d MB. Split it by month, or hand it in as gzip "
                    "(.csv.gz)."
                )
                % {"most": MOST_MB}
            )
        if file.refused == "disk":
            raise ValidationError(
                _(
                    "The server's disk is almost full, so the file was not taken in. Tell who "
                    "looks after the server."
                )
            )
        file.name = _shown(file.name)
        return file


def _shown(name: str) -> str:
    """A file's name without what would break a line or a header."""
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip()
    return name[-200:] or "file"


class NightForm(forms.Form):
    """The day whose night is run again."""

    day = day_field(_("Night of"))

    def __init__(self, data=None, *, today, **kwargs):
        super().__init__(data, **kwargs)
        self.last, self.first = today - timedelta(days=1), today - OLDEST_NIGHT
        self.fields["day"].widget.attrs |= {
            "min": self.first.isoformat(), "max": self.last.isoformat(),
        }  # fmt: skip

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not self.first <= day <= self.last:
            raise ValidationError(
                _("Choose a day from %(first)s to %(last)s: it must be over."),
                params={"first": self.first.isoformat(), "last": self.last.isoformat()},
            )
        return day


class Filter(forms.Form):
    """What of a list is shown; wrong values count as empty."""

    def __init__(self, data=None):
        # The page has further fields of the same names.
        super().__init__(data, auto_id="filter_%s")

    def asked(self) -> dict:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def choice_field(label, choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("all")), *choices])


class ImportFilter(Filter):
    q = forms.CharField(label=_("File name"), required=False, max_length=60)
    status = choice_field(_("Status"), Run.Status.choices)
    since = day_field(_("From day"), required=False)
    until = day_field(_("To day"), required=False)

    def __init__(self, data=None):
        super().__init__(data)
        kinds = [(kind.name, kind.label) for kind in KINDS.values()]
        self.fields["kind"] = choice_field(_("What the file holds"), kinds)
        names = Run.objects.filter(kind=Run.Kind.IMPORT).order_by("by").values_list("by", flat=True)
        people = people_of(names.distinct())
        self.fields["by"] = choice_field(_("Who"), people.items())
        self.order_fields(["q", "kind", "status", "by", "since", "until"])


class RunFilter(Filter):
    kind = choice_field(_("Kind of run"), Run.Kind.choices)
    status = choice_field(_("Status"), Run.Status.choices)
    day = day_field(_("Night of"), required=False)


def people_of(usernames) -> dict[str, str]:
    """User names (in order) with the person's name, where there is such a person."""
    usernames = list(dict.fromkeys(usernames))
    known = {user.username: str(user) for user in User.objects.filter(username__in=usernames)}
    known |= {"schedule": _("by itself, each night"), "command": _("by command")}
    return {username: str(known.get(username, username)) for username in usernames}
