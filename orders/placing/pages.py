"""Calls: whom to call today and why, with the result; and the rescues of orders. Phone first."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers.api import named_shops, shop_or_404
from customers.gate import requires
from customers.models import Licence
from customers.scope import ALLOWED, Action
from orders.placing import queries, services
from orders.placing.models import Call, Rescue

CALLS_PER_PAGE = 30
RESCUES_SHOWN = 20
FOLLOWED_SHOWN = 30
FOLLOWED_DAYS = 14
# More shops than this are not offered one by one: the number is typed.
MOST_OFFERED = 400
MOST_TEXT = 2000


class Done(forms.Form):
    result = forms.ChoiceField(
        choices=[one for one in Call.Result.choices if one[0] != Call.Result.LAPSED]
    )
    text = forms.CharField(required=False, max_length=MOST_TEXT)


class AskRescue(forms.Form):
    licence = forms.CharField(label=gettext_lazy("Licence number of the shop"), max_length=30)
    trouble = forms.ChoiceField(label=gettext_lazy("What failed"), choices=Rescue.Trouble.choices)
    note = forms.CharField(
        label=gettext_lazy("What happened"), required=False, max_length=MOST_TEXT
    )


class StepOfRescue(forms.Form):
    reason = forms.CharField(required=False, max_length=MOST_TEXT)
    outcome = forms.ChoiceField(required=False, choices=[("", ""), *Rescue.Outcome.choices])

    def clean(self):
        said = super().clean()
        if bool(said.get("reason")) == bool(said.get("outcome")):
            raise forms.ValidationError(_("Write the reason, or say how it ended."))
        return said


@require_safe
@requires(Action.MAKE_CALLS)
def calls(request: HttpRequest) -> HttpResponse:
    due = queries.open_calls(request.customers)
    kinds = dict(due.order_by().values_list("kind").annotate(Count("pk")))
    asked = request.GET.get("kind", "")
    if asked in Call.Kind.values:
        due = due.filter(kind=asked)
    page = Paginator(due, CALLS_PER_PAGE).get_page(request.GET.get("page"))
    made = list(queries.calls_made(request.customers, request.today))
    queries.describe([*page, *made], request.today)
    rescues = list(queries.rescues(request.customers)[:RESCUES_SHOWN])
    names = named_shops({one.customer_id for one in rescues}, request.today)
    for one in rescues:
        one.named_shop = names[one.customer_id]
    since = request.today - timedelta(days=FOLLOWED_DAYS)
    followed = queries.followed(request.customers, since=since)
    context = {
        "page": page,
        "kinds": [(kind, kinds.get(kind, 0)) for kind in Call.Kind if kinds.get(kind)],
        "asked": asked,
        "all": sum(kinds.values()),
        "made": made,
        "results": Done.base_fields["result"].choices,
        "rescues": rescues,
        "troubles": Rescue.Trouble.choices,
        "outcomes": Rescue.Outcome.choices,
        "may_handle": bool(ALLOWED[Action.HANDLE_RESCUES] & request.roles),
        "offered": _offered(request),
        "followed": followed[:FOLLOWED_SHOWN],
        "followed_all": len(followed),
        "ordered": sum(one.was_ordered for one in followed),
    }
    return render(request, "calls/calls.html", context)


def _offered(request) -> list[str]:
    """Licence numbers to choose from, where they are not too many."""
    rows = Licence.objects.on(request.today).filter(customer__in=request.customers)
    numbers = list(rows.order_by("number").values_list("number", flat=True)[: MOST_OFFERED + 1])
    return numbers if len(numbers) <= MOST_OFFERED else []


def _back(request) -> HttpResponse:
    kind = request.POST.get("kind", "")
    query = f"?kind={kind}" if kind in Call.Kind.values else ""
    return redirect(reverse("calls") + query)


@require_POST
@requires(Action.MAKE_CALLS)
def done(request: HttpRequest, number: int) -> HttpResponse:
    """The result of a call to one of the person's shops."""
    if not Call.objects.filter(pk=number, customer__in=request.customers).exists():
        raise Http404
    form = Done(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a result of the call."))
        return _back(request)
    try:
        services.finish_call(call=number, **form.cleaned_data, by=request.user, at=timezone.now())
    except services.AlreadyDone as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The call is done; its result is kept."))
    return _back(request)


@require_POST
@requires(Action.MAKE_CALLS)
def rescue(request: HttpRequest) -> HttpResponse:
    """Ask to keep an order of today."""
    form = AskRescue(request.POST)
    if not form.is_valid():
        messages.error(request, _("Name the shop by its licence number, and what failed."))
        return redirect("calls")
    said = form.cleaned_data
    services.ask_rescue(
        customer=shop_or_404(request.customers, said.pop("licence").strip()),
        day=request.today,
        **said,
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Customer service is asked to keep the order."))
    return redirect("calls")


@require_POST
@requires(Action.HANDLE_RESCUES)
def rescue_step(request: HttpRequest, number: int) -> HttpResponse:
    """Customer service writes the reason; the telephone desk closes it."""
    if not Rescue.objects.filter(pk=number, customer__in=request.customers).exists():
        raise Http404
    form = StepOfRescue(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the reason, or say how it ended."))
        return redirect("calls")
    reason, outcome = form.cleaned_data["reason"], form.cleaned_data["outcome"]
    by = {"by": request.user, "at": timezone.now()}
    try:
        if reason:
            services.explain_rescue(rescue=number, reason=reason, **by)
        else:
            services.close_rescue(rescue=number, outcome=outcome, **by)
    except services.AlreadyDone as error:
        messages.warning(request, str(error))
    return redirect("calls")
