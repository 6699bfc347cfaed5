"""A conflict or a visit set aside has been looked at by who sent it."""

from datetime import datetime

from django.db import transaction

from customers.visits.models import Conflict, SetAside
from marketing_ops.audit import services as audit


@transaction.atomic
def settle(row: SetAside | Conflict, *, by, now: datetime) -> SetAside | Conflict:
    """Note that nothing more is to be done about it; the first time counts. What came is kept."""
    row = type(row).objects.select_for_update().get(pk=row.pk)
    if row.settled_at is None:
        row.settled_at = now
        row.save(update_fields=["settled_at"])
        audit.record(
            by=by.get_username(),
            action=f"{row._meta.model_name} settled",
            subject=f"visit {row.visit_id}",
            number=row.pk,
        )
    return row
