"""The file of customers: shops, their properties, delivery days and who serves them, dated."""

from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.coordinates import to_wgs84
from customers.dated import change
from customers.import_routes import Routes
from customers.models import (
    Area,
    CoordinateSystem,
    Customer,
    CustomerGroup,
    CustomerProperties,
    DeliveryCalendar,
    Format,
    Licence,
    RouteAssignment,
    Scale,
)
from marketing_ops.audit import services as audit
from marketing_ops.lib import values
from marketing_ops.lib.importing import BadValue, Column, Job, Kind

FORMATS = {choice.value: choice for choice in Format} | {
    "grocery": Format.GROCERY,
    "convenience store": Format.CONVENIENCE,
    "supermarket": Format.SUPERMARKET,
    "department store": Format.DEPARTMENT_STORE,
    "tobacco-and-liquor shop": Format.TOBACCO_LIQUOR,
    "entertainment and hospitality": Format.ENTERTAINMENT,
    "other": Format.OTHER,
}
AREAS = {choice.value: choice for choice in Area} | {
    "城镇": Area.URBAN,
    "乡村": Area.RURAL,
    "urban": Area.URBAN,
    "rural": Area.RURAL,
}
SCALES = {choice.value: choice for choice in Scale} | {
    "large": Scale.LARGE,
    "medium": Scale.MEDIUM,
    "small": Scale.SMALL,
}
SYSTEMS = {choice.value: choice for choice in CoordinateSystem} | {
    "WGS84": CoordinateSystem.WGS84,
    "GCJ02": CoordinateSystem.GCJ02,
    "BD09": CoordinateSystem.BD09,
}


def weekdays(text: str) -> list[int]:
    """1 to 7 joined by ;, sorted."""
    return sorted(values.joined(values.whole_number(1, 7))(text))


COLUMNS = (
    Column("licence_no", ("许可证号", "许可证号码", "专卖证号"), values.code(30)),
    Column("name", ("客户名称", "名称", "店名"), values.text(120)),
    Column("format", ("业态", "经营业态"), values.one_of(FORMATS)),
    Column("area", ("城乡", "区域", "市场类型"), values.one_of(AREAS)),
    Column("scale", ("规模", "经营规模"), values.one_of(SCALES)),
    Column("group", ("集团客户", "集团"), values.text(60), empty=""),
    Column("address", ("地址", "经营地址"), values.text(200), empty=""),
    Column("longitude", ("经度",), values.coordinate(180), empty=None),
    Column("latitude", ("纬度",), values.coordinate(90), empty=None),
    Column("market_department", ("市场部",), values.text(60)),
    Column("account_manager", ("客户经理",), values.text(55)),
    Column("order_weekday", ("订货日", "订货星期"), weekdays),
    Column("delivery_weekday", ("送货日", "配送日", "送货星期"), weekdays),
    Column("opened_on", ("开业日期", "开户日期"), values.day),
    Column("uploads", ("上传数据", "是否上传"), values.yes_no),
    Column(
        "coordinate_system",
        ("坐标系",),
        values.one_of(SYSTEMS),
        required=False,
        empty=CoordinateSystem.WGS84,
    ),
    Column("information_point", ("信息点",), values.yes_no, required=False, empty=False),
    Column("closed_on", ("停业日期", "歇业日期"), values.day, required=False, empty=None),
)
DATED = (CustomerProperties, DeliveryCalendar, RouteAssignment)


def load(job: Job) -> None:
    rows = job.without_doubles(job.all_rows(), ["licence_no"])
    rows = [entry for entry in rows if _fits_together(job, *entry)]
    with job.writing():
        _Shops(job, rows).load()


CUSTOMERS = Kind("customers", gettext_lazy("Customers"), COLUMNS, load)


def _fits_together(job: Job, line: int, row: dict) -> bool:
    """Whether the cells of a row agree with each other."""
    if (row["longitude"] is None) != (row["latitude"] is None):
        job.reject_row(line, "longitude", "", _("Give both longitude and latitude, or neither."))
        return False
    closed_on = row.get("closed_on")
    if closed_on and closed_on < row["opened_on"]:
        reason = _("The shop closes before it opens. Correct one of the two days.")
        job.reject_row(line, "closed_on", closed_on, reason)
        return False
    return True


class _Shops:
    """One import of customers, inside its transaction."""

    def __init__(self, job: Job, rows: list[tuple[int, dict]]):
        self.job = job
        # The earliest first, so that a new person's post begins with the first shop they serve.
        self.rows = sorted(rows, key=lambda entry: self._holds_from(entry[1]))
        self.routes = Routes(job)
        self.groups = {group.name: group for group in CustomerGroup.objects.all()}
        numbers = [row["licence_no"] for _line, row in rows]
        self.licences: dict[str, list[Licence]] = {}
        known = Licence.objects.filter(number__in=numbers).select_related("customer")
        for licence in known.order_by("period"):
            self.licences.setdefault(licence.number, []).append(licence)
        shops = {licence.customer_id for found in self.licences.values() for licence in found}
        self.dated: dict[type[Model], dict[int, list]] = {}
        for model in DATED:
            self.dated[model] = {}
            for entry in model.objects.filter(customer__in=shops).order_by("period"):
                self.dated[model].setdefault(entry.customer_id, []).append(entry)
        self.new: list[tuple[Customer, str, date, dict[type[Model], dict]]] = []

    def load(self) -> None:
        for done, (line, row) in enumerate(self.rows):
            self._load_row(line, row)
            if done % 500 == 0:
                self.job.progress("write", done, len(self.rows))
        self._write_new()

    def _holds_from(self, row: dict) -> date:
        """From when the row's words hold where they differ from what is known."""
        return max(self.job.effective or self.job.today, row["opened_on"])

    def _load_row(self, line: int, row: dict) -> None:
        licence = self._licence(row["licence_no"], self._holds_from(row))
        start = self._holds_from(row)
        if licence is None:
            start = max(self.job.effective or row["opened_on"], row["opened_on"])
            if any(_after(old.period.upper, row["opened_on"]) for old in self._all(row)):
                reason = _(
                    "This licence number was another shop's, or is this shop's former one. Give "
                    "the number that the shop has now, or correct the opening day."
                )
                self.job.reject_row(line, "licence_no", row["licence_no"], reason)
                return
        try:
            self.routes.person(row["account_manager"])
        except BadValue as error:
            self.job.reject_row(line, "account_manager", row["account_manager"], str(error))
            return
        if licence is None:
            wanted = self._wanted(row, None, start)
            shop = Customer(opened_on=row["opened_on"], closed_on=row.get("closed_on"))
            self.new.append((shop, row["licence_no"], start, wanted))
            self.job.count("new")
            return
        shop = licence.customer
        if shop.closed_on and "closed_on" not in row and shop.closed_on < row["opened_on"]:
            reason = _("The shop was closed on %(day)s. Add the column closed_on to reopen it.")
            reason %= {"day": shop.closed_on}
            self.job.reject_row(line, "opened_on", row["opened_on"], reason)
            return
        changes = self._change_shop(shop, row)
        changes |= self._change_dated(shop, self._wanted(row, shop, start), start)
        self.job.count("changed" if changes else "unchanged")
        if changes:
            audit.record(
                by=self.job.by,
                run=self.job.run_id,
                action="import customer",
                subject=f"licence {row['licence_no']}",
                effective=start.isoformat(),
                changes=changes,
            )

    def _all(self, row: dict) -> list[Licence]:
        return self.licences.get(row["licence_no"], [])

    def _licence(self, number: str, day: date) -> Licence | None:
        """The licence of that number on the day, else the next one to come."""
        for licence in self.licences.get(number, ()):
            if _after(licence.period.upper, day):
                return licence
        return None

    def _wanted(self, row: dict, shop: Customer | None, start: date) -> dict[type[Model], dict]:
        """What the row says, as the values of each dated model."""
        held = self._held(CustomerProperties, shop, start)
        properties: dict[str, Any] = {
            name: row[name] for name in ("name", "format", "area", "scale", "address", "uploads")
        }
        properties["group_id"] = self._group(row["group"])
        if "information_point" in row:
            properties["information_point"] = row["information_point"]
        properties |= self._place(row, held)
        route = self._held(RouteAssignment, shop, start)
        return {
            CustomerProperties: properties,
            DeliveryCalendar: {
                "order_weekdays": row["order_weekday"],
                "delivery_weekdays": row["delivery_weekday"],
            },
            RouteAssignment: {
                "route_id": self.routes.find(
                    row["market_department"],
                    row["account_manager"],
                    start,
                    route.route_id if route else None,
                )
            },
        }

    def _place(self, row: dict, held: CustomerProperties | None) -> dict[str, Any]:
        """The place in WGS-84, beside what the file says in its own system."""
        longitude, latitude = row["longitude"], row["latitude"]
        system = row.get("coordinate_system", CoordinateSystem.WGS84)
        same = held and (held.raw_longitude, held.raw_latitude) == (longitude, latitude)
        if same and "coordinate_system" not in row:
            system = held.coordinate_system
        place: tuple[float | None, float | None] = (None, None)
        if longitude is not None:
            place = to_wgs84(longitude, latitude, system)
        return {
            "longitude": place[0],
            "latitude": place[1],
            "coordinate_system": system,
            "raw_longitude": longitude,
            "raw_latitude": latitude,
        }

    def _group(self, name: str) -> int | None:
        if not name:
            return None
        if name not in self.groups:
            self.groups[name] = CustomerGroup.objects.create(name=name)
        return self.groups[name].pk

    def _held(self, model, shop: Customer | None, day: date):
        """What is known of the shop on that day."""
        if shop is None:
            return None
        for entry in self.dated[model].get(shop.pk, ()):
            if entry.period.lower <= day and _after(entry.period.upper, day):
                return entry
        return None

    def _change_shop(self, shop: Customer, row: dict) -> dict[str, list]:
        changes = {}
        if shop.opened_on != row["opened_on"]:
            changes["opened_on"] = [str(shop.opened_on), str(row["opened_on"])]
            self._move_start(shop, row["opened_on"])
            shop.opened_on = row["opened_on"]
        if "closed_on" in row and shop.closed_on != row["closed_on"]:
            changes["closed_on"] = [str(shop.closed_on or ""), str(row["closed_on"] or "")]
            shop.closed_on = row["closed_on"]
        if changes:
            shop.save()
        return changes

    def _move_start(self, shop: Customer, opened_on: date) -> None:
        """A corrected opening day moves the start of what began with it."""
        licences = Licence.objects.filter(customer=shop).order_by("period")[:1]
        firsts = [*licences, *(self.dated[model].get(shop.pk, [None])[0] for model in DATED)]
        for first in filter(None, firsts):
            if first.period.lower == shop.opened_on and _after(first.period.upper, opened_on):
                first.period = DateRange(opened_on, first.period.upper)
                first.save(update_fields=["period"])

    def _change_dated(self, shop: Customer, wanted, start: date) -> dict[str, list]:
        changes = {}
        for model, said in wanted.items():
            held = self._held(model, shop, start)
            if held and all(getattr(held, name) == value for name, value in said.items()):
                continue
            change(model, {"customer_id": shop.pk}, said, effective=start)
            for name, value in said.items():
                before = getattr(held, name) if held else None
                if before != value:
                    changes[name] = [before, value]
        return changes

    def _write_new(self) -> None:
        Customer.objects.bulk_create([shop for shop, *_rest in self.new])
        Licence.objects.bulk_create(
            Licence(customer=shop, number=number, period=DateRange(shop.opened_on, None))
            for shop, number, _start, _wanted in self.new
        )
        for model in DATED:
            model.objects.bulk_create(
                model(customer=shop, period=DateRange(start, None), **wanted[model])
                for shop, _number, start, wanted in self.new
            )


def _after(end: date | None, day: date) -> bool:
    """Whether a bound (None: open) lies after the day."""
    return end is None or end > day
