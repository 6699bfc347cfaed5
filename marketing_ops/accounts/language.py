"""The site's language: Simplified Chinese, unless the person asked for another at a click.

What the browser would prefer is not asked: staff's browsers often speak English, they do not.
"""

from django.conf import settings
from django.utils import translation
from django.utils.cache import patch_vary_headers


def speak(get_response):
    """Middleware: answer in the language of the language cookie, else in the site's own."""
    known = dict(settings.LANGUAGES)

    def middleware(request):
        asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = asked if asked in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response

    return middleware
