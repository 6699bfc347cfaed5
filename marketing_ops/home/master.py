"""How often master data has been written: in the key of what is kept per process and names things.

PostgreSQL counts the rows that were inserted, updated and deleted in each table, in memory; a
backend adds its own within ten seconds after a commit, never before it. So what is read under a
count is at least as new as the count says, and a shop's new name is on every page by then.
"""

from django.db import connection
from django.http import HttpRequest

from brands.models import Barcode, Brand, Product, ProductProperties
from customers.models import (
    Customer,
    CustomerProperties,
    Licence,
    MarketDepartment,
    Route,
    RouteAssignment,
)

_MODELS = (
    Customer,
    Licence,
    CustomerProperties,
    RouteAssignment,
    Route,
    MarketDepartment,
    Brand,
    Product,
    ProductProperties,
    Barcode,
)
_WRITTEN = """
    SELECT pg_postmaster_start_time()::text,
           sum(pg_stat_get_tuples_inserted(one) + pg_stat_get_tuples_updated(one)
               + pg_stat_get_tuples_deleted(one))::int8
      FROM unnest(%s::regclass[]) AS one
"""

Version = tuple[str, int]  # the counts begin anew with the server


def master_version(request: HttpRequest) -> Version:
    """Another one after each change of shops, routes or products; asked once per request."""
    if not hasattr(request, "master_version"):
        request.master_version = read_version()
    return request.master_version


def read_version() -> Version:
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, [[model._meta.db_table for model in _MODELS]])
        return cursor.fetchone()
