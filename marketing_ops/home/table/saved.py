"""Saved views: the present filters and order of the table of shops under a name of one's own."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from customers.gate import requires
from customers.scope import Action
from marketing_ops.home.models import SavedView
from marketing_ops.home.table.filters import address_of

MOST = 30  # of one person


class Name(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=SavedView._meta.get_field("name").max_length
    )


@dataclass(frozen=True, slots=True)
class Chip:
    """A saved view as a link; `here`: the table shows it."""

    pk: int
    name: str
    address: str
    here: bool


def chips(user, question: str) -> list[Chip]:
    """A person's saved views; `question`: what the table is asked now."""
    return [
        Chip(view.pk, view.name, f"?{view.question}", view.question == question)
        for view in SavedView.objects.filter(user=user)
    ]


@require_POST
@requires(Action.SEE_FIGURES)
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what the field `question` asks under `name`; a view of that name is replaced."""
    question = address_of(QueryDict(request.POST.get("question", "")).dict())
    form = Name(request.POST)
    if not form.is_valid() or len(question) > SavedView._meta.get_field("question").max_length:
        messages.error(request, _("The view needs a name of at most 40 letters."))
        return _to(question)
    name = form.cleaned_data["name"]
    with transaction.atomic():
        own = SavedView.objects.filter(user=request.user)
        if own.exclude(name=name).count() >= MOST:
            messages.error(
                request, _("You have %(n)s views. Delete one to save another.") % {"n": MOST}
            )
            return _to(question)
        _view, created = SavedView.objects.update_or_create(
            user=request.user, name=name, defaults={"question": question}
        )
    said = _("Saved as “%(name)s”.") if created else _("“%(name)s” shows these filters now.")
    messages.success(request, said % {"name": name})
    return _to(question)


@require_POST
@requires(Action.SEE_FIGURES)
def rename_view(request: HttpRequest, number: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=number, user=request.user)
    form = Name(request.POST)
    if not form.is_valid():
        messages.error(request, _("The view needs a name of at most 40 letters."))
        return _to(view.question)
    name = form.cleaned_data["name"]
    if SavedView.objects.filter(user=request.user, name=name).exclude(pk=view.pk).exists():
        messages.error(request, _("You have a view “%(name)s” already.") % {"name": name})
        return _to(view.question)
    view.name = name
    view.save(update_fields=["name"])
    messages.success(request, _("The view is called “%(name)s” now.") % {"name": name})
    return _to(view.question)


@require_POST
@requires(Action.SEE_FIGURES)
def delete_view(request: HttpRequest, number: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=number, user=request.user)
    view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return _to(view.question)


def _to(question: str) -> HttpResponseRedirect:
    """Back to the table, as it was."""
    return HttpResponseRedirect(f"{reverse('shops')}?{question}" if question else reverse("shops"))
