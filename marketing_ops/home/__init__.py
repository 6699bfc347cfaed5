"""Pages that span apps: the district's table of shops, one shop, one shop × product."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject


def site(request):
    """Template context: what every page may say about the site and its figures."""

    def standing():
        # Here, because settings name this function before the apps are loaded.
        from marketing_ops.home.standing import standing

        return standing(request)

    return {"demo": settings.DEMO, "standing": SimpleLazyObject(standing)}
