"""Places from Chinese map systems, in WGS-84."""

from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.coordinates import gcj02_to_bd09, inside_china, to_wgs84, wgs84_to_gcj02

LONGITUDES, LATITUDES = st.floats(73, 137), st.floats(1, 55)


def metres(a, b) -> float:
    east = (a[0] - b[0]) * 111_320 * cos(radians(a[1]))
    return hypot(east, (a[1] - b[1]) * 110_574)


@given(LONGITUDES, LATITUDES)
def test_a_place_comes_back_from_gcj02_to_within_a_metre(longitude, latitude):
    shifted = wgs84_to_gcj02(longitude, latitude)
    if inside_china(*shifted):
        assert metres(to_wgs84(*shifted, "GCJ-02"), (longitude, latitude)) < 1
        assert metres(shifted, (longitude, latitude)) < 1500


@given(LONGITUDES, LATITUDES)
def test_a_place_comes_back_from_bd09_to_within_a_metre(longitude, latitude):
    shifted = gcj02_to_bd09(*wgs84_to_gcj02(longitude, latitude))
    assert metres(to_wgs84(*shifted, "BD-09"), (longitude, latitude)) < 1


def test_known_places_are_shifted_as_the_published_transforms_do():
    # 天安门 by eviltransform's and coordtransform's own examples
    assert wgs84_to_gcj02(116.404, 39.915) == pytest.approx((116.410244, 39.916404), abs=2e-6)
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.410369, 39.921337), abs=2e-6)


def test_wgs84_stays_as_it_is_and_outside_china_nothing_is_shifted():
    assert to_wgs84(121.395114, 31.108597, "WGS-84") == (121.395114, 31.108597)
    assert to_wgs84(2.35, 48.85, "GCJ-02") == (2.35, 48.85)


def test_an_unknown_system_is_refused():
    with pytest.raises(ValueError, match="EPSG"):
        to_wgs84(121, 31, "EPSG")
