"""The WSGI application that granian serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketing_ops.settings")
application = get_wsgi_application()

if not settings.DEBUG:
    from marketing_ops.home import warm  # of apps that are ready by now

    warm.start()
