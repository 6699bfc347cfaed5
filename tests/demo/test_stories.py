"""Each planted story can be seen in the data that reaches the database."""

from datetime import timedelta

import numpy as np

from marketing_ops.demo import places
from marketing_ops.demo.district import RAISED
from marketing_ops.demo.stories import FEED, PAPER, SPARSE, emptied_spells
from tests.demo.conftest import AS_OF


def rows_of(district, *, shops=None, products=None, first=None, last=None):
    rows = district.ledger
    chosen = np.ones(len(rows), bool)
    if shops is not None:
        chosen &= np.isin(rows.shop, shops)
    if products is not None:
        chosen &= np.isin(rows.product, products)
    if first is not None:
        chosen &= rows.day >= np.datetime64(first)
    if last is not None:
        chosen &= rows.day <= np.datetime64(last)
    return rows.pick(np.flatnonzero(chosen))


def during(district, code):
    story = district.stories[code]
    return rows_of(
        district,
        shops=story.shops or None,
        products=story.products or None,
        first=story.first,
        last=story.last,
    )


def stock_out_rate(rows):
    return ((rows.sold == 0) & (rows.closing <= 1)).mean()


def ago(days):
    return AS_OF - timedelta(days=days)


def test_the_unserved_village_runs_out_of_stock(district):
    village = district.stories["unserved-village"]
    served = [shop for shop in district.town.at("柳溪村") if shop not in village.shops]
    rate = stock_out_rate(rows_of(district, shops=village.shops, first=ago(20)))
    assert rate > 0.4
    assert rate > 4 * stock_out_rate(rows_of(district, shops=served, first=ago(20)))
    orders = district.orders
    recent = np.isin(orders.shop, village.shops) & (orders.ordered_on > np.datetime64(ago(20)))
    assert orders.requested[recent].sum() > 0 and orders.supplied[recent].sum() == 0


def test_a_kept_back_pack_hides_stock_outs_from_the_threshold(district):
    town, story = district.town, district.stories["kept-back"]
    hidden = 0
    for shop in story.shops:
        mine = np.flatnonzero(town.shop == shop)
        best = town.product[mine[np.argsort(-town.mean[mine], kind="stable")][1:7]]
        rows = rows_of(district, shops=[shop], products=best)
        assert (rows.closing >= 2).all()
        assert stock_out_rate(rows) == 0
        still = ((rows.sold == 0) & (rows.closing == 2)).mean()
        assert still > 0.05
        hidden += still
    assert hidden / len(story.shops) > 0.15


def test_the_lost_feed_leaves_days_without_rows_for_the_whole_group(district):
    story = district.stories["lost-feed"]
    assert len(story.shops) == 14 and (story.last - story.first).days == 6
    assert len(during(district, "lost-feed")) == 0
    day_before = rows_of(
        district,
        shops=story.shops,
        first=story.first - timedelta(1),
        last=story.first - timedelta(1),
    )
    assert set(day_before.shop.tolist()) == set(story.shops)
    assert {district.sources[shop] for shop in story.shops} == {FEED}


def test_sales_fall_by_half_where_the_road_is_closed(district):
    story = district.stories["road-works"]
    others = district.town.at("人民路")

    def a_day(shops, first, last):
        rows = rows_of(district, shops=shops, first=first, last=last)
        return rows.sold.sum() / (last - first).days

    before = a_day(story.shops, ago(110), ago(50)) / a_day(others, ago(110), ago(50))
    closed = a_day(story.shops, ago(40), ago(0)) / a_day(others, ago(40), ago(0))
    assert 0.4 < closed / before < 0.7
    event = district.events[0]
    assert event.starts_on == story.first and event.expected_end > AS_OF
    assert event.ended_on is None and set(event.shops) == set(story.shops)


def test_one_event_ended_before_its_time_and_one_is_still_to_come(district):
    _road, fair, wedding = district.events
    assert fair.ended_on < fair.expected_end < AS_OF
    assert wedding.starts_on > AS_OF


def test_scarce_products_are_supplied_in_part(district):
    orders = district.orders

    def ratio(products, first=None, last=None):
        chosen = np.isin(orders.product, products)
        if first:
            chosen &= (orders.ordered_on >= np.datetime64(first)) & (
                orders.ordered_on <= np.datetime64(last)
            )
        return orders.supplied[chosen].sum() / orders.requested[chosen].sum()

    name = district.town.product_named
    assert ratio([name("中华(软)")]) < 0.5
    cut = district.stories["supply-cut"]
    assert ratio(cut.products, cut.first, cut.last) < 0.75
    assert ratio(cut.products, ago(110), ago(40)) > 0.9
    plenty = [n for n, p in enumerate(district.town.products) if "紧俏" not in p.flags]
    ratios = [ratio([n], ago(110), ago(60)) for n in plenty]
    assert np.quantile(ratios, 0.1) > 0.9


def test_new_shops_have_no_day_before_they_opened(district):
    for number, opened in ((1, 40), (2, 20), (3, 5)):
        story = district.stories[f"new-shop-{number}"]
        rows = rows_of(district, shops=story.shops)
        assert rows.day.min() == np.datetime64(ago(opened))
        assert district.opened_on[story.shops[0]] == ago(opened)
        assert rows.sold.sum() > 0


def test_the_group_empties_its_books_between_order_and_delivery(district):
    story = district.stories["books-emptied"]
    orders = district.orders
    spells = emptied_spells(AS_OF, order_weekday=1, wait=3)
    assert 5 <= len(spells) <= 6
    for order_day, delivery_day in spells:
        emptied = rows_of(district, shops=story.shops, first=order_day, last=order_day)
        assert (emptied.closing == 0).all() and emptied.sold.sum() > 500
        between = rows_of(
            district,
            shops=story.shops,
            first=order_day + timedelta(1),
            last=delivery_day - timedelta(1),
        )
        assert len(between) and not (between.sold.any() or between.closing.any())
        back = rows_of(district, shops=story.shops, first=delivery_day, last=delivery_day)
        came = np.isin(orders.shop, story.shops) & (
            orders.delivered_on == np.datetime64(delivery_day)
        )
        assert back.received.sum() > 1.3 * orders.supplied[came].sum()


def test_a_hidden_transfer_is_a_jump_of_sales_here_and_of_receipts_there(district):
    for number in (1, 2, 3):
        story = district.stories[f"transfer-{number}"]
        giver, taker = story.shops
        jumps = 0
        for product in story.products:
            sold = rows_of(district, shops=[giver], products=[product])
            got = rows_of(
                district, shops=[taker], products=[product], first=story.first, last=story.last
            )
            on_the_day = sold.sold[sold.day == np.datetime64(story.first)][0]
            jumps += on_the_day > np.quantile(sold.sold, 0.97) and got.received[0] >= 10
        assert jumps >= 3, story


def test_a_declared_transfer_stands_in_its_own_column_and_sums_to_nothing(district):
    rows = district.ledger
    moved = np.flatnonzero(rows.transferred)
    story = district.stories["declared-transfer"]
    assert set(rows.shop[moved].tolist()) == set(story.shops)
    assert rows.transferred.sum() == 0 and len(moved) >= 4


def test_a_sparse_till_leaves_out_what_is_not_there(district):
    story = district.stories["sparse-till"]
    rows = rows_of(district, shops=story.shops)
    assert not ((rows.opening == 0) & (rows.received == 0) & (rows.closing == 0)).any()
    carried = np.isin(district.town.shop, story.shops).sum()
    assert 0.6 * carried * 120 < len(rows) < carried * 120
    assert {district.sources[shop] for shop in story.shops} == {SPARSE}


def test_some_shops_are_delivered_twice_a_week_and_a_street_changed_its_day(district):
    double = district.stories["two-deliveries"]
    for calendar in district.calendars:
        assert (len(calendar.delivery_weekdays) == 2) == (calendar.shop in double.shops)
    changed = district.stories["changed-weekday"]
    later = [calendar for calendar in district.calendars if calendar.since is not None]
    assert {calendar.shop for calendar in later} == set(changed.shops)
    for calendar in later:
        shop = district.town.shops[calendar.shop]
        assert calendar.since == changed.first
        assert calendar.delivery_weekdays != shop.delivery_weekdays


def test_silent_shops_have_no_rows_while_they_are_silent(district):
    for code in ("broken-till", "no-upload", "closed-shop"):
        assert len(during(district, code)) == 0, code
    for code in ("broken-till", "closed-shop"):
        story = district.stories[code]
        before = rows_of(district, shops=story.shops, last=story.first - timedelta(1))
        assert before.sold.sum() > 0, code
    closed = district.stories["closed-shop"]
    assert district.closed_on[closed.shops[0]] == closed.first


def test_a_paper_book_begins_when_the_account_manager_collects_it(district):
    story = district.stories["paper-book"]
    rows = rows_of(district, shops=story.shops)
    assert rows.day.min() == np.datetime64(story.first)
    assert {district.sources[shop] for shop in story.shops} == {PAPER}


def test_three_days_came_in_wrong_first(district):
    first = district.first_reports
    story = district.stories["corrected-day"]
    assert len(np.unique(first.day)) == 3
    later = during(district, "corrected-day")
    assert len(later) == len(first) and (first.sold >= later.sold).all()
    assert (first.sold > later.sold).any() and set(first.shop.tolist()) == set(story.shops)


def test_pilot_products_appear_with_their_launch(district):
    story = district.stories["launch"]
    rows = rows_of(district, products=story.products)
    assert rows.day.min() == np.datetime64(story.first)
    assert rows.sold.sum() > 100


def test_a_quota_raised_by_hand_leads_to_overstock(district):
    story = district.stories["favour"]
    quota = next(q for q in district.quotas if q.reason == RAISED)
    assert set(quota.shop.tolist()) == set(story.shops)
    rows = rows_of(district, shops=story.shops, products=story.products, first=ago(27))
    stock = rows.closing[rows.day == np.datetime64(AS_OF)].sum()
    a_day = rows.sold.sum() / 28
    everyone = rows_of(district, first=ago(27))
    usual = everyone.closing[everyone.day == np.datetime64(AS_OF)].sum() / (
        everyone.sold.sum() / 28
    )
    assert stock / a_day > 1.8 * usual


def test_no_shop_outside_a_group_plays_in_two_stories(district):
    seen = {}
    for code, story in district.stories.items():
        for shop in story.shops:
            group = district.town.shops[shop].group
            assert shop not in seen or group >= 0, (shop, code, seen.get(shop))
            seen[shop] = code
    assert len(places.GROUPS[places.ORDERLY_GROUP]) == 5
