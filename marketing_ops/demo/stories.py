"""The stories planted in the demo district: who plays in them, when, and how they are made.

Each story is a few lines here: its cast (shops, products), its days (counted back from the last
day) and its effect on the setting of the simulation. `docs/demo.md` tells where to see each.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest

import numpy as np

from marketing_ops.demo import places
from marketing_ops.demo.simulation import Course, Move, Setting
from marketing_ops.demo.town import Town

FULL, FEED, SPARSE, PAPER = "pos", "group", "till", "manual"  # how a shop's days come in

ROAD_FACTOR, FAIR_FACTOR = 0.55, 1.4  # what really happens to demand


@dataclass(frozen=True)
class Story:
    """A planted story: its days (first and last), shops and products; all places 0-based."""

    code: str
    first: date
    last: date
    shops: tuple[int, ...]
    products: tuple[int, ...] = ()


@dataclass(frozen=True)
class EventFact:
    """An event around shops, as the district knows it."""

    title: str
    starts_on: date
    expected_end: date
    ended_on: date | None
    expected_factor: str
    shops: tuple[int, ...]


class Script:
    """The cast of all stories for a town and a last day.

    `stories` holds them by code. The day of a story depends on the last day only, its cast on the
    town only.
    """

    def __init__(self, town: Town, as_of: date):
        self.town, self.as_of = town, as_of
        self._busy = {shop.number for shop in town.shops if shop.group >= 0}
        for street in ("石桥村", "学府路", "工业大道"):
            self._busy.update(town.at(street))
        self.stories: dict[str, Story] = {}
        self._cast()

    def ago(self, days: int) -> date:
        return self.as_of - timedelta(days=days)

    def _add(self, code, first, last, shops, products=()):
        """`first` and `last` in days before the last day."""
        self.stories[code] = Story(
            code, self.ago(first), self.ago(last), tuple(shops), tuple(products)
        )

    def _pick(self, count, *streets, scales=(0, 1, 2)):
        """Free shops of these streets in turn; each plays in one story only."""
        by_street = [
            [
                number
                for number in self.town.at(street)
                if number not in self._busy and self.town.shops[number].scale in scales
            ]
            for street in streets
        ]
        in_turn = [number for turn in zip_longest(*by_street) for number in turn]
        free = [number for number in in_turn if number is not None][:count]
        if len(free) < count:
            raise ValueError(f"only {len(free)} of {count} free shops in {streets}")
        self._busy.update(free)
        return free

    def _group(self, number):
        return [shop.number for shop in self.town.shops if shop.group == number]

    def _cast(self):
        town = self.town
        self._add("unserved-village", 55, 0, town.at("石桥村"))
        self._add("lost-feed", 23, 17, self._group(places.LOST_FEED_GROUP))
        self._add("books-emptied", 42, 0, self._group(places.EMPTIED_GROUP))
        self._add("road-works", 45, -20, town.at("学府路"))
        self._add("changed-weekday", 38, 0, town.at("工业大道"))
        self._add("kept-back", 119, 0, self._pick(8, "人民路", "南门大街", "朝阳路", scales=(0, 1)))
        givers = self._pick(2, "北门大街", "开发一路", "河东街", scales=(0,))
        givers += self._pick(1, "河东街", "朝阳路", scales=(0, 1))
        takers = self._pick(3, "火车站前路", "渡口路", scales=(0, 1))
        for number, (giver, taker, day) in enumerate(
            zip(givers, takers, (33, 19, 9), strict=True), 1
        ):
            common = self._common(giver, taker)[:6]
            self._add(f"transfer-{number}", day, day, (giver, taker), common)
        honest = self._pick(2, "柳溪村", "枫林村", scales=(0, 1))
        self._add("declared-transfer", 15, 15, honest, self._common(*honest)[:3])
        self._add("sparse-till", 119, 0, self._pick(4, "滨河路", "北门大街"))
        self._add("two-deliveries", 119, 0, self._pick(3, "人民路", "北门大街"))
        new = [*self._pick(1, "朝阳路"), *self._pick(1, "河东街"), *self._pick(1, "竹园新街")]
        for number, (shop, day) in enumerate(zip(new, (40, 20, 5), strict=True), 1):
            self._add(f"new-shop-{number}", day, 0, (shop,))
        self._add("closed-shop", 30, 0, self._pick(1, "渡口路"))
        self._add("broken-till", 14, 4, self._pick(1, "枫林村"))
        self._add("no-upload", 119, 0, self._pick(3, "白云村", "大畈村", "杨家坝村"))
        self._add("paper-book", 41, 0, self._pick(3, "上湾村", "双塘村"))
        self._add("corrected-day", 12, 10, self._pick(1, "柳溪村"))
        self._add("broken-continuity", 27, 6, self._pick(2, "青石老街"))
        self._add("new-licence", 60, 0, self._pick(1, "南门大街"))
        favour = self._pick(1, "渡口路", "滨河路", scales=(1, 2))
        best = [n for n in self._best(favour[0]) if town.products[n].price_class > 1]
        self._add("favour", 70, 0, favour, best[:5])
        self._add("fair", 80, 66, self._pick(6, "河东街"))
        self._add("wedding-season", -3, -12, self._pick(6, "滨河路", "南门大街"))
        scarce = [n for n, product in enumerate(town.products) if "紧俏" in product.flags]
        self._add("scarce", 119, 0, (), scarce)
        self._add("supply-cut", 35, 14, (), (town.product_named("玉溪(软)"),))
        self._add("redesign", 50, 0, (), (town.product_named("黄鹤楼(硬雅香金)"),))
        pilot = (town.product_named("红双喜(晶派)"), town.product_named("贵烟(多彩)"))
        self._add("launch", 60, 0, (), pilot)

    def _best(self, shop):
        """The products of a shop, the best seller first."""
        pairs = np.flatnonzero(self.town.shop == shop)
        return self.town.product[pairs[np.argsort(-self.town.mean[pairs], kind="stable")]].tolist()

    def _common(self, giver, taker):
        other = set(self._best(taker))
        return [product for product in self._best(giver) if product in other]

    def pairs(self, story: Story) -> np.ndarray:
        """The pairs of a story's shops and products (all products where it names none)."""
        mask = np.isin(self.town.shop, story.shops) if story.shops else True
        if story.products:
            mask = mask & np.isin(self.town.product, story.products)
        return np.flatnonzero(mask)

    def kept_back_pairs(self) -> np.ndarray:
        """Six good sellers of each shop that keeps packs back."""
        chosen = []
        for shop in self.stories["kept-back"].shops:
            mine = np.flatnonzero(self.town.shop == shop)
            chosen.extend(mine[np.argsort(-self.town.mean[mine], kind="stable")][1:7])
        return np.sort(np.array(chosen))

    def events(self) -> list[EventFact]:
        road, fair = self.stories["road-works"], self.stories["fair"]
        wedding = self.stories["wedding-season"]
        later = timedelta(days=6)  # the fair closed six days early
        return [
            EventFact("学府路道路封闭施工", road.first, road.last, None, "0.600", road.shops),
            EventFact(
                "河东城区商品展销会", fair.first, fair.last + later, fair.last, "1.500", fair.shops
            ),
            EventFact(
                "滨河婚庆酒店集中办宴", wedding.first, wedding.last, None, "1.300", wedding.shops
            ),
        ]

    def direct(self, setting: Setting, days: np.ndarray) -> None:
        """Change the setting so that the stories happen. `days`: datetime64[D] [D]."""
        town, last = self.town, len(days) - 1
        stories = self.stories

        def index(day):
            return last - (self.as_of - day).days

        def during(story):
            return slice(max(index(story.first), 0), min(index(story.last), last) + 1)

        for code, factor in (("road-works", ROAD_FACTOR), ("fair", FAIR_FACTOR)):
            story = stories[code]
            setting.shop_factor[during(story), list(story.shops)] *= factor
        village = stories["unserved-village"]
        ago = last - np.arange(len(days))
        stranded = (ago <= 55) & (ago // 7 != 4)  # in eight weeks the truck came once
        setting.truck[np.ix_(stranded, village.shops)] = False

        kept = self.kept_back_pairs()
        setting.kept[kept] = 2
        setting.limit[kept] = np.maximum(10, (setting.mean[kept] * 7 * 0.65 // 10 * 10)).astype(int)
        favour = self.pairs(stories["favour"])
        setting.limit[favour] = np.ceil(setting.mean[favour] * 7 * 4 / 10).astype(int) * 10
        setting.care[list(stories["favour"].shops)] = 3.0

        for product in stories["scarce"].products:
            setting.supply[:, product] = 0.7
        setting.supply[:, town.product_named("中华(软)")] = 0.35
        setting.supply[during(stories["supply-cut"]), list(stories["supply-cut"].products)] = 0.6

        for code, story in stories.items():
            if code.startswith("new-shop"):
                setting.first_stock_on[np.isin(town.shop, story.shops)] = index(story.first)
                setting.shop_factor[: index(story.first), list(story.shops)] = 0
            if "transfer" in code:
                self._move(setting, story, index(story.first), code == "declared-transfer")
        launch = stories["launch"]
        coming = self.pairs(launch)
        setting.first_stock_on[coming] = np.maximum(
            setting.first_stock_on[coming], index(launch.first)
        )
        closed = stories["closed-shop"]
        setting.shop_factor[index(closed.first) :, list(closed.shops)] = 0
        loss = stories["broken-continuity"]
        for number, shop in enumerate(loss.shops):
            mine = np.flatnonzero(town.shop == shop)
            best = mine[np.argsort(-town.mean[mine], kind="stable")][:4]
            setting.losses[index(loss.first) + 9 * number] = (best, np.full(4, 2, np.int32))

    def _move(self, setting, story, day, declared):
        town = self.town
        giver, taker = story.shops
        givers = np.flatnonzero((town.shop == giver) & np.isin(town.product, story.products))
        takers = np.flatnonzero((town.shop == taker) & np.isin(town.product, story.products))
        setting.care[giver] = 1.6 if declared else 2.2  # who can give has plenty
        setting.limit[givers] *= 3
        packs = np.rint(20 + 4 * town.mean[takers]).astype(np.int32)
        setting.moves.append(Move(day, givers, takers, packs, declared))

    def report(self, course: Course, days: np.ndarray) -> np.ndarray:
        """Turn the real course into what the shops reported, in place; bool [D, P] of its rows.

        A pair without a row on a day was not observed then.
        """
        town, last = self.town, len(days) - 1
        shown = np.ones(course.sold.shape, bool)

        def rows(story):
            """The block of a story's days and shops, to be hidden."""
            first = max(last - (self.as_of - story.first).days, 0)
            until = min(last - (self.as_of - story.last).days, last) + 1
            return np.ix_(np.arange(first, until), np.isin(town.shop, story.shops))

        for code in ("lost-feed", "broken-till", "no-upload", "closed-shop"):
            shown[rows(self.stories[code])] = False
        paper = self.stories["paper-book"]
        shown[: last - (self.as_of - paper.first).days, np.isin(town.shop, paper.shops)] = False
        self._empty_books(course, days)
        sparse = np.isin(town.shop, self.stories["sparse-till"].shops)
        nothing = (course.opening == 0) & (course.received == 0) & (course.closing == 0)
        shown &= ~(sparse & nothing)
        return shown

    def _empty_books(self, course, days):
        """From the order day to the delivery the group's books say that everything was sold."""
        story = self.stories["books-emptied"]
        pairs = np.flatnonzero(np.isin(self.town.shop, story.shops))
        shop = self.town.shops[story.shops[0]]
        wait = (shop.delivery_weekdays[0] - shop.order_weekdays[0]) % 7
        for order, delivery in emptied_spells(self.as_of, shop.order_weekdays[0], wait):
            o = len(days) - 1 - (self.as_of - order).days
            d = len(days) - 1 - (self.as_of - delivery).days
            course.sold[o, pairs] = course.opening[o, pairs] + course.received[o, pairs]
            course.closing[o, pairs] = 0
            for field in (course.opening, course.received, course.sold, course.closing):
                field[o + 1 : d, pairs] = 0
            course.opening[d, pairs] = 0
            course.received[d, pairs] = course.closing[d, pairs] + course.sold[d, pairs]

    def source(self, shop: int) -> str:
        """How the days of a shop come in."""
        if self.town.shops[shop].group >= 0:
            return FEED
        if shop in self.stories["paper-book"].shops:
            return PAPER
        return SPARSE if shop in self.stories["sparse-till"].shops else FULL


def emptied_spells(as_of: date, order_weekday: int, wait: int) -> list[tuple[date, date]]:
    """Order and delivery day of each falsified spell: the last six weeks' finished ones."""
    spells = []
    for ago in range(42, wait - 1, -1):
        day = as_of - timedelta(days=ago)
        if day.isoweekday() == order_weekday:
            spells.append((day, day + timedelta(days=wait)))
    return spells
