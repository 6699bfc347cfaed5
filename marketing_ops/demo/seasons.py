"""How demand moves with the calendar: season, holidays, weekdays."""

from datetime import date

import numpy as np


def _days(text: str) -> np.ndarray:
    return np.array(text.split(), "datetime64[D]")


# First day of the lunar year and mid-autumn day; outside these years there is no such peak.
SPRING_FESTIVAL = _days(
    "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23 "
    "2032-02-11 2033-01-31 2034-02-19 2035-02-08"
)
MID_AUTUMN = _days(
    "2024-09-17 2025-10-06 2026-09-25 2027-09-15 2028-10-03 2029-09-22 2030-09-12 2031-10-01 "
    "2032-09-19 2033-09-08 2034-09-27 2035-09-16"
)

# Monday to Sunday, mean 1: shops, and places where people go out at the weekend.
WEEKDAYS = np.array([0.95, 0.94, 0.96, 0.99, 1.06, 1.09, 1.01])
WEEKDAYS_OUT = np.array([0.80, 0.80, 0.86, 0.96, 1.25, 1.38, 0.95])


def season(days: np.ndarray) -> np.ndarray:
    """The district's demand on each day against a usual day: float [D] from datetime64[D] [D]."""
    year = (days - days.astype("datetime64[Y]")).astype(int)
    factor = 1 + 0.05 * np.cos(2 * np.pi * (year - 15) / 365.25)  # weddings and visits in winter
    for first in SPRING_FESTIVAL:
        to_go = (first - days).astype(int)
        factor *= np.where((to_go > 0) & (to_go <= 18), 1.15 + 0.45 * (18 - to_go) / 18, 1)
        factor *= np.where((to_go <= 0) & (to_go > -8), 0.85, 1)
    for day in MID_AUTUMN:
        to_go = (day - days).astype(int)
        factor *= np.where((to_go >= 0) & (to_go <= 7), 1.15, 1)
    month_day = np.array([(d.month, d.day) for d in days.astype(date)])
    golden = (month_day[:, 0] == 10) & (month_day[:, 1] <= 7)
    labour = (month_day[:, 0] == 5) & (month_day[:, 1] <= 5)
    return factor * np.where(golden | labour, 1.18, 1)


def weekday_factors(days: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Float [D, S]; `out` bool [S] marks hotels, restaurants and other evening places."""
    weekday = weekdays(days) - 1
    return np.where(out[None, :], WEEKDAYS_OUT[weekday][:, None], WEEKDAYS[weekday][:, None])


def weekdays(days: np.ndarray) -> np.ndarray:
    """1 = Monday … 7 = Sunday: int [D] from datetime64[D] [D]."""
    return (days.astype("datetime64[D]").astype(int) + 3) % 7 + 1
