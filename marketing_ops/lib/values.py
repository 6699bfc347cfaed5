"""From the text of a cell to a value, strictly: what cannot be read for certain is an error that
names the cure. Nothing is guessed, rounded or cut off.

Each function here returns a parser, str -> value, which raises :class:`BadValue`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

MAX_PACKS = 9_999_999
"""The largest number of packs in one cell; four of them together fit into 32 bits."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]*)?")
_DAYS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日"),
)
_MIDNIGHT = re.compile(r"[T ]0?0:00(:00(\.0+)?)?$")
_CODE = re.compile(r"[0-9A-Za-z-]+")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]+")
_EXCEL_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")


class BadValue(ValueError):
    """The text is not such a value; the message says why and what to do."""


def check_cell(text: str) -> None:
    """What no cell may be, whatever its column: a formula or a failed one."""
    if text.startswith("="):
        raise BadValue(
            _("This is a formula. Put its value in its place (copy, paste special, values).")
        )
    if text.startswith("#") and text.upper() in _EXCEL_ERRORS:
        raise BadValue(_("This is the error of a formula. Put the right value in its place."))


def whole_number(minimum: int = 0, maximum: int = MAX_PACKS) -> Callable[[str], int]:
    """10, +10, 10.0 (a spreadsheet's whole number); not 10.5, 1e3 or 1,000."""

    def parse(text: str) -> int:
        text = _narrow(text)
        if not _WHOLE.fullmatch(text):
            raise BadValue(_not_whole(text))
        number = int(text.partition(".")[0])
        return _within(number, minimum, maximum)

    return parse


def _not_whole(text: str) -> str:
    if _DECIMAL.fullmatch(text):
        return _("This is not a whole number. Give whole packs.")
    if "," in text and _WHOLE.fullmatch(text.replace(",", "")):
        return _("Write the number without separators, like 1000.")
    return _("This is not a number. Give a whole number in digits, like 10.")


def decimal(minimum: str = "0", maximum: str = "9999999.99", places: int = 2):
    """Returns a parser to Decimal with at most so many places; bounds are included."""
    low, high = Decimal(minimum), Decimal(maximum)

    def parse(text: str) -> Decimal:
        text = _narrow(text)
        if not _DECIMAL.fullmatch(text):
            if "," in text and _DECIMAL.fullmatch(text.replace(",", "")):
                raise BadValue(_("Write the number without separators, like 1000.5."))
            raise BadValue(_("This is not a number. Give one in digits, like 35 or 35.5."))
        number = Decimal(text)
        if number != round(number, places):
            raise BadValue(
                _("The number has more than %(places)d decimal places.") % {"places": places}
            )
        return _within(round(number, places), low, high)

    return parse


def _within(number, minimum, maximum):
    if number < minimum:
        if minimum == 0:
            raise BadValue(_("This must not be negative. Correct it at the source."))
        raise BadValue(_("This is less than %(minimum)s.") % {"minimum": minimum})
    if number > maximum:
        raise BadValue(_("This is more than %(maximum)s.") % {"maximum": maximum})
    return number


def coordinate(limit: int) -> Callable[[str], float]:
    """Degrees with a decimal point, from -limit to limit."""

    def parse(text: str) -> float:
        text = _narrow(text)
        if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{0,17})?", text):
            raise BadValue(_("This is not a coordinate. Give degrees like 121.4737."))
        return _within(float(text), -limit, limit)

    return parse


def day(text: str) -> date:
    """2024-02-29, 2024/2/29, 2024.2.29, 20240229 or 2024年2月29日; midnight behind it is fine."""
    shown = _MIDNIGHT.sub("", _narrow(text))
    for pattern in _DAYS:
        if found := pattern.fullmatch(shown):
            year, _mark, month, number = found.groups()
            try:
                value = date(int(year), int(month), int(number))
            except ValueError:
                raise BadValue(_("There is no such day in the calendar.")) from None
            if not 1900 <= value.year <= 2200:
                raise BadValue(_("The year must lie between 1900 and 2200."))
            return value
    if re.fullmatch(r"[0-9]{5}(\.0*)?", shown):
        raise BadValue(_("This is a spreadsheet's number of a day. Format the column as a date."))
    if re.match(r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}[T ]", shown):
        raise BadValue(_("A time of day stands behind the date. Give the date only."))
    raise BadValue(_("This is not a date. Write it like 2024-02-29."))


def code(max_length: int) -> Callable[[str], str]:
    """A licence number or barcode: letters, digits, hyphens. Spreadsheets damage long ones."""

    def parse(text: str) -> str:
        narrow = _narrow(text)
        if _SCIENTIFIC.fullmatch(narrow):
            raise BadValue(
                _("A spreadsheet has shortened this number. Format the column as text, save again.")
            )
        narrow = re.sub(r"\.0+$", "", narrow)
        if not _CODE.fullmatch(narrow) or len(narrow) > max_length:
            raise BadValue(
                _("This is not a code of at most %(length)d digits, letters and hyphens.")
                % {"length": max_length}
            )
        return narrow

    return parse


def text(max_length: int) -> Callable[[str], str]:
    """Any text of one line; runs of blanks become one blank."""

    def parse(value: str) -> str:
        value = " ".join(value.split())
        if not value.isprintable():
            raise BadValue(_("The text contains characters that cannot be shown. Type it again."))
        if len(value) > max_length:
            raise BadValue(
                _("The text has %(length)d characters; at most %(most)d are possible. Shorten it.")
                % {"length": len(value), "most": max_length}
            )
        return value

    return parse


def one_of(words: Mapping[str, Any]) -> Callable[[str], Any]:
    """The value that stands behind a word; upper and lower case are the same."""
    folded = {word.casefold(): value for word, value in words.items()}
    shown: dict[Any, str] = {}
    for word, value in words.items():
        shown.setdefault(value, word)

    def parse(text: str):
        value = folded.get(_narrow(text).casefold())
        if value is None:
            raise BadValue(
                _("This is not known here. Possible are: %(words)s.")
                % {"words": ", ".join(shown.values())}
            )
        return value

    return parse


YES = {"1": 1, "1.0": 1, "是": 1, "yes": 1, "true": 1, "y": 1}
NO = {"0": 0, "0.0": 0, "否": 0, "no": 0, "false": 0, "n": 0}


def yes_no(text: str) -> bool:
    """1 or 0, 是 or 否, yes or no."""
    word = _narrow(text).casefold()
    if word not in YES and word not in NO:
        raise BadValue(_("This is neither 1 (yes) nor 0 (no)."))
    return word in YES


def joined(parse: Callable[[str], Any], most: int = 10_000) -> Callable[[str], list]:
    """Several values joined by ; (also ； and 、), in their order, none twice."""

    def parse_all(text: str) -> list:
        pieces = [piece.strip() for piece in re.split("[;；、]", text)]
        pieces = [piece for piece in pieces if piece]
        if not pieces:
            raise BadValue(_("At least one value is needed."))
        if len(pieces) > most:
            raise BadValue(_("At most %(most)d values are possible.") % {"most": most})
        values = []
        for piece in pieces:
            try:
                value = parse(piece)
            except BadValue as error:
                raise BadValue(f"{piece[:40]}: {error}") from None
            if value in values[-50:]:
                raise BadValue(_("%(value)s stands there twice.") % {"value": piece})
            values.append(value)
        return values

    return parse_all


_NARROW = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: " "}


def _narrow(text: str) -> str:
    """Full-width digits and signs, as Chinese input methods type them, made plain."""
    return text if text.isascii() else text.translate(_NARROW).strip()
