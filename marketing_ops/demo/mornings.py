"""What a working day of the demo begins with: plans of the month, meetings, a bag, time windows."""

from datetime import date, time

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from customers import workdays as calendar
from customers.models import CustomerProperties, Format, MarketDepartment, Route
from customers.visits.models import BagItem, Meeting, MonthPlan, VisitWindow
from customers.visits.services import morning, planning
from customers.visits.services.drafting import draft_month
from marketing_ops.accounts.models import User
from marketing_ops.demo.people import SINCE
from marketing_ops.lib import workdays
from marketing_ops.lib.periods import DAY, month
from marketing_ops.visiting import evidence

BAG = (
    ("本周紧俏货源分配表", BagItem.Kind.MATERIAL),
    ("新品介绍单页", BagItem.Kind.MATERIAL),
    ("价格标签（空白）", BagItem.Kind.MATERIAL),
    ("促销活动方案", BagItem.Kind.MATERIAL),
    ("卷尺、剪刀、双面胶", BagItem.Kind.TOOL),
    ("手机充电宝", BagItem.Kind.TOOL),
    ("服务手册", BagItem.Kind.TOOL),
    ("客户维修好的终端设备", BagItem.Kind.RETURN),
)
MEETING = {
    "policy": "《烟草专卖许可证管理办法》学习要点：持证经营、亮证经营，不向未成年人出售。",
    "priorities": "1. 上周脱销天数多的客户先走，问清原因。\n2. 查看货签对位，缺签当场补上。",
    "goods_limits": "紧俏规格按分配表执行，不口头承诺增量；控量规格维持上周水平。",
    "review": "上周计划拜访完成较好，个别路线下午时间偏紧，请按路线顺序走。",
    "common_problems": "客户问得最多：新品何时到货。统一答复：以下周货源通知为准。",
}
# Of the routes in the order of am01 to am06: how far the plan of the running month has come.
SUBMITTED, DRAFT = {4}, {5}


def windows() -> int:
    """Restaurants and hotels have time late in the morning; how many windows were entered."""
    with transaction.atomic():
        if VisitWindow.objects.exists():
            return 0
        shops = CustomerProperties.objects.filter(format=Format.ENTERTAINMENT).order_by("customer")
        rows = [
            VisitWindow(
                customer_id=shop,
                opens=time(10),
                closes=time(14, 30),
                note="营业前后方便",
                period=DateRange(SINCE, None),
            )
            for shop in shops.values_list("customer_id", flat=True).distinct()
        ]
        return len(VisitWindow.objects.bulk_create(rows))


def bag() -> None:
    if BagItem.objects.exists():
        return
    BagItem.objects.bulk_create(
        BagItem(words=words, kind=kind, place=10 * place, period=DateRange(SINCE, None))
        for place, (words, kind) in enumerate(BAG, start=1)
    )


def holidays(*, today: date) -> None:
    """The announced ones of this year and the next, as far as they are known."""
    for year in {today.year, today.year + 1} & set(calendar.announced_years()):
        calendar.take_over(year=year, by="demo")


def plans(*, today: date) -> int:
    """The plans of the running month, where there is none at all yet; how many."""
    first = month(today).start
    if MonthPlan.objects.exists():
        return 0
    told = evidence(today - DAY)
    leaders = dict(
        zip(MarketDepartment.objects.order_by("pk"), ("market1", "market2"), strict=False)
    )
    count = 0
    for number, route in enumerate(Route.objects.select_related("department").order_by("pk")):
        am = f"am{number + 1:02}"
        plan = draft_month(route=route, month=first, by=am, today=first, evidence=told)
        count += 1
        if number in DRAFT:
            continue
        plan = planning.submit(plan=plan, by=am)
        if number not in SUBMITTED:
            planning.approve(plan=plan, by=leaders[route.department])
    return count


def meetings(*, today: date) -> None:
    """A published meeting for today, or the next working day, in both departments; read by am02."""
    day = workdays.on_or_after(today, calendar.exceptions(today, today + 60 * DAY))
    for department, name in zip(
        MarketDepartment.objects.order_by("pk"), ("market1", "market2"), strict=False
    ):
        if Meeting.objects.filter(department=department, day=day).exists():
            continue
        written = morning.write_meeting(department=department, day=day, texts=MEETING)
        morning.publish_meeting(meeting=written, by=User.objects.get(username=name))
        if name == "market1":
            morning.confirm_read(meeting=written, user=User.objects.get(username="am02"))
