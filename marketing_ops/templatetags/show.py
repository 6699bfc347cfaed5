"""How figures are written on a page. Undefined is a dash, never a zero and never empty."""

from django import template

from marketing_ops.home import writing
from marketing_ops.lib import quantities

register = template.Library()


def _known(value):
    """None also where a template asked something that is not there (Django gives "" then)."""
    return None if value == "" else value


@register.filter
def days(value):
    return writing.in_days(_known(value))


@register.filter
def percent(value):
    return writing.share(_known(value))


@register.filter
def signed(value):
    """A difference with its sign and one decimal."""
    return writing.signed(_known(value))


@register.filter
def signed_days(value):
    return writing.in_days(_known(value), sign=True)


@register.filter
def whole(value):
    return writing.whole(_known(value))


@register.filter
def packs(value, packs_per_carton):
    """A quantity in cartons and packs: 3条2包."""
    return quantities.show(_known(value), packs_per_carton)


@register.filter
def dash(value):
    """A text or number as it is, a dash where there is none."""
    return writing.DASH if _known(value) is None else value


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The page's address with some of its questions changed; an empty value drops one."""
    asked = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            asked.pop(name, None)
        else:
            asked[name] = value
    return f"?{asked.urlencode()}" if asked else "?"
