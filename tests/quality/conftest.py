from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from customers.models import Area, Customer, Format, Scale
from inventory import services
from inventory.models import Source
from marketing_ops.lib import clock


@pytest.fixture
def pos(db):
    return Source.objects.get(code="pos")


@pytest.fixture
def manual(db):
    return Source.objects.get(code="manual")


@pytest.fixture
def record():
    """Record rows (customer, day, product, opening, received, sold, transferred)."""

    def record(rows, source, **options):
        customers, days, *numbers = zip(*rows, strict=True)
        return services.record_days(
            customers=np.array(customers),
            days=np.array(days, dtype="datetime64[D]"),
            rows=[np.array(column) for column in numbers],
            source=source,
            by="a test",
            **options,
        )

    return record


@pytest.fixture
def night():
    """What the checks know of a night: its day, and all that was received so far."""

    def night(as_of, known_at=None):
        with transaction.atomic():
            return SimpleNamespace(as_of=as_of, known_at=known_at or clock.received_now())

    return night


@pytest.fixture
def uploads():
    """A shop that uploads from a day on."""

    def uploads(since=date(2019, 1, 1), closed_on=None, uploads=True):
        customer = Customer.objects.create(opened_on=since, closed_on=closed_on)
        customer.properties.create(
            period=DateRange(since, None),
            name=f"shop {customer.pk}",
            format=Format.GROCERY,
            area=Area.URBAN,
            scale=Scale.SMALL,
            uploads=uploads,
        )
        return customer

    return uploads
