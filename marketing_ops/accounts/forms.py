"""The login form."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class LoginForm(AuthenticationForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        # Where to go after the login stands in the address; the form posts to where it is.
        self.helper.form_action = ""
        self.helper.add_input(Submit("login", _("Log in")))
