"""What belongs in the bag today, ticked off before one goes out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from customers.gate import requires
from customers.scope import Action
from customers.visits.plan_queries import bag_of
from customers.visits.services.morning import check_bag


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.MAKE_VISITS)
def bag(request: HttpRequest) -> HttpResponse:
    """A POST says of all items which are in; what is not ticked is taken away again."""
    lines = bag_of(request.user, request.today)
    if request.method == "POST":
        ticked = set(request.POST.getlist("item"))
        for line in lines:
            checked = str(line.item.pk) in ticked
            if checked != line.checked:
                check_bag(item=line.item, user=request.user, day=request.today, checked=checked)
        return redirect("bag")
    kinds: dict[str, list] = {}
    for line in lines:
        kinds.setdefault(line.item.get_kind_display(), []).append(line)
    context = {
        "kinds": kinds,
        "day": request.today,
        "number": len(lines),
        "inside": sum(line.checked for line in lines),
    }
    return render(request, "plan/bag.html", context)
