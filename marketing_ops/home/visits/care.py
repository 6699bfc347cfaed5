"""Care for single customers: who needs it, by route, until somebody has acted on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from customers.gate import requires
from customers.models import CustomerProperties, RouteAssignment
from customers.scope import Action
from customers.visits.models import Care
from customers.visits.services.reports import care_done

DONE_SHOWN = 20


@require_safe
@requires(Action.SEE_VISITS)
def care(request: HttpRequest) -> HttpResponse:
    rows = Care.objects.filter(customer__in=request.customers).select_related("by")
    open_ = list(rows.filter(done_on__isnull=True).order_by("day", "pk"))
    done = list(rows.filter(done_on__isnull=False).order_by("-done_on", "-pk")[:DONE_SHOWN])
    shops = {row.customer_id for row in (*open_, *done)}
    names = dict(
        CustomerProperties.objects.on(request.today)
        .filter(customer__in=shops)
        .values_list("customer_id", "name")
    )
    routes = {
        one.customer_id: one.route
        for one in RouteAssignment.objects.on(request.today)
        .filter(customer__in=shops)
        .select_related("route__department")
    }
    groups: dict[str, list] = {}
    for row in open_:
        route = routes.get(row.customer_id)
        label = f"{route.department.name} · {route.name}" if route else "—"
        groups.setdefault(label, []).append((row, names.get(row.customer_id, "—")))
    context = {
        "groups": sorted(groups.items()),
        "open": len(open_),
        "done": [(row, names.get(row.customer_id, "—")) for row in done],
    }
    return render(request, "visits/care.html", context)


@require_POST
@requires(Action.SEE_VISITS)
def done(request: HttpRequest, number: int) -> HttpResponse:
    """It is taken care of; `again`: it is open after all."""
    row = get_object_or_404(Care, pk=number, customer__in=request.customers)
    care_done(care=row, by=request.user, day=request.today, done="again" not in request.POST)
    return redirect("care")
