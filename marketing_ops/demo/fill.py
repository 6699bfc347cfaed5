"""The demo district into an empty database, in one transaction: all of it or nothing.

The ledger goes in through its own service; the rest are plain rows of tables whose only other
writer is an import.
"""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import numpy as np
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from brands.models import Barcode, Brand, Product, ProductProperties
from customers.models import (
    Customer,
    CustomerGroup,
    CustomerProperties,
    DeliveryCalendar,
    Event,
    Licence,
    RouteAssignment,
)
from inventory.models import Source
from inventory.services import list_manual_days, lock_customers, record_days
from marketing_ops.audit import services as audit
from marketing_ops.demo import people, places, stories
from marketing_ops.demo.district import District, LedgerRows, OrderRows
from marketing_ops.lib.clock import received_now
from marketing_ops.runs import services as runs
from marketing_ops.runs.models import Run
from orders.quotas.services import decide

DAYS_AT_ONCE = 30  # of the ledger, between two words of progress

# Which ledger source stands for each way in which a shop's days come in.
SOURCES = {
    stories.FULL: "pos-complete",
    stories.FEED: "group",
    stories.SPARSE: "pos",
    stories.PAPER: "manual",
}


class NotEmpty(Exception):
    """The database holds something that is not the demo's."""


def filled() -> Run | None:
    """The run that filled this database with the demo district, if one did."""
    return Run.objects.filter(kind=Run.Kind.DEMO, status=Run.Status.DONE).first()


def fill(district: District, *, by: str, say: Callable[[str], None] = lambda line: None) -> Run:
    """Write `district` and return the run that did; where the demo is filled, only that run.

    A killed fill leaves nothing. Raises NotEmpty where other shops or products are in the database.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('demo district'))")
        done = filled()
        if done is not None:
            return done
        if Customer.objects.exists() or Product.objects.exists():
            raise NotEmpty(
                _(
                    "The database already holds shops or products that are not the demo's. Give "
                    "the demo an empty database of its own (DATABASE_URL)."
                )
            )
        run = runs.start(kind=Run.Kind.DEMO, title=_("Demo district"), by=by, as_of=district.as_of)
        counts = _Filling(district, by, run, say).all()
        audit.record(by=by, action="fill demo", subject=f"run {run.pk}", **counts)
        runs.finish(run, counts=counts)
    return run


class _Filling:
    """One filling: the ids of what is written stand in the order of the district's arrays."""

    def __init__(self, district: District, by: str, run: Run, say: Callable[[str], None]):
        self.district, self.town = district, district.town
        self.by, self.run, self.say = by, run, say

    def all(self) -> dict[str, int]:
        self.products()
        self.routes = people.routes()
        self.shops()
        people.create(self.district, self.customers, self.routes)
        self.events()
        self.say(_("shops, products and people are in"))
        documents = self.ledger()
        lines = self.orders()
        self.say(_("%(count)d order lines are in") % {"count": lines})
        quotas = self.quotas()
        self.say(_("%(count)d quotas are in force") % {"count": quotas})
        return {
            "shops": len(self.town.shops),
            "products": len(self.town.products),
            "shop_days": documents,
            "ledger_rows": len(self.district.ledger),
            "order_lines": lines,
            "quotas": quotas,
        }

    def products(self):
        products = self.town.products
        named = dict.fromkeys(product.brand for product in products)
        brands = {b.name: b for b in Brand.objects.bulk_create(Brand(name=n) for n in named)}
        rows = Product.objects.bulk_create(
            Product(brand=brands[product.brand], name=product.name) for product in products
        )
        self.product_ids = np.array([row.pk for row in rows])
        launch, redesign = self.district.stories["launch"], self.district.stories["redesign"]
        properties, codes = [], []
        for number, (row, product) in enumerate(zip(rows, products, strict=True)):
            since = launch.first if number in launch.products else people.SINCE
            properties.append(
                ProductProperties(
                    product=row,
                    period=DateRange(since, None),
                    price_class=product.price_class,
                    wholesale_price=product.wholesale_price,
                    retail_price=product.retail_price,
                    packs_per_carton=10,
                    stage=product.stage,
                    flags=list(product.flags),
                )
            )
            open_ended = DateRange(since, None)
            first_code = open_ended
            if number in redesign.products:  # both designs are sold for a month
                first_code = DateRange(since, redesign.first + timedelta(days=30))
                codes.append(
                    (row, "pack", product.second_pack_barcode, DateRange(redesign.first, None))
                )
            codes.append((row, "pack", product.pack_barcode, first_code))
            codes.append((row, "carton", product.carton_barcode, open_ended))
        ProductProperties.objects.bulk_create(properties)
        Barcode.objects.bulk_create(
            Barcode(product=row, kind=kind, code=code, period=period)
            for row, kind, code, period in codes
        )

    def shops(self):
        district, shops = self.district, self.town.shops
        groups = CustomerGroup.objects.bulk_create(
            CustomerGroup(name=name) for name, *_rest in places.GROUPS
        )
        self.customers = Customer.objects.bulk_create(
            Customer(opened_on=opened, closed_on=closed)
            for opened, closed in zip(district.opened_on, district.closed_on, strict=True)
        )
        self.customer_ids = np.array([customer.pk for customer in self.customers])
        silent = {*district.stories["no-upload"].shops, *district.stories["paper-book"].shops}
        renewed = district.stories["new-licence"]
        licences, properties, assignments = [], [], []
        for shop, customer in zip(shops, self.customers, strict=True):
            whole = DateRange(customer.opened_on, None)
            licence_period = whole
            if shop.number in renewed.shops:
                before = DateRange(customer.opened_on, renewed.first)
                old = shop.licence_no.replace("3499011", "3499010", 1)
                licences.append(Licence(customer=customer, number=old, period=before))
                licence_period = DateRange(renewed.first, None)
            licences.append(
                Licence(customer=customer, number=shop.licence_no, period=licence_period)
            )
            properties.append(
                CustomerProperties(
                    customer=customer,
                    period=whole,
                    name=shop.name,
                    contact=shop.contact,
                    format=places.FORMATS[shop.format],
                    area="城区" if shop.urban else "农村",
                    scale=places.SCALES[shop.scale],
                    group=groups[shop.group] if shop.group >= 0 else None,
                    address=shop.address,
                    longitude=shop.longitude,
                    latitude=shop.latitude,
                    raw_longitude=shop.longitude,
                    raw_latitude=shop.latitude,
                    terminal="functional" if shop.functional_terminal else "ordinary",
                    information_point=shop.information_point and shop.number not in silent,
                    uploads=shop.number not in silent,
                )
            )
            assignments.append(
                RouteAssignment(customer=customer, route=self.routes[shop.manager], period=whole)
            )
        Licence.objects.bulk_create(licences)
        CustomerProperties.objects.bulk_create(properties)
        RouteAssignment.objects.bulk_create(assignments)
        self.calendars()

    def calendars(self):
        district = self.district
        ends = {c.shop: c.since for c in district.calendars if c.since is not None}
        DeliveryCalendar.objects.bulk_create(
            DeliveryCalendar(
                customer=self.customers[calendar.shop],
                period=DateRange(calendar.since, None)
                if calendar.since
                else DateRange(district.opened_on[calendar.shop], ends.get(calendar.shop)),
                order_weekdays=list(calendar.order_weekdays),
                delivery_weekdays=list(calendar.delivery_weekdays),
            )
            for calendar in district.calendars
        )

    def events(self):
        received = received_now()
        Event.objects.bulk_create(
            Event(
                key=f"{event.starts_on} {event.title}",
                title=event.title,
                starts_on=event.starts_on,
                expected_end=event.expected_end,
                ended_on=event.ended_on,
                expected_factor=event.expected_factor,
                customer_ids=self.customer_ids[list(event.shops)].tolist(),
                received_at=received,
            )
            for event in self.district.events
        )

    def ledger(self) -> int:
        """Record the first, wrong word of the corrected days, then all days; their number."""
        district = self.district
        lock_customers(self.customer_ids)
        self.list_paper_days()
        self.record(district.first_reports)
        total = 0
        for first in range(0, (district.as_of - district.first_day).days + 1, DAYS_AT_ONCE):
            begin = np.datetime64(district.first_day) + first
            bounds = np.searchsorted(district.ledger.day, [begin, begin + DAYS_AT_ONCE])
            total += self.record(district.ledger.pick(slice(*bounds)))
            self.say(_("%(count)d shop-days of the ledger are in") % {"count": total})
        return total

    def list_paper_days(self):
        """The shops with a paper book are on the account manager's list for all those days."""
        paper = self.district.stories["paper-book"]
        days = np.arange(np.datetime64(paper.first), np.datetime64(paper.last) + 1)
        customers = self.customer_ids[list(paper.shops)]
        list_manual_days(
            customers=np.repeat(customers, len(days)),
            days=np.tile(days, len(customers)),
            at=received_now(),
            by=self.by,
        )

    def record(self, rows: LedgerRows) -> int:
        by_code = {source.code: source for source in Source.objects.all()}
        ways = np.array([SOURCES[way] for way in self.district.sources])[rows.shop]
        count = 0
        for code in np.unique(ways):
            part = rows.pick(ways == code)
            recorded = record_days(
                customers=self.customer_ids[part.shop],
                days=part.day,
                rows=(
                    self.product_ids[part.product],
                    part.opening,
                    part.received,
                    part.sold,
                    part.transferred,
                ),
                source=by_code[str(code)],
                by=self.by,
                run=self.run.pk,
            )
            count += recorded.new + recorded.changed
        return count

    def orders(self) -> int:
        return copy_order_lines(
            self.district.orders,
            customer_ids=self.customer_ids,
            product_ids=self.product_ids,
            last_day=self.district.as_of,
        )

    def quotas(self) -> int:
        """Decided by the account manager of each shop."""
        count = 0
        for fact in self.district.quotas:
            rows = zip(fact.shop.tolist(), fact.product.tolist(), fact.packs.tolist(), strict=True)
            for shop, product, packs in rows:
                decide(
                    customer=int(self.customer_ids[shop]),
                    product=int(self.product_ids[product]),
                    packs=packs,
                    starts_on=fact.since,
                    by=f"am{self.town.shops[shop].manager + 1:02}",
                    reason=fact.reason,
                )
                count += 1
        return count


def copy_order_lines(
    orders: OrderRows, *, customer_ids: np.ndarray, product_ids: np.ndarray, last_day: date
) -> int:
    """Append `orders` by COPY, as of `last_day`; how many lines. The ids stand by the rows' own
    numbers of shop and product. What was not supplied has no delivery day."""
    received = received_now().isoformat()
    delivered = np.where(
        np.isnat(orders.delivered_on), "", np.datetime_as_string(orders.delivered_on)
    )
    coming = orders.delivered_on > np.datetime64(last_day)
    status = np.where(delivered == "", "未供货", np.where(coming, "配送中", "已送达"))
    # On the last day of orders a few shops had no money on their account.
    unpaid = (orders.shop % 41 == 7) & (orders.ordered_on == orders.ordered_on.max())
    status = np.where(unpaid, "待付款", status)
    payment = np.where(unpaid, "电子结算扣款失败", "电子结算")
    columns = (
        customer_ids[orders.shop],
        product_ids[orders.product],
        np.datetime_as_string(orders.ordered_on),
        orders.requested,
        orders.supplied,
        delivered,
        status,
        payment,
    )
    lines = zip(*(column.tolist() for column in columns), strict=True)
    text = StringIO(
        "".join(
            f"{c},{p},{on},{r},{s},{d},{said},{paid},{received}\n"
            for c, p, on, r, s, d, said, paid in lines
        )
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY orders_orderline (customer_id, product_id, ordered_on, requested, supplied,"
            " delivered_on, status, payment, received_at) FROM STDIN WITH (FORMAT csv)",
            text,
        )
    return len(orders.shop)
