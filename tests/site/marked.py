"""The town after its night, every name and figure of it unmistakable.

Whoever finds one of a shop's marks in an answer has seen that shop: no page has a text that begins
with Qzx by chance, and the figures are long primes' multiples rather than 7 and 14.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

import pytest

from brands.models import Barcode, Brand, Product
from customers.models import (
    CustomerProperties,
    Event,
    Licence,
    MarketDepartment,
    Post,
    Route,
)
from customers.visits.evidence import evidence_on
from customers.visits.models import Care, Meeting, Report
from customers.visits.report_facts import scope_of
from customers.visits.services.drafting import draft_month
from customers.visits.services.morning import publish_meeting, write_meeting
from customers.visits.services.reports import hand_in, save
from inventory.indicators.models import Figure, ResultSet
from inventory.quality.models import Cause, Detection, Flag, Sweep
from marketing_ops.accounts import tokens
from marketing_ops.accounts.models import User
from marketing_ops.accounts.roles import Role
from marketing_ops.audit import services as audit
from marketing_ops.desk.tasks import import_upload
from marketing_ops.home.visits.reports import gather
from marketing_ops.lib.clock import received_now
from marketing_ops.runs import uploads
from marketing_ops.runs.models import Run, Upload
from orders.models import OrderLine
from orders.placing.models import Call
from orders.placing.services import ask_rescue, follow_orders
from orders.quotas.models import QuotaDecision, Recommendation
from tests.api import district
from tests.imports.files import CUSTOMER_HEADER, shop, text
from tests.town import DAY, PASSWORD, SHOPS, Town, since
from tests.visits import cast

OF_EAST_1, OF_EAST = {"L1", "L2"}, {"L1", "L2", "L3", "L4"}
SEES = {
    None: set(),
    "nobody": set(),
    "gone": set(),
    "shop1": {"L1"},
    "am01": OF_EAST_1,
    "stand_in": OF_EAST_1,
    "market1": OF_EAST,
    "inspector1": set(),
    "district1": set(SHOPS),
    "admin1": set(SHOPS),
}
ROUTES = {"东一": OF_EAST_1, "东二": {"L3", "L4"}, "西一": {"L5", "L6"}}
MANAGERS = {"am01": "东一", "am02": "东二", "am03": "西一"}
DEPARTMENTS = {"城东市场部": OF_EAST, "城西市场部": {"L5", "L6"}}
# 117 days from these: what is left at the end is a mark too.
STORIES = {
    ("L1", "6902"): (20, {2: 14}, 2),
    ("L2", "6902"): (300, {}, 1),
    ("L3", "6902"): (61337, {}, 137),
    ("L5", "6902"): (71993, {}, 241),
    ("L5", "6903"): (53077, {4: 1409}, 193),
}
MONTH = date(2024, 7, 1)  # of the plans of visits
LEAST_MARK = 1000  # smaller figures are found on any page


def licence(shop: str) -> str:
    return f"QzxLic{shop}no"


def barcode(product: str) -> str:
    return f"6909990{product}"


@dataclass
class Marked:
    """The town, the marks of each shop, and numbers for addresses."""

    town: Town
    texts: dict[str, set[str]] = field(default_factory=dict)
    figures: dict[str, set[int]] = field(default_factory=dict)
    products: set[str] = field(default_factory=set)
    # What stands in addresses: of a kind, the same for all or one for each shop.
    things: dict[str, object] = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)


def build() -> Marked:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(district, "STORIES", STORIES)
        marked = Marked(district.build())
    town = marked.town
    _people(town)
    for number, name in enumerate(SHOPS, start=1):
        marked.texts[name] = _mark_shop(town, name, number)
    _mark_groups(marked)
    _mark_products(marked)
    for name in SHOPS:
        marked.figures[name] = _figures(town.shops[name].pk)
    _things(marked)
    foreign = town.shops["L5"]
    marked.filled = {
        "name": "QzxNameL5",
        "licence": licence("L5"),
        "customer": str(foreign.pk),
        "department": str(town.departments["城西市场部"].pk),
        "route": str(town.routes["西一"].pk),
        "manager": str(town.people["am03"].pk),
        "brand": str(town.products["6902"].brand_id),
        "product": str(town.products["6902"].pk),
        "barcode": barcode("6902"),
        "group": "1",
    }
    return marked


def _people(town: Town) -> None:
    def person(name, **post):
        user = town.people[name] = User.objects.create_user(name, password=PASSWORD)
        Post.objects.create(user=user, role=Role.ACCOUNT_MANAGER, **post)

    served = Post.objects.get(user=town.people["am01"])
    today = DAY + timedelta(days=1)
    person(
        "stand_in",
        route=town.routes["东一"],
        substitute_for=served,
        period=since(today - timedelta(days=1), today + timedelta(days=5)),
    )
    person("gone", route=town.routes["西一"], period=since(end=today))


def _mark_shop(town: Town, name: str, number: int) -> set[str]:
    """Names, texts and big figures for one shop; the texts."""
    shop_, product = town.shops[name], town.products["6902"]
    marks = {
        kind: f"Qzx{kind}{name}"
        for kind in ("Name", "Contact", "Address", "Reason", "Event", "Why", "Status", "Note")
    }
    CustomerProperties.objects.filter(customer=shop_).update(
        name=marks["Name"],
        contact=marks["Contact"],
        address=marks["Address"],
        longitude=121.5 + number / 7919,
        latitude=31.2 + number / 7919,
    )
    Licence.objects.filter(customer=shop_).update(number=licence(name))
    received = received_now()
    OrderLine.objects.create(
        customer=shop_,
        product=product,
        ordered_on=DAY - timedelta(days=1),
        requested=9311 + 1009 * number,
        supplied=8713 + 1009 * number,
        status=marks["Status"][:20],
        received_at=received,
    )
    QuotaDecision.objects.filter(customer=shop_).update(superseded_at=received)
    QuotaDecision.objects.create(
        customer=shop_,
        product=product,
        period=since(DAY - timedelta(days=30)),
        packs=5303 + 1013 * number,
        by="market1",
        reason=marks["Reason"],
        decided_at=received,
        received_at=received,
    )
    Event.objects.create(
        key=marks["Event"],
        title=marks["Event"],
        starts_on=DAY - timedelta(days=5),
        expected_end=DAY + timedelta(days=5),
        expected_factor="1.2",
        customer_ids=[shop_.pk],
        received_at=received,
    )
    days = {"first_day": DAY - timedelta(days=9), "last_day": DAY - timedelta(days=8)}
    Flag.objects.create(
        cause=Cause.BOOKS_EMPTIED,
        customer=shop_,
        product=product,
        raised_at=received,
        raised_by="am01",
        why=marks["Why"],
        evidence={"note": marks["Note"]},
        **days,
    )
    # What the own shop took over from another one: whose it was is not for its manager.
    sweep = Sweep.objects.get(as_of=DAY, shard=0)
    Detection.objects.create(
        sweep=sweep,
        cause=Cause.TRANSFER,
        customer=shop_,
        product=product,
        side=Detection.Side.TOOK,
        partner=town.shops["L6" if name != "L6" else "L5"],
        expected=5,
        found=6,
        **days,
    )
    audit.record(by="market1", action="quota decided", subject=f"licence {licence(name)}")
    return {*marks.values(), licence(name)}


def _mark_groups(marked: Marked) -> None:
    """Routes, departments and managers are marks of all shops that are theirs."""
    town = marked.town
    for number, (route, shops) in enumerate(ROUTES.items(), start=1):
        Route.objects.filter(name=route).update(name=f"QzxRoute{number}")
        _add(marked, shops, f"QzxRoute{number}")
    for number, (department, shops) in enumerate(DEPARTMENTS.items(), start=1):
        MarketDepartment.objects.filter(name=department).update(name=f"QzxDepartment{number}")
        _add(marked, shops, f"QzxDepartment{number}")
    for name, route in MANAGERS.items():
        User.objects.filter(username=name).update(display_name=f"QzxPerson{name}")
        _add(marked, ROUTES[route], f"QzxPerson{name}")
    for name, user in town.people.items():
        town.people[name] = User.objects.get(pk=user.pk)


def _add(marked: Marked, shops: set[str], text: str) -> None:
    for name in shops:
        marked.texts[name].add(text)


def _mark_products(marked: Marked) -> None:
    for code, product in marked.town.products.items():
        Product.objects.filter(pk=product.pk).update(name=f"QzxProduct{code}")
        Brand.objects.filter(pk=product.brand_id).update(name=f"QzxBrand{code}")
        Barcode.objects.filter(product=product).update(code=barcode(code))
        marked.products |= {f"QzxProduct{code}", f"QzxBrand{code}", barcode(code)}


def _figures(customer: int) -> set[int]:
    """Every big number that the night, the orders and the decisions have of a shop."""
    results = ResultSet.objects.get(is_current=True)
    own = {"customer": customer}
    rows = [
        *Figure.objects.filter(result_set=results, **own).values(),
        *Recommendation.objects.filter(result_set=results, **own).values(),
        *OrderLine.objects.filter(**own).values("requested", "supplied"),
        *QuotaDecision.objects.filter(**own).values("packs"),
    ]
    return {
        value
        for row in rows
        for name, value in row.items()
        if isinstance(value, int) and not name.endswith("_id")
        # Round ones stand in rules and limits too.
        if abs(value) >= LEAST_MARK and value % 100
    }


def _things(marked: Marked) -> None:
    """What the arguments in addresses stand for; the token is somebody else's."""
    town = marked.town
    token, _text = tokens.issue(town.people["am02"], label="QzxToken", now=received_now())
    marked.things = {
        "token": token.pk,
        "upload": _upload().pk,
        "run": Run.objects.latest("pk").pk,
        "route": {},
        "department": {},
        "meeting": {},
        "planned": {},
        "visit": {},
        "photo": {},
        "care": {},
        "report": {},
        "person": {},
        "call": {},
        "rescue": {},
    }
    for route, shops in ROUTES.items():
        _plan(marked, town.routes[route], shops)
    for department, shops in DEPARTMENTS.items():
        _meet(marked, town.departments[department], shops)
    for name in ("L1", "L2", "L3", "L6"):
        _visit(marked, name)
    for manager, route in MANAGERS.items():
        _report(marked, manager, ROUTES[route])
    _call(marked)


def _plan(marked: Marked, route: Route, shops: set[str]) -> None:
    plan = draft_month(
        route=route,
        month=MONTH,
        by="schedule",
        today=DAY + timedelta(days=1),
        evidence=evidence_on(DAY),
    )
    planned = dict(plan.visits.order_by("-day").values_list("customer_id", "pk"))
    for name in shops:
        marked.things["route"][name] = route.pk
        marked.things["planned"][name] = planned.get(marked.town.shops[name].pk, 0)


def _meet(marked: Marked, department: MarketDepartment, shops: set[str]) -> None:
    texts = dict.fromkeys(Meeting.SECTIONS, f"QzxMeeting{department.pk}")
    meeting = write_meeting(department=department, day=DAY, texts=texts)
    publish_meeting(meeting=meeting, by=marked.town.people["market1"])
    for name in shops:
        marked.things["department"][name] = department.pk
        marked.things["meeting"][name] = meeting.pk
        marked.texts[name].add(f"QzxMeeting{department.pk}")


def _visit(marked: Marked, name: str) -> None:
    """A visit to the shop by its manager, with a photo and words of what was said."""
    [manager] = [who for who, route in MANAGERS.items() if name in ROUTES[route]]
    steps = {
        "greeting": {"note": f"QzxSaid{name}"},
        "closing": {"effect": f"QzxEffect{name}", "care": f"QzxCare{name}"},
        "promises": {"made": [{"text": f"QzxPromise{name}"}]},
        "stock_count": {"lines": [{"barcode": barcode("6902"), "packs": _counted(marked, name)}]},
    }
    visit = cast.send(
        manager,
        licence_no=licence(name),
        started_at="2024-06-25T10:00:00+08:00",
        ended_at="2024-06-25T10:12:00+08:00",
        steps=steps,
    )
    photo = cast.picture(marked.town.shops[name].pk)
    assert cast.put(manager, visit.pk, photo).status_code in (200, 201, 422)
    marked.things["visit"][name] = visit.pk
    marked.things["photo"][name] = cast.sha(photo)
    marked.things["care"][name] = Care.objects.get(visit=visit).pk
    marked.texts[name] |= {
        f"QzxCare{name}",
        f"QzxSaid{name}",
        f"QzxEffect{name}",
        f"QzxPromise{name}",
    }
    marked.figures[name].add(_counted(marked, name))


def _counted(marked: Marked, name: str) -> int:
    return 40_009 + 1_013 * marked.town.shops[name].pk


def _call(marked: Marked) -> None:
    """The orders of the marked shops were not supplied whole; and each has a rescue."""
    follow_orders(today=DAY + timedelta(days=1), at=received_now())
    for name, shop_ in marked.town.shops.items():
        marked.things["call"][name] = Call.objects.filter(customer=shop_).latest("pk").pk
        marked.things["rescue"][name] = ask_rescue(
            customer=shop_.pk,
            day=DAY,
            trouble="deposit",
            note=f"QzxRescue{name}",
            by=marked.town.people["admin1"],
            at=received_now(),
        ).pk
        marked.texts[name].add(f"QzxRescue{name}")


def _report(marked: Marked, manager: str, shops: set[str]) -> None:
    """The daily report of the visits, handed in, with words of the person's own."""
    user, text = marked.town.people[manager], f"QzxGain{manager}"
    whose = {"user": user, "kind": Report.Kind.DAY, "first": DAY, "now": received_now()}
    save(**whose, words={"gains": text})
    scope = scope_of(user, "day", DAY, today=DAY)
    report = hand_in(**whose, facts=gather(scope), visits=scope.keys)
    for name in shops:
        marked.things["report"][name] = report.pk
        marked.things["person"][name] = user.pk
        marked.texts[name].add(text)


def _upload() -> Upload:
    """A file of customers with one row that was refused."""
    content = text(CUSTOMER_HEADER, shop("QzxLicFile", name="QzxFile", scale="x")).encode()
    file = uploads.folder("incoming") / "walk.csv"
    file.write_bytes(content)
    upload = uploads.accept(
        file=file,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        name="QzxFile.csv",
        kind="customers",
        by="admin1",
        language="en",
        effective=None,
        all_or_nothing=False,
        dry_run=True,
    )
    import_upload(upload.pk)
    return upload
