import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.documents import NARROW, WIDE, Rows, content_hashes, decode, encode, ranges

NUMBER = st.one_of(st.integers(0, 300), st.integers(0, 0xFFFF + 2), st.integers(0, 2**31 - 1))
ROW = st.tuples(
    NUMBER, NUMBER, NUMBER, st.one_of(st.just(0), st.integers(-300, 300)), st.sampled_from([1, 2])
)
DOCUMENT = st.tuples(
    st.sampled_from([1, 2]),
    st.dictionaries(st.one_of(st.integers(1, 200), st.integers(1, 2**31 - 1)), ROW, min_size=1),
)


def flat(documents):
    lines = [
        (product, *numbers) for _, rows in documents for product, numbers in sorted(rows.items())
    ]
    columns = np.array(lines, dtype=np.int32).reshape(-1, 6).T
    starts = np.append(0, np.cumsum([len(rows) for _, rows in documents])).astype(np.int64)
    return Rows(*columns), starts, np.array([source for source, _ in documents], dtype=np.int32)


@settings(max_examples=150, deadline=None)
@given(st.lists(DOCUMENT, max_size=8))
def test_what_is_encoded_comes_back_in_whatever_layout(documents):
    rows, starts, sources = flat(documents)
    back, back_starts = decode(encode(rows, starts, sources), sources)
    assert back_starts.tolist() == starts.tolist()
    for name in Rows._fields:
        assert getattr(back, name).tolist() == getattr(rows, name).tolist()


def test_a_usual_day_takes_eight_bytes_a_row_and_an_unusual_one_twenty_four():
    usual = (1, {7: (10, 0, 3, 0, 1), 9: (65535, 0, 0, 0, 1)})
    too_large = (1, {7: (65536, 0, 3, 0, 1)})
    transferred = (1, {7: (10, 0, 3, -2, 1)})
    other_source = (1, {7: (10, 0, 3, 0, 2)})
    documents = encode(*flat([usual, too_large, transferred, other_source]))
    assert [(document[0], len(document)) for document in documents] == [
        (NARROW, 17),
        (WIDE, 25),
        (WIDE, 25),
        (WIDE, 25),
    ]


@pytest.mark.parametrize("broken", [b"\x01abc", b"\x02" + bytes(8), b"\x07" + bytes(8)])
def test_bytes_that_are_no_document_are_refused(broken):
    with pytest.raises(ValueError, match="unknown layout or a broken length"):
        decode([broken], np.array([1]))


def test_the_hash_is_of_the_numbers_and_not_of_who_reported_them():
    rows, starts, _ = flat([(1, {7: (10, 0, 3, 0, 1)}), (2, {7: (10, 0, 3, 0, 2)})])
    one, other = content_hashes(rows, starts)
    assert one == other
    rows, starts, _ = flat([(1, {7: (10, 0, 4, 0, 1)})])
    assert content_hashes(rows, starts) != [one]


def test_ranges_of_nothing_and_of_some():
    assert ranges(np.array([], int), np.array([], int)).tolist() == []
    assert ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
