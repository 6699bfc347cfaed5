from datetime import date

import pytest
from django.db import transaction

from marketing_ops.demo.district import District, generate
from marketing_ops.demo.fill import fill

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="package")
def district() -> District:
    """The demo district up to AS_OF, made once."""
    return generate(as_of=AS_OF)


@pytest.fixture(scope="module")
def run(district, django_db_setup, django_db_blocker):
    """The run of a filling that all reading tests share; rolled back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(district, by="test")
        transaction.set_rollback(True)
