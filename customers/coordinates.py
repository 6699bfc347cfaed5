"""From the coordinate systems of Chinese maps to WGS-84.

GCJ-02 (高德, 腾讯) shifts WGS-84 by up to some 700 m, BD-09 (百度) shifts GCJ-02 once more. The
shifts are the published formulas of the open source transforms (eviltransform, coordtransform),
on the Krasovsky 1940 ellipsoid. They have no closed inverse; it is found by iteration to better
than a millimetre. Outside China GCJ-02 equals WGS-84.

All functions take and return (longitude, latitude) in degrees.
"""

from math import atan2, cos, hypot, pi, sin, sqrt

AXIS = 6_378_245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BAIDU_PI = pi * 3000.0 / 180.0

Point = tuple[float, float]


def to_wgs84(longitude: float, latitude: float, system: str) -> Point:
    """The place in WGS-84, rounded to 7 decimals (about 1 cm); `system` as in the files.

    Raises ValueError for a system that is not WGS-84, GCJ-02 or BD-09.
    """
    place = (longitude, latitude)
    if system == "BD-09":
        place = _inverse(gcj02_to_bd09, place)
    if system in ("BD-09", "GCJ-02"):
        place = _inverse(wgs84_to_gcj02, place)
    elif system != "WGS-84":
        raise ValueError(f"Coordinate system {system!r}: use WGS-84, GCJ-02 or BD-09")
    return round(place[0], 7), round(place[1], 7)


def inside_china(longitude: float, latitude: float) -> bool:
    """The rectangle in which GCJ-02 is shifted."""
    return 72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271


def wgs84_to_gcj02(longitude: float, latitude: float) -> Point:
    if not inside_china(longitude, latitude):
        return longitude, latitude
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    magic = 1.0 - ECCENTRICITY_SQUARED * sin(radians) ** 2
    meridian = AXIS * (1.0 - ECCENTRICITY_SQUARED) / (magic * sqrt(magic))
    parallel = AXIS / sqrt(magic) * cos(radians)
    return longitude + east * 180.0 / (parallel * pi), latitude + north * 180.0 / (meridian * pi)


def gcj02_to_bd09(longitude: float, latitude: float) -> Point:
    distance = hypot(longitude, latitude) + 0.00002 * sin(latitude * BAIDU_PI)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * BAIDU_PI)
    return distance * cos(angle) + 0.0065, distance * sin(angle) + 0.006


def _inverse(shift, target: Point) -> Point:
    """The place that `shift` moves to `target`. The shift changes slowly from place to place, so
    subtracting the error of the last guess converges in a few steps."""
    longitude, latitude = target
    for _step in range(30):
        reached = shift(longitude, latitude)
        east, north = reached[0] - target[0], reached[1] - target[1]
        longitude, latitude = longitude - east, latitude - north
        if abs(east) < 1e-10 and abs(north) < 1e-10:
            break
    return longitude, latitude
