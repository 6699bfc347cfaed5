from collections import Counter
from dataclasses import fields
from datetime import date, timedelta
from hashlib import sha256

import numpy as np
import pytest

from marketing_ops.demo import places
from marketing_ops.demo.district import DAYS, generate
from tests.demo.conftest import AS_OF


def fingerprint(district):
    digest = sha256()
    for rows in (district.ledger, district.first_reports, district.orders):
        for field in fields(rows):
            digest.update(np.ascontiguousarray(getattr(rows, field.name)).tobytes())
    digest.update(
        repr((district.town.shops, district.events, district.stories, district.sources)).encode()
    )
    return digest.hexdigest()


def test_the_same_day_gives_the_same_bytes(district):
    assert fingerprint(generate(as_of=AS_OF)) == fingerprint(district)


def test_another_seed_gives_another_district(district):
    assert fingerprint(generate(as_of=AS_OF, seed=1)) != fingerprint(district)


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5, 6, 100])
def test_on_another_day_the_shops_are_the_same_and_every_story_is_told(district, days):
    other = generate(as_of=AS_OF + timedelta(days=days))
    assert other.town.shops == district.town.shops
    assert other.stories.keys() == district.stories.keys()
    for code, story in other.stories.items():
        assert story.shops == district.stories[code].shops, code
        assert story.first == district.stories[code].first + timedelta(days=days), code


def test_the_district_is_as_large_and_as_mixed_as_promised(district):
    shops = district.town.shops
    assert len(shops) == len({s.licence_no for s in shops}) == len({s.name for s in shops}) == 300
    assert Counter(shop.manager for shop in shops) == {0: 150, 1: 30, 2: 30, 3: 30, 4: 30, 5: 30}
    assert {shop.format for shop in shops} == set(range(7))
    assert {(shop.urban, shop.scale) for shop in shops} == {
        (urban, scale) for urban in (True, False) for scale in range(3)
    }
    assert Counter(shop.group for shop in shops if shop.group >= 0) == {0: 14, 1: 9, 2: 6}
    assert sum(shop.information_point for shop in shops) >= 20
    days = np.unique(district.ledger.day)
    assert len(days) == DAYS == 120 and days[-1] == np.datetime64(AS_OF)
    assert len(np.unique(district.ledger.product)) == 60


def test_the_shops_of_a_street_or_village_lie_close_together(district):
    for shop in district.town.shops:
        place = places.PLACES[shop.place]
        east = (shop.longitude - place.longitude) * 111_320 * np.cos(np.radians(place.latitude))
        north = (shop.latitude - place.latitude) * 111_320
        assert np.hypot(east, north) < 1_000, shop


def test_every_row_of_the_ledger_balances(district):
    for rows in (district.ledger, district.first_reports):
        closing = rows.opening + rows.received - rows.sold + rows.transferred
        assert (closing == rows.closing).all()
        for column in (rows.opening, rows.received, rows.sold, rows.closing):
            assert (column >= 0).all()


def test_rows_are_sorted_and_none_comes_twice(district):
    rows = district.ledger
    key = (rows.day.astype(int) * 1000 + rows.shop) * 1000 + rows.product
    assert (np.diff(key) > 0).all()


def test_stock_goes_over_from_day_to_day_except_for_the_planted_losses(district):
    rows, loss = district.ledger, district.stories["broken-continuity"]
    order = np.lexsort((rows.day, rows.product, rows.shop))
    rows = rows.pick(order)
    follows = (
        (rows.shop[1:] == rows.shop[:-1])
        & (rows.product[1:] == rows.product[:-1])
        & (np.diff(rows.day) == np.timedelta64(1, "D"))
    )
    broken = follows & (rows.opening[1:] != rows.closing[:-1])
    assert set(rows.shop[1:][broken].tolist()) == set(loss.shops)
    assert 2 <= broken.sum() <= 8


def test_what_was_supplied_is_what_was_received(district):
    """Outside the stories in which receipts are falsified."""
    rows, orders = district.ledger, district.orders
    told = {"books-emptied", "transfer-1", "transfer-2", "transfer-3"}
    liars = [shop for code in told for shop in district.stories[code].shops]
    arrived = (~np.isnat(orders.delivered_on)) & ~np.isin(orders.shop, liars)
    supplied = {}
    for shop, product, day, packs in zip(
        orders.shop[arrived].tolist(),
        orders.product[arrived].tolist(),
        orders.delivered_on[arrived].tolist(),
        orders.supplied[arrived].tolist(),
        strict=True,
    ):
        supplied[shop, product, day] = supplied.get((shop, product, day), 0) + packs
    got = (rows.received > 0) & ~np.isin(rows.shop, liars)
    received = zip(
        rows.shop[got].tolist(),
        rows.product[got].tolist(),
        rows.day[got].tolist(),
        rows.received[got].tolist(),
        strict=True,
    )
    received = list(received)
    assert len(received) > 40_000
    for shop, product, day, packs in received:
        assert supplied[shop, product, day] == packs


def test_supplies_are_whole_cartons_and_never_more_than_requested(district):
    orders = district.orders
    assert (orders.supplied % 10 == 0).all()
    assert (orders.supplied <= orders.requested).all()
    assert (orders.requested > 0).all()


def test_orders_are_placed_and_delivered_on_the_weekdays_of_the_calendar(district):
    orders = district.orders
    calendars = {}
    for calendar in district.calendars:
        calendars.setdefault(calendar.shop, []).append(calendar)
    first_stock = {
        s.shops[0]: s.first for code, s in district.stories.items() if code.startswith("new-shop")
    }
    launch = district.stories["launch"]

    def holds(shop, day):
        return [c for c in calendars[shop] if c.since is None or c.since <= day][-1]

    seen = set(
        zip(
            orders.shop.tolist(),
            orders.product.tolist(),
            orders.ordered_on.tolist(),
            orders.delivered_on.tolist(),
            strict=True,
        )
    )
    for shop, product, ordered, delivered in seen:
        if ordered == first_stock.get(shop, launch.first) - timedelta(days=1) and (
            shop in first_stock or product in launch.products
        ):
            continue  # the first stock of a new shop or product comes at once
        assert ordered.isoweekday() in holds(shop, ordered).order_weekdays
        if delivered is not None:
            assert delivered.isoweekday() in holds(shop, delivered).delivery_weekdays
            assert ordered < delivered <= ordered + timedelta(days=8)


def test_large_shops_sell_more_and_town_buys_dearer_than_the_country(district):
    rows, shops = district.ledger, district.town.shops
    scale = np.array([shop.scale for shop in shops])[rows.shop]
    per_shop = [
        rows.sold[scale == n].sum() / sum(shop.scale == n for shop in shops) for n in range(3)
    ]
    assert per_shop[0] > 1.8 * per_shop[1] > 3 * per_shop[2]
    urban = np.array([shop.urban for shop in shops])[rows.shop]
    price = np.array([float(p.retail_price) for p in district.town.products])[rows.product]

    def mean_price(chosen):
        return (price * rows.sold)[chosen].sum() / rows.sold[chosen].sum()

    assert mean_price(urban) > 1.2 * mean_price(~urban)


def test_weekends_and_the_spring_festival_are_busy(district):
    rows = district.ledger
    a_day = np.bincount((rows.day - rows.day.min()).astype(int), rows.sold)
    weekday = np.array([(district.first_day + timedelta(n)).weekday() for n in range(DAYS)])
    assert a_day[weekday == 5].mean() > 1.08 * a_day[weekday == 1].mean()
    festival = (date(2026, 2, 17) - district.first_day).days
    assert a_day[festival - 7 : festival].mean() > 1.2 * a_day[festival - 60 : festival - 30].mean()


def test_stock_outs_are_a_usual_few(district):
    rows = district.ledger
    out = (rows.sold == 0) & (rows.closing <= 1)
    assert 0.04 < out.mean() < 0.09
