"""The language of the API's answers: programs say it, pages have theirs already."""

from django.conf import settings
from django.utils import translation
from rest_framework.views import APIView


class Spoken(APIView):
    """Answers a program as its Accept-Language says. A request with a session comes from a page of
    ours, whose language its person has chosen, whatever the browser would prefer."""

    def dispatch(self, request, *args, **kwargs):
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return super().dispatch(request, *args, **kwargs)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = super().dispatch(request, *args, **kwargs)
        response.headers["Content-Language"] = language
        return response
