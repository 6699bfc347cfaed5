"""The demo district up to a day: everything that goes into the database, as plain values.

    district = generate(as_of=date(2026, 3, 1))

The same day and seed give the same bytes. Nothing here knows the database; `fill.py` writes it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from marketing_ops.demo import seasons
from marketing_ops.demo.places import FORMATS
from marketing_ops.demo.simulation import CARTON, Setting, next_delivery, simulate
from marketing_ops.demo.stories import EventFact, Script, Story
from marketing_ops.demo.town import SEED, Town, build

DAYS = 120
# What the account manager wrote when the quotas in force were decided.
QUARTERLY, RAISED = "按上季度销量核定", "老客户要求，手工上调"
WARM_UP = 28  # days that run before the first shown one, so that stocks have settled
STAGE_TREND = {"导入期": 0.50, "成长期": 0.22, "成熟期": 0.0, "衰退期": -0.22}  # in DAYS days


@dataclass(frozen=True)
class CalendarFact:
    """A delivery calendar of a shop from a day on (None: from its opening on)."""

    shop: int
    since: date | None
    order_weekdays: tuple[int, ...]
    delivery_weekdays: tuple[int, ...]


@dataclass(frozen=True)
class LedgerRows:
    """N rows sorted by day, shop and product; packs."""

    shop: np.ndarray  # int32 [N], index into town.shops
    product: np.ndarray  # int32 [N], index into town.products
    day: np.ndarray  # datetime64[D] [N]
    opening: np.ndarray
    received: np.ndarray
    sold: np.ndarray
    transferred: np.ndarray
    closing: np.ndarray

    def pick(self, chosen: np.ndarray) -> "LedgerRows":
        return LedgerRows(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def __len__(self):
        return len(self.shop)


@dataclass(frozen=True)
class OrderRows:
    """N order lines sorted by order day, shop and product; packs. No delivery: NaT."""

    shop: np.ndarray
    product: np.ndarray
    ordered_on: np.ndarray
    requested: np.ndarray
    supplied: np.ndarray
    delivered_on: np.ndarray


@dataclass(frozen=True)
class QuotaFact:
    """Quotas in force: packs per cycle, for pairs of shop and product, since a day."""

    shop: np.ndarray
    product: np.ndarray
    packs: np.ndarray
    since: date
    reason: str


@dataclass(frozen=True)
class District:
    town: Town
    as_of: date
    first_day: date
    stories: dict[str, Story]
    opened_on: tuple[date, ...]
    closed_on: tuple[date | None, ...]
    calendars: tuple[CalendarFact, ...]
    events: tuple[EventFact, ...]
    ledger: LedgerRows
    first_reports: LedgerRows  # of the corrected days: what came in first, and was wrong
    orders: OrderRows
    quotas: tuple[QuotaFact, ...]
    sources: tuple[str, ...]  # by shop, see stories.py


def generate(*, as_of: date, seed: int = SEED) -> District:
    """The district of `seed` with its last day on `as_of`."""
    town = build(seed)
    script = Script(town, as_of)
    rng = np.random.Generator(np.random.PCG64([seed, 2, as_of.toordinal()]))
    days = np.datetime64(as_of) - np.arange(WARM_UP + DAYS)[::-1]
    calendars = _calendars(town, script)
    setting = _setting(town, script, days, calendars, rng)
    tight = _tight_pairs(town, rng)
    setting.limit[tight] = np.maximum(
        CARTON, (town.mean[tight] * 7 * 0.8 // CARTON * CARTON).astype(int)
    )
    script.direct(setting, days)
    course = simulate(setting, rng)
    shown = script.report(course, days)
    shown &= np.arange(len(days))[:, None] >= setting.first_stock_on
    shown[:WARM_UP] = False
    ledger = _ledger(town, course, days, shown)
    stories = script.stories
    opened = [shop.opened_on for shop in town.shops]
    closed: list[date | None] = [None] * len(opened)
    for code, story in stories.items():
        if code.startswith("new-shop"):
            opened[story.shops[0]] = story.first
    closed[stories["closed-shop"].shops[0]] = stories["closed-shop"].first
    return District(
        town=town,
        as_of=as_of,
        first_day=as_of - timedelta(days=DAYS - 1),
        stories=stories,
        opened_on=tuple(opened),
        closed_on=tuple(closed),
        calendars=tuple(calendars),
        events=tuple(script.events()),
        ledger=ledger,
        first_reports=_first_reports(ledger, stories["corrected-day"]),
        orders=_orders(town, course, days),
        quotas=_quotas(town, script, setting, tight),
        sources=tuple(script.source(shop.number) for shop in town.shops),
    )


def _calendars(town, script):
    changed, double = script.stories["changed-weekday"], script.stories["two-deliveries"]
    calendars = []
    for shop in town.shops:
        order, delivery = shop.order_weekdays, shop.delivery_weekdays
        if shop.number in double.shops:
            order, delivery = (1, 4), (2, 5)
        calendars.append(CalendarFact(shop.number, None, order, delivery))
        if shop.number in changed.shops:
            calendars.append(CalendarFact(shop.number, changed.first, (4,), (5,)))
    return calendars


def _setting(town, script, days, calendars, rng):
    """The setting without the stories."""
    count, shops, kinds = len(days), len(town.shops), len(town.products)
    weekday = seasons.weekdays(days)
    ordering = np.zeros((count, shops), bool)
    delivering = np.zeros((count, shops), bool)
    cover = np.zeros(shops)
    for calendar in calendars:
        begin = 0 if calendar.since is None else int(np.searchsorted(days, calendar.since))
        shop = calendar.shop
        ordering[begin:, shop] = np.isin(weekday[begin:], calendar.order_weekdays)
        delivering[begin:, shop] = np.isin(weekday[begin:], calendar.delivery_weekdays)
        lead = (calendar.delivery_weekdays[0] - calendar.order_weekdays[0]) % 7
        cover[shop] = 7 / len(calendar.delivery_weekdays) + lead
    out = np.array([FORMATS[shop.format] == "娱乐服务类" for shop in town.shops])
    factor = seasons.season(days)[:, None] * seasons.weekday_factors(days, out)
    factor = factor * rng.gamma(60, 1 / 60, (count, shops))
    trend = np.array([STAGE_TREND[product.stage] for product in town.products])
    course = (np.arange(count) - count / 2) / DAYS
    return Setting(
        shop=town.shop,
        product=town.product,
        mean=town.mean,
        shop_factor=factor,
        product_factor=1 + course[:, None] * trend[None, :],
        ordering=ordering,
        next_delivery=next_delivery(delivering),
        cover=cover,
        care=rng.choice([0.8, 1.0, 1.15, 1.5], shops, p=[0.12, 0.45, 0.33, 0.10]),
        limit=np.ceil(town.mean * 7 * 2.5 / CARTON).astype(int) * CARTON + CARTON,
        supply=np.ones((count, kinds)),
        truck=np.ones((count, shops), bool),
        kept=np.zeros(len(town.shop), np.int32),
        first_stock_on=np.zeros(len(town.shop), np.int32),
    )


def _tight_pairs(town, rng):
    """Pairs whose quota in force has fallen behind what they could sell: one in nine."""
    candidates = np.flatnonzero(town.mean * 7 > 14)
    return np.sort(rng.choice(candidates, len(candidates) // 9, replace=False))


def _ledger(town, course, days, shown):
    day, pair = np.nonzero(shown)
    return LedgerRows(
        shop=town.shop[pair],
        product=town.product[pair],
        day=days[day],
        **{
            name: getattr(course, name)[day, pair]
            for name in ("opening", "received", "sold", "transferred", "closing")
        },
    )


def _first_reports(ledger, story):
    """The story's shop-days as they came in first: one product's sales typed one line too high."""
    mine = (
        np.isin(ledger.shop, story.shops)
        & (ledger.day >= np.datetime64(story.first))
        & (ledger.day <= np.datetime64(story.last))
    )
    rows = ledger.pick(np.flatnonzero(mine))
    more = np.minimum(rows.closing, 3)
    rows.sold[:] += more
    rows.closing[:] -= more
    return rows


def _orders(town, course, days):
    """Orders of the shown days, and those before that were delivered on one of them."""
    shown = (course.order_day >= WARM_UP) | (course.delivered >= WARM_UP)
    pair = course.order_pair[shown]
    delivered = course.delivered[shown]
    day = days[0] + delivered
    day[delivered < 0] = np.datetime64("NaT")
    return OrderRows(
        shop=town.shop[pair],
        product=town.product[pair],
        ordered_on=days[course.order_day[shown]],
        requested=course.requested[shown].astype(np.int32),
        supplied=course.supplied[shown].astype(np.int32),
        delivered_on=day,
    )


def _quotas(town, script, setting, tight):
    favour = script.pairs(script.stories["favour"])
    kept = script.kept_back_pairs()
    ordinary = np.setdiff1d(tight, np.concatenate([favour, kept]))
    return tuple(
        QuotaFact(town.shop[pairs], town.product[pairs], setting.limit[pairs].copy(), since, note)
        for pairs, since, note in (
            (ordinary, script.ago(100), QUARTERLY),
            (kept, script.ago(100), QUARTERLY),
            (favour, script.stories["favour"].first, RAISED),
        )
    )
