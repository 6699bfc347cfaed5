"""The indicators once more, in another way: plain loops over rows, straight from the definitions.

No numpy, no panel, nothing imported from the product: only lists, dicts and fractions. Slow on
purpose. A row is (day, product, sold, closing); a calendar is a list of (first day, last day or
None, weekdays with 1 = Monday).
"""

from datetime import date, timedelta
from fractions import Fraction

ONE = timedelta(days=1)


def is_delivery_day(calendar, day):
    return any(
        first <= day and (last is None or day <= last) and day.isoweekday() in weekdays
        for first, last, weekdays in calendar
    )


def cycles(calendar, first_ledger_day, as_of):
    """(first day, last day) of each complete cycle up to `as_of`, oldest first."""
    result, start = [], None
    day = first_ledger_day
    while day <= as_of + ONE:
        if is_delivery_day(calendar, day):
            if start is not None:
                result.append((start, day - ONE))
            start = day
        day += ONE
    return result


def window(calendar, first_ledger_day, as_of):
    complete = cycles(calendar, first_ledger_day, as_of)
    if not complete:
        return []
    last_day = complete[-1][1]
    return [cycle for cycle in complete if (last_day - cycle[0]).days < 91]


def observations(rows, *, begins, as_of, complete_days=(), unflagged=lambda product, day: True):
    """{product: {day: (sold, closing)}} of observed days, and the products with a row.

    `begins`: first day of the window. A complete source's absent product is an observed zero from
    the product's first row in the window on.
    """
    seen, member_since = {}, {}
    for day, product, sold, closing in sorted(rows):
        if day > as_of:
            continue
        seen.setdefault(product, {})[day] = (sold, closing)
        if day >= begins and product not in member_since:
            member_since[product] = day
    for product, since in member_since.items():
        for day in complete_days:
            if since <= day <= as_of and day not in seen[product]:
                seen[product][day] = (0, 0)
    for product, days in seen.items():
        seen[product] = {d: value for d, value in days.items() if unflagged(product, d)}
    return seen, member_since


def period_figures(days, first, last, threshold, kept_back=lambda day: False):
    """The contract's columns of one period from {day: (sold, closing)}."""
    observed = stockout = sold = 0
    closing = None
    day = first
    while day <= last:
        if day in days:
            day_sold, day_closing = days[day]
            observed += 1
            sold += day_sold
            closing = day_closing
            if day_sold == 0 and (day_closing <= threshold or kept_back(day)):
                stockout += 1
        day += ONE
    result = {
        "observed_days": observed,
        "stockout_days": None,
        "effective_days": None,
        "sold": None,
        "closing": None,
        "ratio_days": None,
        "expected_stockout_sales": None,
        "satisfaction": None,
    }
    if observed == 0:
        return result
    effective = observed - stockout
    result |= {
        "stockout_days": stockout,
        "effective_days": effective,
        "sold": sold,
        "closing": closing,
    }
    if sold > 0:
        average_daily_sales = Fraction(sold, observed)
        result["ratio_days"] = closing / average_daily_sales
    if effective > 0:
        expected = Fraction(sold, effective) * stockout
        result["expected_stockout_sales"] = expected
        if sold + expected > 0:
            result["satisfaction"] = sold / (sold + expected)
    return result


def other_figures(days, begins, as_of, threshold, kept_back=lambda day: False):
    """Days of stock, the two point ratios and the days without a sale."""
    known = sorted(day for day in days if begins <= day <= as_of)
    result = {"latest_closing": None, "latest_age": None, "days_without_sale": None}
    if known:
        without = 0
        for day in reversed(known):
            if days[day][0] > 0:
                break
            without += 1
        result = {
            "latest_closing": days[known[-1]][1],
            "latest_age": (as_of - known[-1]).days,
            "days_without_sale": without,
        }
    recent = period_figures(days, as_of - 27 * ONE, as_of, threshold, kept_back)
    result["recent_effective_days"], result["recent_sold"] = (
        recent["effective_days"],
        recent["sold"],
    )
    sunday = as_of
    while sunday.isoweekday() != 7:
        sunday -= ONE
    month_end = as_of
    while (month_end + ONE).day != 1:
        month_end -= ONE
    for name, first, last in (
        ("week", sunday - 6 * ONE, sunday),
        ("month", month_end.replace(day=1), month_end),
    ):
        span = [first + n * ONE for n in range((last - first).days + 1)]
        ratio = None
        if all(day in days for day in span):
            total = sum(days[day][0] for day in span)
            if total:
                ratio = Fraction(days[last][1], total)
        result[f"{name}_point_ratio"] = ratio
    return result


def shop_figures(
    rows,
    calendar,
    as_of: date,
    *,
    first_ledger_day,
    threshold=lambda product: 1,
    complete_days=(),
    unobserved=lambda product, day: False,
    kept_back=lambda product, day: False,
):
    """{product: figures} of one shop, with the contract's column names (and the other figures)."""
    inside = window(calendar, first_ledger_day, as_of)
    begins = inside[0][0] if inside else as_of - 90 * ONE
    seen, members = observations(
        rows,
        begins=begins,
        as_of=as_of,
        complete_days=complete_days,
        unflagged=lambda product, day: not unobserved(product, day),
    )
    result = {}
    for product in members:
        days = seen[product]
        limit = threshold(product)

        def kept(day, product=product):
            return kept_back(product, day)

        figures = {"stockout_threshold": limit}
        if inside:
            in_window = {
                day: value
                for day, value in days.items()
                if any(first <= day <= last for first, last in inside)
            }
            for name, (first, last) in (
                ("cycle", inside[-1]),
                ("window", (inside[0][0], inside[-1][1])),
            ):
                found = period_figures(in_window, first, last, limit, kept)
                figures |= {f"{name}_{key}": value for key, value in found.items()}
                figures[f"{name}_start"], figures[f"{name}_end"] = first, last
        figures |= other_figures(days, begins, as_of, limit, kept)
        result[product] = figures
    return result
