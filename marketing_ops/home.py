"""Pages that span apps."""

from django.conf import settings


def site(request):
    """Template context: what every page may say about the site itself."""
    return {"demo": settings.DEMO}
