import pytest
from django.db import connection

from marketing_ops.accounts.models import User
from tests import town as town_module

WRITTEN = (
    "inventory_shopday, orders_orderline, brands_product, brands_brand, customers_customer, "
    "customers_post, customers_route, customers_marketdepartment, customers_customergroup, "
    "runs_run, audit_entry"
)


@pytest.fixture
def committed_town(django_db_setup, django_db_blocker):
    """The town, really committed, so that other connections see it; emptied afterwards. What the
    migrations wrote (the ledger's sources) stays for the tests that follow."""
    with django_db_blocker.unblock():
        try:
            yield town_module.build()
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {WRITTEN} CASCADE")
            User.objects.all().delete()
            connection.close()
