"""The fictional district 青枫区: its streets and villages, its people, and how shops are named.

Nobody and no place here exists; the coordinates (WGS-84) lie in hilly country where the map
shows a river valley, so that distances and routes look natural.
"""

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DISTRICT = "青枫区"
DEPARTMENTS = ("城关市场部", "河东市场部")

# Account managers in the order of am01 … am06: name, market department, route.
ACCOUNT_MANAGERS = (
    ("陈立群", 0, "城北片区线"),
    ("孙晓梅", 0, "城南线"),
    ("赵文博", 0, "开发区线"),
    ("韩素琴", 1, "河东城区线"),
    ("罗志远", 1, "青石双塘线"),
    ("唐玉兰", 1, "竹园白云线"),
)
MARKET_MANAGERS = ("周启明", "吴雅琳")
INSPECTOR, DISTRICT_STAFF, ADMINISTRATOR = "郑国安", "何静怡", "系统管理员"


@dataclass(frozen=True)
class Place:
    """A street or village: who serves it, how many shops, where, and when the truck comes."""

    name: str
    urban: bool
    manager: int  # 0 = am01
    shops: int
    longitude: float
    latitude: float
    order_weekday: int  # 1 = Monday
    delivery_weekday: int
    town: str = ""  # the township of a village, for the address


PLACES = (
    Place("北门大街", True, 0, 22, 118.4125, 30.9480, 1, 2),
    Place("人民路", True, 0, 24, 118.4170, 30.9418, 2, 3),
    Place("学府路", True, 0, 18, 118.4032, 30.9452, 3, 4),
    Place("朝阳路", True, 0, 20, 118.4228, 30.9467, 4, 5),
    Place("火车站前路", True, 0, 14, 118.3961, 30.9391, 5, 6),
    Place("石桥村", False, 0, 12, 118.3652, 30.9925, 2, 4, "柳溪镇"),
    Place("柳溪村", False, 0, 14, 118.3801, 30.9806, 2, 4, "柳溪镇"),
    Place("枫林村", False, 0, 14, 118.4359, 30.9869, 1, 3, "枫林镇"),
    Place("上湾村", False, 0, 12, 118.4517, 31.0022, 3, 5, "枫林镇"),
    Place("南门大街", True, 1, 18, 118.4138, 30.9301, 1, 2),
    Place("滨河路", True, 1, 12, 118.4243, 30.9272, 3, 4),
    Place("工业大道", True, 2, 16, 118.3874, 30.9246, 2, 3),
    Place("开发一路", True, 2, 14, 118.3790, 30.9187, 4, 5),
    Place("河东街", True, 3, 18, 118.4391, 30.9368, 1, 2),
    Place("渡口路", True, 3, 12, 118.4452, 30.9299, 3, 4),
    Place("青石老街", False, 4, 12, 118.4985, 30.9125, 1, 3, "青石镇"),
    Place("双塘村", False, 4, 10, 118.5166, 30.9241, 3, 5, "青石镇"),
    Place("杨家坝村", False, 4, 8, 118.5302, 30.8987, 3, 5, "青石镇"),
    Place("竹园新街", False, 5, 12, 118.4611, 30.8712, 1, 3, "竹园镇"),
    Place("白云村", False, 5, 10, 118.4823, 30.8564, 2, 4, "竹园镇"),
    Place("大畈村", False, 5, 8, 118.4407, 30.8533, 2, 4, "竹园镇"),
)

# Chain groups: name, format, area, shops, own delivery calendar (order, delivery) or None.
LOST_FEED_GROUP, EMPTIED_GROUP, ORDERLY_GROUP = 0, 1, 2
GROUPS = (
    ("邻里鲜便利", "便利店", "城区", 14, None),
    ("佳佳福超市", "超市", "城区", 9, (1, 4)),
    ("好又近便利", "便利店", "城区", 6, None),
)

FORMATS = ("食杂店", "便利店", "超市", "商场", "烟酒商店", "娱乐服务类", "其他")
FORMAT_SHARE = {  # of the shops outside groups, by area
    True: (0.36, 0.20, 0.08, 0.03, 0.20, 0.09, 0.04),
    False: (0.62, 0.10, 0.10, 0.02, 0.07, 0.05, 0.04),
}
SCALES = ("大", "中", "小")
SCALE_SHARE = {True: (0.20, 0.50, 0.30), False: (0.08, 0.42, 0.50)}

SURNAMES = (
    "王李张刘杨黄吴徐朱马胡郭林高梁宋许邓冯曹彭曾萧田董潘袁蔡蒋余杜叶程魏苏吕丁任沈姚"
    "卢姜崔钟谭陆范汪石廖贾韦方白邹孟熊秦邱江尹薛阎段雷侯龙陶黎贺顾毛郝龚邵万覃武钱戴"
    "严莫孔向汤温施洪季"
)
GIVEN_NAMES = _words(
    "建国 秀英 桂兰 志强 德明 玉珍 海燕 永福 春梅 国栋 丽华 小军 金凤 文斌 爱莲 长根 月娥 家旺 "
    "红霞 振华 凤琴 立新 彩云 大勇 淑芳 水生 美玲 荣贵 雪梅 光明 桂芳 志刚 秋菊 来福 巧云 保华"
)
SIGNS = _words(
    "福满 顺发 鸿运 万和 兴隆 聚源 康乐 祥瑞 德胜 丰泽 和顺 永兴 金桥 同心 华联 惠民 吉祥 长青 "
    "东升 宏达 喜来 百汇 利民 春晖 新世纪 四季 明珠 大成 家和 佳美 旺角 安顺 天天 实惠 鑫源 广源"
)
SUFFIXES = {
    "食杂店": ("食杂店", "小卖部", "副食店", "南杂店", "综合商店"),
    "便利店": ("便利店", "便利超市", "二十四小时便利店"),
    "超市": ("超市", "生活超市", "平价超市"),
    "商场": ("商场", "百货商场", "购物中心"),
    "烟酒商店": ("烟酒店", "名烟名酒行", "烟酒商行"),
    "娱乐服务类": ("大酒店", "茶楼", "农家菜馆", "歌厅", "棋牌室", "宾馆"),
    "其他": ("报刊亭", "加油站便利点", "文具店", "彩票站"),
}
# Packs a day: the whole shop's, by scale; and how format and area change it.
PACKS_A_DAY = (95.0, 40.0, 16.0)
FORMAT_FACTOR = (0.85, 1.15, 1.2, 1.0, 1.5, 0.6, 0.5)
RURAL_FACTOR = 0.75
ASSORTMENT = ((48, 60), (30, 46), (18, 30))  # products carried (from, to), by scale
# The retail price per carton around which a format's buyers choose, in town and in the country.
USUAL_PRICE = {
    True: (160, 190, 180, 260, 330, 330, 150),
    False: (105, 125, 120, 160, 210, 200, 105),
}
