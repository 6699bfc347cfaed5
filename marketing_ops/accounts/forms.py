"""The forms of the login and of one's own account."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketing_ops.accounts import lockout, second_factor


def _helper(name: str, label: str) -> FormHelper:
    helper = FormHelper()
    # Where to go afterwards stands in the address; the form posts to where it is.
    helper.form_action = ""
    helper.add_input(Submit(name, label))
    return helper


def clock_time(moment) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


class LoginForm(AuthenticationForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper("login", _("Log in"))

    def get_invalid_login_error(self):
        """A locked name is told so, with when it ends; whether the name exists is not told."""
        until = lockout.locked_until(self.cleaned_data.get("username", ""))
        if until is not None:
            return ValidationError(
                _(
                    "Too many wrong passwords. The login is locked until %(time)s; then try "
                    "again, or ask the administrator to unlock it."
                ),
                code="locked",
                params={"time": clock_time(until)},
            )
        address = lockout.client_address(self.request)
        if lockout.failures_from(address) >= lockout.ADDRESS_FAILURES:
            return ValidationError(
                _(
                    "Too many wrong passwords came from where you are. Wait a quarter of an hour, "
                    "then try again."
                ),
                code="locked",
            )
        return super().get_invalid_login_error()


class CodeForm(forms.Form):
    """A code of the second factor, or a recovery code, of `user`."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.helper = _helper("send", _("Continue"))

    def clean_code(self):
        outcome = second_factor.check(self.user, self.cleaned_data["code"])
        if outcome.wait_until is not None:
            raise ValidationError(
                _("Too many wrong codes: wait until %(time)s, then enter a new code."),
                params={"time": timezone.localtime(outcome.wait_until).strftime("%H:%M:%S")},
            )
        if not outcome.right:
            raise ValidationError(
                _(
                    "This code is wrong, or was used already. Enter the one that the app shows "
                    "now, or a recovery code that you have not used."
                )
            )
        return self.cleaned_data["code"]


class ConfirmForm(forms.Form):
    """The first code of a device that is being set up."""

    code = forms.CharField(
        label=_("Six digits that the app shows"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.codes: list[str] = []
        self.helper = _helper("confirm", _("Put it in force"))

    def clean_code(self):
        codes = second_factor.confirm(self.user, self.cleaned_data["code"].replace(" ", ""))
        if codes is None:
            raise ValidationError(
                _(
                    "This code does not fit. Scan the picture again, see to it that the phone's "
                    "clock is right, and enter the code that is shown now."
                )
            )
        self.codes = codes
        return self.cleaned_data["code"]


class PasswordForm(PasswordChangeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = _helper("change", _("Change the password"))

    def clean(self):
        cleaned = super().clean()
        new = self.cleaned_data.get("new_password1")
        if new and new == self.cleaned_data.get("old_password"):
            self.add_error("new_password1", _("This is the old password: choose another."))
        return cleaned
