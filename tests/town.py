"""The small town: a cast that every test knows, with figures that one can check by hand.

Two departments, three account managers, six shops, four products. Today is Friday 2024-06-28 and
the ledger is closed up to DAY, Tuesday 2024-06-25.

| licence | shop        | format | area | scale | route      | delivered on |
|---------|-------------|--------|------|-------|------------|--------------|
| L1      | 张江一店     | 便利店  | 城区 | 中    | 东一 (am01) | Tuesday      |
| L2      | 张江二店     | 便利店  | 城区 | 小    | 东一 (am01) | Tuesday      |
| L3      | 川沙超市     | 超市   | 农村 | 大    | 东二 (am02) | Thursday     |
| L4      | 川沙烟酒     | 烟酒商店 | 农村 | 中   | 东二 (am02) | Mon and Thu  |
| L5      | 西街小店     | 食杂店  | 城区 | 小    | 西一 (am03) | Wednesday    |
| L6      | 西街新店     | 便利店  | 城区 | 中    | 西一 (am03) | Wednesday, opened 2024-05-15 |
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from brands.models import Barcode, Brand, Product, ProductProperties
from customers.models import (
    Customer,
    CustomerGroup,
    CustomerProperties,
    DeliveryCalendar,
    Licence,
    MarketDepartment,
    Post,
    Route,
    RouteAssignment,
)
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role

TODAY = date(2024, 6, 28)
DAY = date(2024, 6, 25)
LONG_AGO = date(2019, 1, 1)
PASSWORD = "town-password-1"

SHOPS = {
    "L1": ("张江一店", "便利店", "城区", "中", "东一", [7], [2], LONG_AGO),
    "L2": ("张江二店", "便利店", "城区", "小", "东一", [7], [2], LONG_AGO),
    "L3": ("川沙超市", "超市", "农村", "大", "东二", [2], [4], LONG_AGO),
    "L4": ("川沙烟酒", "烟酒商店", "农村", "中", "东二", [2, 6], [1, 4], LONG_AGO),
    "L5": ("西街小店", "食杂店", "城区", "小", "西一", [1], [3], LONG_AGO),
    "L6": ("西街新店", "便利店", "城区", "中", "西一", [1], [3], date(2024, 5, 15)),
}
# barcode: name, brand, class, wholesale, retail (yuan per carton), packs per carton, flags
PRODUCTS = {
    "6901": ("中华(软)", "中华", 1, "620", "700", 10, []),
    "6902": ("红双喜(硬)", "红双喜", 3, "75", "90", 10, ["常规", "考核"]),
    "6903": ("大前门(软)", "大前门", 4, "27", "30", 10, ["常规"]),
    "6904": ("利群(新版)", "利群", 3, "120", "140", 20, ["紧俏"]),
}


@dataclass
class Town:
    """What the town is made of, by the names used above."""

    shops: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    departments: dict[str, MarketDepartment] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)


def since(start=LONG_AGO, end=None):
    return DateRange(start, end)


def build() -> Town:
    """Write the town's master data (no ledger, no orders) into the database."""
    town = Town()
    for name in ("城东市场部", "城西市场部"):
        town.departments[name] = MarketDepartment.objects.create(name=name)
    for name, department in (
        ("东一", "城东市场部"),
        ("东二", "城东市场部"),
        ("西一", "城西市场部"),
    ):
        town.routes[name] = Route.objects.create(name=name, department=town.departments[department])
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('customers_customer_id_seq', 100)")
    group = CustomerGroup.objects.create(name="顺达便利")
    for number, (licence, properties) in enumerate(SHOPS.items(), start=1):
        name, format_, area, scale, route, orders, delivers, opened = properties
        # The same numbers in every test: else the town may lie across the border of two shards.
        shop = town.shops[licence] = Customer.objects.create(pk=number, opened_on=opened)
        Licence.objects.create(customer=shop, number=licence, period=since(opened))
        CustomerProperties.objects.create(
            customer=shop,
            name=name,
            format=format_,
            area=area,
            scale=scale,
            group=group if format_ == "便利店" else None,
            uploads=True,
            information_point=licence in {"L1", "L3"},
            period=since(opened),
        )
        DeliveryCalendar.objects.create(
            customer=shop, order_weekdays=orders, delivery_weekdays=delivers, period=since(opened)
        )
        RouteAssignment.objects.create(
            customer=shop, route=town.routes[route], period=since(opened)
        )
    for code, (name, brand, class_, wholesale, retail, packs, flags) in PRODUCTS.items():
        product = town.products[code] = Product.objects.create(
            name=name, brand=Brand.objects.get_or_create(name=brand)[0]
        )
        Barcode.objects.create(product=product, code=code, period=since())
        ProductProperties.objects.create(
            product=product,
            price_class=class_,
            wholesale_price=wholesale,
            retail_price=retail,
            packs_per_carton=packs,
            stage="成熟期",
            flags=flags,
            period=since(),
        )
    _people(town)
    return town


def _people(town: Town) -> None:
    def person(name, role, **scope):
        user = town.people[name] = User.objects.create_user(name, password=PASSWORD)
        Post.objects.create(user=user, role=role, period=since(), **scope)

    person("am01", Role.ACCOUNT_MANAGER, route=town.routes["东一"])
    person("am02", Role.ACCOUNT_MANAGER, route=town.routes["东二"])
    person("am03", Role.ACCOUNT_MANAGER, route=town.routes["西一"])
    person("market1", Role.MARKET_MANAGER, department=town.departments["城东市场部"])
    person("market2", Role.MARKET_MANAGER, department=town.departments["城西市场部"])
    person("inspector1", Role.INSPECTOR)
    person("district1", Role.DISTRICT)
    person("admin1", Role.ADMIN)
    person("shop1", Role.CUSTOMER, customer=town.shops["L1"])
    town.people["nobody"] = User.objects.create_user("nobody", password=PASSWORD)
