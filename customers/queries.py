"""Reads over several tables of the district at once."""

from datetime import date

import pandas as pd
from django.db import connection

_SHOPS = """
    SELECT c.id AS customer, l.number AS licence, p.name, p.format, p.area, p.scale, p.group_id,
           p.information_point, p.uploads, r.id AS route, r.department_id AS department,
           (SELECT held.user_id FROM customers_post held
             WHERE held.route_id = r.id AND held.period @> %(day)s::date
               AND held.role = 'account_manager' AND held.substitute_for_id IS NULL
             ORDER BY lower(held.period) DESC, held.id DESC LIMIT 1) AS manager
      FROM customers_customer c
      LEFT JOIN customers_licence l ON l.customer_id = c.id AND l.period @> %(day)s::date
      LEFT JOIN customers_customerproperties p
             ON p.customer_id = c.id AND p.period @> %(day)s::date
      LEFT JOIN customers_routeassignment a
             ON a.customer_id = c.id AND a.period @> %(day)s::date
      LEFT JOIN customers_route r ON r.id = a.route_id
     WHERE c.opened_on <= %(day)s AND (c.closed_on IS NULL OR c.closed_on >= %(day)s)
     ORDER BY c.id
"""


def shops_on(day: date) -> pd.DataFrame:
    """The shops that are open on `day`, one row each, indexed by customer id, in that order.

    Columns as they hold on that day, missing where nothing does: licence, name, format, area,
    scale, group_id, information_point, uploads, route, department, manager (ids). The manager is
    who holds the route's post, not who substitutes: a figure belongs to the former.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SHOPS, {"day": day})
        columns = [column.name for column in cursor.description]
        table = pd.DataFrame.from_records(cursor.fetchall(), columns=columns)
    table["customer"] = table["customer"].astype("int64")
    for name in ("group_id", "route", "department", "manager"):
        table[name] = table[name].astype("Int64")
    return table.set_index("customer")
