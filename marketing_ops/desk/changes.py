"""What an import changed, from the audit trail, in the words of its columns."""

from dataclasses import dataclass

from django.utils.translation import get_language

from customers.models import CustomerGroup, Route
from marketing_ops.audit.models import Entry
from marketing_ops.audit.words import said
from marketing_ops.imports import KINDS

# Fields of the record that go by another name in the file.
_COLUMNS = {
    "order_weekdays": "order_weekday",
    "delivery_weekdays": "delivery_weekday",
    "group_id": "group",
    "route_id": "account_manager",
}
_SUBJECTS = {"licence": "licence_no", "barcode": "barcode"}
# Numbers of rows -> whose names people know.
_NAMED = {"group_id": CustomerGroup, "route_id": Route}
# Said by latitude and longitude already.
_LEFT_OUT = {"raw_latitude", "raw_longitude"}


@dataclass(frozen=True, slots=True)
class Change:
    subject: str
    deed: str
    words: str


def in_words(entries: list[Entry]) -> list[Change]:
    """The entries for a reader; queries do not grow with their number."""
    headers = _headers()
    names = _names(entries)
    return [
        Change(
            subject=_subject(entry.subject, headers),
            deed=said(entry.action),
            words=", ".join(
                f"{headers.get(_COLUMNS.get(field, field), field)}: "
                f"{_plain(field, before, names)} → {_plain(field, after, names)}"
                for field, (before, after) in _changes(entry).items()
                if field not in _LEFT_OUT
            ),
        )
        for entry in entries
    ]


def _headers() -> dict[str, str]:
    """A column's header in the reader's language, by its name."""
    chinese = (get_language() or "").startswith("zh")
    return {
        column.name: column.chinese[0] if chinese else column.name
        for kind in KINDS.values()
        for column in kind.columns
    }


def _names(entries: list[Entry]) -> dict[str, dict[int, str]]:
    ids: dict[str, set] = {field: set() for field in _NAMED}
    for entry in entries:
        for field, values in _changes(entry).items():
            if field in ids:
                ids[field] |= {value for value in values if isinstance(value, int)}
    return {
        field: {row.pk: row.name for row in _NAMED[field].objects.filter(pk__in=wanted)}
        for field, wanted in ids.items()
        if wanted
    }


def _changes(entry: Entry) -> dict:
    changes = entry.details.get("changes")
    return changes if isinstance(changes, dict) else {}


def _subject(subject: str, headers: dict[str, str]) -> str:
    kind, _space, number = subject.partition(" ")
    return f"{headers[_SUBJECTS[kind]]} {number}" if kind in _SUBJECTS else subject


def _plain(field: str, value, names) -> str:
    if field in names and value is not None:
        return names[field].get(value, f"#{value}")
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "—" if value in (None, "") else str(value)
