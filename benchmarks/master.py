"""Shops, products and people of the benchmark district: master data, nothing of its days."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange

from brands.models import Barcode, Brand, Product, ProductProperties
from customers.models import (
    Customer,
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
from marketing_ops.demo import places, products

SHOPS_ON_A_ROUTE, ROUTES_IN_A_DEPARTMENT = 125, 8
SINCE = date(2019, 1, 1)
# Order and delivery weekdays, and how many shops of a hundred have them.
ONE_DAY_LATER = [((n,), (n + 1,), 16) for n in (1, 2, 3, 4)]
TWO_DAYS_LATER = [((n,), (n + 2,), 11) for n in (1, 2, 3)]
CALENDARS = (*ONE_DAY_LATER, *TWO_DAYS_LATER, ((1, 4), (2, 5), 3))


@dataclass(frozen=True)
class Cast:
    """Who is there: ids and kinds by the number of the shop or product."""

    customer_ids: np.ndarray
    product_ids: np.ndarray
    urban: np.ndarray
    formats: np.ndarray
    scales: np.ndarray
    calendar: np.ndarray  # index into CALENDARS


def write_products(count):
    """Prices and ids of `count` products: the demo's facts, repeated under numbers."""
    facts = [products.load()[n % 60] for n in range(count)]
    brands = {
        brand.name: brand
        for brand in Brand.objects.bulk_create(Brand(name=n) for n in {f.brand for f in facts})
    }
    rows = Product.objects.bulk_create(
        Product(brand=brands[fact.brand], name=f"{fact.name} {number}")
        for number, fact in enumerate(facts)
    )
    held = DateRange(SINCE, None)
    ProductProperties.objects.bulk_create(
        ProductProperties(
            product=row,
            period=held,
            price_class=fact.price_class,
            wholesale_price=fact.wholesale_price,
            retail_price=fact.retail_price,
            stage=fact.stage,
            flags=["紧俏"] if number % 20 == 0 else ["常规"],
        )
        for number, (row, fact) in enumerate(zip(rows, facts, strict=True))
    )
    Barcode.objects.bulk_create(
        Barcode(product=row, code=products.ean13(10_000 + number), period=held)
        for number, row in enumerate(rows)
    )
    prices = np.array([float(fact.retail_price) for fact in facts])
    return prices, np.array([row.pk for row in rows])


def write_shops(count, product_ids, rng, on_a_route=SHOPS_ON_A_ROUTE) -> Cast:
    held = DateRange(SINCE, None)
    routes = _write_routes(-(-count // on_a_route), held)
    urban = rng.random(count) < 0.6
    formats = np.where(
        urban,
        rng.choice(7, count, p=places.FORMAT_SHARE[True]),
        rng.choice(7, count, p=places.FORMAT_SHARE[False]),
    )
    scales = rng.choice(3, count, p=(0.15, 0.45, 0.40))
    shares = np.array([share for *_weekdays, share in CALENDARS]) / 100
    calendar = rng.choice(len(CALENDARS), count, p=shares)
    customers = Customer.objects.bulk_create(Customer(opened_on=SINCE) for _ in range(count))
    spots = np.array([118.42, 30.94]) + rng.normal(0, 0.1, (count, 2))
    Licence.objects.bulk_create(
        Licence(customer=customer, number=f"3499{number:08d}", period=held)
        for number, customer in enumerate(customers)
    )
    CustomerProperties.objects.bulk_create(
        CustomerProperties(
            customer=customer,
            period=held,
            name=f"{number} {places.FORMATS[formats[number]]}",
            format=places.FORMATS[formats[number]],
            area="城区" if urban[number] else "农村",
            scale=places.SCALES[scales[number]],
            longitude=spots[number, 0],
            latitude=spots[number, 1],
            information_point=number % 10 == 0,
            uploads=True,
        )
        for number, customer in enumerate(customers)
    )
    DeliveryCalendar.objects.bulk_create(
        DeliveryCalendar(
            customer=customer,
            period=held,
            order_weekdays=list(CALENDARS[calendar[number]][0]),
            delivery_weekdays=list(CALENDARS[calendar[number]][1]),
        )
        for number, customer in enumerate(customers)
    )
    RouteAssignment.objects.bulk_create(
        RouteAssignment(customer=customer, route=routes[number // on_a_route], period=held)
        for number, customer in enumerate(customers)
    )
    ids = np.array([customer.pk for customer in customers])
    return Cast(ids, product_ids, urban, formats, scales, calendar)


def _write_routes(count, held):
    departments = MarketDepartment.objects.bulk_create(
        MarketDepartment(name=f"市场部 {number}")
        for number in range(-(-count // ROUTES_IN_A_DEPARTMENT))
    )
    routes = Route.objects.bulk_create(
        Route(name=f"线路 {number}", department=departments[number // ROUTES_IN_A_DEPARTMENT])
        for number in range(count)
    )
    for number, route in enumerate(routes):
        Post.objects.create(
            user=User.objects.create(username=f"benchmark{number:03}"),
            role=Role.ACCOUNT_MANAGER,
            route=route,
            period=held,
        )
    return routes
