"""The table of shops with their worst products: `/shops/`."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from marketing_ops.home.standing import standing
from marketing_ops.home.table.columns import FEW_DAYS
from marketing_ops.home.table.found import Found
from marketing_ops.home.table.peers import FEWEST
from marketing_ops.home.table.rows import rows
from marketing_ops.home.table.saved import chips

SHOPS_PER_PAGE = 25


@require_safe
@requires(Action.SEE_FIGURES)
def shops(request: HttpRequest) -> HttpResponse:
    if standing(request).results is None:
        context = {"has_shops": request.customers.exists(), "total": 0}
        return render(request, "home/shops.html", context)
    found = Found(request)
    page = Paginator(found.ids, SHOPS_PER_PAGE).get_page(request.GET.get("page"))
    address = found.form.address()
    saved = chips(request.user, address)
    context = {
        "found": found,
        "form": found.form,
        "asked": found.asked,
        "filters": found.form.in_words(),
        "address": address,
        "chips": saved,
        "is_saved": any(chip.here for chip in saved),
        "sort": found.form.sorted_by,
        "page": page,
        "rows": rows(found, list(page.object_list)),
        "has_shops": bool(found.ids) or request.customers.exists(),
        "few_days": FEW_DAYS,
        "fewest_peers": FEWEST,
    }
    return render(request, "home/shops.html", context)
