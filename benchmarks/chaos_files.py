"""The district that benchmarks/chaos.py tortures: its files, and what they must leave behind.

What is expected is kept in plain dictionaries, by the rules of the contract and not by the code
that is under test: a later row overrides the same product of its shop-day, a word that was said
before changes nothing, a further word on an order line takes the place of the former.
"""

import csv
import gzip
import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2023, 1, 2)
LOOK_BACK = 14  # days before the newest that late and corrected rows are about
CUSTOMERS = (
    "licence_no", "name", "format", "area", "scale", "group", "address", "longitude", "latitude",
    "market_department", "account_manager", "order_weekday", "delivery_weekday", "opened_on",
    "uploads", "information_point",
)  # fmt: skip
PRODUCTS = (
    "barcode", "name", "brand", "price_class", "wholesale_price", "retail_price",
    "packs_per_carton", "stage", "flags",
)  # fmt: skip
LEDGER = ("day", "licence_no", "barcode", "opening", "received", "sold", "closing")
ORDERS = ("ordered_on", "licence_no", "barcode", "requested", "supplied", "delivered_on")
EVENTS = ("title", "starts_on", "expected_end", "expected_factor", "licence_nos")

ShopDay = tuple[str, date]  # licence, day
Row = tuple[int, int, int, int]  # opening, received, sold, closing


class District:
    """`days[shop-day][barcode]` and `orders[licence, day, barcode]` are what must be known;
    `said` and `order_words` how many versions of each there must be."""

    def __init__(self, folder: Path, seed: int, *, shards: int, shops: int, products: int):
        self.folder, self.random = folder, random.Random(seed)
        self.shops = [[f"S{shard}-{n:03d}" for n in range(shops)] for shard in range(shards)]
        self.licences = [licence for part in self.shops for licence in part]
        self.barcodes = [f"69{n:011d}" for n in range(products)]
        self.day = FIRST_DAY - timedelta(days=1)  # the newest that a file was made of
        self.days: dict[ShopDay, dict[str, Row]] = {}
        self.said: dict[ShopDay, set] = {}
        self.orders: dict[tuple[str, date, str], tuple] = {}
        self.order_words: dict[tuple[str, date, str], int] = {}
        self._stock = {(shop, code): 12 for shop in self.licences for code in self.barcodes}
        self._late: dict[ShopDay, dict[str, Row]] = {}
        self.last_arrivals = 0  # shop-days in the latest ledger file
        self._files = self._events = 0

    # Master data ------------------------------------------------------------------------------
    def customers(self, licences: Iterable[str]) -> Path:
        """The shops as they are told at first."""
        return self._write("customers", CUSTOMERS, [self._shop(one, "") for one in licences])

    def moved_customers(self) -> Path:
        """A tenth of the shops with another account manager and in another area."""
        chosen = self.random.sample(self.licences, max(1, len(self.licences) // 10))
        return self._write("customers", CUSTOMERS, [self._shop(one, "moved") for one in chosen])

    def _shop(self, licence: str, moved: str) -> tuple:
        number = self.licences.index(licence)
        weekday = number % 5 + 1
        manager = self.random.randint(1, 4) if moved else number % 4 + 1
        area = self.random.choice(["城区", "农村"]) if moved else "城区"
        place = (121 + number % 50 / 100, 31 + number // 50 / 100)
        return (
            licence, f"店{number}", "便利店", area, "中", "", f"第{number}号", *place,
            f"市场部{manager % 2}", f"chaos{manager}", weekday, weekday + 2, "2019-01-01", 1,
            int(number % 5 == 0),
        )  # fmt: skip

    def products(self) -> Path:
        rows = [
            (code, f"烟{n}", f"牌{n % 5}", n % 5 + 1, 50 + n, 60 + n, 10, "成熟期",
             "紧俏" * (n % 7 == 6))
            for n, code in enumerate(self.barcodes)
        ]  # fmt: skip
        return self._write("products", PRODUCTS, rows)

    def events(self) -> Path:
        """One more event, with some shops."""
        self._events += 1
        ends = self.day + timedelta(days=self.random.randint(5, 40))
        some = ";".join(self.random.sample(self.licences, 3))
        row = (f"事件{self._events}", self.day - timedelta(days=3), ends, "0.7", some)
        return self._write("events", EVENTS, [row])

    # Ledger -----------------------------------------------------------------------------------
    def ledger(self, days: int) -> Path:
        """The next `days` days, what is late of those before, and corrections."""
        arrivals = self._late
        self._late = {}
        for _day in range(days):
            for shop_day, rows in self._next_day().items():
                self._late_or(arrivals, shop_day, rows)
        arrivals |= self._corrections(arrivals)
        return self._ledger_file(arrivals)

    def overlapping_ledgers(self, days: int) -> tuple[Path, Path]:
        """Two files whose order does not matter: half of the shop-days stand in both as they are,
        a quarter in one only, and of the last quarter each has half of the products."""
        both = [{}, {}]
        for _day in range(days):
            for shop_day, rows in self._next_day().items():
                kind = self.random.randrange(4)
                codes = sorted(rows)
                for number, part in enumerate(both):
                    if kind < 2:
                        part[shop_day] = rows
                    elif kind == 2:
                        part[shop_day] = {code: rows[code] for code in codes[number::2]}
                    elif number == sum(map(ord, shop_day[0])) % 2:
                        part[shop_day] = rows
        return self._ledger_file(both[0]), self._ledger_file(both[1])

    def _next_day(self) -> dict[ShopDay, dict[str, Row]]:
        self.day += timedelta(days=1)
        result = {}
        for number, shop in enumerate(self.licences):
            rows = result[shop, self.day] = {}
            delivered = self.day.isoweekday() == number % 5 + 3
            for place, code in enumerate(self.barcodes):
                if (number + place) % 4 == 0:
                    continue  # not in the assortment
                opening = self._stock[shop, code]
                received = 10 if delivered and opening < 12 else 0
                sold = min(opening + received, self.random.choice((0, 0, 1, 1, 2, 3)))
                closing = self._stock[shop, code] = opening + received - sold
                rows[code] = opening, received, sold, closing
        return result

    def _late_or(self, arrivals: dict, shop_day: ShopDay, rows: dict) -> None:
        """Three shop-days of a hundred come with the next file, and half of one of them never."""
        fate = self.random.random()
        if fate > 0.035:
            arrivals[shop_day] = rows
        elif fate > 0.005:
            self._late[shop_day] = rows

    def _corrections(self, arrivals: dict) -> dict:
        since = self.day - timedelta(days=LOOK_BACK)
        result = {}
        for shop_day, rows in self.days.items():
            if shop_day[1] >= since and shop_day not in arrivals and self.random.random() < 0.02:
                some = self.random.sample(sorted(rows), max(1, len(rows) // 3))
                result[shop_day] = {code: _one_less(rows[code]) for code in some}
        return result

    def _ledger_file(self, arrivals: dict) -> Path:
        lines = [
            (day, shop, code, *row)
            for (shop, day), rows in arrivals.items()
            for code, row in rows.items()
        ]
        self.random.shuffle(lines)
        self._take(arrivals)
        self.last_arrivals = len(arrivals)
        return self._write("ledger", LEDGER, lines)

    def _take(self, arrivals: dict) -> None:
        for shop_day, rows in arrivals.items():
            word, said = frozenset(rows.items()), self.said.setdefault(shop_day, set())
            if word not in said:
                said.add(word)
                self.days.setdefault(shop_day, {}).update(rows)

    # Orders -----------------------------------------------------------------------------------
    def order_lines(self) -> Path:
        """A week's orders, and corrections of those of the weeks before."""
        rows = {}
        for number, shop in enumerate(self.licences):
            ordered_on = self.day - timedelta(days=(self.day.isoweekday() - number % 5 - 1) % 7)
            for code in self.barcodes:
                if self.random.random() < 0.5:
                    requested = 10 * self.random.randint(1, 3)
                    supplied = requested - 10 * (self.random.random() < 0.2)
                    rows[shop, ordered_on, code] = (
                        requested, supplied, ordered_on + timedelta(days=2),
                    )  # fmt: skip
        since = self.day - timedelta(days=LOOK_BACK)
        for key, (requested, _supplied, delivered_on) in self.orders.items():
            if key[1] >= since and key not in rows and self.random.random() < 0.05:
                rows[key] = requested, 10 * self.random.randint(0, requested // 10), delivered_on
        for key, row in rows.items():
            if self.orders.get(key) != row:
                self.order_words[key] = self.order_words.get(key, 0) + 1
            self.orders[key] = row
        lines = [(day, shop, code, *row) for (shop, day, code), row in rows.items()]
        return self._write("orders", ORDERS, lines)

    def _write(self, kind: str, header: tuple, rows: Iterable[tuple]) -> Path:
        self._files += 1
        path = self.folder / f"{self._files:04d}-{kind}.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
        return path


def _one_less(row: Row) -> Row:
    opening, received, sold, closing = row
    return (opening, received, sold - 1, closing + 1) if sold else row
