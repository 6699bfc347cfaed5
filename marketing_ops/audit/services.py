from django.utils import timezone

from marketing_ops.audit.models import Entry


def record(*, by: str, action: str, subject: str, why: str = "", **details) -> Entry:
    """Add one entry in the caller's transaction.

    `by` is a user name, or the name of a job; `subject` is a kind and a public number, such as
    `licence 310100100001`; `details` must be JSON (numbers, texts, lists).
    """
    return Entry.objects.create(
        at=timezone.now(), actor=by, action=action, subject=subject, why=why, details=details
    )
