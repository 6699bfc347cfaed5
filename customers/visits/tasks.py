"""What the workers do for the visits. A task may come twice or late: it finds out what is due."""

from celery import shared_task
from django.utils import timezone

from customers.visits.services import retention


@shared_task
def keep_to_the_times() -> dict[str, int]:
    """Asked by beat: erase the places and photos whose time is over."""
    return retention.keep_to_the_times(now=timezone.now())
