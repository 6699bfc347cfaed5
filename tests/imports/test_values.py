"""From text to value: strict, and every refusal names its cure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing_ops.lib import values
from marketing_ops.lib.values import BadValue

WHOLE = values.whole_number()
SIGNED = values.whole_number(-values.MAX_PACKS)


def why(parse, text) -> str:
    with pytest.raises(BadValue) as error:
        parse(text)
    return str(error.value)


@given(st.integers(-values.MAX_PACKS, values.MAX_PACKS))
def test_a_whole_number_is_read_as_it_is_written(number):
    assert SIGNED(str(number)) == number
    assert SIGNED(f"{number}.0") == number
    assert (
        SIGNED(str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == number
    )


@settings(max_examples=200)
@given(st.text(max_size=8))
def test_any_text_is_a_whole_number_or_a_named_error(text):
    try:
        number = WHOLE(text)
    except BadValue as error:
        assert str(error).endswith(".")
    else:
        assert 0 <= number <= values.MAX_PACKS


@pytest.mark.parametrize(
    "text", ["", " ", "ten", "1e3", "0x10", "1_000", "--1", "٣", "½", "²", "NaN"]
)
def test_what_is_no_number_is_not_made_one(text):
    assert "not a number" in why(WHOLE, text)


def test_each_wrong_number_has_its_own_reason():
    assert "whole packs" in why(WHOLE, "10.5")
    assert "separators" in why(WHOLE, "1,000")
    assert "negative" in why(WHOLE, "-1")
    assert "more than 9999999" in why(WHOLE, "10000000")
    assert "not a number" in why(WHOLE, "9" * 400)


def test_a_sum_of_four_numbers_of_packs_fits_into_32_bits():
    assert 4 * values.MAX_PACKS < 2**31


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_day_is_read_in_every_way_of_writing_it(day):
    for written in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month:02}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.isoformat()} 00:00:00",
        f"{day.isoformat()}T00:00",
    ):
        assert values.day(written) == day


@settings(max_examples=200)
@given(st.text(st.sampled_from("0123456789-/.年月日 T:"), max_size=12))
def test_any_text_is_a_day_or_a_named_error(text):
    try:
        day = values.day(text)
    except BadValue as error:
        assert str(error).endswith(".")
    else:
        assert 1900 <= day.year <= 2200


def test_each_wrong_day_has_its_own_reason():
    assert "no such day" in why(values.day, "2023-02-29")
    assert "no such day" in why(values.day, "20241301")
    assert "number of a day" in why(values.day, "45351")
    assert "time of day" in why(values.day, "2024-02-29 13:30:00")
    assert "2024-02-29" in why(values.day, "29/02/2024")
    assert "2024-02-29" in why(values.day, "2024-02/29")


@given(st.decimals(0, 9_999_999, places=2, allow_nan=False))
def test_a_price_is_read_exactly(price):
    assert values.decimal()(str(price)) == price


def test_a_price_with_more_places_than_it_can_have_is_refused_and_not_rounded():
    assert "2 decimal places" in why(values.decimal(), "31.505")
    assert values.decimal()("31.500") == Decimal("31.50")


def test_a_code_that_a_spreadsheet_shortened_is_named():
    code = values.code(20)
    assert "shortened" in why(code, "6.90103E+12")
    assert code("6901028100007.0") == "6901028100007"
    assert code("０６９０") == "0690"
    assert why(code, "69 01") and why(code, "6" * 21) and why(code, "'6901")


def test_a_formula_is_named_in_any_column():
    for text in ("=1+1", '="6901"', "#REF!", "#n/a"):
        with pytest.raises(BadValue, match=r"[Ff]ormula"):
            values.check_cell(text)
    values.check_cell("#5 店")


def test_several_values_are_joined_by_a_semicolon_of_either_width():
    parse = values.joined(values.whole_number(1, 7))
    assert parse("1; 4；7") == [1, 4, 7]
    assert "twice" in why(parse, "1;1")
    assert "8" in why(parse, "1;8")
    assert "At least one" in why(parse, ";")


def test_a_text_keeps_one_blank_between_words_and_no_control_characters():
    parse = values.text(5)
    assert parse("  甲   乙 ") == "甲 乙"
    assert "Shorten" in why(parse, "123456")
    assert why(parse, "a\x07b")
