"""One's own account: password, second factor, where one is logged in, and one's programs.

For everybody who is logged in, whatever they may see else; each page speaks of nobody but them.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from marketing_ops.accounts import second_factor, sessions, tokens
from marketing_ops.accounts.forms import CodeForm, ConfirmForm, PasswordForm
from marketing_ops.accounts.services import note_new_password

_CODES = "recovery_codes_to_show"


@require_GET
@never_cache
def security(request):
    here = request.session.session_key
    devices = [(row, row.pk == here) for row in sessions.of(request.user)]
    return render(
        request,
        "accounts/security.html",
        {
            "devices": sorted(devices, key=lambda device: not device[1]),
            "others": len(devices) > 1,
            "tokens": tokens.of(request.user, now=timezone.now()),
            "factor": second_factor.device_of(request.user),
            "codes_left": second_factor.codes_left(request.user),
            "required": settings.SECOND_FACTOR_REQUIRED,
        },
    )


@never_cache
@sensitive_post_parameters()
def password(request):
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            update_session_auth_hash(request, user)
            note_new_password(user, by=user.username, but=request.session.session_key)
        messages.success(
            request, _("Your password is changed. You are logged out everywhere else.")
        )
        return redirect("security")
    return render(request, "accounts/password.html", {"form": form})


@require_POST
def end_sessions(request):
    """One session by its name, or all but this one."""
    name = request.POST.get("session")
    if name:
        ended = sessions.end(request.user, name)
        messages.success(
            request, _("That login is ended.") if ended else _("That login had ended already.")
        )
    else:
        count = sessions.end_all(request.user, but=request.session.session_key)
        messages.success(
            request,
            ngettext("%(count)d login is ended.", "%(count)d logins are ended.", count)
            % {"count": count},
        )
    return redirect("security")


@require_POST
def end_tokens(request):
    """One token of the API by its number, or all of one's own."""
    now = timezone.now()
    number = request.POST.get("token")
    if number:
        token = next((t for t in tokens.of(request.user, now=now) if str(t.pk) == number), None)
        if token is not None:
            tokens.end(token, now=now)
        messages.success(
            request, _("That token is ended.") if token else _("That token had ended already.")
        )
    else:
        count = tokens.end_all(request.user, now=now)
        messages.success(
            request,
            ngettext("%(count)d token is ended.", "%(count)d tokens are ended.", count)
            % {"count": count},
        )
    return redirect("security")


@never_cache
@sensitive_post_parameters("code")
def set_up(request):
    """Scan the picture, enter the first code; a device that is in force is replaced by it."""
    if second_factor.device_of(request.user) and second_factor.unproven(request):
        # A session left open for a moment must not be enough to take the account over.
        return redirect(f"{reverse('prove')}?next={reverse('second_factor')}")
    form = ConfirmForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        second_factor.mark(request)
        request.session.cycle_key()
        sessions.end_all(request.user, but=request.session.session_key)
        request.session[_CODES] = form.codes
        return redirect("recovery_codes")
    device = second_factor.begin(request.user)
    return render(
        request,
        "accounts/second_factor.html",
        {
            "form": form,
            "picture": second_factor.picture(device),
            "secret": second_factor.secret(device),
            "required": settings.SECOND_FACTOR_REQUIRED,
        },
    )


@require_GET
@never_cache
def recovery_codes(request):
    """Shown once, right after they were made."""
    codes = request.session.pop(_CODES, None)
    if codes is None:
        return redirect("security")
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@never_cache
@sensitive_post_parameters("code")
def prove(request):
    """Enter a code again, before the second factor itself is touched."""
    if second_factor.device_of(request.user) is None:
        return redirect("security")
    form = CodeForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        second_factor.prove(request)
        return redirect(
            "second_factor" if request.GET.get("next") == reverse("second_factor") else "security"
        )
    return render(request, "accounts/prove.html", {"form": form})


@require_POST
def renew_codes(request):
    if second_factor.device_of(request.user) is None:
        return redirect("security")
    if second_factor.unproven(request):
        return redirect("prove")
    request.session[_CODES] = second_factor.new_codes(request.user)
    return redirect("recovery_codes")


@require_POST
def take_off(request):
    """Do without the second factor again; an administrator then has to set up a new one."""
    if second_factor.device_of(request.user) is None:
        return redirect("security")
    if second_factor.unproven(request):
        return redirect("prove")
    second_factor.take_away(request.user, by=request.user.username)
    second_factor.unmark(request)
    messages.success(request, _("Your login is without a second factor now."))
    return redirect("security")
