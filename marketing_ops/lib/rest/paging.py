"""Pages by key: each page begins after the last row of the one before, however long the list is.

There is no page number and no total: both would mean to read the whole list. The cursor is opaque
to clients, but no secret: all it does is to set a lower bound inside what the person may see.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 100
MOST = 1000
PAGING = {"cursor", "page_size", "ordering"}
# What PostgreSQL takes as a whole number.
_WHOLE = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Key:
    """A column that rows are ordered by; never NULL. `kind`: int, str, date or datetime."""

    name: str
    kind: type = int
    descending: bool = False


class Keyset(BasePagination):
    """Wants of its view `orderings`: {name: keys, the last of them unique}, the first the default.

    A client names one as `ordering`, with “-” before it for the opposite order.
    """

    def paginate_queryset(self, queryset: QuerySet, request, view=None) -> list:
        self.request, self.view = request, view
        size = self.page_size(request)
        self.ordering, keys = self._ordered(view.orderings, request)
        cursor = request.query_params.get("cursor")
        if cursor:
            queryset = queryset.filter(_after(keys, self._values(cursor, keys)))
        order = (F(k.name).desc() if k.descending else F(k.name).asc() for k in keys)
        rows = list(queryset.order_by(*order)[: size + 1])
        self.next_cursor = None
        if len(rows) > size:
            rows.pop()
            self.next_cursor = self._cursor(rows[-1], keys)
        return rows

    def page_size(self, request) -> int:
        asked = request.query_params.get("page_size", str(PAGE_SIZE))
        if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked[:9]) <= MOST:
            raise ValidationError(
                {"page_size": [_("Ask for 1 to %(most)d rows.") % {"most": MOST}]}
            )
        return int(asked)

    def _ordered(self, orderings: Mapping[str, Sequence[Key]], request):
        asked = request.query_params.get("ordering") or next(iter(orderings))
        name = asked.removeprefix("-")
        if name not in orderings:
            names = ", ".join(orderings)
            raise ValidationError(
                {"ordering": [_("Order by one of: %(names)s.") % {"names": names}]}
            )
        first, *rest = orderings[name]
        if asked.startswith("-"):
            first = Key(first.name, first.kind, not first.descending)
        return asked, (first, *rest)

    def _cursor(self, row, keys: Sequence[Key]) -> str:
        values = [getattr(row, key.name) for key in keys]
        texts = [v.isoformat() if isinstance(v, date) else v for v in values]
        return urlsafe_b64encode(json.dumps([self.ordering, *texts]).encode()).decode()

    def _values(self, cursor: str, keys: Sequence[Key]) -> list:
        """What the cursor says, checked: it may come from anywhere."""
        try:
            ordering, *texts = json.loads(urlsafe_b64decode(cursor.encode()))
            values = [_read(text, key) for text, key in zip(texts, keys, strict=True)]
            if ordering != self.ordering:
                raise ValueError("the cursor belongs to another order")
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise ValidationError(
                {"cursor": [_("This is not the cursor of a page before: follow “next”.")]}
            ) from None
        return values

    def get_next_link(self) -> str | None:
        if self.next_cursor is None:
            return None
        url = self.request.build_absolute_uri()
        for name, value in getattr(self.view, "pinned", dict)().items():
            url = replace_query_param(url, name, value)
        return replace_query_param(url, "cursor", self.next_cursor)

    def get_paginated_response(self, data) -> Response:
        return Response({"next": self.get_next_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict) -> dict:
        link = {"type": "string", "format": "uri", "nullable": True}
        link["description"] = "Address of the next page; null: this is the last one."
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view) -> list[dict]:
        names = [name for one in view.orderings for name in (one, f"-{one}")]
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE_SIZE}
        return [
            _parameter("cursor", {"type": "string"}, "From “next” of the page before."),
            _parameter("page_size", size, "Rows on a page."),
            _parameter("ordering", {"type": "string", "enum": names}, "“-”: the opposite order."),
        ]


def _parameter(name: str, schema: dict, description: str) -> dict:
    found = {"name": name, "in": OpenApiParameter.QUERY, "required": False}
    return {**found, "description": description, "schema": schema}


def _read(value: Any, key: Key):
    if key.kind is int:
        if type(value) is not int or value not in _WHOLE:
            raise ValueError(f"{key.name} is not a whole number")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{key.name} is not a text")
    if key.kind is datetime:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError(f"{key.name} has no time zone")
        return found
    return date.fromisoformat(value) if key.kind is date else value


def _after(keys: Sequence[Key], values: Sequence) -> Q:
    """The rows that come after the one with these values."""
    later, equal = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        step = "lt" if key.descending else "gt"
        later |= equal & Q(**{f"{key.name}__{step}": value})
        equal &= Q(**{key.name: value})
    # Says nothing new, but lets an index on the first column find where to begin.
    bound = "lte" if keys[0].descending else "gte"
    return Q(**{f"{keys[0].name}__{bound}": values[0]}) & later
