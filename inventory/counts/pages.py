"""Stock counts and the collection by hand, on a desk and on a phone."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from brands.api import named_products, product_or_404
from customers.api import named_shops, shop_or_404
from customers.gate import requires
from customers.scope import ALLOWED, Action
from customers.visits.models import Visit
from customers.visits.pages.asked import day_of, month_of
from customers.visits.queries import visits_seen_by
from customers.visits.steps import goods_on
from inventory.counts import entering, queries
from inventory.counts.models import StockCount
from inventory.counts.rules import Match, match
from inventory.counts.services import Refused, collect_day, collect_week
from marketing_ops.lib.periods import DAY, month, week

COUNTS_PER_PAGE = 40
SHOPS_PER_PAGE = 50
MOST_ADDED = 20


def _seen(request):
    return StockCount.objects.filter(
        visit__in=visits_seen_by(request.user, on=request.today), customer__in=request.customers
    )


@require_safe
@requires(Action.SEE_COUNTS)
def counts(request: HttpRequest) -> HttpResponse:
    """The counts of a month with their match rate, per account manager and one by one."""
    asked = request.GET.get("month")
    shown = month(month_of(asked) if asked else request.today)
    rows = _seen(request).filter(day__range=(shown.start, shown.end))
    who = "visit__made_by__display_name", "visit__made_by__username"
    people = queries.matches_of(rows, "visit__made_by", *who)
    by_visit = queries.matches_of(rows, "visit", "customer", "day", *who)
    by_visit.sort(key=lambda row: (row["day"], str(row["visit"])), reverse=True)
    page = Paginator(by_visit, COUNTS_PER_PAGE).get_page(request.GET.get("page"))
    names = named_shops({row["customer"] for row in page}, request.today)
    for row in page:
        row["shop"] = names[row["customer"]]
    for row in (*page, *people):
        row["who"] = row[who[0]] or row[who[1]]
    context = {
        "page": page,
        "people": sorted(people, key=lambda row: row["who"]),
        "total": sum((row["match"] for row in people), Match()),
        "month": shown.start,
        "before": shown.start - DAY,
        "after": shown.end + DAY if shown.end < request.today else None,
    }
    return render(request, "counts/counts.html", context)


@require_safe
@requires(Action.SEE_COUNTS)
def count(request: HttpRequest, visit_id) -> HttpResponse:
    """One count: every product with what the ledger said."""
    rows = list(_seen(request).filter(visit=visit_id))
    if not rows:
        raise Http404
    named = named_products({row.product_id for row in rows}, rows[0].day)
    lines = [
        {
            "product": named[row.product_id],
            "row": row,
            "difference": None if row.expected is None else row.counted - row.expected,
        }
        for row in rows
    ]
    lines.sort(key=lambda line: (not line["difference"], line["product"]["name"]))
    found = match((row.expected, row.counted) for row in rows)
    context = {
        "lines": lines,
        "match": found,
        "shop": named_shops([rows[0].customer_id], rows[0].day)[rows[0].customer_id],
        "visit": Visit.objects.select_related("made_by").get(pk=visit_id),
    }
    return render(request, "counts/count.html", context)


@require_safe
@requires(Action.SEE_COUNTS)
def collection(request: HttpRequest) -> HttpResponse:
    """What of the shops is to be collected by hand: missing days, and information points' weeks."""
    asked = request.GET.get("week")
    mondays = queries.weeks_back(request.today)
    monday = day_of(asked) if asked else mondays[0]
    if monday not in mondays:
        raise Http404
    shops = list(request.customers.values_list("pk", flat=True))
    days = queries.collection_days(shops, today=request.today)
    points = queries.points(shops, monday)
    page = Paginator(days, SHOPS_PER_PAGE).get_page(request.GET.get("page"))
    listed = {one.customer for one in page} | {one.customer for one in points[:SHOPS_PER_PAGE]}
    names = named_shops(listed, request.today)
    context = {
        "page": page,
        "days": [(names[one.customer], one) for one in page],
        "missing": sum(len(one.missing) for one in days),
        "points": [(names[one.customer], one) for one in points[:SHOPS_PER_PAGE]],
        "points_all": len(points),
        "points_done": sum(one.entered is not None for one in points),
        "monday": monday,
        "sunday": week(monday).end,
        "mondays": mondays,
        "may_collect": bool(ALLOWED[Action.COLLECT_BY_HAND] & request.roles),
    }
    return render(request, "counts/collection.html", context)


@dataclass(frozen=True)
class _Form:
    """What differs between a day and a week."""

    first: date
    last: date
    weekly: bool

    def lines(self, customer: int) -> list[queries.Line]:
        read = queries.lines_of_week if self.weekly else queries.lines_of_day
        return read(customer, self.first)

    def save(self, **fields) -> bool:
        """Whether anything is new."""
        if self.weekly:
            return collect_week(monday=self.first, **fields)
        recorded = collect_day(day=self.first, **fields)
        return bool(recorded.new + recorded.changed)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.COLLECT_BY_HAND)
def enter_day(request: HttpRequest, licence: str, day: str) -> HttpResponse:
    asked = day_of(day)
    customer = shop_or_404(request.customers, licence)
    if not queries.may_be_entered(customer, asked, today=request.today):
        return _not_asked(request)
    return _enter(request, customer, _Form(asked, asked, weekly=False))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.COLLECT_BY_HAND)
def enter_week(request: HttpRequest, licence: str, day: str) -> HttpResponse:
    monday = day_of(day)
    customer = shop_or_404(request.customers, licence)
    if monday not in queries.weeks_back(request.today) or not queries.is_point(customer, monday):
        return _not_asked(request)
    return _enter(request, customer, _Form(monday, monday + timedelta(days=6), weekly=True))


def _not_asked(request) -> HttpResponse:
    messages.warning(
        request, _("That day or week is not to be collected any more; these still are.")
    )
    return redirect("collection")


def _enter(request, customer: int, form: _Form) -> HttpResponse:
    shop = named_shops([customer], request.today)[customer]
    lines = form.lines(customer)
    known = {line.product for line in lines}
    added = _added(request) - known
    lines += [queries.Line(product, 0, None, 0) for product in sorted(added)]
    named = named_products({line.product for line in lines}, form.last)
    typed = [entering.blank(line, named[line.product]) for line in lines]
    typed.sort(key=lambda one: one.name)
    refused, unsold = "", bool(request.POST.get("unsold"))
    if request.method == "POST":
        typed = [entering.fill(one, request.POST, unsold=unsold) for one in typed]
        entries = [one.entry for one in typed if one.entry is not None]
        if not any(one.errors for one in typed):
            try:
                saved = form.save(
                    customer=customer,
                    entries=entries,
                    by=request.user.get_username(),
                    at=timezone.now(),
                    today=request.today,
                )
            except Refused as error:
                refused = str(error)
            else:
                words = _("%(shop)s: %(count)d products are entered.")
                if not saved:
                    words = _("%(shop)s: all stood so already.")
                messages.success(request, words % {"shop": shop["name"], "count": len(entries)})
                return redirect("collection")
        else:
            refused = _("Some lines cannot be; they are marked.")
    context = {
        "shop": shop,
        "form": form,
        "typed": typed,
        "wrong": sum(bool(one.errors) for one in typed),
        "refused": refused,
        "unsold": unsold,
        "added": [named[pk]["barcode"] for pk in sorted(added)],
        "others": [
            product
            for pk, product in goods_on(form.last).products.items()
            if pk not in known | added
        ],
    }
    return render(request, "counts/enter.html", context, status=422 if refused else 200)


def _added(request) -> set[int]:
    """Products that the shop had not dealt in, as the address says."""
    return {product_or_404(code) for code in request.GET.getlist("add")[:MOST_ADDED]}
