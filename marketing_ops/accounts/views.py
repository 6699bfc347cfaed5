"""Login, logout and the language switch: what must work before anyone is known."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.views.i18n import set_language as django_set_language

from marketing_ops.accounts.forms import LoginForm

login = LoginView.as_view(
    template_name="accounts/login.html",
    authentication_form=LoginForm,
    redirect_authenticated_user=True,
)

logout = login_not_required(LogoutView.as_view())

# POST only: it changes what the person sees from now on, by a cookie.
set_language = login_not_required(django_set_language)
