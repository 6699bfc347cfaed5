"""All components on one page, for who builds pages: `/gallery/`, only with DEBUG."""

import math
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.gate import requires
from customers.scope import Action
from marketing_ops.templatetags import kit

FIRST = date(2024, 6, 1)
SHOPS = 5000


class SampleFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name or licence number"), required=False)
    area = forms.ChoiceField(
        label=gettext_lazy("Area"),
        required=False,
        choices=[("", gettext_lazy("all")), ("urban", gettext_lazy("Urban"))],
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class SampleForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), help_text=gettext_lazy("One sentence."))
    packs = forms.IntegerField(label=gettext_lazy("Packs"), min_value=0)
    sure = forms.BooleanField(label=gettext_lazy("The shop was asked"))


class SampleUpload(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Ledger file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )


@requires(Action.SEE_SHOPS)
def gallery(request: HttpRequest) -> HttpResponse:
    if request.GET.get("message"):
        messages.success(request, _("Saved."))
    context = {
        "filter": SampleFilter(request.GET or None),
        "asked": {},
        "form": SampleForm({"packs": "-1"}),
        "upload": SampleUpload(),
        "tones": sorted(kit.TONES),
        "segments": ["A", "B", "C", "D", "E", "none"],
        "sort": request.GET.get("sort", "ratio"),
        "page": Paginator(range(95), 20).get_page(request.GET.get("page")),
        "rows": [
            (_("Shop %(n)s") % {"n": n}, segment, 10 * n, 40, [(n * k * 7) % 23 for k in range(20)])
            for n, segment in enumerate("ABCDE", start=1)
        ],
        "gaps": [3, 4, None, None, 6, 2, 1],
        **_charts(),
        "map": _map(),
    }
    return render(request, "gallery/gallery.html", context)


@requires(Action.SEE_SHOPS)
def gallery_progress(request: HttpRequest) -> HttpResponse:
    """Ten more at each asking; over at 100."""
    done = min(int(request.GET.get("done", 0)) + 10, 100)
    address = f"{request.path}?done={done}" if done < 100 else ""
    return render(request, "gallery/progress.html", {"done": done, "address": address})


def _charts() -> dict:
    days = [(FIRST + timedelta(days=n)).isoformat() for n in range(60)]
    wave = [round(50 + 30 * math.sin(n / 5), 1) for n in range(60)]
    stock = [0 if 20 <= n < 24 else (n * 37) % 90 for n in range(60)]
    event = {"from": days[8], "to": days[14], "kind": "event", "name": _("Festival")}
    unseen = {"from": days[40], "to": days[43], "kind": "unseen", "name": _("not observed")}
    out = {"from": days[20], "to": days[23], "kind": "out", "name": _("stock-out days")}
    blind = [None if 40 <= n < 44 else value for n, value in enumerate(wave)]
    return {
        "lines": {
            "kind": "lines", "x": days, "x_name": _("Day"), "unit": "%", "places": 1,
            "series": [
                {"name": _("Stock-out rate"), "values": blind, "tone": "bad"},
                {"name": _("Satisfaction"), "values": [round(100 - v / 2, 1) for v in wave]},
            ],
            "areas": [event], "lines": [{"value": 60, "name": _("Lower bound")}],
        },
        "bars": {
            "kind": "bars", "x": ["0–5", "5–10", "10–15", "15–20", "20–30", "30+"],
            "x_name": _("Days of stock"),
            "series": [{"name": _("shops"), "values": [12, 40, 88, 61, 20, 5]}],
        },
        "stacked": {
            "kind": "stacked", "x": ["04", "05", "06"], "x_name": _("Month"),
            "series": [
                {"name": "A", "values": [10, 8, 6], "tone": "bad"},
                {"name": "B", "values": [20, 22, 18], "tone": "warn"},
                {"name": "E", "values": [70, 70, 76], "tone": "good"},
            ],
        },
        "days": {
            "kind": "days", "x": days, "x_name": _("Day"),
            "series": [
                {"name": _("closing stock"), "values": stock, "tone": "stock"},
                {
                    "name": _("delivery received"),
                    "values": [50 if n % 7 == 3 else 0 for n in range(60)],
                    "tone": "delivery",
                },
                {
                    "name": _("sold"),
                    "values": [0 if stock[n] == 0 else (n * 13) % 17 for n in range(60)],
                    "tone": "sales",
                },
            ],
            "areas": [event, unseen, out],
        },
    }  # fmt: skip


def _map() -> dict:
    """As many shops as a district has, along three spirals."""
    shops = []
    for n in range(SHOPS):
        area, turn = n % 3, n / 20
        reach = 0.00018 * (n % 1667)
        shops.append([
            round(30.2 + 0.22 * (area == 1) + reach * 0.5 * math.sin(turn), 5),
            round(120.1 + 0.35 * (area == 2) + reach * 0.6 * math.cos(turn), 5),
            (n * 7) % 11 % 5, area, f"{_('Shop')} {n}", "", f"{n % 40} %",
        ])  # fmt: skip
    shapes = {"A": "square", "B": "diamond", "C": "triangle", "D": "ring", "E": "circle"}
    tones = {"A": "bad", "B": "warn", "C": "info", "D": "good", "E": "good"}
    return {
        "groups": [
            {"name": f"{_('Segment')} {s}", "letter": s, "tone": tones[s], "shape": shapes[s]}
            for s in "ABCDE"
        ],
        "areas": ["城区", "东片", "南片"],
        "shops": shops,
    }
