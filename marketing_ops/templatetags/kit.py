"""The components of templates/_components/ that need more than an include: docs/components.md."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from marketing_ops.home import writing

register = template.Library()

TONES = {"good", "warn", "bad", "info", "quiet"}
SPARK_WIDTH, SPARK_HEIGHT = 96, 24  # units of the SVG's own ground


@register.simple_tag
def counted(part: int | None, whole: int | None, places: int = 1) -> str:
    """A share with its counts: `90.0% (9/10)`; a dash where nothing was counted."""
    if not whole or part is None:
        return writing.DASH
    return f"{writing.share(Fraction(part, whole), places)} ({part:,}/{whole:,})"


@register.inclusion_tag("_components/breadcrumb.html")
def breadcrumb(*words):
    """Labels and addresses in turn; the last label is the page itself and has none."""
    return {"steps": list(zip_longest(words[::2], words[1::2]))}


@register.inclusion_tag("_components/tile.html")
def tile(label, value, more="", part=None, whole=None, few=False, tone=""):
    """One figure inside `<dl class="tiles">`; `few`: greyed, for it rests on few observations."""
    counts = "" if part is None else f"{part:,}/{whole:,}"
    return {
        "label": label, "value": value, "more": more, "counts": counts,
        "few": few, "tone": _tone(tone),
    }  # fmt: skip


@register.inclusion_tag("_components/sort_header.html", takes_context=True)
def sort_header(context, label, key, sort="", only="", number=True):
    """A `<th>` that sorts by `?sort=key` or `?sort=-key`.

    `sort`: what the table is sorted by now. `only`: "ascending" or "descending", for a column that
    sorts in one direction and whose address is always `?sort=key`.
    """
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    now = only if sort == key else "ascending"
    if not only:
        now = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    elif sort != key:
        now = ""
    asked["sort"] = key if only or now == "descending" else f"-{key}"
    return {"label": label, "now": now, "address": f"?{asked.urlencode()}", "number": number}


@register.inclusion_tag("_components/badge.html")
def badge(words, tone="quiet"):
    return {"words": words, "tone": _tone(tone)}


@register.inclusion_tag("_components/alert.html")
def alert(words, tone="info"):
    return {"words": words, "tone": _tone(tone)}


@register.inclusion_tag("_components/empty.html")
def empty(title, words="", address="", action="", heading=2):
    """What is missing, why, and the way on."""
    return {
        "title": title, "words": words, "address": address, "action": action,
        "heading": f"h{heading}",
    }  # fmt: skip


@register.inclusion_tag("_components/progress.html")
def progress(id, label, done, total, address="", words="", seconds=2):
    """A bar that asks `address` for itself again until that answers without an address.

    The address answers with this component alone (the same `id`).
    """
    return {
        "id": id, "label": label, "done": done or 0, "total": total or 0, "address": address,
        "words": words, "seconds": seconds,
    }  # fmt: skip


@register.inclusion_tag("_components/drop_zone.html")
def drop_zone(field, hint=""):
    """A file field (bound field of a form) onto which files can be dropped."""
    return {"field": field, "hint": hint or field.help_text}


@register.inclusion_tag("_components/chart.html")
def chart(id, title, data, note="", heading=2):
    """A chart with the same figures as a table below; for `data` see docs/components.md."""
    return {
        "id": id, "title": title, "data": data, "note": note, "heading": f"h{heading}",
        "data_id": f"{id}-data", "table": _table(data),
    }  # fmt: skip


def _table(data: dict) -> dict:
    """The columns and rows that a chart shows, written as its tooltips write them."""
    columns = []
    for series in data["series"]:
        words = series.get("words")
        if words is None:
            places = data.get("places", 0)
            words = [
                writing.DASH if value is None else f"{value:,.{places}f}{data.get('unit', '')}"
                for value in series["values"]
            ]
        columns.append(words)
    return {
        "names": [series["name"] for series in data["series"]],
        "rows": [(x, cells) for x, *cells in zip(data["x"], *columns, strict=True)],
    }


@register.inclusion_tag("_components/map.html")
def shop_map(id, title, data=None, address="", list_address="", note="", heading=2):
    """Shops on a map, from `data` or fetched from `address`; see docs/components.md.

    `list_address`: where the same shops stand as a list, for whom a map is of no use.
    """
    return {
        "id": id, "title": title, "data": data, "address": address, "note": note,
        "data_id": f"{id}-data", "list_address": list_address, "heading": f"h{heading}",
        "tiles": settings.MAP_TILES, "attribution": settings.MAP_ATTRIBUTION,
    }  # fmt: skip


@register.simple_tag
def sparkline(values: Sequence[int | float | None], label: str = "") -> str:
    """A small line of figures in order; None leaves a gap. `label` is read out instead of it."""
    known = [value for value in values if value is not None]
    if not known:
        return writing.DASH
    top = max(*known, 0, 1e-9)
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    path, pen_down = [], False
    for place, value in enumerate(values):
        if value is not None:
            y = (SPARK_HEIGHT - 2) * (1 - value / top) + 1
            path.append(f"{'L' if pen_down else 'M'}{place * step:.1f},{y:.1f}")
            if not pen_down:
                path.append("h.01")  # a single day between gaps is a dot
        pen_down = value is not None
    return format_html(
        '<svg class="spark" viewBox="-2 0 {} {}" role="img" aria-label="{}">'
        '<path class="spark-line" d="{}"/></svg>',
        SPARK_WIDTH + 4,
        SPARK_HEIGHT,
        label or _("Course of the last %(n)s values") % {"n": len(values)},
        " ".join(path),
    )


def _tone(tone: str) -> str:
    if tone and tone not in TONES:
        raise ValueError(f"no tone {tone!r}; there are {', '.join(sorted(TONES))}")
    return tone
