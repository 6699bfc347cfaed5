"""What stands behind a number of the overview: its shops, its cells, its products."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.gate import requires
from customers.scope import Action
from inventory.indicators.span_reads import sums_of, total
from marketing_ops.home.overview import cells, words
from marketing_ops.home.overview.asked import Asked, read_asked
from marketing_ops.home.overview.figures import BOUNDS, SEGMENT_CODES, PerShop, per_shop
from marketing_ops.home.overview.page import frame
from marketing_ops.home.shops import read_products, read_shops

ROWS_PER_PAGE = 25
SORTS = ("stockout", "satisfaction", "ratio", "sold", "out")


@require_safe
@requires(Action.SEE_FIGURES)
def overview_shops(request: HttpRequest) -> HttpResponse:
    asked = read_asked(request)
    if asked is None:
        return render(request, "home/overview/shops.html", _nothing(request))
    found = per_shop(asked)
    sort = request.GET.get("sort")
    sort = sort if sort in SORTS else "stockout"
    narrowed, places = _narrowed(request, asked, found, sort)
    page = Paginator(places, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    here = list(page.object_list)
    ids = found.shops.customer[here].tolist()
    shops = read_shops(
        request.customers.filter(pk__in=ids),
        day=request.today,
        deliveries_after=asked.results.as_of,
    )
    segments = found.segments(asked.bounds)
    lines = [
        {
            "shop": shops[pk],
            "sums": sums,
            "segment": SEGMENT_CODES[segments[place]],
            "cartons": words.carton_count(sums.cartons),
            "reason": words.reason(sums),
            "few": sums.observed_days < words.FEW_DAYS,
        }
        for pk, place, sums in zip(ids, here, sums_of(found.values[:, here]), strict=True)
        if pk in shops
    ]
    context = {
        **frame(asked),
        "sort": sort,
        "page": page,
        "lines": lines,
        "what": narrowed,
        "total": total(found.values[:, places]),
    }
    return render(request, "home/overview/shops.html", context)


def _narrowed(request, asked: Asked, found: PerShop, sort: str) -> tuple[list, list[int]]:
    """What else was asked in words, and the places of the shops in order."""
    said, mask = [], found.shops.customer > 0
    for figure, (label, *_rest) in words.FIGURES.items():
        code = request.GET.get(figure, "")
        classes = found.classes(figure)
        if code == "none":
            mask = mask & (classes < 0)
            said.append((label, "—"))
        elif code.isascii() and code.isdecimal() and int(code[:3]) < len(BOUNDS[figure]):
            mask = mask & (classes == int(code))
            said.append((label, words.class_labels(figure)[int(code)]))
    segment = request.GET.get("segment", "")
    if segment in SEGMENT_CODES:
        mask = mask & (found.segments(asked.bounds) == SEGMENT_CODES.index(segment))
        said.append((words.SEGMENT, words.NO_DATA if segment == "none" else segment))
    if request.GET.get("data") == "none":
        mask = mask & ~found.has_data
        said.append((words.NO_DATA, ""))
    order = found.order(sort)
    return said, order[mask[order]].tolist()


def _nothing(request) -> dict:
    return {"has_shops": request.customers.exists(), "asked": None}


@require_safe
@requires(Action.SEE_FIGURES)
def overview_products(request: HttpRequest) -> HttpResponse:
    """All products of the person's shops in the period, the worst first; `top` of them."""
    asked = read_asked(request)
    if asked is None:
        return render(request, "home/overview/products.html", _nothing(request))
    rows = cells.products(asked)
    top = request.GET.get("top", "")
    if top.isascii() and top.isdecimal():
        rows = [row for row in rows[: int(top[:4])] if row.sums.stockout_days]
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    facts = read_products({row.product for row in rows}, asked.calendar.span.end)
    lines = [
        {
            "product": facts[row.product],
            "sums": row.sums,
            "shops": row.sums.cells,
            "cartons": words.carton_count(row.sums.cartons),
            "reason": words.reason(row.sums),
            "few": row.sums.observed_days < words.FEW_DAYS,
            "cells": asked.address(which="out", product=row.product),
        }
        for row in rows
        if row.product in facts
    ]
    context = {**frame(asked), "lines": lines, "page": page, "top": top}
    return render(request, "home/overview/products.html", context)


@require_safe
@requires(Action.SEE_FIGURES)
def overview_cells(request: HttpRequest) -> HttpResponse:
    """Shop × product: those always out of stock, or all that are left out of the satisfaction."""
    asked = read_asked(request)
    if asked is None:
        return render(request, "home/overview/cells.html", _nothing(request))
    which = "left" if request.GET.get("which") == "left" else "out"
    product = request.GET.get("product", "")
    product = int(product[:9]) if product.isascii() and product.isdecimal() else None
    found = cells.left_out(asked, which=which, product=product)
    page = Paginator(range(len(found)), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [cells.Cell(*row) for row in found[list(page.object_list)].tolist()]
    shops = read_shops(
        request.customers.filter(pk__in={row.customer for row in rows}),
        day=request.today,
        deliveries_after=asked.results.as_of,
    )
    facts = read_products({row.product for row in rows}, asked.calendar.span.end)
    lines = [
        {"shop": shops[row.customer], "product": facts[row.product], "row": row}
        for row in rows
        if row.customer in shops and row.product in facts
    ]
    only = read_products({product}, asked.calendar.span.end).get(product) if product else None
    context = {**frame(asked), "lines": lines, "page": page, "which": which, "only": only}
    return render(request, "home/overview/cells.html", context)
