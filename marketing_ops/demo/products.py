"""The sixty products of the demo district.

Name, brand and suggested retail price (yuan per carton) are facts, as the trade publishes them.
Stage and flags are ours, chosen so that every stage and every flag occurs. The other prices are
derived: the wholesale price by the retailer's usual margin, the price class from the allocation
price, which is taken as 62 % of the retail price. The barcodes are made up: 13 digits with a
valid check digit, under the prefix 690 and a manufacturer's number nobody holds here.
"""

from dataclasses import dataclass
from decimal import Decimal

# Lowest allocation price (yuan per carton, without tax) of classes 1 to 4; below: class 5.
CLASS_FLOORS = (Decimal("100"), Decimal("70"), Decimal("30"), Decimal("16.5"))
ALLOCATION_SHARE = Decimal("0.62")  # allocation price / retail price, an estimate
MARKUP = {  # retail price / wholesale price, by class
    1: Decimal("1.15"),
    2: Decimal("1.14"),
    3: Decimal("1.12"),
    4: Decimal("1.11"),
    5: Decimal("1.10"),
}

# name | brand | suggested retail price, yuan per carton | stage | flags
TABLE = """
黄鹤楼(软短1916)|黄鹤楼|1000|成熟期|控制
南京(九五)|南京|1000|成熟期|紧俏
黄金叶(天叶)|黄金叶|1000|成长期|控制;控点
利群(休闲)|利群|820|成熟期|紧俏
中华(软)|中华|650|成熟期|紧俏
南京(雨花石)|南京|530|成长期|重点;考核
中华(硬)|中华|450|成熟期|重点
黄山(大红方印)|黄山|320|成长期|重点
利群(西子阳光)|利群|310|导入期|试点
钻石(荷花)|钻石|300|成长期|考核;控量
玉溪(软尚善)|玉溪|280|成长期|常规
芙蓉王(硬)|芙蓉王|250|成熟期|重点
贵烟(跨越)|贵烟|250|成长期|考核
玉溪(软)|玉溪|230|成熟期|重点
红双喜(晶派)|红双喜|220|导入期|试点
黄鹤楼(软蓝)|黄鹤楼|200|成熟期|常规
南京(炫赫门)|南京|200|成长期|考核
利群(新版)|利群|180|成熟期|重点
牡丹(软)|牡丹|180|成熟期|常规
七匹狼(纯雅)|七匹狼|160|成熟期|重点
黄鹤楼(万年红)|黄鹤楼|160|成熟期|常规
白沙(尚品蓝)|白沙|160|成长期|常规
红塔山(经典150)|红塔山|160|成熟期|常规
南京(红)|南京|160|成熟期|常规
黄鹤楼(硬雅香金)|黄鹤楼|160|成熟期|常规
长白山(人参)|长白山|150|成熟期|常规
七匹狼(红)|七匹狼|150|成熟期|常规
双喜(硬经典)|双喜|150|衰退期|常规
好猫(猴王磨砂)|好猫|140|成熟期|常规
黄山(新制皖烟)|黄山|140|成熟期|常规
泰山(白将军)|泰山|140|成熟期|常规
红双喜(硬上海)|红双喜|130|成长期|常规
黄金叶(硬红旗渠)|黄金叶|130|成熟期|常规
云烟(紫)|云烟|130|成熟期|重点
黄金叶(金满堂)|黄金叶|130|成长期|考核
白沙(精品二代)|白沙|130|成熟期|常规
泰山(宏图)|泰山|120|成熟期|考核
云烟(软如意)|云烟|120|成长期|常规
红塔山(硬经典100)|红塔山|120|成熟期|考核
红双喜(硬)|红双喜|120|成熟期|常规
七匹狼(白)|七匹狼|110|成熟期|常规
大前门(软)|大前门|110|成熟期|常规
娇子(X)|娇子|110|成长期|常规
贵烟(多彩)|贵烟|110|导入期|试点
长白山(红)|长白山|110|衰退期|常规
红金龙(软精品)|红金龙|110|衰退期|常规
泰山(红将军)|泰山|100|成熟期|控制
红塔山(软经典)|红塔山|100|成熟期|常规
白沙(软)|白沙|100|成熟期|常规
七匹狼(蓝)|七匹狼|100|成熟期|常规
黄山(硬一品)|黄山|90|成熟期|常规
红河(硬甲)|红河|80|衰退期|常规
红旗渠(银河之光)|红旗渠|65|成熟期|常规
哈德门(精品)|哈德门|50|衰退期|常规
红梅(硬黄)|红梅|45|成熟期|常规
延安(醇和)|延安|40|成熟期|常规
红山茶(特红)|红山茶|40|成熟期|常规
中南海(10mg)|中南海|38|成熟期|常规
哈尔滨(软黄)|哈尔滨|25|成熟期|常规
黄果树(特醇)|黄果树|20|衰退期|常规
"""


@dataclass(frozen=True)
class DemoProduct:
    """One product of the demo; prices in yuan per carton."""

    name: str
    brand: str
    retail_price: Decimal
    wholesale_price: Decimal
    price_class: int
    stage: str
    flags: tuple[str, ...]
    pack_barcode: str
    carton_barcode: str
    second_pack_barcode: str  # of a redesign, where there is one


def price_class(retail_price: Decimal) -> int:
    """Price class 1 to 5 of a suggested retail price in yuan per carton."""
    allocation = retail_price * ALLOCATION_SHARE
    return 1 + sum(allocation < floor for floor in CLASS_FLOORS)


def ean13(number: int) -> str:
    """The 13-digit code with the made-up prefix 6909970 for `number` (0 to 99999)."""
    digits = f"6909970{number:05d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def load() -> tuple[DemoProduct, ...]:
    """The sixty products in the order of the table."""
    products = []
    for number, line in enumerate(TABLE.split()):
        name, brand, price, stage, flags = line.split("|")
        retail = Decimal(price)
        of_class = price_class(retail)
        products.append(
            DemoProduct(
                name=name,
                brand=brand,
                retail_price=retail,
                wholesale_price=round(retail / MARKUP[of_class], 1),
                price_class=of_class,
                stage=stage,
                flags=tuple(flags.split(";")),
                pack_barcode=ean13(100 + 10 * number),
                carton_barcode=ean13(101 + 10 * number),
                second_pack_barcode=ean13(102 + 10 * number),
            )
        )
    return tuple(products)
