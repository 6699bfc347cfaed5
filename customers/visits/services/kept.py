"""What could not be taken as a visit: read, rewritten where something must go, and settled."""

import json
from datetime import datetime

from django.db import transaction

from customers.visits.models import Conflict, SetAside
from marketing_ops.audit import services as audit


def body_of(row: SetAside | Conflict) -> dict:
    """What was kept, as JSON: as it came, with whatever PostgreSQL or an answer cannot say."""
    return json.loads(bytes(row.body))


def rewrite(row: SetAside | Conflict, body: dict) -> None:
    """Put a body, of which something was taken, in the place of the one that came. Half characters
    stay what they were: json.loads() takes them back."""
    row.body = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    row.save(update_fields=["body"])


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
