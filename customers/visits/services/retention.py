"""What is not kept for ever: places, photos, and what a person asks to have erased."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from customers.visits.models import Conflict, Position, SetAside
from customers.visits.services import kept, photos

POSITION_DAYS = 30
_PLACES = ("check_in", "check_out")
_AT_ONCE = 500


def keep_to_the_times(*, now: datetime) -> dict[str, int]:
    """Erase whatever is over its time; how many places, kept bodies and photos. May run twice."""
    limit = now - timedelta(days=POSITION_DAYS)
    # A place of a phone with a wrong clock goes by when it was received.
    over = Position.objects.filter(Q(at__lt=limit) | Q(visit__received_at__lt=limit))
    return {
        "positions": over.delete()[0],
        "bodies": _take_places_out(limit),
        "photos": _erase_photos(now),
    }


def _erase_photos(now: datetime) -> int:
    erased = 0
    while found := list(photos.kept_too_long(now=now)[:_AT_ONCE]):
        erased += photos.erase(found, now=now)
    return erased


def _take_places_out(limit: datetime) -> int:
    """Conflicts and visits set aside are kept as they came; their places no longer than others."""
    changed = 0
    for model in (SetAside, Conflict):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {model._meta.db_table} WHERE received_at < %s"
                " AND position('\"check_'::bytea IN body) > 0",
                [limit],
            )
            found = [pk for (pk,) in cursor.fetchall()]
        for pk in found:
            with transaction.atomic():
                row = model.objects.select_for_update().get(pk=pk)
                body = kept.body_of(row)
                if not body.keys() & set(_PLACES):
                    continue
                kept.rewrite(
                    row, {name: value for name, value in body.items() if name not in _PLACES}
                )
                changed += 1
    return changed
