from datetime import date

import numpy as np
import pytest

from customers.models import Customer
from inventory import services
from inventory.models import Source


@pytest.fixture
def shop(db):
    return Customer.objects.create(opened_on=date(2019, 1, 1))


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
