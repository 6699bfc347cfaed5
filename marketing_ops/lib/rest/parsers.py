from collections.abc import Iterable

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Everything of ours has less than ten. What is far below Python's limit of recursion can be walked
# through, hashed and stored by whoever gets it.
MOST_LEVELS = 100


class Json(JSONParser):
    """JSON in UTF-8 (RFC 8259, whatever "charset" the header names), nested at most MOST_LEVELS
    deep; anything else is a wrong body and not an error of ours."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            parsed = super().parse(
                stream, media_type, {**(parser_context or {}), "encoding": "utf-8"}
            )
        except RecursionError:
            raise ParseError from None
        if _is_deeper(parsed, MOST_LEVELS):
            raise ParseError(_("This is nested too deeply."))
        return parsed


def _is_deeper(value: object, levels: int) -> bool:
    level: list = [value]
    for _level in range(levels):
        level = [inner for one in level for inner in _members(one)]
        if not level:
            return False
    return True


def _members(value: object) -> Iterable:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
