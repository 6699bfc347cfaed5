"""The quota methods in a closed loop on the replay district: fill against mean stock.

    python benchmarks/replay_loop.py [--law]

From 2024-05-01 on, on each shop's order day a method is asked for quota and target level by the
engine itself. It sees what was known then and nothing else: the shops' ledger rows before that
day, and from it on the sales and the stock of its own course, up to the close of the day before
the order. The order is min(quota, target level − stock − in transit); it arrives in the morning of
the shop's next delivery day. What customers ask for each day is the truth's demand, which serves to
simulate and to measure only; sales are min(demand, stock).

All methods alike: the regime step is off, so that every pair gets a quota; there is no quota in
force to hold on to; orders are supplied in full (the cuts of May belong to the real course, whose
figures therefore stand beside the others but are not their like); an event is known from its first
day on, as published in events.csv. Shops that upload nothing are left out: no method sees them.
Perfect foresight orders exactly what the interval is going to sell.

--law instead: how far demand swings, from the observed ledger before that day alone; it is where
the default values of the variance come from (docs/algorithms/quota_level.md).
"""

import os
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from orders.quotas.engine import recommend  # noqa: E402
from orders.quotas.evidence import UNKNOWN, Evidence  # noqa: E402
from orders.quotas.rules import QuotaRules  # noqa: E402

DATA = Path(os.environ.get("SHARED_DATA", REPO.parent / "shared" / "data")) / "replay"
START = np.datetime64("2024-05-01")
WEEK = 7
CYCLES = 13
REGIME_OFF = QuotaRules(new_shop_days=0, classes_by_policy=(), flags_by_policy=())
SERVICE_LEVELS = (900, 950, 980)
COVERS = (1000, 1250, 1500, 2000, 3000)


class District:
    """The replay's reported pairs as arrays [day, pair]; `days` covers ledger and truth."""

    def __init__(self):
        ledger = pd.read_csv(DATA / "ledger.csv.gz")
        truth = pd.read_csv(DATA / "truth" / "demand.csv.gz")
        shops = pd.read_csv(DATA / "customers.csv")
        products = pd.read_csv(DATA / "products.csv")
        first, last = np.datetime64(truth.day.min()), np.datetime64(truth.day.max())
        self.days = np.arange(first, last + 1)
        self.start = int((START - first).astype(int))
        self.weekday = (self.days.astype(int) + 3) % WEEK + 1  # 1 = Monday
        key = ["licence_no", "barcode"]
        pairs = ledger[key].drop_duplicates().sort_values(key, ignore_index=True)
        self.pairs = pairs.assign(pair=np.arange(len(pairs)))
        self.sold, self.closing = self._grid(ledger, sold=0, closing=-1)
        demand, true_sold, true_closing = self._grid(truth, demand=-1, sold=0, closing=0)
        self.live = demand >= 0
        self.demand = np.where(self.live, demand, 0)
        self.true_sold, self.true_closing = true_sold, true_closing
        about = self.pairs.merge(shops, on="licence_no").merge(
            products, on="barcode", suffixes=("", "_of_product")
        )
        self.about = about.sort_values("pair", ignore_index=True)
        self.order_weekday = self.about.order_weekday.to_numpy(int)
        self.lead = (self.about.delivery_weekday.to_numpy(int) - self.order_weekday) % WEEK
        self.carton = self.about.packs_per_carton.to_numpy(int)
        special = self.about["flags"].str.contains("紧俏|试点").to_numpy()
        self.regular = (self.about.price_class.to_numpy() != 1) & ~special
        alike = self.about.groupby(["format", "area", "scale", "barcode"])
        self.peers = alike.ngroup().to_numpy()
        self.events = pd.read_csv(DATA / "events.csv")
        orders = pd.read_csv(DATA / "orders.csv.gz")
        self.in_transit = self._ordered_before_start(orders)
        self.supply = self._supply(orders, products)

    def _grid(self, rows, **columns):
        rows = rows.merge(self.pairs, on=["licence_no", "barcode"])
        days = rows.day.to_numpy("U10").astype("datetime64[D]")
        index = (days - self.days[0]).astype(int), rows.pair.to_numpy()
        grids = []
        for name, absent in columns.items():
            grid = np.full((len(self.days), len(self.pairs)), absent, np.int32)
            grid[index] = rows[name].to_numpy()
            grids.append(grid)
        return grids

    def _ordered_before_start(self, orders):
        """What was on its way at the start: int [day of arrival, pair]."""
        grid = np.zeros((len(self.days) + WEEK, len(self.pairs)), np.int64)
        start = str(START)
        open_ = orders[(orders.ordered_on < start) & (orders.delivered_on >= start)]
        open_ = open_.merge(self.pairs, on=["licence_no", "barcode"])
        days = open_.delivered_on.to_numpy("U10").astype("datetime64[D]") - self.days[0]
        np.add.at(grid, (days.astype(int), open_.pair.to_numpy()), open_.supplied.to_numpy())
        return grid

    def _supply(self, orders, products):
        """Requested and supplied before the start, cumulated: two arrays int [day + 1, pair]."""
        codes = {code: index for index, code in enumerate(products.barcode)}
        known = orders[orders.ordered_on < str(START)]
        day = (known.ordered_on.to_numpy("U10").astype("datetime64[D]") - self.days[0]).astype(int)
        product = known.barcode.map(codes).to_numpy()
        mine = self.about.barcode.map(codes).to_numpy()
        sums = []
        for column in ("requested", "supplied"):
            grid = np.zeros((len(self.days) + 1, len(codes)), np.int64)
            np.add.at(grid, (day + 1, product), known[column].to_numpy())
            sums.append(grid.cumsum(axis=0)[:, mine])
        return sums


class Course:
    """One method's course: what it has sold and has in stock, and what it may know of that."""

    def __init__(self, district: District, threshold: int):
        self.district, self.threshold = district, threshold
        shape = len(district.days) + 1, len(district.pairs)
        self.observed, self.out, self.sold = (np.zeros(shape, np.int32) for _ in range(3))
        self.last_closing = np.full(shape, UNKNOWN, np.int32)
        for day in range(district.start):
            self.see(day, district.sold[day], district.closing[day])

    def see(self, day, sold, closing) -> None:
        """Append a day to the running sums; a closing below zero is a day not observed."""
        seen = closing >= 0
        out = seen & (sold == 0) & (closing <= self.threshold)
        self.observed[day + 1] = self.observed[day] + seen
        self.out[day + 1] = self.out[day] + out
        self.sold[day + 1] = self.sold[day] + np.where(seen, sold, 0)
        self.last_closing[day + 1] = np.where(seen, closing, self.last_closing[day])

    def evidence(self, day: int, chosen: np.ndarray) -> Evidence:
        """What is known on the morning of order day `day` of pairs that share their calendar."""
        district = self.district
        lead = int(district.lead[chosen[0]])
        delivery = day - (WEEK - lead)  # the last delivery before this order: a cycle began
        edges = [delivery - WEEK * back for back in range(CYCLES, -1, -1)]
        edges = np.array([edge for edge in edges if edge >= 0] + [day])
        after, before = edges[1:, None], edges[:-1, None]
        observed = self.observed[after, chosen] - self.observed[before, chosen]
        requested, supplied = (
            sums[after, chosen] - sums[before, chosen] for sums in district.supply
        )
        ratio = np.where(requested > 0, 1000 * supplied // np.maximum(requested, 1), UNKNOWN)
        past, ahead = self._events(day, edges, chosen, lead)
        many = len(chosen)
        return Evidence(
            lengths=np.diff(edges),
            running=True,
            observed=observed,
            stockout=self.out[after, chosen] - self.out[before, chosen],
            sold=self.sold[after, chosen] - self.sold[before, chosen],
            closing=self.last_closing[after, chosen],
            supply_permille=ratio,
            event_permille=past,
            next_event_permille=ahead,
            price_class=np.zeros(many, np.int8),
            flags=np.zeros(many, np.int8),
            packs_per_carton=district.carton[chosen],
            shop_days=np.zeros(many, np.int32),
            peer_millipacks=self._peers(day)[chosen],
            in_force=np.full(many, UNKNOWN),
            segment=np.zeros(many, np.int8),
            shop_observed=np.zeros(many, np.int8),
            shop_stockout=np.zeros(many, np.int8),
            review_days=np.full(many, WEEK),
            lead_days=np.full(many, lead),
        )

    def _peers(self, day: int) -> np.ndarray:
        """Daily sales of shops of the same format, area and scale, per effective day."""
        first = max(day - WEEK * CYCLES, 0)
        sold = self.sold[day] - self.sold[first]
        days = (self.observed[day] - self.observed[first]) - (self.out[day] - self.out[first])
        total = np.bincount(self.district.peers, sold)
        effective = np.bincount(self.district.peers, days)
        rate = np.where(effective > 0, 1000 * total // np.maximum(effective, 1), UNKNOWN)
        return rate[self.district.peers].astype(int)

    def _events(self, day, edges, chosen, lead):
        """Mean factor over each period, and over the interval that the order has to cover."""
        district = self.district
        factor = np.full((len(district.days) + 2 * WEEK, len(chosen)), 1000, np.int64)
        licences = district.about.licence_no.to_numpy()[chosen]
        for event in district.events.itertuples():
            first, stop = (
                int((np.datetime64(one) - district.days[0]).astype(int))
                for one in (event.starts_on, event.expected_end)
            )
            if first > day:
                continue
            there = np.isin(licences, [int(one) for one in event.licence_nos.split(";")])
            factor[first : stop + 1, there] = round(1000 * event.expected_factor)
        sums = np.vstack([np.zeros((1, len(chosen)), np.int64), factor.cumsum(axis=0)])
        past = (sums[edges[1:]] - sums[edges[:-1]]) // np.diff(edges)[:, None]
        span = WEEK + lead
        return past, (sums[day + span] - sums[day]) // span


def asked(rules: QuotaRules):
    """A policy that asks the engine."""

    def policy(course: Course, day: int, chosen: np.ndarray):
        advice = recommend(course.evidence(day, chosen), rules)
        # Where the engine knows nothing, nothing is ordered.
        return np.maximum(advice.quota, 0), np.maximum(advice.target_level, 0)

    return policy


def foresight(course: Course, day: int, chosen: np.ndarray):
    """Knows the demand until the next order's delivery."""
    district = course.district
    target = np.zeros(len(chosen), np.int64)
    for lead in np.unique(district.lead[chosen]):
        here = district.lead[chosen] == lead
        target[here] = district.demand[day : day + WEEK + lead, chosen[here]].sum(axis=0)
    return np.full(len(chosen), 10**6), target


def run(district: District, policy, *, cartons: bool, threshold: int = 1):
    """(sold, closing stock) of the course, int [days from the start, pair]."""
    course = Course(district, threshold)
    days, pairs = len(district.days), len(district.pairs)
    transit = district.in_transit.copy()
    began = np.argmax(district.live, axis=0)
    stock = np.where(began < district.start, district.true_closing[district.start - 1], 0)
    stock = stock.astype(np.int64)
    all_sold, all_stock = np.zeros((2, days, pairs), np.int64)
    for day in range(district.start, days):
        for lead in np.unique(district.lead):
            due = (district.order_weekday == district.weekday[day]) & (district.lead == lead)
            chosen = np.flatnonzero(due & (began < day))
            if not chosen.size:
                continue
            quota, target = policy(course, day, chosen)
            need = target - stock[chosen] - transit[day:, chosen].sum(axis=0)
            order = np.maximum(np.minimum(quota, need), 0)
            if cartons:
                order = -(-order // district.carton[chosen]) * district.carton[chosen]
            transit[day + lead, chosen] += order
        # A shop that opens during the loop begins with what it really began with.
        opening = district.true_closing[day] + district.true_sold[day]
        stock = np.where(began == day, opening, stock + transit[day])
        all_sold[day] = np.minimum(district.demand[day], stock)
        stock = stock - all_sold[day]
        all_stock[day] = stock
        course.see(day, all_sold[day], np.where(district.live[day], stock, UNKNOWN))
    return all_sold[district.start :], all_stock[district.start :]


def measured(district: District, sold, stock) -> list[float]:
    """Fill and mean stock (packs per pair and day), for all pairs and for the regular ones."""
    live, demand = district.live[district.start :], district.demand[district.start :]
    figures = []
    for chosen in (np.ones(len(district.pairs), bool), district.regular):
        fill = (sold * live)[:, chosen].sum() / demand[:, chosen].sum()
        figures += [fill, (stock * live)[:, chosen].sum() / live[:, chosen].sum()]
    return figures


def table(district: District, *, cartons: bool) -> None:
    """One table of courses, and the two methods' frontiers compared."""
    print(f"\n{'cartons' if cartons else 'single packs'}")
    print(f"{'':34}{'all pairs':>18}{'regular pairs':>20}{'seconds':>10}")
    print(f"{'':34}{'fill':>9}{'stock':>9}{'fill':>11}{'stock':>9}")
    rules = replace(REGIME_OFF, order_unit="carton" if cartons else "pack")

    def line(name, sold, stock, seconds=0.0):
        figures = measured(district, sold, stock)
        text = "".join(
            f"{fill:>{9 + 2 * i}.4f}{packs:>9.2f}"
            for i, (fill, packs) in enumerate(zip(figures[::2], figures[1::2], strict=True))
        )
        print(f"{name:34}{text}{seconds:>10.2f}", flush=True)
        return figures

    def course(name, policy):
        began = time.perf_counter()
        sold, stock = run(district, policy, cartons=cartons)
        return line(name, sold, stock, time.perf_counter() - began)

    start = district.start
    line(
        "the real course (with its cuts)", district.true_sold[start:], district.true_closing[start:]
    )
    means = [
        course(f"mean, cover {cover / 1000:.2f}", asked(replace(rules, method="mean", cover=cover)))
        for cover in COVERS
    ]
    levels = [
        course(
            f"level, service level {permille / 1000:.3f}",
            asked(replace(rules, method="level", service_level=permille)),
        )
        for permille in (500, 600, 700, 800, *SERVICE_LEVELS, 990)
    ]
    course("perfect foresight", foresight)
    compare(np.array(means), np.array(levels))


def compare(means, levels) -> None:
    """Where `level` meets each point of `mean`: at the same fill, and at the same stock."""
    for cover, point in zip(COVERS, means, strict=True):
        fill, stock = point[:2]
        parts = []
        if levels[0, 0] <= fill <= levels[-1, 0]:
            less = np.interp(fill, levels[:, 0], levels[:, 1])
            parts.append(f"the same fill with {100 * (1 - less / stock):.0f} % less stock")
        if levels[0, 1] <= stock <= levels[-1, 1]:
            more = np.interp(stock, levels[:, 1], levels[:, 0])
            lost = 100 * (1 - (1 - more) / (1 - fill))
            parts.append(f"with the same stock {lost:.0f} % less unmet demand (fill {more:.4f})")
        if not parts:
            more, with_stock = levels[0, :2]
            parts = [f"at its lowest service level fill {more:.4f} with stock {with_stock:.2f}"]
        print(f"  against mean, cover {cover / 1000:.2f}, level has {', '.join(parts)}")


def law(district: District) -> None:
    """What was sold after an order day against the rate of that day, by size; ledger only.

    Sold is counted on the days of the interval on which the shop could sell, and the rate over as
    many: half of the day of the last pack. The largest fiftieth of the squared errors is left out
    (transfers, emptied books: nothing is flagged here).
    """
    rules = replace(REGIME_OFF, method="level")
    course = Course(district, rules.stockout_threshold)
    begins = np.argmax(district.closing >= 0, axis=0)
    expected, errors = [], []
    for day in range(district.start - 4 * WEEK, district.start - 2 * WEEK):
        for lead in np.unique(district.lead):
            due = (district.order_weekday == district.weekday[day]) & (district.lead == lead)
            chosen = np.flatnonzero(due & (begins < day - 4 * WEEK))
            if not chosen.size:
                continue
            rate = recommend(course.evidence(day, chosen), rules).rate_millipacks / 1000
            span = slice(day, day + WEEK + lead)
            sold, closing = district.sold[span, chosen], district.closing[span, chosen]
            last = (closing == 0) & (sold > 0)
            out = (sold == 0) & (closing <= rules.stockout_threshold)
            days = ((closing >= 0) & ~out).sum(axis=0) - last.sum(axis=0) / 2
            told = (rate > 0) & (days >= 5)
            mean = (rate * days)[told]
            found = np.where(closing >= 0, sold, 0).sum(axis=0)[told]
            expected.append((rate * (WEEK + lead))[told])
            errors.append((found - mean) ** 2 / mean)
    expected, errors = np.concatenate(expected), np.concatenate(errors)
    print("demand of an interval    cases   variance ÷ mean   by the rule")
    edges = np.quantile(expected, np.linspace(0, 1, 11))
    for low, high in pairwise(edges):
        mine = np.sort(errors[(expected >= low) & (expected <= high)])
        kept = mine[: len(mine) * 49 // 50]
        middle = expected[(expected >= low) & (expected <= high)].mean()
        by_rule = rules.variance_per_mean * (1 + 9 / 30) + rules.variance_squared * middle
        print(
            f"{low:9.1f} to {high:6.1f} {len(mine):11,} {kept.mean():17.2f} {by_rule / 1000:13.2f}"
        )


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no data in {DATA}: set SHARED_DATA to the folder that holds replay/")
    began = time.perf_counter()
    district = District()
    print(f"{len(district.pairs):,} pairs, {len(district.days) - district.start} days from {START}")
    print(f"read in {time.perf_counter() - began:.1f} s")
    if "--law" in sys.argv[1:]:
        law(district)
        return
    for cartons in (True, False):
        table(district, cartons=cartons)
    print(f"\nall of it in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
