"""Login in one or two steps, logout and the language switch: what works before anyone is known."""

import time

from django.contrib import messages
from django.contrib.auth import login as django_login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.contrib.auth.views import LogoutView
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.i18n import set_language as django_set_language

from marketing_ops.accounts import second_factor, sessions
from marketing_ops.accounts.forms import CodeForm, LoginForm
from marketing_ops.accounts.models import User

_WAITING = "waiting_for_code"
CODE_SECONDS = 300  # between the password and the code


class LoginView(DjangoLoginView):
    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            ended=self.request.session.pop(sessions.ENDED, False), **kwargs
        )

    def form_valid(self, form):
        user = form.get_user()
        if second_factor.device_of(user) is None:
            enter(self.request, user)
            return redirect(self.get_success_url())
        self.request.session[_WAITING] = {
            "user": user.pk,
            "backend": user.backend,
            "at": time.time(),
            "to": self.get_success_url(),
        }
        return redirect("login_code")


login = LoginView.as_view()


@login_not_required
@never_cache
@sensitive_post_parameters("code")
def login_code(request):
    """The second step, for who has set up a second factor; nobody is logged in before it."""
    waiting = request.session.get(_WAITING)
    user = waiting and User.objects.filter(pk=waiting["user"], is_active=True).first()
    if not user or time.time() - waiting["at"] > CODE_SECONDS:
        request.session.pop(_WAITING, None)
        messages.warning(request, _("Enter your name and password once more."))
        return redirect("login")
    form = CodeForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        del request.session[_WAITING]
        user.backend = waiting["backend"]
        enter(request, user)
        second_factor.mark(request)
        return redirect(waiting["to"])
    return render(request, "accounts/login_code.html", {"form": form})


def enter(request, user) -> None:
    """Log in; from here on the session is the person's."""
    sessions.sweep()
    django_login(request, user)
    sessions.describe(request)


logout = login_not_required(LogoutView.as_view())

# POST only: it changes what the person sees from now on, by a cookie.
set_language = login_not_required(django_set_language)
